//! What a frame says besides the answer itself.

use std::time::Duration;

use fluxloop_jsonpath::{Found, RawFound};
use serde_json::Value;

use super::{Seen, State};
use crate::compile::{Compiled, Work};
use crate::explain::Took;
use crate::known::{DONE_DATA, NO_REASON};
use crate::look::Look;

/// The longest name that is kept, in bytes.
const MAX_NAME: usize = 256;

/// The longest scalar that is captured, in bytes.
const MAX_CAPTURE: usize = 4 << 10;

impl State {
    pub(crate) fn has_model(&self) -> bool {
        self.model.is_some()
    }

    /// What a rule about facts finds.
    pub(super) fn fact(&mut self, rules: &Compiled, work: &Work, look: &Look<'_>, seen: &Seen) {
        if self.explained.is_some() {
            self.explain_fact(rules, work, look, seen);
        }
        match work {
            Work::Model(slot) => {
                // Most streams name the model in every frame: the first name is kept.
                if self.model.is_none()
                    && let Some(model) = look.value(*slot).and_then(RawFound::string)
                {
                    self.model = name(&model).map(str::to_owned);
                }
            }
            Work::FinishReason(slot) => {
                if seen.is_ours
                    && let Some(reason) = look.value(*slot).and_then(RawFound::string)
                {
                    self.set_finish_reason(&reason, *slot);
                }
            }
            Work::Count(counter, places) => {
                self.usage.note(*counter, places, &rules.usage_again, look);
            }
            Work::Provider(slots) => {
                if let Some(object) = slots.iter().find_map(|slot| look.value(*slot)) {
                    self.usage.note_provider(object);
                }
            }
            Work::Sequence(slot) => self.sequence(look.value(*slot), look),
            Work::Capture(number, slots) => {
                let known = self.captures.get(number);
                let found = slots.iter().filter_map(|slot| look.value(*slot)).find(is_scalar);
                // Most streams repeat what is captured in every frame.
                if let Some(found) = found.filter(|found| !is_same(*found, known)) {
                    self.captures.extend(scalar(found).map(|scalar| (*number, scalar)));
                }
            }
            Work::Timing(number, slot, nanos) => {
                let time = look.value(*slot).and_then(|value| value.as_json().parse::<f64>().ok());
                if let Some(time) = time.map(|time| time * *nanos as f64 / 1e9)
                    && let Ok(time) = Duration::try_from_secs_f64(time)
                {
                    self.timings.insert(*number, time);
                }
            }
            Work::OtherChoice => self.oddities.several_choices.note(look.data),
            Work::Piece(_) | Work::FinalText(_) | Work::Call(_) => {}
        }
    }

    fn set_finish_reason(&mut self, reason: &str, slot: usize) {
        let is_news = |it: &&str| *it != NO_REASON && self.finish_reason.as_deref() != Some(it);
        if let Some(reason) = name(reason).filter(is_news) {
            self.finish_reason = Some(reason.to_owned());
            self.finish_reason_at = Some(slot);
        }
    }

    /// The sequence rises by 1.
    fn sequence(&mut self, number: Option<RawFound<'_>>, look: &Look<'_>) {
        let Some(number) = number.and_then(|number| number.as_json().parse::<i64>().ok()) else {
            return;
        };
        if self.sequence.is_some_and(|last| last.checked_add(1) != Some(number)) {
            self.oddities.sequence.note(look.data);
        }
        self.sequence = Some(number);
    }

    /// Whether a frame shows that the answer will have an end, and whether it is that end.
    #[inline]
    pub(super) fn note_end_shown(&mut self, rules: &Compiled, look: &Look<'_>) {
        if !self.shows_end && rules.known_ends.iter().any(|end| end.holds(look)) {
            let is_marker = look.is_data(DONE_DATA);
            self.shows_marker |= is_marker;
            self.shows_end = !is_marker;
        }
        if self.expected.is_none() {
            let shown = rules
                .expected_ends
                .iter()
                .find(|(when, _)| when.as_ref().is_none_or(|when| when.holds(look)));
            self.expected = shown.map(|(_, end)| end.clone());
        }
    }

    /// The agent waits for a person.
    pub(super) fn note_needs_input(&mut self, rules: &Compiled, look: &Look<'_>, seen: &Seen) {
        if let Some(when) = rules.needs_input.iter().find(|when| when.holds(look)) {
            self.is_quiet = false;
            self.explain(|| Took::when("needs_input", when, rules));
            self.wait_for_input(seen);
        }
    }

    pub(super) fn wait_for_input(&mut self, seen: &Seen) {
        self.ends_as = self.ends_as.max(fluxloop_schema::EndsAs::NeedsInput);
        let name = self.types.name(seen.of_type).to_owned();
        self.needs_input.get_or_insert(name);
    }
}

/// Whether a value is neither array nor object, and short enough to be kept.
fn is_scalar(found: &RawFound<'_>) -> bool {
    let json = found.as_json();
    !json.starts_with(['[', '{']) && json.len() <= MAX_CAPTURE
}

/// Whether a text is the one that is known.
fn is_same(found: RawFound<'_>, known: Option<&Value>) -> bool {
    let known = known.and_then(Value::as_str);
    known.is_some_and(|known| found.string().is_some_and(|text| text == known))
}

/// A value that is neither array nor object.
fn scalar(found: RawFound<'_>) -> Option<Value> {
    match found.read() {
        Found::Null | Found::Array(_) | Found::Object(_) => None,
        Found::String(text) => Some(Value::String(text.into_owned())),
        Found::Bool(value) => Some(Value::Bool(value)),
        Found::Number(number) => number.parse().ok().map(Value::Number),
    }
}

/// As much of a name as is worth keeping.
fn name(text: &str) -> Option<&str> {
    let name = &text[..text.floor_char_boundary(MAX_NAME)];
    (!name.is_empty()).then_some(name)
}
