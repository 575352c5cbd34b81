//! One channel: its pieces, joined as the schema says, counted and limited.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use fluxloop_schema::Join;

use crate::content::{ChannelContent, Group};
use crate::halves::Torn;
use crate::repeats::{Repeated, Repeats};
use crate::work;

/// What is reserved for a text when it begins, in bytes: the pieces of a stream are small, and most
/// answers are not.
const FIRST_ROOM: usize = 256;

/// How many groups and items are kept apart; further ones join the last.
const MAX_PARTS: usize = 1024;

/// From how many groups on they are found by hashing.
const MANY_PARTS: usize = 16;

/// One channel.
#[derive(Debug, Default)]
pub(crate) struct ChannelState {
    parts: Vec<Part>,
    /// Where each label is in `parts`; empty below [`MANY_PARTS`].
    places: HashMap<Vec<String>, usize>,
    /// The text of all parts, once there are several and as long as only the last one grows.
    joined: Option<String>,
    /// How often a text was taken back or changed elsewhere than at its end.
    pub(crate) rewrites: u64,
    limit: Option<u64>,
    /// The bytes of all parts, and their characters once somebody had to count them.
    bytes: usize,
    characters: Option<u64>,
    /// How many bytes the channel may have after the frame that is being read.
    most: usize,
    pub(crate) first: Option<Duration>,
    pub(crate) last: Option<Duration>,
    repeats: Repeats,
    /// Texts that replace others and do not begin with them.
    pub(crate) not_continued: u64,
    /// Groups and items beyond those that are kept apart.
    pub(crate) too_many: u64,
}

/// A group or an item.
#[derive(Debug, Default)]
struct Part {
    label: Vec<String>,
    text: String,
    /// The half of a character with which the text ends.
    half: Option<u16>,
}

/// Whether a piece of text found its place; of several pieces, the greatest counts.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Appended {
    /// All of it.
    #[default]
    Whole,
    /// It was cut at the limit.
    Cut,
    /// It was left out: the frame would give more text than it has bytes.
    Repeated,
}

/// How long the parts of a channel were when it was remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered(Vec<usize>);

impl ChannelState {
    /// An empty channel that holds at most `limit` Unicode scalar values.
    pub(crate) fn with_limit(limit: Option<u64>) -> Self {
        Self { limit, most: usize::MAX, ..Self::default() }
    }

    /// Begins a frame of `frame` bytes. Text is never longer than the JSON that holds it. So a frame
    /// gives more text than it has bytes only if a path with several `..` finds the same text many
    /// times, and a server could fill the memory with that.
    #[inline]
    pub(crate) fn begin(&mut self, frame: usize) {
        self.most = self.bytes.saturating_add(frame);
    }

    /// The text so far, as long as it grows only at its end.
    pub(crate) fn text(&self) -> &str {
        match (&self.joined, self.parts.as_slice()) {
            (Some(joined), _) => joined,
            (None, [only]) => &only.text,
            (None, _) => "",
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    #[inline]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many characters (Unicode scalar values) there are.
    pub(crate) fn characters(&self) -> u64 {
        self.characters.unwrap_or_else(|| self.count())
    }

    fn count(&self) -> u64 {
        work::count(self.bytes);
        self.parts.iter().map(|part| part.text.chars().count() as u64).sum()
    }

    /// Appends a piece to a group, as far as the limit allows.
    #[inline]
    pub(crate) fn append<'p>(&mut self, label: &[String], piece: impl Into<Torn<'p>>) -> Appended {
        let piece = piece.into();
        if piece.text.is_empty() {
            return Appended::Whole;
        }
        let at = self.part(label);
        let half = self.parts[at].half.take();
        let appended = match piece.shared(half) {
            Some(character) => {
                self.pop_replacement(at);
                self.append_at(at, &format!("{character}{}", piece.after_shared()))
            }
            None => self.append_at(at, &piece.text),
        };
        self.parts[at].half = piece.first.filter(|_| appended == Appended::Whole);
        appended
    }

    /// Appends a piece that belongs to no group and ends with no half of a character.
    #[inline]
    pub(crate) fn append_plain(&mut self, piece: &str) -> Appended {
        if piece.is_empty() {
            return Appended::Whole;
        }
        let at = self.part(&[]);
        self.parts[at].half = None;
        self.append_at(at, piece)
    }

    fn append_at(&mut self, at: usize, piece: &str) -> Appended {
        if self.bytes + piece.len() > self.most {
            return Appended::Repeated;
        }
        let (piece, appended) = self.within_limit(piece);
        work::count(piece.len());
        if !piece.is_empty() {
            let text = &mut self.parts[at].text;
            if text.capacity() == 0 {
                text.reserve(FIRST_ROOM);
            }
            self.repeats.note(text, piece);
            text.push_str(piece);
            self.bytes += piece.len();
            self.join(at, piece);
        }
        appended
    }

    /// As much of a piece as the limit allows. A text has no more characters than bytes: mostly,
    /// nothing needs to be counted.
    #[inline]
    fn within_limit<'p>(&mut self, piece: &'p str) -> (&'p str, Appended) {
        match self.limit {
            Some(limit)
                if (self.bytes + piece.len()) as u64 > limit || self.characters.is_some() =>
            {
                self.cut(piece, limit)
            }
            _ => (piece, Appended::Whole),
        }
    }

    /// As much of a piece as the limit allows, counted.
    #[cold]
    fn cut<'p>(&mut self, piece: &'p str, limit: u64) -> (&'p str, Appended) {
        let characters = self.characters();
        let room = usize::try_from(limit.saturating_sub(characters)).unwrap_or(usize::MAX);
        // A piece that has no character at `room` is not longer than that.
        let cut = piece.char_indices().nth(room);
        let piece = &piece[..cut.map_or(piece.len(), |(at, _)| at)];
        self.characters = Some(characters + piece.chars().count() as u64);
        (piece, if cut.is_some() { Appended::Cut } else { Appended::Whole })
    }

    /// Puts a text in place of what its group holds; without a label, in place of everything.
    pub(crate) fn replace(
        &mut self,
        label: &[String],
        piece: &Torn<'_>,
        may_differ: bool,
    ) -> Appended {
        let text: &str = &piece.text;
        if label.is_empty() && self.parts.iter().any(|part| !part.label.is_empty()) {
            if self.whole() == text {
                return Appended::Whole;
            }
            self.reset(&Remembered::default());
        }
        let at = self.part(label);
        if self.parts[at].half.is_some() {
            self.pop_replacement(at);
        }
        let held = self.parts[at].text.len();
        work::count(held.min(text.len()));
        if text.starts_with(&self.parts[at].text) {
            let repeats = std::mem::take(&mut self.repeats);
            let appended = self.append_at(at, &text[held..]);
            self.repeats = repeats.without_last();
            self.parts[at].half = piece.first;
            return appended;
        }
        self.not_continued += u64::from(!may_differ);
        self.shorten(at, 0);
        self.most = self.most.saturating_add(text.len());
        let appended = self.append_at(at, text);
        self.repeats = Repeats::default();
        self.parts[at].half = piece.first;
        appended
    }

    /// Adds an item of its own.
    pub(crate) fn add_item(&mut self, item: &str) -> Appended {
        if self.parts.len() < MAX_PARTS {
            self.parts.push(Part::default());
        } else {
            self.too_many += 1;
        }
        let (piece, appended) = self.within_limit(item);
        let last = self.parts.len() - 1;
        self.parts[last].text.push_str(piece);
        self.bytes += piece.len();
        appended
    }

    /// The place of a group, which is made if it is new.
    #[inline]
    fn part(&mut self, label: &[String]) -> usize {
        if let Some(last) = self.parts.last()
            && last.label == label
        {
            return self.parts.len() - 1;
        }
        self.other_part(label)
    }

    #[cold]
    fn other_part(&mut self, label: &[String]) -> usize {
        let known = if self.places.is_empty() {
            self.parts.iter().position(|part| part.label == label)
        } else {
            self.places.get(label).copied()
        };
        if let Some(place) = known {
            return place;
        }
        if self.parts.len() == MAX_PARTS {
            self.too_many += 1;
            return MAX_PARTS - 1;
        }
        if self.parts.len() == 1 && self.joined.is_none() && self.rewrites == 0 {
            work::count(self.bytes);
            self.joined = Some(self.parts[0].text.clone());
        }
        self.parts.push(Part { label: label.to_vec(), ..Part::default() });
        if self.parts.len() >= MANY_PARTS {
            let known = self.places.len();
            let new = self.parts.iter().map(|part| part.label.clone()).zip(0..).skip(known);
            self.places.extend(new);
        }
        self.parts.len() - 1
    }

    /// What all parts together are, while only the last one grows.
    fn join(&mut self, at: usize, piece: &str) {
        match &mut self.joined {
            Some(joined) if at + 1 == self.parts.len() => joined.push_str(piece),
            Some(_) => {
                self.joined = None;
                self.rewrites += 1;
            }
            None => {}
        }
    }

    /// Shortens a part to `bytes` bytes. Returns how many characters that are: only what goes is
    /// counted, because a stream may shorten a long text very often.
    fn shorten(&mut self, at: usize, bytes: usize) -> u64 {
        let part = &mut self.parts[at];
        let bytes = part.text.floor_char_boundary(bytes);
        let gone = &part.text[bytes..];
        if gone.is_empty() {
            return 0;
        }
        work::count(gone.len());
        let characters = gone.chars().count() as u64;
        self.bytes -= gone.len();
        part.text.truncate(bytes);
        part.half = None;
        self.rewrites += 1;
        self.joined = None;
        self.characters = self.characters.map(|all| all - characters);
        characters
    }

    /// How long everything is now.
    pub(crate) fn remember(&self) -> Remembered {
        Remembered(self.parts.iter().map(|part| part.text.len()).collect())
    }

    /// Takes everything back to where it was. Returns how many characters that are.
    pub(crate) fn reset(&mut self, to: &Remembered) -> u64 {
        let kept = |at: usize| to.0.get(at).copied().unwrap_or(0);
        let gone = (0..self.parts.len()).map(|at| self.shorten(at, kept(at))).sum();
        self.parts.truncate(to.0.len());
        if self.parts.len() < MANY_PARTS {
            self.places.clear();
        }
        self.places.retain(|_, place| *place < to.0.len());
        self.repeats = Repeats::default();
        gone
    }

    /// Takes back what the frame gave that is being read, in which a path found too much.
    pub(crate) fn take_back(&mut self, bytes: usize) {
        let mut gone = self.bytes.saturating_sub(bytes);
        for at in (0..self.parts.len()).rev() {
            let held = self.parts[at].text.len();
            self.shorten(at, held.saturating_sub(gone));
            gone = gone.saturating_sub(held);
        }
    }

    /// Takes back what stands for half a character at the end of a part.
    fn pop_replacement(&mut self, at: usize) {
        let bytes = char::REPLACEMENT_CHARACTER.len_utf8();
        let is_last = at + 1 == self.parts.len();
        let mut joined = self.joined.take().filter(|_| is_last);
        if let Some(joined) = &mut joined {
            joined.truncate(joined.len().saturating_sub(bytes));
        }
        self.shorten(at, self.parts[at].text.len().saturating_sub(bytes));
        self.joined = joined;
    }

    /// Which of its pieces repeat what came before them.
    pub(crate) fn repeated(&self) -> Option<Repeated> {
        self.repeats.repeated(self.bytes)
    }

    /// The text of all groups, for a comparison.
    pub(crate) fn whole(&self) -> Cow<'_, str> {
        work::count(self.bytes);
        match (&self.joined, self.parts.as_slice()) {
            (Some(joined), _) => joined.into(),
            (None, [only]) => only.text.as_str().into(),
            (None, parts) => parts.iter().map(|part| part.text.as_str()).collect(),
        }
    }

    /// The text of a group, for a comparison; with a label of which a name is empty, of the groups
    /// that share the other names. `None` if no text came for them.
    pub(crate) fn group(&self, label: &[String]) -> Option<String> {
        let is_in = |part: &&Part| {
            let mut names = part.label.iter().zip(label);
            part.label.len() == label.len()
                && names.all(|(part, name)| name.is_empty() || part == name)
        };
        let parts = self.parts.iter().filter(is_in).map(|part| part.text.as_str());
        Some(parts.collect::<String>()).filter(|text| !text.is_empty())
    }

    /// Whether all text or that of a group is this text.
    pub(crate) fn has_text(&self, text: &str) -> bool {
        self.parts.iter().any(|part| part.text == text)
            || (self.bytes == text.len() && self.whole() == text)
    }

    /// Whether its text is in groups that have as many names as a label.
    pub(crate) fn is_grouped_like(&self, label: &[String]) -> bool {
        self.parts.iter().any(|part| part.label.len() == label.len() && !part.text.is_empty())
    }

    /// Keeps the place of a group whose text comes later.
    pub(crate) fn keep_place(&mut self, label: &[String]) {
        if (self.is_empty() || self.is_grouped_like(label)) && self.group(label).is_none() {
            self.part(label);
        }
    }

    pub(crate) fn into_content(self, join: Join) -> ChannelContent {
        let characters = self.characters();
        let Self { first, last, rewrites, .. } = self;
        let content =
            ChannelContent { characters, first, last, rewrites, ..ChannelContent::default() };
        if join == Join::List {
            let items = self.parts.into_iter().map(|part| part.text).collect();
            return ChannelContent { items, ..content };
        }
        let mut end = 0;
        let is_grouped = self.parts.iter().any(|part| !part.label.is_empty());
        let groups = self.parts.iter().filter(|_| is_grouped).map(|part| {
            end += part.text.len();
            Group { label: part.label.clone(), end }
        });
        let groups = groups.collect();
        let mut parts = self.parts.into_iter().map(|part| part.text);
        let text = self.joined.unwrap_or_else(|| {
            let first = parts.next().unwrap_or_default();
            parts.fold(first, |all, part| all + &part)
        });
        ChannelContent { text, groups, ..content }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NO_GROUP: &[String] = &[];

    #[track_caller]
    fn check(limit: u64, pieces: &[&str], expected: &str, last: Appended) {
        let mut text = ChannelState::with_limit(Some(limit));
        let appended = pieces.iter().map(|piece| text.append(NO_GROUP, *piece)).last();
        assert_eq!((text.text(), appended), (expected, Some(last)));
        assert_eq!(text.characters(), expected.chars().count() as u64);
    }

    #[test]
    fn exactly_the_limit_is_whole() {
        check(5, &["ab", "cde"], "abcde", Appended::Whole);
        check(0, &[""], "", Appended::Whole);
    }

    #[test]
    fn text_above_the_limit_is_cut() {
        check(5, &["ab", "cdef"], "abcde", Appended::Cut);
        check(0, &["a"], "", Appended::Cut);
    }

    #[test]
    fn characters_are_scalar_values() {
        // A flag is two scalar values of four bytes each.
        check(3, &["é\u{1F1EE}", "\u{1F1F9}!"], "é\u{1F1EE}\u{1F1F9}", Appended::Cut);
    }

    #[test]
    fn an_empty_piece_at_the_limit_is_whole() {
        check(1, &["a", ""], "a", Appended::Whole);
    }

    #[test]
    fn a_frame_gives_no_more_text_than_bytes() {
        let mut text = ChannelState::with_limit(Some(100));
        text.begin(4);
        let pieces = ["ab", "cd", "e", ""].map(|piece| text.append(NO_GROUP, piece));
        assert_eq!(pieces, [Appended::Whole, Appended::Whole, Appended::Repeated, Appended::Whole]);
        text.begin(2);
        assert_eq!((text.append(NO_GROUP, "ef"), text.text()), (Appended::Whole, "abcdef"));
        text.take_back(1);
        assert_eq!((text.text(), text.characters()), ("a", 1));
    }

    /// Pieces with their groups, in the order in which they come.
    #[track_caller]
    fn check_groups(pieces: &[(&str, &str)], expected: &str, ends: &[usize]) {
        let mut channel = ChannelState::with_limit(None);
        for (group, piece) in pieces {
            channel.append(&[(*group).to_owned()], *piece);
        }
        let content = channel.into_content(Join::Append);
        let found: Vec<usize> = content.groups.iter().map(|group| group.end).collect();
        assert_eq!((content.text.as_str(), found.as_slice()), (expected, ends));
    }

    #[test]
    fn groups_stand_in_the_order_of_their_first_piece() {
        check_groups(&[("a", "1"), ("b", "2")], "12", &[1, 2]);
        check_groups(
            &[("a", "1"), ("b", "3"), ("a", "2"), ("c", "4"), ("b", "-")],
            "123-4",
            &[2, 4, 5],
        );
    }

    #[test]
    fn a_flood_of_groups_joins_the_last() {
        let mut channel = ChannelState::with_limit(None);
        for number in 0..2 * MAX_PARTS {
            channel.append(&[number.to_string()], "x");
        }
        assert_eq!(channel.too_many, MAX_PARTS as u64);
        let content = channel.into_content(Join::Append);
        assert_eq!((content.text.len(), content.groups.len()), (2 * MAX_PARTS, MAX_PARTS));
    }

    #[test]
    fn a_text_that_replaces_another_counts() {
        let mut channel = ChannelState::with_limit(None);
        for (text, rewrites) in [("The", 0), ("The Loire", 0), ("A river", 1)] {
            channel.begin(100);
            channel.replace(NO_GROUP, &text.into(), false);
            assert_eq!((channel.text(), channel.rewrites), (text, rewrites));
        }
        assert_eq!((channel.not_continued, channel.repeated()), (1, None));
    }

    #[test]
    fn a_reset_takes_back_to_what_was_remembered() {
        let mut channel = ChannelState::with_limit(None);
        channel.append(NO_GROUP, "kept");
        let remembered = channel.remember();
        channel.append(NO_GROUP, " é");
        channel.append(&["b".to_owned()], "x");
        assert_eq!((channel.reset(&remembered), channel.text()), (3, "kept"));
        assert_eq!((channel.reset(&Remembered::default()), channel.text()), (4, ""));
    }

    #[test]
    fn groups_stay_whole_after_many_were_taken_back() {
        for gone in [MANY_PARTS - 2, MANY_PARTS, 2 * MANY_PARTS] {
            let mut channel = ChannelState::with_limit(Some(1000));
            channel.append(&["kept".to_owned()], "0");
            let remembered = channel.remember();
            for number in 0..gone {
                channel.append(&[number.to_string()], "x");
            }
            assert_eq!(channel.reset(&remembered), gone as u64);
            for (group, piece) in [("a", "1"), ("b", "3"), ("a", "2"), ("b", "4")] {
                channel.append(&[group.to_owned()], piece);
            }
            assert_eq!(channel.into_content(Join::Append).text, "01234", "{gone}");
        }
    }

    /// Text that is taken back is counted, and what stays is not: a long text makes a reset no
    /// slower.
    #[test]
    fn what_is_cut_is_counted_under_a_limit() {
        let mut channel = ChannelState::with_limit(Some(6));
        channel.append(&["a".to_owned()], "ééé");
        for text in ["bé", "cc", "d"] {
            channel.begin(100);
            channel.replace(&["b".to_owned()], &text.into(), false);
        }
        assert_eq!((channel.characters(), channel.whole().as_ref()), (4, "éééd"));
        assert_eq!(channel.append(NO_GROUP, "efg"), Appended::Cut);
        assert_eq!(channel.whole(), "éééd".to_owned() + "ef");
    }

    #[track_caller]
    fn check_repeated(pieces: &[&str], expected: Option<Repeated>) {
        let mut channel = ChannelState::with_limit(None);
        for piece in pieces {
            channel.append(NO_GROUP, *piece);
        }
        assert_eq!(channel.repeated(), expected, "{pieces:?}");
    }

    #[test]
    fn texts_that_repeat_everything_before_are_noticed() {
        check_repeated(
            &["The", "The Loire", "The Loire is", "The Loire is long"],
            Some(Repeated::ByAll),
        );
        check_repeated(&["The ", "Loire.", "The Loire."], Some(Repeated::ByLast));
        check_repeated(&["ha", "ha", "ha", "!"], None);
        check_repeated(&["The ", "Loire ", "is long"], None);
        check_repeated(&["a", "ab"], None);
        check_repeated(&["no", "no"], None);
    }

    proptest! {
        #[test]
        fn the_cut_is_exact_for_any_text(
            pieces in prop::collection::vec("\\PC{0,8}", 0..8),
            limit in 0_u64..24,
        ) {
            let whole: String = pieces.concat();
            let mut text = ChannelState::with_limit(Some(limit));
            let cut = pieces.iter().any(|piece| text.append(NO_GROUP, piece.as_str()) == Appended::Cut);
            let expected: String = whole.chars().take(usize::try_from(limit).unwrap()).collect();
            prop_assert_eq!(text.text(), expected);
            prop_assert_eq!(cut, whole.chars().count() as u64 > limit);
        }
    }
}
