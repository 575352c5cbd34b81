//! What is done with every frame of one structure.
//!
//! The frames of a stream are built alike, but for the text in them. Where no value on which a
//! condition depends differs between two of them, all conditions hold or do not hold in both, and
//! need no second look.

use std::time::Duration;

use fluxloop_frames::Frame;
use fluxloop_schema::CountAgain;

use super::{Seen, State};
use crate::aggregator::Push;
use crate::channel::Appended;
use crate::compile::{Compiled, Piece, Rule, Slot, TEXT, Work};
use crate::error::ContentFault;
use crate::halves::may_be_torn;
use crate::look::{Eyes, Look};
use crate::types::NamedBy;

/// What is done with every frame of one structure.
#[derive(Debug)]
pub(crate) struct Settled {
    generation: (u64, usize),
    /// What was seen of the frame from which this was learned.
    pub(crate) seen: Seen,
    passes: bool,
    rules: Vec<usize>,
    /// Where the text is, if appending it is all that there is to do.
    text: Option<Slot>,
}

impl State {
    /// What is done with frames like the one that was taken last; `None` where that depends on more
    /// than their structure.
    pub(crate) fn settle(
        &self,
        rules: &Compiled,
        eyes: &Eyes,
        data: &str,
        seen: &Seen,
    ) -> Option<Settled> {
        let look = eyes.look(data);
        // What is explained is looked at each time.
        let is_quiet = self.is_quiet && seen.is_ours && self.explained.is_none();
        let deciding = rules.deciding.as_ref().filter(|_| is_quiet)?;
        let generation = eyes.generation()?;
        if eyes.vary(deciding) {
            return None;
        }
        let has_work = |number: &usize| {
            let Rule { work, repeatable, .. } = &rules.rules[*number];
            let is_known = match work {
                Work::Model(_) => self.model.is_some(),
                Work::Count(..) if rules.usage_again == CountAgain::Sum => return true,
                // A wide path finds nothing inside a value that is neither list nor object.
                Work::Piece(Piece { place: Some(place), .. }) if place.rest.is_some() => look
                    .value(place.slot)
                    .is_none_or(|value| !value.as_json().starts_with(['[', '{'])),
                _ => false,
            };
            // With the same values again, it would do nothing new.
            !is_known && repeatable.as_ref().is_none_or(|slots| eyes.vary(slots))
        };
        let numbers: Vec<usize> = self.worked.iter().copied().filter(has_work).collect();
        let text = match numbers.as_slice() {
            [only] => rules.rules[*only].work.plain_text(),
            _ => None,
        };
        let passes = self.has_passed;
        Some(Settled { generation, seen: seen.clone(), passes, rules: numbers, text })
    }

    /// Takes a frame that is built like the one from which `settled` was learned.
    #[inline]
    pub(crate) fn take_settled(
        &mut self,
        rules: &Compiled,
        settled: &Settled,
        look: &Look<'_>,
        at: Duration,
    ) -> Result<Push, ContentFault> {
        let seen = &settled.seen;
        self.types.count(seen.line, NamedBy::Framing);
        if seen.of_type != seen.line || (!seen.is_untyped && !seen.is_named_by_line) {
            self.types.count(seen.of_type, NamedBy::Data);
        }
        self.passed += u64::from(settled.passes);
        if self.channels[TEXT].is_empty() {
            self.samples.offer(seen.of_type, look.data, settled.passes);
        }
        if let Some(text) = settled.text.and_then(|slot| look.raw(slot)?.string())
            && !may_be_torn(&text)
            && self.append_text(&text, look.data, at)
        {
            return Ok(if self.limit_reached { Push::LimitReached } else { Push::More });
        }
        let seen = &Seen { at, ..seen.clone() };
        let appended = self.work_again(rules, &settled.rules, look, seen)?;
        self.limit_reached |= appended == Appended::Cut;
        Ok(if self.limit_reached { Push::LimitReached } else { Push::More })
    }

    /// Whether a frame is of the same type by its framing as the one from which this was learned.
    #[inline]
    pub(crate) fn is_like(&self, settled: &Settled, frame: &Frame<'_>) -> bool {
        !self.is_over() && self.types.is(settled.seen.line, frame.event_type)
    }
}

impl Settled {
    /// Whether the frame that was read last is built like the one from which this was learned.
    #[inline]
    pub(crate) fn holds(&self, eyes: &Eyes) -> bool {
        eyes.generation() == Some(self.generation)
    }
}
