//! Where two texts part.

use similar::{Algorithm, DiffTag, capture_diff_slices};

/// How many words of each text are compared word by word, from where the texts part.
const COMPARED: usize = 400;

/// How many words stand around what differs.
const CONTEXT: usize = 4;

/// A piece of two texts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TextPart {
    /// Both have it.
    Same(String),
    /// Only the first has it.
    Removed(String),
    /// Only the second has it.
    Added(String),
    /// Something that both have was left out.
    LeftOut,
}

/// Where two texts part, and how they go on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TextDiff {
    /// The pieces, in order.
    pub parts: Vec<TextPart>,
    /// Whether the texts go on after the last piece and may differ there.
    pub is_cut: bool,
}

/// Compares two texts word by word. Of what both have, a few words stand around each difference.
///
/// Far from where the texts part nothing is compared, so the time does not grow with the square of
/// their length.
pub fn text_diff(a: &str, b: &str) -> TextDiff {
    let [a, b] = [a, b].map(words);
    let start = a.iter().zip(&b).take_while(|(one, other)| one == other).count();
    let rest = a[start..].iter().rev().zip(b[start..].iter().rev());
    let end = rest.take_while(|(one, other)| one == other).count();
    let [one, other] = [&a[start..a.len() - end], &b[start..b.len() - end]];
    let is_cut = one.len() > COMPARED || other.len() > COMPARED;
    let [one, other] = [one, other].map(|words| &words[..words.len().min(COMPARED)]);

    let mut parts = Vec::new();
    same(&mut parts, &a[..start], (false, true));
    for operation in capture_diff_slices(Algorithm::Myers, one, other) {
        let (tag, old, new) = operation.as_tag_tuple();
        if tag == DiffTag::Equal {
            same(&mut parts, &one[old], (true, true));
            continue;
        }
        let sides = [(&one[old], TextPart::Removed as fn(_) -> _), (&other[new], TextPart::Added)];
        for (words, part) in sides {
            if !words.is_empty() {
                parts.push(part(words.concat()));
            }
        }
    }
    if !is_cut {
        same(&mut parts, &a[a.len() - end..], (true, false));
    }
    TextDiff { parts, is_cut }
}

/// Adds what both have: the words next to a difference before or after it.
fn same(parts: &mut Vec<TextPart>, words: &[&str], (after, before): (bool, bool)) {
    let kept_first = if after { CONTEXT.min(words.len()) } else { 0 };
    let kept_last = if before { CONTEXT.min(words.len() - kept_first) } else { 0 };
    let (first, rest) = words.split_at(kept_first);
    let (left_out, last) = rest.split_at(rest.len() - kept_last);
    if left_out.is_empty() && !words.is_empty() {
        parts.push(TextPart::Same(words.concat()));
        return;
    }
    for (words, left_out) in [(first, left_out), (last, &[][..])] {
        if !words.is_empty() {
            parts.push(TextPart::Same(words.concat()));
        }
        if !left_out.is_empty() {
            parts.push(TextPart::LeftOut);
        }
    }
}

/// The words of a text, each with the white space after it.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut was_space = false;
    for (at, char) in text.char_indices() {
        if was_space && !char.is_whitespace() {
            words.push(&text[start..at]);
            start = at;
        }
        was_space = char.is_whitespace();
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[-removed-]`, `{+added+}`, `~` for what was left out, `>` where the texts go on.
    #[track_caller]
    fn check(a: &str, b: &str, expected: &str) {
        let diff = text_diff(a, b);
        let mut shown: String = diff
            .parts
            .iter()
            .map(|part| match part {
                TextPart::Same(text) => text.clone(),
                TextPart::Removed(text) => format!("[-{text}-]"),
                TextPart::Added(text) => format!("{{+{text}+}}"),
                TextPart::LeftOut => "~".to_owned(),
            })
            .collect();
        if diff.is_cut {
            shown.push('>');
        }
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_difference_stands_between_its_neighbors() {
        check("the answer is 42.", "the answer is 41.", "the answer is [-42.-]{+41.+}");
        check("a b c d e f g h", "a b c d e x g h", "~b c d e [-f -]{+x +}g h");
        check(
            "1 2 3 4 5 6 7 8 9 x",
            "0 2 3 4 5 6 7 8 9 y",
            "[-1 -]{+0 +}2 3 4 5 6 7 8 9 [-x-]{+y+}",
        );
    }

    #[test]
    fn equal_texts_have_no_difference() {
        check("", "", "");
        check("a b", "a b", "a b");
        check("", "a", "{+a+}");
    }

    #[test]
    fn long_texts_are_compared_where_they_part() {
        let tail = |word: &str| format!("same {}", format!("{word} ").repeat(10_000));
        let diff = text_diff(&tail("a"), &tail("b"));
        assert!(diff.is_cut);
        assert_eq!(diff.parts.len(), 3);
    }

    #[test]
    fn white_space_belongs_to_the_word_before() {
        assert_eq!(words(" a  b\nc"), [" ", "a  ", "b\n", "c"]);
        assert!(words("").is_empty());
    }
}
