//! Finds the secrets of a run in text.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::{fmt, slice};

use crate::finder::Finder;
use crate::forms::forms_of;
use crate::samples::PIECE;
use crate::view::widen;
use crate::{Masked, MaskedStream, Secret};

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// The shortest value that is masked wherever it occurs, in characters.
///
/// Shorter values (`on`, `1234`) occur in innocent text too often; they are hidden in their own
/// field only.
pub const MIN_ANYWHERE_CHARS: usize = 8;

/// Whether a value is masked wherever it occurs: it has [`MIN_ANYWHERE_CHARS`] or more.
pub fn is_findable(value: &str) -> bool {
    value.chars().nth(MIN_ANYWHERE_CHARS - 1).is_some()
}

/// Knows the secrets of a run, in every form that common encoders give them, and makes [`Masked`]
/// text of raw text.
///
/// The forms of a secret: as it is; each of its lines; in base64, wherever it stands in what was
/// encoded, and in hexadecimal; each of them with any of its characters escaped for JSON, a URL, a
/// form or HTML.
pub struct Redactor {
    /// Empty when there is nothing to hide.
    finders: Vec<Arc<Finder>>,
    /// The values that are too short to be masked anywhere, under their names.
    short: Vec<Secret>,
    short_names: Vec<String>,
}

/// Collects the secrets of a run; see [`Redactor::builder`].
#[derive(Default)]
pub struct RedactorBuilder {
    secrets: Vec<(String, Secret)>,
}

impl RedactorBuilder {
    /// Adds a secret under the name by which messages may call it.
    #[must_use]
    pub fn secret(mut self, name: impl Into<String>, value: &Secret) -> Self {
        self.secrets.push((name.into(), value.clone()));
        self
    }

    /// Builds the redactor.
    ///
    /// # Panics
    ///
    /// If the forms of the secrets together exceed what an automaton can index (2 GiB).
    pub fn build(self) -> Redactor {
        let (long, short): (Vec<_>, Vec<_>) =
            self.secrets.into_iter().partition(|(_, secret)| is_findable(secret.expose()));
        let finder = Finder::new(forms_of(long.iter().map(|(_, secret)| secret.expose())));
        let (short_names, short) = short.into_iter().unzip();
        Redactor { finders: finder.map(Arc::new).into_iter().collect(), short, short_names }
    }
}

impl Redactor {
    /// Starts collecting secrets.
    pub fn builder() -> RedactorBuilder {
        RedactorBuilder::default()
    }

    /// A redactor that knows no secret.
    pub fn none() -> Self {
        Self::builder().build()
    }

    /// One that knows these secrets, too. What this one knows is shared, so that it takes little time.
    #[must_use]
    pub fn with(&self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        let more = secrets.into_iter().map(|secret| (String::new(), secret));
        let more = RedactorBuilder { secrets: more.collect() }.build();
        let finders = self.finders.iter().chain(&more.finders).cloned().collect();
        let short = self.short.iter().chain(&more.short).cloned().collect();
        Self { finders, short, short_names: self.short_names.clone() }
    }

    /// Names of the secrets that are shorter than [`MIN_ANYWHERE_CHARS`]: worth a warning.
    pub fn short_names(&self) -> &[String] {
        &self.short_names
    }

    /// Whether the whole of `field` is a secret that is too short to be masked anywhere: who shows
    /// a field by itself shows [`MASK`] instead.
    pub fn is_short_secret(&self, field: &str) -> bool {
        self.short.iter().any(|secret| secret.expose() == field)
    }

    /// Masks whole text: every secret in it, in whatever form, becomes [`MASK`].
    pub fn mask(&self, text: &str) -> Masked {
        self.mask_counted(text).0
    }

    /// Masks whole text and tells how many places were masked.
    pub fn mask_counted(&self, text: &str) -> (Masked, usize) {
        self.masked(text, Extent::Whole)
    }

    /// Where the secrets of a whole text are, in whatever form, in bytes; in order and apart.
    ///
    /// ```
    /// # use fluxloop_redact::{Redactor, Secret};
    /// let redactor = Redactor::builder().secret("KEY", &Secret::new("a/b+c/d=1")).build();
    /// assert_eq!(redactor.places("?key=a%2Fb%2Bc%2Fd%3D1&n=1"), [5..22]);
    /// ```
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        self.look(text, Extent::Whole, 0).ranges
    }

    /// Masks text that ended early, where a secret may have been cut: the longest end of the text
    /// that begins a form of a secret, of [`MIN_ANYWHERE_CHARS`] characters or more, is masked too.
    pub fn mask_cut(&self, text: &str) -> (Masked, usize) {
        self.masked(text, Extent::Cut)
    }

    /// Masks a piece of a text, or a text of pieces, whose seams may divide a secret: whatever part
    /// of a form, of eight bytes or more, is masked wherever it stands. At the end everything is
    /// masked that [`mask_cut`](Self::mask_cut) masks, and after a masked part also an escape
    /// without an end, or U+FFFD, which stands for a character that was cut.
    ///
    /// ```
    /// # use fluxloop_redact::{Redactor, Secret};
    /// let redactor = Redactor::builder().secret("KEY", &Secret::new("sk-live-0123456789")).build();
    /// let (first, _) = redactor.mask_piece("data: sk-live-01234567");
    /// let (second, _) = redactor.mask_piece("data: 89");
    /// assert_eq!([first.as_str(), second.as_str()], ["data: ***", "data: 89"]);
    /// ```
    pub fn mask_piece(&self, text: &str) -> (Masked, usize) {
        self.masked(text, Extent::Piece)
    }

    /// Whether it knows no secret that is masked wherever it stands: then all text is as it is.
    pub fn is_empty(&self) -> bool {
        self.finders.is_empty()
    }

    /// Where [`mask_piece`](Self::mask_piece) would mask, in bytes; in order and apart.
    pub fn places_of_pieces(&self, text: &str) -> Vec<Range<usize>> {
        self.look(text, Extent::Piece, 0).ranges
    }

    /// Masks text that grows, as far as it can be shown: [`mask_piece`](Self::mask_piece).
    pub fn stream(self: &Arc<Self>) -> MaskedStream {
        MaskedStream::new(self.clone())
    }

    fn masked(&self, text: &str, extent: Extent) -> (Masked, usize) {
        let ranges = self.look(text, extent, 0).ranges;
        (Masked::from_masked(&replace(text, &ranges)), ranges.len())
    }

    /// Finds what is to be masked in a text, of whose beginning so much is `masked` already.
    pub(crate) fn look(&self, text: &str, extent: Extent, masked: usize) -> Seen {
        let mut ranges = Vec::from_iter((masked > 0).then_some(0..masked));
        if self.finders.is_empty() {
            return Seen { ranges, settled: text.len() };
        }
        // At an end, U+FFFD may stand for a character that was cut, and the form stands before it.
        let before_cut = text.strip_suffix(char::REPLACEMENT_CHARACTER);
        let before_cut = before_cut.filter(|_| extent != Extent::Whole);
        let (mut settled, mut tail) = (text.len(), text.len());
        for finder in &self.finders {
            let before_cut = before_cut.into_iter().flat_map(|text| finder.views(text));
            for view in finder.views(text).chain(before_cut) {
                let mut found = match extent {
                    Extent::Whole | Extent::Cut => finder.find(view.bytes()),
                    Extent::Piece => finder.find_pieces(view.bytes()),
                    Extent::GrowingPiece => finder.find_pieces(view.settled()),
                };
                view.sources(&mut found);
                ranges.append(&mut found);
                let end = match extent {
                    Extent::Whole => None,
                    Extent::Cut | Extent::Piece => finder.open_end(&view),
                    Extent::GrowingPiece => Some(view.last_bytes(PIECE - 1)),
                };
                settled = settled.min(end.unwrap_or(settled));
                tail = tail.min(view.tail());
            }
        }
        let mut end = text.floor_char_boundary(settled)..text.len();
        if !end.is_empty() {
            widen(text, slice::from_mut(&mut end));
            ranges.extend((extent != Extent::GrowingPiece).then(|| end.clone()));
        }
        if matches!(extent, Extent::Piece | Extent::GrowingPiece) {
            for range in &mut ranges {
                // A form has whole characters, and its pieces have not.
                *range = text.floor_char_boundary(range.start)..text.ceil_char_boundary(range.end);
            }
        }
        join(&mut ranges);
        // They have to be apart for it, and may meet by it.
        widen(text, &mut ranges);
        if extent == Extent::Piece {
            // The form may go on in what was cut after it. A stream no longer has the beginning of
            // the form, so every mask that reaches the cut covers it.
            for range in ranges.iter_mut().filter(|range| range.end >= tail) {
                range.end = text.len();
            }
        }
        join(&mut ranges);
        Seen { ranges, settled: end.start }
    }
}

/// How far a text goes.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Extent {
    /// All of it is there.
    Whole,
    /// It ended early.
    Cut,
    /// It began late and ended early, perhaps several times.
    Piece,
    /// It began late, and more of it comes.
    GrowingPiece,
}

/// What was found in a text.
pub(crate) struct Seen {
    /// What is to be masked; in order and apart. Masks cover whole escapes, of whatever syntax: what
    /// is left reads as it did before.
    pub(crate) ranges: Vec<Range<usize>>,
    /// How much of the text means the same whatever follows: no form begins after it, nor an escape.
    pub(crate) settled: usize,
}

/// Makes one of ranges that overlap, and puts them in order.
fn join(ranges: &mut Vec<Range<usize>>) {
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|next, last| {
        let overlaps = next.start < last.end;
        if overlaps {
            last.end = last.end.max(next.end);
        }
        overlaps
    });
}

/// Replaces the ranges, which are sorted and apart, by the mask.
fn replace<'a>(text: &'a str, ranges: &[Range<usize>]) -> Cow<'a, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for range in ranges {
        shown.push_str(&text[end..range.start]);
        shown.push_str(MASK);
        end = range.end;
    }
    shown.push_str(&text[end..]);
    Cow::Owned(shown)
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let forms: usize = self.finders.iter().map(|finder| finder.forms()).sum();
        f.debug_struct("Redactor").field("forms", &forms).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        secrets
            .iter()
            .fold(Redactor::builder(), |builder, value| builder.secret("S", &Secret::new(*value)))
            .build()
    }

    #[track_caller]
    fn check(secrets: &[&str], text: &str, expected: &str) {
        assert_eq!(redactor(secrets).mask(text).as_str(), expected);
    }

    #[track_caller]
    fn check_cut(secrets: &[&str], text: &str, expected: &str) {
        assert_eq!(redactor(secrets).mask_cut(text).0.as_str(), expected);
    }

    #[test]
    fn every_occurrence_is_masked() {
        check(&["abcdefgh"], "abcdefgh and abcdefgh", "*** and ***");
    }

    #[test]
    fn without_secrets_text_is_itself() {
        check(&[], "anything", "anything");
    }

    #[test]
    fn overlapping_secrets_are_one_mask() {
        check(&["abcdefgh", "efghijkl"], "<abcdefghijkl>", "<***>");
        check(&["abcdefgh", "abcdefghij"], "<abcdefghij>", "<***>");
    }

    #[test]
    fn neighbouring_secrets_are_two_masks() {
        check(&["abcdefgh"], "abcdefghabcdefgh", "******");
    }

    #[test]
    fn further_secrets_are_masked_like_the_first_ones() {
        let run = redactor(&["abcdefgh", "on"]);
        let case = run.with(["ijklmnop", "1234"].map(Secret::new));
        assert_eq!(case.mask("abcdefgh ijklmnop").as_str(), "*** ***");
        assert_eq!(case.mask("abcdefghijklmnop").as_str(), "******");
        assert_eq!(case.mask_cut("key: ijklmnop abcdefgh").0.as_str(), "key: *** ***");
        assert_eq!(case.mask_piece("<klmnop12 aWprbG1ub3>").0.as_str(), "<klmnop12 ***>");
        assert!(case.is_short_secret("on") && case.is_short_secret("1234"));
        assert_eq!(run.mask("abcdefgh ijklmnop").as_str(), "*** ijklmnop");
    }

    #[test]
    fn a_short_value_stays() {
        check(&["1234567"], "1234567", "1234567");
        assert_eq!(redactor(&["1234567"]).short_names(), ["S"]);
    }

    #[test]
    fn cut_text_hides_the_beginning_of_a_secret() {
        check_cut(&["abcdefghijkl"], "key: abcdefghij", "key: ***");
        check_cut(&["abcdefghijkl"], "key: abcdefg", "key: abcdefg");
        check_cut(&["abcdefghijkl"], "key: abcdefghijkl", "key: ***");
    }

    #[test]
    fn a_cut_inside_a_character_hides_what_is_before_it() {
        let cut = String::from_utf8_lossy(&"key: abcdefghü".as_bytes()[..14]).into_owned();
        check_cut(&["abcdefghüijkl"], &cut, "key: ***");
        check_cut(&["abcdefghüijkl"], "key: abcdefg\u{fffd}", "key: abcdefg\u{fffd}");
    }

    #[track_caller]
    fn check_piece(secrets: &[&str], text: &str, expected: &str) {
        assert_eq!(redactor(secrets).mask_piece(text).0.as_str(), expected, "{text}");
    }

    #[test]
    fn a_piece_hides_any_eight_bytes_of_a_secret() {
        let key = ["sk-live-0123456789"];
        check_piece(&key, r#"{"text": "sk-live-01234567"}"#, r#"{"text": "***"}"#);
        check_piece(&key, "live-0123456789.", "***.");
        check_piece(&key, "LIVE-012 or 3456789", "*** or 3456789");
        check_piece(&key, "a sk-live-0123456789 b", "a *** b");
        check_piece(&key, "sk-live, live-01", "sk-live, live-01");
        // base64, hexadecimal, escapes.
        check_piece(&key, "<1saXZlLTAxMj>", "<***>");
        check_piece(&key, "<6976652d30>", "<***>");
        check_piece(&key, r"<live\u002d012>", "<***>");
        check_piece(&key, "<live%2D012>", "<***>");
    }

    #[test]
    fn an_escape_or_a_character_cut_after_a_part_is_masked_with_it() {
        let key = ["sk-live-0123456789"];
        for cut in ["", "&", "%2", r"\u00", "\u{fffd}", "&#x\u{fffd}"] {
            check_piece(&key, &format!("a sk-live-01{cut}"), "a ***");
            check_piece(&key, &format!("a live-01234{cut}"), "a ***");
            check_piece(&key, &format!("a live-01234{cut}."), &format!("a ***{cut}."));
            check_piece(&key, &format!("a sk-live{cut}."), &format!("a sk-live{cut}."));
        }
    }

    #[test]
    fn a_piece_is_hidden_in_whole_characters_and_escapes() {
        check_piece(&["éabcdefg", "hijklmné"], "<ũabcdefg> <hijklmnè>", "<***> <***>");
        check_piece(&["中文字幕中文字幕"], "x文字幕a中文x", "x***a中文x");
        check_piece(&["nabcdefghi"], r"x\nabcdefg.", "x***.");
    }

    #[test]
    fn a_cut_that_touches_a_whole_secret_is_one_mask() {
        check_cut(&["ab345678", "5678ab345678zz"], "ab345678ab345678", "***");
    }
}
