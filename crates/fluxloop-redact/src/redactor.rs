//! Finds the secrets of a run in text.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::finder::Finder;
use crate::forms::{forms_of, is_long};
use crate::view::View;
use crate::{Masked, MaskedStream, Secret};

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// The shortest value that is masked wherever it occurs, in characters.
///
/// Shorter values (`on`, `1234`) occur in innocent text too often; they are hidden in their own
/// field only.
pub const MIN_ANYWHERE_CHARS: usize = 8;

/// Knows the secrets of a run, in every form that common encoders give them, and makes [`Masked`]
/// text of raw text.
///
/// The forms of a secret: as it is; each of its lines; in base64, wherever it stands in what was
/// encoded, and in hexadecimal; each of them with any of its characters escaped for JSON, a URL, a
/// form or HTML.
pub struct Redactor {
    /// `None` when there is nothing to hide.
    finder: Option<Finder>,
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
            self.secrets.into_iter().partition(|(_, secret)| is_long(secret.expose()));
        let finder = Finder::new(forms_of(long.iter().map(|(_, secret)| secret.expose())));
        let (short_names, short) = short.into_iter().unzip();
        Redactor { finder, short, short_names }
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
        let ranges = self.ranges(&self.views(text), 0, None, View::bytes);
        (Masked::from_masked(&replace(text, &ranges)), ranges.len())
    }

    /// Masks text that ended early, where a secret may have been cut: the longest end of the text
    /// that begins a form of a secret, of [`MIN_ANYWHERE_CHARS`] characters or more, is masked too.
    pub fn mask_cut(&self, text: &str) -> (Masked, usize) {
        let views = self.views(text);
        let ranges = self.ranges(&views, 0, self.cut(text, &views), View::bytes);
        (Masked::from_masked(&replace(text, &ranges)), ranges.len())
    }

    /// Masks text that comes in pieces, as far as it can be shown.
    pub fn stream(self: &Arc<Self>) -> MaskedStream {
        MaskedStream::new(self.clone())
    }

    /// The text as it is, and as whoever reads its escapes sees it, if there is anything to hide.
    pub(crate) fn views<'a>(&self, text: &'a str) -> Vec<View<'a>> {
        self.finder.as_ref().map_or_else(Vec::new, |finder| finder.views(text))
    }

    /// What is to be masked: what is `masked` at the beginning already, the secrets in those bytes
    /// that are `looked_at`, and the `cut` end. In order, overlapping ones merged.
    ///
    /// Masks cover whole escapes, of whatever syntax: what is left reads as it did before.
    pub(crate) fn ranges<'a>(
        &self,
        views: &[View<'a>],
        masked: usize,
        cut: Option<Range<usize>>,
        looked_at: for<'b> fn(&'b View<'a>) -> &'b [u8],
    ) -> Vec<Range<usize>> {
        let mut ranges = Vec::from_iter((masked > 0).then_some(0..masked));
        for view in views {
            let mut found = Vec::new();
            if let Some(finder) = &self.finder {
                finder.find(looked_at(view), |range| merge(&mut found, view.source(&range)));
            }
            ranges.append(&mut found);
        }
        ranges.extend(cut);
        for range in &mut ranges {
            *range = whole_escapes(views, range);
        }
        ranges.sort_unstable_by_key(|range| range.start);
        let mut merged = Vec::with_capacity(ranges.len());
        for range in ranges {
            merge(&mut merged, range);
        }
        merged
    }

    /// The end of a text that ended early, as far as it begins a form.
    pub(crate) fn cut(&self, text: &str, views: &[View<'_>]) -> Option<Range<usize>> {
        let open_end = |text: &str, views: &[View<'_>]| {
            let (last, _) = text.char_indices().nth_back(MIN_ANYWHERE_CHARS - 1)?;
            self.open_end(views, last)
        };
        // A character that was cut in the middle was read as another one.
        let whole = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
        let is_torn = whole.len() < text.len();
        let torn = if is_torn { open_end(whole, &self.views(whole)) } else { None };
        let start = open_end(text, views).into_iter().chain(torn).min()?;
        Some(start..text.len())
    }

    /// From where on a text may mean something else, when more of it comes: where a form or an
    /// escape begins.
    pub(crate) fn unsettled(&self, text: &str, views: &[View<'_>]) -> usize {
        let escapes = views.iter().filter_map(View::open_escape);
        // The text may end here too, inside a character, and what is hidden then lies before that.
        let is_torn = text.ends_with(char::REPLACEMENT_CHARACTER);
        let cut = if is_torn { self.cut(text, views).map(|range| range.start) } else { None };
        let open = escapes.chain(self.open_end(views, text.len())).chain(cut);
        let start = open.min().unwrap_or(text.len());
        whole_escapes(views, &(start..start)).start
    }

    /// Where the longest end starts with which a form begins, at `last` or before.
    fn open_end(&self, views: &[View<'_>], last: usize) -> Option<usize> {
        let finder = self.finder.as_ref()?;
        views.iter().filter_map(|view| finder.open_end(view, last)).min()
    }
}

/// The range, and the rest of the escapes that it tears.
fn whole_escapes(views: &[View<'_>], range: &Range<usize>) -> Range<usize> {
    let torn = |at| views.iter().find_map(move |view| view.torn(at));
    let start = torn(range.start).map_or(range.start, |escape| escape.start);
    start..torn(range.end).map_or(range.end, |escape| escape.end)
}

/// Adds a range, which ends after all others did, or starts after them. It may swallow several.
fn merge(merged: &mut Vec<Range<usize>>, mut range: Range<usize>) {
    while let Some(last) = merged.pop_if(|last| range.start < last.end) {
        range = range.start.min(last.start)..range.end.max(last.end);
    }
    merged.push(range);
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
        let forms = self.finder.as_ref().map_or(0, Finder::forms);
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

    #[test]
    fn a_cut_that_touches_a_whole_secret_is_one_mask() {
        check_cut(&["ab345678", "5678ab345678zz"], "ab345678ab345678", "***");
    }
}
