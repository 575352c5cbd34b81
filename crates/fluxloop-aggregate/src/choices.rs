//! Several choices in one stream (`n` of chat completions).

use std::time::Duration;

use fluxloop_frames::{Frame, FrameKind};
use fluxloop_jsonpath::{Document, JsonPath, RawFound};

use crate::compile::Slot;
use crate::look::Look;

/// Where the number of a choice is.
#[derive(Debug)]
pub(crate) struct Select {
    pub(crate) number: Slot,
    /// The list of choices, where the number is in its first element.
    pub(crate) list: Option<ListOfChoices>,
}

/// A list of choices, its first two elements, and the path of the number in an element.
#[derive(Debug)]
pub(crate) struct ListOfChoices {
    pub(crate) list: Slot,
    pub(crate) first: Slot,
    pub(crate) second: Slot,
    pub(crate) number: String,
}

impl Select {
    /// The number of the choice that a frame belongs to. Servers leave out the number 0.
    pub(crate) fn number(&self, look: &Look<'_>) -> Option<i64> {
        let number = look.text(self.number).and_then(|number| number.parse().ok());
        let has_choice = || look.value(self.list.as_ref()?.first).map(|_| 0);
        number.or_else(has_choice)
    }

    /// Whether a frame carries several choices.
    pub(crate) fn finds_several(&self, look: &Look<'_>) -> bool {
        self.list.as_ref().is_some_and(|list| look.value(list.second).is_some())
    }

    /// The data of a frame of several choices with only the one of this number, if that does not
    /// come first: the paths of a schema look at the first.
    pub(crate) fn alone(&self, look: &Look<'_>, number: i64) -> Option<String> {
        if !self.finds_several(look) || self.number(look) == Some(number) {
            return None;
        }
        let of = self.list.as_ref()?;
        let list = look.value(of.list)?.as_json();
        let at = &of.number;
        let missing = if number == 0 { format!(" || !@{at}") } else { String::new() };
        let path = format!("$[?@{at} == {number} || @{at} == '{number}'{missing}]");
        let (path, document) = (JsonPath::parse(&path).ok()?, Document::read(list).ok()?);
        let mut ours = None;
        path.find_in(&document, |found: RawFound<'_>| ours = ours.or(Some(found))).ok()?;
        let start = list.as_ptr().addr() - look.data.as_ptr().addr();
        let (before, after) = (&look.data[..start], &look.data[start + list.len()..]);
        Some(format!("{before}[{}]{after}", ours?.as_json()))
    }
}

/// Tells the first choice from the others.
///
/// Each frame names the choice that it belongs to. A number that only rises by 1 is a counter of an
/// old server, not a choice: the third frame shows it. Until then the second frame is held back. A
/// number that comes back later was a choice after all, and what came since the first is taken back.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    first: Option<i64>,
    state: Known,
    others: u64,
    first_other: Option<String>,
}

#[derive(Debug, Default)]
enum Known {
    /// No number came.
    #[default]
    Nothing,
    /// The first number came once, perhaps with a finish reason.
    Once { has_finished: bool },
    /// A second number came, 1 above the first.
    Perhaps(Held),
    /// The numbers are choices.
    Choices,
    /// The numbers count frames. `last` is the newest number; `frames` numbers came after the first.
    Counter { last: i64, frames: u64 },
}

/// From how many frames on numbers that only rise are surely not choices: the most choices that
/// providers take (`OpenAI`).
const MOST_CHOICES: u64 = 128;

/// A frame that is held back.
#[derive(Debug)]
pub(crate) struct Held {
    event_type: String,
    data: String,
    kind: FrameKind,
    pub(crate) at: Duration,
}

impl Held {
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame { event_type: &self.event_type, data: &self.data, kind: self.kind }
    }
}

/// What is known of a frame before it is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    /// The number of its choice.
    pub(crate) number: Option<i64>,
    /// Whether it carries several choices: their numbers do not count frames.
    pub(crate) has_several: bool,
    /// Whether it has a finish reason.
    pub(crate) has_finished: bool,
    /// Whether it ends the answer.
    pub(crate) ends: bool,
}

/// What is done with a frame.
#[derive(Debug)]
pub(crate) enum Admitted {
    /// It is held back.
    Held,
    /// It is taken now, after one that was held back, if there is one.
    Now {
        /// Whether it belongs to the first choice.
        is_ours: bool,
        /// What was held back, and whether that belongs to the first choice.
        before: Option<(Held, bool)>,
    },
    /// It is taken now, after everything but the first frame was taken back.
    Back {
        /// Whether it belongs to the first choice.
        is_ours: bool,
    },
}

impl Choices {
    pub(crate) fn is_holding(&self) -> bool {
        matches!(self.state, Known::Perhaps(_))
    }

    /// Whether it is known what the numbers are.
    pub(crate) fn is_decided(&self) -> bool {
        match self.state {
            Known::Choices => true,
            Known::Counter { frames, .. } => frames >= MOST_CHOICES,
            Known::Nothing | Known::Once { .. } | Known::Perhaps(_) => false,
        }
    }

    /// The number of the choice that is the answer.
    pub(crate) fn first(&self) -> i64 {
        self.first.unwrap_or_default()
    }

    /// What is done with a frame, of which this is known.
    pub(crate) fn admit(&mut self, named: Named, frame: &Frame<'_>, at: Duration) -> Admitted {
        let now = |is_ours| Admitted::Now { is_ours, before: None };
        let Named { number, has_several, has_finished, ends } = named;
        let Some(index) = number else {
            let before = if ends { self.release() } else { None };
            return Admitted::Now { is_ours: true, before: before.map(|held| (held, true)) };
        };
        let first = *self.first.get_or_insert(index);
        match std::mem::replace(&mut self.state, Known::Choices) {
            Known::Nothing if !has_several => {
                self.state = Known::Once { has_finished };
                now(true)
            }
            // What comes after the finish reason of a choice belongs to another one.
            Known::Once { has_finished: false } if index == first + 1 && !has_several => {
                self.state = Known::Perhaps(Held {
                    event_type: frame.event_type.to_owned(),
                    data: frame.data.to_owned(),
                    kind: frame.kind,
                    at,
                });
                Admitted::Held
            }
            Known::Perhaps(held) if index == first + 2 && !has_several => {
                self.first_other = Some(crate::excerpt::excerpt(&held.data));
                self.state = Known::Counter { last: index, frames: 2 };
                Admitted::Now { is_ours: true, before: Some((held, true)) }
            }
            Known::Perhaps(held) => {
                self.note_other(&held.data);
                let is_ours = self.is_ours(index, frame);
                Admitted::Now { is_ours, before: Some((held, false)) }
            }
            Known::Counter { last, frames }
                if (index == last + 1 && !has_several) || frames >= MOST_CHOICES =>
            {
                self.state = Known::Counter { last: index, frames: frames + 1 };
                now(true)
            }
            Known::Counter { frames, .. } => {
                self.others = frames;
                Admitted::Back { is_ours: self.is_ours(index, frame) }
            }
            // The number came back, or it is not that of a counter.
            Known::Nothing | Known::Once { .. } | Known::Choices => now(self.is_ours(index, frame)),
        }
    }

    /// Gives back what is held: it belongs to the answer.
    pub(crate) fn release(&mut self) -> Option<Held> {
        match std::mem::take(&mut self.state) {
            Known::Perhaps(held) => {
                let last = self.first.unwrap_or_default() + 1;
                self.state = Known::Counter { last, frames: 1 };
                Some(held)
            }
            state => {
                self.state = state;
                None
            }
        }
    }

    fn is_ours(&mut self, index: i64, frame: &Frame<'_>) -> bool {
        let is_ours = Some(index) == self.first;
        if !is_ours {
            self.note_other(frame.data);
        }
        is_ours
    }

    pub(crate) fn note_other(&mut self, data: &str) {
        self.others += 1;
        self.first_other.get_or_insert_with(|| crate::excerpt::excerpt(data));
    }

    /// How many frames belong to other choices, and the first of them.
    pub(crate) fn others(&self) -> (u64, Option<String>) {
        (self.others, self.first_other.clone().filter(|_| self.others > 0))
    }
}
