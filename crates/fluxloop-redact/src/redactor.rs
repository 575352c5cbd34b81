//! Finds the secrets of a run in text.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::forms::{Form, forms_of, is_long};
use crate::{Masked, Secret};

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
/// The forms of a secret: as it is; each of its lines; escaped for JSON, a URL, a form or HTML; in
/// base64, wherever it stands in what was encoded, and in hexadecimal.
pub struct Redactor {
    /// Finds every form, overlapping ones too; `None` when there is nothing to hide.
    finder: Option<AhoCorasick>,
    /// The forms that `finder` knows, sorted, for beginnings of them at the end of broken text.
    forms: Vec<Form>,
    /// With which bytes a form begins: most bytes at the end of broken text begin none.
    firsts: Box<[bool; 256]>,
    /// Bytes of the longest form.
    longest: usize,
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
        let forms = forms_of(long.iter().map(|(_, secret)| secret.expose()));
        // The kind that is built fastest: a run has one redactor, and its texts are short.
        let finder = (!forms.is_empty()).then(|| {
            AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .build(forms.iter().map(|form| form.as_str()))
                .expect("secrets are far smaller than the automaton's index")
        });
        let mut firsts = Box::new([false; 256]);
        for first in forms.iter().filter_map(|form| form.as_bytes().first()) {
            firsts[usize::from(*first)] = true;
        }
        let longest = forms.iter().map(|form| form.len()).max().unwrap_or_default();
        let (short_names, short) = short.into_iter().unzip();
        Redactor { finder, forms, firsts, longest, short, short_names }
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
        let ranges = self.ranges(text, None);
        (Masked::from_masked(&replace(text, &ranges)), ranges.len())
    }

    /// Masks text that ended early, where a secret may have been cut: the longest end of the text
    /// that begins a form of a secret, of [`MIN_ANYWHERE_CHARS`] characters or more, is masked too.
    pub fn mask_cut(&self, text: &str) -> (Masked, usize) {
        let ranges = self.ranges(text, self.cut_start(text).map(|start| start..text.len()));
        (Masked::from_masked(&replace(text, &ranges)), ranges.len())
    }

    /// Where the secrets (and `cut`) are, in order, overlapping ones merged.
    fn ranges(&self, text: &str, cut: Option<Range<usize>>) -> Vec<Range<usize>> {
        let Some(finder) = &self.finder else { return Vec::new() };
        let found = finder.find_overlapping_iter(text).map(|hit| hit.range());
        let mut merged: Vec<Range<usize>> = Vec::new();
        // They come in the order of their ends, so a range may swallow several before it.
        for mut range in found.chain(cut) {
            while let Some(last) = merged.pop_if(|last| range.start < last.end) {
                range.start = range.start.min(last.start);
            }
            merged.push(range);
        }
        merged
    }

    /// Where the longest end of `text` that begins a form starts.
    ///
    /// Only the last bytes are looked at, as many as the longest form has, so the work does not
    /// grow with the text.
    fn cut_start(&self, text: &str) -> Option<usize> {
        let (last, _) = text.char_indices().nth_back(MIN_ANYWHERE_CHARS - 1)?;
        let first = text.floor_char_boundary(text.len().saturating_sub(self.longest));
        (first..=last)
            .filter(|start| self.firsts[usize::from(text.as_bytes()[*start])])
            .filter(|start| text.is_char_boundary(*start))
            .find(|start| self.begins_a_form(&text[*start..]))
    }

    /// Whether a form is `beginning`, or goes on after it.
    fn begins_a_form(&self, beginning: &str) -> bool {
        let next = self.forms.partition_point(|form| form.as_str() < beginning);
        self.forms.get(next).is_some_and(|form| form.starts_with(beginning))
    }
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
        f.debug_struct("Redactor").field("forms", &self.forms.len()).finish_non_exhaustive()
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
    fn a_cut_that_touches_a_whole_secret_is_one_mask() {
        check_cut(&["ab345678", "5678ab345678zz"], "ab345678ab345678", "***");
    }
}
