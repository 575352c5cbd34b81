//! Arguments that are one of a few words.

use super::{At, Coding, Endless, LineEnd, Malformed, Packing};

/// A type whose values are written as words.
pub(super) trait Words: Copy + PartialEq + 'static {
    /// Each value that is a word.
    const WORDS: &'static [(&'static str, Self)];

    /// Reads a word.
    fn read(text: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
    }

    /// The word of a value; empty when it is not written as a word.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }

    /// All words, as a message lists them: `` `a`, `b` or `c` ``.
    fn expected() -> String {
        let words: Vec<_> = Self::WORDS.iter().map(|(word, _)| format!("`{word}`")).collect();
        words
            .split_last()
            .map(|(last, rest)| format!("{} or {last}", rest.join(", ")))
            .unwrap_or_default()
    }
}

impl Words for At {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("start", Self::Start),
        ("head", Self::Head),
        ("done", Self::Done),
        ("anywhere", Self::Anywhere),
    ];
}

impl Words for Malformed {
    const WORDS: &'static [(&'static str, Self)] =
        &[("cut", Self::Cut), ("text", Self::Text), ("deep", Self::Deep)];
}

impl Words for Endless {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("line", Self::Line),
        ("event", Self::Event),
        ("comments", Self::Comments),
        ("text", Self::Text),
    ];
}

impl Words for LineEnd {
    const WORDS: &'static [(&'static str, Self)] = &[("crlf", Self::CrLf), ("cr", Self::Cr)];
}

/// Their names in `Content-Encoding`.
impl Words for Coding {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("gzip", Self::Gzip),
        ("deflate", Self::Deflate),
        ("br", Self::Brotli),
        ("zstd", Self::Zstd),
    ];
}

impl Words for Packing {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("flushed", Self::Flushed),
        ("whole", Self::Whole),
        ("truncated", Self::Truncated),
        ("lying", Self::Lying),
        ("bomb", Self::Bomb),
    ];
}
