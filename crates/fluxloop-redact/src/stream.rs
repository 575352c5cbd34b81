//! Masks text that comes in pieces.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::redactor::{Extent, MASK};
use crate::{Masked, Redactor};

/// Masks text that comes in pieces, and holds back its end, which might be part of a secret.
///
/// Together, what it shows is [`Redactor::mask_piece`] of the whole text, wherever the text is cut:
/// nobody knows what will come elsewhere, and what was shown cannot be taken back. What it holds
/// back is at most seven bytes, as they read when their escapes are read, and after them an escape
/// without an end or U+FFFD, which stands for a character that was cut.
///
/// ```
/// use std::sync::Arc;
///
/// use fluxloop_redact::{Redactor, Secret};
///
/// let key = Secret::new("sk-live-0123456789");
/// let redactor = Arc::new(Redactor::builder().secret("KEY", &key).build());
/// let mut stream = redactor.stream();
/// assert_eq!(stream.push("It is sk-li").as_str(), "It i");
/// assert_eq!(stream.push("ve-0123456789, I think").as_str(), "s ***, ");
/// assert_eq!(stream.finish().as_str(), "I think");
/// ```
pub struct MaskedStream {
    redactor: Arc<Redactor>,
    /// The end of the text: a part of a form may begin in it.
    held: String,
    /// How much of what is held belongs to a secret whose mask was shown.
    masked: usize,
}

impl MaskedStream {
    pub(crate) fn new(redactor: Arc<Redactor>) -> Self {
        Self { redactor, held: String::new(), masked: 0 }
    }

    /// Takes the next piece; gives what can be shown by now.
    pub fn push(&mut self, piece: &str) -> Masked {
        self.held.push_str(piece);
        let seen = self.redactor.look(&self.held, Extent::GrowingPiece, self.masked);
        self.show(seen.settled, seen.ranges)
    }

    /// Ends the text; gives the rest.
    pub fn finish(mut self) -> Masked {
        let seen = self.redactor.look(&self.held, Extent::Piece, self.masked);
        self.show(self.held.len(), seen.ranges)
    }

    /// Shows what is held as far as `end`. No form that begins before it is still open.
    fn show(&mut self, end: usize, ranges: Vec<Range<usize>>) -> Masked {
        if end == 0 {
            return Masked::default();
        }
        let mut shown = String::new();
        let mut shown_until = 0;
        for range in ranges.into_iter().take_while(|range| range.start < end) {
            shown.push_str(&self.held[shown_until..range.start]);
            if range.start > 0 || self.masked == 0 {
                shown.push_str(MASK);
            }
            shown_until = range.end;
        }
        shown.push_str(self.held.get(shown_until..end).unwrap_or_default());
        self.masked = shown_until.saturating_sub(end);
        self.held.drain(..end);
        Masked::from_masked(&shown)
    }
}

impl fmt::Debug for MaskedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaskedStream").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn stream(secrets: &[&str]) -> MaskedStream {
        let builder = Redactor::builder();
        let add = |all: crate::RedactorBuilder, value: &&str| all.secret("S", &Secret::new(*value));
        Arc::new(secrets.iter().fold(builder, add).build()).stream()
    }

    /// What each piece shows, and then the end.
    #[track_caller]
    fn check(secrets: &[&str], pieces: &[&str], expected: &[&str]) {
        let mut stream = stream(secrets);
        let mut shown: Vec<Masked> = pieces.iter().map(|piece| stream.push(piece)).collect();
        shown.push(stream.finish());
        assert_eq!(shown.iter().map(Masked::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn without_secrets_everything_is_shown_at_once() {
        check(&[], &["a", "", "b"], &["a", "", "b", ""]);
    }

    #[test]
    fn what_may_begin_a_part_of_a_secret_is_held() {
        check(&["abcdefgh"], &["xa", "bc", "defgh", "x"], &["", "", "x***", "", "x"]);
        check(&["abcdefgh"], &["xa", "bc", "x"], &["", "", "", "xabcx"]);
        check(&["abcdefgh"], &["abcdefg"], &["", "abcdefg"]);
    }

    #[test]
    fn eight_bytes_of_a_secret_are_masked_wherever_they_stand() {
        let shown = ["x:", " abcdef, *** a", "nd more"];
        check(&["abcdefghijkl"], &["x: abcdef", ", cdefghij and more"], &shown);
        check(&["abcdefghijkl"], &["abcd", "efgh"], &["", "***", ""]);
    }

    #[test]
    fn an_escape_or_a_character_cut_after_a_part_is_masked_with_it() {
        for cut in ["&", "%2", r"\u00", "\u{fffd}"] {
            check(&["abcdefghijkl"], &["xcdefghijk", cut], &["x***", "", ""]);
            let cut = &format!("{cut}.");
            check(&["abcdefghijkl"], &["xcdefghijk", cut], &["x***", "", cut]);
        }
        // Six bytes of a secret, written with eleven characters, before U+FFFD.
        check(&["abcdefgh"], &["xx&#x61;bcdef\u{fffd}"], &["x", "x***"]);
        check(&["abcdefgh"], &["xx&#x61;bcdef\u{fffd}", "."], &["x", "x&#x61;bc", "def\u{fffd}."]);
    }

    #[test]
    fn an_endless_secret_is_one_mask_and_hardly_anything_is_held() {
        let mut stream = stream(&["abababab"]);
        let mut shown = String::new();
        for _ in 0..1_000 {
            shown.push_str(stream.push("ab").as_str());
            assert!(stream.held.len() < 8, "{stream:?}");
        }
        shown.push_str(stream.push(".").as_str());
        shown.push_str(stream.finish().as_str());
        assert_eq!(shown, "***.");
    }
}
