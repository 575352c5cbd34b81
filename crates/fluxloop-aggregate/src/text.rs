//! The text of an answer, counted and limited.

/// What is reserved for a text when it begins, in bytes: the pieces of a stream are small, and most
/// answers are not.
const FIRST_ROOM: usize = 256;

/// The text of an answer, joined in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Text {
    joined: String,
    limit: Option<u64>,
    /// How many bytes the text may have after the document that is being read.
    most: usize,
    /// How many bytes at the beginning have been counted, and how many characters they are.
    counted: usize,
    characters: u64,
}

/// Whether a piece of text found its place; of several pieces, the greatest counts.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Appended {
    /// All of it.
    #[default]
    Whole,
    /// It was cut at the limit.
    Cut,
    /// It was left out: the document would give more text than it has bytes.
    Repeated,
}

impl Text {
    /// An empty text that may grow to so many Unicode scalar values.
    pub(crate) fn with_limit(limit: Option<u64>) -> Self {
        Self { limit, most: usize::MAX, ..Self::default() }
    }

    /// A document begins, of so many bytes. Text is never longer than the JSON that it is written
    /// in, and so a document gives more text than it has bytes only if a path with several `..`
    /// finds the same text many times. A server could fill the memory with that.
    #[inline]
    pub(crate) fn begin(&mut self, document: usize) {
        self.most = self.joined.len() + document;
    }

    /// Appends a piece, as far as the limit allows.
    #[inline]
    pub(crate) fn append(&mut self, piece: &str) -> Appended {
        // A text has no more characters than bytes: mostly, nothing needs to be counted.
        let bytes = self.joined.len() + piece.len();
        if bytes > self.most {
            return Appended::Repeated;
        }
        if self.limit.is_none_or(|limit| bytes as u64 <= limit) {
            if self.joined.capacity() == 0 {
                self.joined.reserve(FIRST_ROOM);
            }
            self.joined.push_str(piece);
            return Appended::Whole;
        }
        self.append_counted(piece)
    }

    #[cold]
    fn append_counted(&mut self, piece: &str) -> Appended {
        self.characters = self.characters();
        self.counted = self.joined.len();
        let room = self.limit.map_or(u64::MAX, |limit| limit - self.characters);
        // A piece that has no character at `room` is not longer than that.
        let cut = usize::try_from(room).ok().and_then(|room| piece.char_indices().nth(room));
        self.joined.push_str(&piece[..cut.map_or(piece.len(), |(at, _)| at)]);
        if cut.is_some() { Appended::Cut } else { Appended::Whole }
    }

    /// Takes back what was appended behind the first `bytes`.
    pub(crate) fn truncate(&mut self, bytes: usize) {
        self.joined.truncate(bytes);
        (self.counted, self.characters) = (0, 0);
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.joined
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.joined.is_empty()
    }

    pub(crate) fn characters(&self) -> u64 {
        self.characters + self.joined[self.counted..].chars().count() as u64
    }

    pub(crate) fn into_string(self) -> String {
        self.joined
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(limit: u64, pieces: &[&str], expected: &str, last: Appended) {
        let mut text = Text::with_limit(Some(limit));
        let appended = pieces.iter().map(|piece| text.append(piece)).last();
        assert_eq!((text.as_str(), appended), (expected, Some(last)));
        assert_eq!(text.characters(), expected.chars().count() as u64);
    }

    #[test]
    fn exactly_the_limit_is_whole() {
        check(5, &["ab", "cde"], "abcde", Appended::Whole);
        check(0, &[""], "", Appended::Whole);
    }

    #[test]
    fn one_more_is_cut() {
        check(5, &["ab", "cdef"], "abcde", Appended::Cut);
        check(0, &["a"], "", Appended::Cut);
    }

    #[test]
    fn characters_are_scalar_values() {
        // A flag is two scalar values of four bytes each.
        check(3, &["é\u{1F1EE}", "\u{1F1F9}!"], "é\u{1F1EE}\u{1F1F9}", Appended::Cut);
    }

    #[test]
    fn a_document_gives_no_more_text_than_it_has_bytes() {
        let mut text = Text::with_limit(Some(100));
        text.begin(4);
        let pieces = ["ab", "cd", "e", ""].map(|piece| text.append(piece));
        assert_eq!(pieces, [Appended::Whole, Appended::Whole, Appended::Repeated, Appended::Whole]);
        text.begin(2);
        assert_eq!((text.append("ef"), text.as_str()), (Appended::Whole, "abcdef"));
        text.truncate(1);
        assert_eq!((text.as_str(), text.characters()), ("a", 1));
    }

    #[test]
    fn an_empty_piece_at_the_limit_is_whole() {
        check(1, &["a", ""], "a", Appended::Whole);
    }

    proptest! {
        #[test]
        fn the_cut_is_exact_for_any_text(
            pieces in prop::collection::vec("\\PC{0,8}", 0..8),
            limit in 0_u64..24,
        ) {
            let whole: String = pieces.concat();
            let mut text = Text::with_limit(Some(limit));
            let cut = pieces.iter().any(|piece| text.append(piece) == Appended::Cut);
            let expected: String = whole.chars().take(usize::try_from(limit).unwrap()).collect();
            prop_assert_eq!(text.as_str(), expected);
            prop_assert_eq!(cut, whole.chars().count() as u64 > limit);
        }
    }
}
