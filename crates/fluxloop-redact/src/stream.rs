//! Masks text that comes in pieces.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::redactor::{Extent, MASK};
use crate::{Masked, Redactor};

/// Masks text that comes in pieces, and holds back what might begin a secret.
///
/// Together, what it shows is [`Redactor::mask_cut`] of the whole text, wherever the text is cut;
/// from [`become_piece`](Self::become_piece) on it is [`Redactor::mask_piece`].
/// What it holds back is shorter than the longest form with all its characters escaped, apart from
/// one replacement character behind it; and a sixteenth of that, which is not looked at by itself.
///
/// ```
/// use std::sync::Arc;
///
/// use fluxloop_redact::{Redactor, Secret};
///
/// let key = Secret::new("sk-live-0123456789");
/// let redactor = Arc::new(Redactor::builder().secret("KEY", &key).build());
/// let mut stream = redactor.stream();
/// assert_eq!(stream.push("It is sk-li").as_str(), "It is ");
/// assert_eq!(stream.push("ve-0123456789, I think: s").as_str(), "***, I think: ");
/// assert_eq!(stream.push("o what?").as_str(), "so what?");
/// assert_eq!(stream.finish().as_str(), "");
/// ```
pub struct MaskedStream {
    redactor: Arc<Redactor>,
    /// How far the text goes as long as more of it may come.
    growing: Extent,
    /// The end of the text: a form may begin with it.
    held: String,
    /// How much of what is held belongs to a secret whose mask was shown.
    masked: usize,
    /// How much is held when it is looked at again.
    enough: usize,
}

impl MaskedStream {
    pub(crate) fn new(redactor: Arc<Redactor>) -> Self {
        Self { redactor, growing: Extent::Growing, held: String::new(), masked: 0, enough: 0 }
    }

    /// Takes the next piece; gives what can be shown by now.
    pub fn push(&mut self, piece: &str) -> Masked {
        self.held.push_str(piece);
        if self.held.len() < self.enough {
            return Masked::default();
        }
        let seen = self.redactor.look(&self.held, self.growing, self.masked);
        let shown = self.show(seen.settled, seen.ranges);
        // Each look goes through all of it. When there is one for each sixteenth that it has grown,
        // a long secret that comes in very small pieces costs sixteen for each of its bytes at most.
        self.enough = self.held.len() + self.held.len() / 16;
        shown
    }

    /// From now on the text is known to be a piece of another one: what was not shown yet is masked
    /// as in [`Redactor::mask_piece`].
    pub fn become_piece(&mut self) {
        (self.growing, self.enough) = (Extent::GrowingPiece, 0);
    }

    /// Ends a text that is known to be whole; gives the rest, as [`Redactor::mask`] masks it. The
    /// end of a piece is never whole.
    pub fn finish_whole(mut self) -> Masked {
        if self.growing == Extent::GrowingPiece {
            return self.finish();
        }
        let seen = self.redactor.look(&self.held, Extent::Whole, self.masked);
        self.show(self.held.len(), seen.ranges)
    }

    /// Ends the text; gives the rest. A secret may have been cut there, as in
    /// [`Redactor::mask_cut`].
    pub fn finish(mut self) -> Masked {
        let extent = match self.growing {
            Extent::GrowingPiece => Extent::Piece,
            _ => Extent::Cut,
        };
        let seen = self.redactor.look(&self.held, extent, self.masked);
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
    fn what_begins_a_secret_is_held_until_it_is_one_or_none() {
        check(&["abcdefgh"], &["xa", "bc", "defgh", "x"], &["x", "", "***", "x", ""]);
        check(&["abcdefgh"], &["xa", "bc", "x"], &["x", "", "abcx", ""]);
        check(&["abcdefgh"], &["abcdefg"], &["", "abcdefg"]);
    }

    #[test]
    fn the_beginning_of_a_secret_at_the_end_is_masked() {
        check(&["abcdefghijkl"], &["abcd", "efgh"], &["", "", "***"]);
    }

    #[test]
    fn the_end_of_a_whole_text_is_no_beginning() {
        let mut stream = stream(&["abcdefghijkl"]);
        assert_eq!(stream.push("abcdefghijkl, abcdefghi").as_str(), "***, ");
        assert_eq!(stream.finish_whole().as_str(), "abcdefghi");
    }

    #[test]
    fn what_was_held_back_is_masked_as_a_piece() {
        let mut stream = stream(&["abcdefghijkl"]);
        assert_eq!(stream.push("x: abcdefghi").as_str(), "x: ");
        stream.become_piece();
        assert_eq!(stream.push(", cdefghij and more").as_str(), "***, *** a");
        assert_eq!(stream.finish_whole().as_str(), "nd more");
    }

    #[test]
    fn one_replacement_character_may_be_a_torn_one_and_two_are_none() {
        let torn = "\u{fffd}";
        check(&["abcdefghijkl"], &["abcdefghij", torn], &["", "", "***"]);
        let shown = ["", "", &format!("abcdefghij{torn}{torn}"), ""];
        check(&["abcdefghijkl"], &["abcdefghij", torn, torn], &shown);
    }

    #[test]
    fn a_secret_that_may_be_a_longer_one_is_held() {
        let secrets = ["abcdefgh", "abcdefghij"];
        check(&secrets, &["abcdefgh", "i", "j", "."], &["", "", "***", ".", ""]);
        check(&secrets, &["abcdefgh", "i", "."], &["", "", "***i.", ""]);
    }

    #[test]
    fn secrets_that_overlap_have_one_mask() {
        let secrets = ["ab345678", "5678ab34zz"];
        check(&secrets, &["ab345678", "ab34", "zz", "."], &["***", "", "", ".", ""]);
        check(&secrets, &["ab345678", "ab34", "."], &["***", "", "ab34.", ""]);
    }

    #[test]
    fn a_secret_within_another_does_not_end_its_mask() {
        let secrets = ["xxabcdefghyy", "abcdefghyyzz", "abcdefgh"];
        check(&secrets, &["xxabcdefghyy", "z", "."], &["***", "", "z.", ""]);
    }

    #[test]
    fn what_is_held_long_is_looked_at_when_it_has_grown() {
        let (beginning, end) = ("abcdefgh".repeat(5), "ijklmnop");
        let secret = format!("{beginning}{end}");
        check(&[&secret], &[&beginning, "i", "jklmnop", "."], &["", "", "***", ".", ""]);
        let shown = ["", "", &format!("{beginning}.."), ".", ""];
        check(&[&secret], &[&beginning, ".", ".", "."], &shown);
    }

    #[test]
    fn an_endless_secret_is_one_mask_and_hardly_anything_is_held() {
        let mut stream = stream(&["abababab"]);
        let longest = "\\u0061".len() * "abababab".len();
        let mut shown = String::new();
        for _ in 0..1_000 {
            shown.push_str(stream.push("ab").as_str());
            assert!(stream.held.len() < longest, "{stream:?}");
        }
        shown.push_str(stream.push(".").as_str());
        assert_eq!(shown, "***.");
    }
}
