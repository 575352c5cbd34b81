//! Finds every form of every secret in a text.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::MIN_ANYWHERE_CHARS;
use crate::forms::Form;
use crate::samples::{PIECE, Samples};
use crate::view::View;

/// Finds every form of every secret in a text, whatever the case of its letters.
pub(crate) struct Finder {
    samples: Samples,
    /// All pieces of all forms; made when they are asked for, which is seldom.
    pieces: OnceLock<Samples>,
    /// Finds every form in small letters, overlapping ones too.
    automaton: AhoCorasick,
    /// The forms, sorted, for beginnings of them at the end of a text.
    forms: Vec<Form>,
    /// Bytes of the longest form.
    longest: usize,
    /// Whether a form has a blank.
    blanks: bool,
}

impl Finder {
    /// Takes forms in small letters, sorted; `None` when there is nothing to find.
    ///
    /// # Panics
    ///
    /// If the forms together exceed what an automaton can index (2 GiB).
    pub(crate) fn new(forms: Vec<Form>) -> Option<Self> {
        let longest = forms.iter().map(|form| form.len()).max()?;
        // The kind that is built fastest: a run has one, and it reads few texts.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(forms.iter().map(|form| form.as_str()))
            .expect("secrets are far smaller than the automaton's index");
        let blanks = forms.iter().any(|form| form.contains(' '));
        let (samples, pieces) = (Samples::of(&forms), OnceLock::new());
        Some(Self { samples, pieces, automaton, forms, longest, blanks })
    }

    /// How many forms there are.
    pub(crate) fn forms(&self) -> usize {
        self.forms.len()
    }

    /// The text as it is, and as whoever reads its escapes sees it.
    pub(crate) fn views<'a>(&self, text: &'a str) -> impl Iterator<Item = View<'a>> {
        View::each(text, self.blanks)
    }

    /// Where the forms are, in order; forms that overlap are one range.
    pub(crate) fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.samples.may_stand_in(text) {
            // An automaton that knew both cases would take up to five times as long to build.
            let text = text.to_ascii_lowercase();
            let hits = self.automaton.find_overlapping_iter(&text);
            hits.for_each(|hit| add(&mut found, hit.range()));
        }
        found
    }

    /// Where pieces of forms are that are long enough to tell something, in order; pieces that
    /// overlap are one range.
    pub(crate) fn find_pieces(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let pieces = self.pieces.get_or_init(|| Samples::all_of(&self.forms));
        pieces.find(text, |piece| add(&mut found, piece));
        found
    }

    /// Where the longest end of `view` starts, in the source, that a form begins with and goes on
    /// after, if it has [`MIN_ANYWHERE_CHARS`] characters there.
    ///
    /// Only the last bytes are looked at, as many as the longest form has, so the work does not
    /// grow with the text.
    pub(crate) fn open_end(&self, view: &View<'_>) -> Option<usize> {
        let last = view.last_characters(MIN_ANYWHERE_CHARS)?;
        let text = view.settled();
        let before_end = |bytes: usize| text.len().saturating_sub(bytes - 1);
        let longest = before_end(self.longest);
        let first = if self.samples.may_stand_in(&text[longest..]) {
            longest
        } else {
            // What is long enough to be noticed is not there.
            before_end(self.samples.reach()).max(longest)
        };
        // No byte of a view comes from a place before its own. A form begins with a whole character,
        // and so no start is within one.
        let mut starts = first..text.len().min(last + 1);
        let start = starts.find(|start| self.goes_on(&text[*start..]))?;
        Some(view.source_start(start)).filter(|start| *start <= last)
    }

    /// Whether a form begins so and goes on.
    fn goes_on(&self, beginning: &[u8]) -> bool {
        if beginning.len() >= PIECE && !self.samples.may_begin(beginning) {
            return false;
        }
        let beginning = || beginning.iter().map(u8::to_ascii_lowercase);
        let next = self.forms.partition_point(|form| form.bytes().le(beginning()));
        self.forms
            .get(next)
            .is_some_and(|form| form.bytes().take(beginning().len()).eq(beginning()))
    }
}

/// Adds a range, which ends after all others did, or starts after them. It may swallow several.
fn add(ranges: &mut Vec<Range<usize>>, mut range: Range<usize>) {
    while let Some(last) = ranges.pop_if(|last| range.start < last.end) {
        range = range.start.min(last.start)..range.end.max(last.end);
    }
    ranges.push(range);
}
