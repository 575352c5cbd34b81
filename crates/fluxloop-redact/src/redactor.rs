//! Finds the secrets of a run in text.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::{Masked, Secret};

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// The shortest value that is masked wherever it occurs, in characters.
///
/// Shorter values (`on`, `1234`) occur in innocent text too often; they are hidden in their own
/// field only.
pub const MIN_ANYWHERE_CHARS: usize = 8;

/// Knows the secrets of a run and makes [`Masked`] text of raw text.
pub struct Redactor {
    /// Finds every secret, overlapping ones too; `None` when there is nothing to hide.
    finder: Option<AhoCorasick>,
    /// The values that `finder` knows, for prefixes at the end of broken text.
    patterns: Vec<Secret>,
    /// Names of the values that are too short to be masked anywhere.
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
    /// If the secrets together exceed what an automaton can index (2 GiB).
    pub fn build(self) -> Redactor {
        let (long, short): (Vec<_>, Vec<_>) = self
            .secrets
            .into_iter()
            .partition(|(_, secret)| secret.expose().chars().count() >= MIN_ANYWHERE_CHARS);
        let patterns: Vec<Secret> = long.into_iter().map(|(_, secret)| secret).collect();
        let finder = (!patterns.is_empty()).then(|| {
            AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .build(patterns.iter().map(Secret::expose))
                .expect("secrets are far smaller than the automaton's index")
        });
        let short_names = short.into_iter().map(|(name, _)| name).collect();
        Redactor { finder, patterns, short_names }
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

    /// Masks whole text: every secret in it becomes [`MASK`].
    pub fn mask(&self, text: &str) -> Masked {
        self.mask_counted(text).0
    }

    /// Masks whole text and tells how many places were masked.
    pub fn mask_counted(&self, text: &str) -> (Masked, usize) {
        let ranges = self.ranges(text, None);
        (Masked::from_masked(&replace(text, &ranges)), ranges.len())
    }

    /// Masks text that ended early, where a secret may have been cut: the longest end of the text
    /// that begins a secret, of [`MIN_ANYWHERE_CHARS`] characters or more, is masked too.
    pub fn mask_cut(&self, text: &str) -> (Masked, usize) {
        let ranges = self.ranges(text, self.cut_start(text).map(|start| start..text.len()));
        (Masked::from_masked(&replace(text, &ranges)), ranges.len())
    }

    /// Where the secrets (and `cut`) are, in order, overlapping ones merged.
    fn ranges(&self, text: &str, cut: Option<Range<usize>>) -> Vec<Range<usize>> {
        let Some(finder) = &self.finder else { return Vec::new() };
        let mut found: Vec<Range<usize>> =
            finder.find_overlapping_iter(text).map(|hit| hit.range()).chain(cut).collect();
        found.sort_unstable_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
        for range in found {
            match merged.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }

    /// Where the longest trailing prefix of a secret begins.
    fn cut_start(&self, text: &str) -> Option<usize> {
        self.patterns.iter().filter_map(|secret| trailing_prefix(text, secret.expose())).min()
    }
}

/// Where `text` begins to end in a prefix of `secret` that is long enough to matter.
fn trailing_prefix(text: &str, secret: &str) -> Option<usize> {
    secret
        .char_indices()
        .map(|(end, _)| &secret[..end])
        .skip(MIN_ANYWHERE_CHARS)
        .filter(|prefix| text.ends_with(prefix))
        .last()
        .map(|prefix| text.len() - prefix.len())
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
        f.debug_struct("Redactor").field("secrets", &self.patterns.len()).finish_non_exhaustive()
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
