//! Takes the events of one answer.

use fluxloop_frames::Frame;
use fluxloop_jsonpath::{Found, JsonError, StreamScanner, TooManyMatches};

use crate::aggregate::{Aggregate, Warning};
use crate::api_error::{ApiError, error_in_event};
use crate::diagnosis::NoText;
use crate::error::AggregateError;
use crate::excerpt::excerpt;
use crate::facts::Facts;
use crate::known::Meaning;
use crate::reader::{Compiled, Look, OfType, StreamReader, TextRule, is_no_document};
use crate::samples::Samples;
use crate::tally::TypeTally;
use crate::text::{Appended, Text};

/// Takes the events of one answer and joins their text.
#[derive(Debug)]
pub struct Aggregator {
    rules: StreamReader,
    scanner: StreamScanner,
    state: State,
}

/// What an event did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Push {
    /// No text came of it.
    Nothing,
    /// Text came: [`Aggregator::text`] from this byte on. It is never empty.
    Text {
        /// Where the new text begins.
        start: usize,
    },
    /// The answer is complete. Text may have come with it, if
    /// [`Completion::Path`](crate::Completion::Path) is what ends it.
    Done,
    /// The text was cut at the character limit, or had been before.
    LimitReached,
}

/// What is known so far.
#[derive(Debug, Default)]
struct State {
    text: Text,
    events: u64,
    types: TypeTally,
    /// What is known of the type of the last event.
    of_type: OfType,
    passed: u64,
    matched: u64,
    /// The path found null, an object or an array there.
    no_text: u64,
    composite: u64,
    no_json: u64,
    /// The beginning of the first data that is not JSON.
    first_no_json: String,
    text_after_done: u64,
    done: bool,
    limit_reached: bool,
    /// An error ended the answer.
    failed: bool,
    cut_event: Option<String>,
    facts: Facts,
    samples: Samples,
}

impl Aggregator {
    /// Begins an answer whose text may have at most so many characters (Unicode scalar values).
    pub fn new(rules: &StreamReader, output_char_limit: Option<u64>) -> Self {
        let state = State { text: Text::with_limit(output_char_limit), ..State::default() };
        Self { rules: rules.clone(), scanner: rules.0.scanner(), state }
    }

    /// Takes an event.
    ///
    /// After [`Push::Done`] further events only add token counts; text in them is left out and
    /// counted, errors in them do not matter. After an error the text so far is still there.
    pub fn push(&mut self, event: &Frame<'_>) -> Result<Push, AggregateError> {
        let rules = &*self.rules.0;
        let event_type = self.state.count(rules, event.event_type);
        let (of_type, facts) = (self.state.of_type, &mut self.state.facts);
        let look = rules.look(event.data, of_type, &mut self.scanner, facts);
        let pushed = self.state.push(rules, event, event_type, look);
        self.state.failed |= pushed.is_err();
        pushed
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        self.state.text.as_str()
    }

    /// How many characters (Unicode scalar values) the text has so far. They are counted when this
    /// is asked.
    pub fn characters(&self) -> u64 {
        self.state.text.characters()
    }

    /// How many events were pushed so far.
    pub fn events(&self) -> u64 {
        self.state.events
    }

    /// In how many events text was found so far, the empty text included.
    pub fn matched(&self) -> u64 {
        self.state.matched
    }

    /// Whether the event that ends the answer has come.
    pub fn is_done(&self) -> bool {
        self.state.done
    }

    /// Ends the answer. `pending` is the event that was never terminated, if the body ended inside
    /// one: as an end marker it counts, because servers end with `data: [DONE]` and one newline;
    /// otherwise it is discarded, as the standard says. What was pending when the caller stopped
    /// reading, after an error or at the limit, does not matter.
    pub fn finish(mut self, pending: Option<&Frame<'_>>) -> Aggregate {
        let rules = &*self.rules.0;
        if let Some(event) = pending.filter(|_| !self.state.is_over()) {
            let mut facts = self.state.facts.clone();
            let of_type = rules.of_type(event.event_type);
            let look = rules.look(event.data, of_type, &mut self.scanner, &mut facts);
            if look.done {
                self.state.facts = facts;
                let event_type = self.state.count(rules, event.event_type);
                // An error in half an event is no error of the answer.
                let _ = self.state.push(rules, event, event_type, look);
                self.state.done = true;
            } else {
                self.state.cut_event = Some(excerpt(event.data));
            }
        }
        self.state.into_aggregate(rules)
    }
}

impl State {
    /// Whether nothing more is expected.
    fn is_over(&self) -> bool {
        self.done || self.failed || self.limit_reached
    }

    /// Counts an event; returns the number of its type.
    #[inline]
    fn count(&mut self, rules: &Compiled, event_type: &str) -> usize {
        self.events += 1;
        let (place, repeated) = self.types.count(event_type);
        if !repeated {
            self.of_type = rules.of_type(event_type);
            self.facts.note_meaning(self.of_type.meaning);
        }
        place
    }

    /// Takes an event that was counted.
    #[inline]
    fn push(
        &mut self,
        rules: &Compiled,
        event: &Frame<'_>,
        event_type: usize,
        look: Look<'_>,
    ) -> Result<Push, AggregateError> {
        if self.limit_reached {
            return Ok(Push::LimitReached);
        }
        let after_done = self.done;
        if !after_done && let Some(error) = self.error(event, &look) {
            return Err(error.into());
        }
        let passes = self.of_type.passes;
        self.passed += u64::from(passes);
        self.done |= look.done;
        if !look.done && self.text.is_empty() {
            self.samples.offer(event_type, event.data, passes);
        }
        if !passes {
            return Ok(if look.done { Push::Done } else { Push::Nothing });
        }
        self.take_text(rules, event, look, after_done)
    }

    /// The error that an event reports.
    #[inline]
    fn error(&self, event: &Frame<'_>, look: &Look<'_>) -> Option<ApiError> {
        let is_error = |meaning| matches!(meaning, Meaning::Error | Meaning::Failed);
        // An event that has something where the text is calls itself no error; to look for that in
        // every event would cost more than it is worth.
        let suspect = look.seen.own[0].is_none()
            || look.seen.error.is_some()
            || is_error(self.of_type.meaning)
            || is_error(look.seen.meaning);
        suspect.then(|| error_in_event(event, &look.seen)).flatten()
    }

    /// The text of an event that passed the filter.
    fn take_text(
        &mut self,
        rules: &Compiled,
        event: &Frame<'_>,
        look: Look<'_>,
        after_done: bool,
    ) -> Result<Push, AggregateError> {
        if let Some(error) = look.unreadable {
            return if after_done {
                Ok(Push::Nothing)
            } else {
                self.unreadable(rules, event, error)
            };
        }
        let start = self.text.as_str().len();
        self.text.begin(event.data.len());
        let keep = !after_done && (!look.done || rules.done_event_has_text());
        let mut taken = Taken { into: keep.then_some(&mut self.text), ..Taken::default() };
        let read = match rules.text() {
            TextRule::Data if look.done => Ok(()),
            TextRule::Data => {
                taken.take(Found::String(event.data.into()));
                Ok(())
            }
            TextRule::Key(which, _) => {
                if let Some(found) = look.seen.own[*which] {
                    taken.take(found.read());
                }
                Ok(())
            }
            TextRule::Path(_) if is_no_document(event.data) => Ok(()),
            TextRule::Path(path) => path.find(event.data, |found| taken.take(found)),
        };
        let Taken { text, no_text, composite, appended, left_out, .. } = taken;
        if appended == Appended::Repeated {
            self.text.truncate(start);
            return self.unreadable(rules, event, TooManyMatches.into());
        }
        self.matched += u64::from(text);
        self.no_text += u64::from(!text && (no_text || composite));
        self.composite += u64::from(composite);
        self.text_after_done += u64::from(left_out);
        let cut = appended == Appended::Cut;
        self.limit_reached |= cut;
        match read {
            Err(error) if !self.done => self.unreadable(rules, event, error),
            _ if cut => Ok(Push::LimitReached),
            _ if look.done => Ok(Push::Done),
            _ if self.text.as_str().len() > start => {
                if start == 0 {
                    self.samples = Samples::default();
                }
                Ok(Push::Text { start })
            }
            _ => Ok(Push::Nothing),
        }
    }

    /// An event that should be JSON and is none.
    fn unreadable(
        &mut self,
        rules: &Compiled,
        event: &Frame<'_>,
        source: JsonError,
    ) -> Result<Push, AggregateError> {
        if rules.tolerates(event.event_type) {
            if self.no_json == 0 {
                self.first_no_json = excerpt(event.data);
            }
            self.no_json += 1;
            return Ok(Push::Nothing);
        }
        Err(AggregateError::MalformedEvent {
            number: self.events,
            event_type: excerpt(event.event_type),
            source,
            data: excerpt(event.data),
        })
    }

    fn into_aggregate(self, rules: &Compiled) -> Aggregate {
        let warnings = self.warnings();
        let no_text = self.text.is_empty().then(|| Box::new(self.no_text(rules)));
        let shows_end = self.done || self.facts.shows_end();
        let missing_end = self.facts.missing_end().filter(|_| !shows_end);
        Aggregate {
            characters: self.text.characters(),
            text: self.text.into_string(),
            limit_reached: self.limit_reached,
            events: self.events,
            by_type: self.types.into_map(),
            passed: self.passed,
            matched: self.matched,
            skipped: self.no_json + self.text_after_done,
            usage: self.facts.usage.sum(),
            finish_reason: self.facts.finish_reason,
            model: self.facts.model,
            shows_end,
            missing_end,
            done: self.done,
            warnings,
            no_text,
        }
    }

    fn no_text(&self, rules: &Compiled) -> NoText {
        NoText {
            by_type: self.types.to_map(),
            passed: self.passed,
            matched: self.matched + self.no_text,
            ..NoText::explain(&self.samples, &self.types, rules, &self.facts)
        }
    }

    fn warnings(&self) -> Vec<Warning> {
        let several = |count: u64, warning: fn(u64) -> Warning| (count > 0).then(|| warning(count));
        let composite = if self.text.is_empty() { self.composite } else { 0 };
        let no_json = || Warning::NoJson { events: self.no_json, data: self.first_no_json.clone() };
        [
            self.cut_event.clone().map(|data| Warning::CutEvent { data }),
            several(self.text_after_done, Warning::TextAfterDone),
            (self.no_json > 0).then(no_json),
            several(composite, Warning::Composite),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// What the text path finds in one event.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one observation, and any may join")]
struct Taken<'t> {
    /// Where text goes; none is wanted in and after the event that ends the answer.
    into: Option<&'t mut Text>,
    text: bool,
    no_text: bool,
    composite: bool,
    appended: Appended,
    left_out: bool,
}

impl Taken<'_> {
    fn take(&mut self, found: Found<'_>) {
        self.composite |= matches!(found, Found::Array(_) | Found::Object(_));
        match (found.into_text(), &mut self.into) {
            (None, _) => self.no_text = true,
            (Some(text), None) => self.left_out |= !text.is_empty(),
            (Some(text), Some(into)) => {
                self.text = true;
                self.appended = self.appended.max(into.append(&text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_jsonpath::JsonPath;

    use super::*;
    use crate::rules::{Completion, EventFilter, StreamRules, TextPath};

    fn rules() -> StreamRules {
        StreamRules {
            text: TextPath::Path(JsonPath::parse("delta").unwrap()),
            ..StreamRules::default()
        }
    }

    /// Pushes events, at most five characters of text, and tells what each of them did.
    #[track_caller]
    fn check(rules: &StreamRules, events: &[(&str, &str)], expected: &[Push], text: &str) {
        let mut aggregator = Aggregator::new(&StreamReader::new(rules), Some(5));
        let pushes: Vec<Push> = events
            .iter()
            .map(|(event_type, data)| aggregator.push(&Frame::new(event_type, data)).unwrap())
            .collect();
        assert_eq!((pushes.as_slice(), aggregator.text()), (expected, text));
        assert_eq!(aggregator.events(), events.len() as u64);
    }

    #[test]
    fn text_is_told_with_its_place() {
        let events = [r#"{"delta": "ab"}"#, r#"{"delta": ""}"#, r#"{"delta": "cde"}"#, "{}"];
        let expected =
            [Push::Text { start: 0 }, Push::Nothing, Push::Text { start: 2 }, Push::Nothing];
        check(&rules(), &events.map(|data| ("message", data)), &expected, "abcde");
    }

    #[test]
    fn the_limit_is_told_at_once_and_from_then_on() {
        let events = [r#"{"delta": "abcd"}"#, r#"{"delta": "éfg"}"#, r#"{"delta": "h"}"#];
        let expected = [Push::Text { start: 0 }, Push::LimitReached, Push::LimitReached];
        check(&rules(), &events.map(|data| ("message", data)), &expected, "abcdé");
    }

    #[test]
    fn an_event_gives_no_more_text_than_it_has_bytes() {
        let path = TextPath::Path(JsonPath::parse("$..a..delta").unwrap());
        let rules = StreamReader::new(&StreamRules { text: path, ..StreamRules::default() });
        let mut aggregator = Aggregator::new(&rules, None);
        let nested = |depth| {
            let inner = r#"{"delta": "again and again"}"#.to_owned();
            (0..depth).fold(inner, |inner, _| format!(r#"{{"a": {inner}}}"#))
        };
        aggregator.push(&Frame::message(&nested(1))).expect("it stands there once");
        let error = aggregator.push(&Frame::message(&nested(20))).expect_err("it grew");
        let AggregateError::MalformedEvent { source: JsonError::TooManyMatches(_), .. } = error
        else {
            panic!("{error}")
        };
        assert_eq!(aggregator.text(), "again and again");
    }

    #[test]
    fn done_is_told_once() {
        let events = ["[DONE]", r#"{"delta": "late"}"#, r#"{"error": "late"}"#, "not JSON"];
        let expected = [Push::Done, Push::Nothing, Push::Nothing, Push::Nothing];
        check(&rules(), &events.map(|data| ("message", data)), &expected, "");
    }

    #[test]
    fn every_marker_of_auto_ends_the_answer() {
        let events = [
            ("message", "[DONE]"),
            ("done", ""),
            ("message_stop", "{}"),
            ("response.completed", "not JSON"),
            ("response.completed", "{not JSON"),
            ("message", r#"{"type": "message_stop"}"#),
            ("message", r#"{"type": "done", "delta": "x"}"#),
        ];
        for event in events {
            check(&rules(), &[event], &[Push::Done], "");
        }
    }

    #[test]
    fn a_configured_marker_stands_alone() {
        let completion = Completion::Event("end".to_owned());
        let rules = StreamRules { completion, ..rules() };
        let events = [("done", "{}"), ("message", r#"{"type": "done"}"#), ("end", "bye")];
        check(&rules, &events, &[Push::Nothing, Push::Nothing, Push::Done], "");
        let completion = Completion::Data("bye".to_owned());
        let rules = StreamRules { completion, ..rules };
        check(&rules, &[("end", "{}"), ("x", "bye")], &[Push::Nothing, Push::Done], "");
    }

    #[test]
    fn a_marker_counts_though_the_filter_keeps_it_out() {
        let filter = EventFilter::Only(vec!["text".to_owned()]);
        check(&StreamRules { filter, ..rules() }, &[("done", "{}")], &[Push::Done], "");
    }

    #[test]
    fn a_marker_that_is_not_configured_is_neither_text_nor_broken() {
        let completion = Completion::Event("end".to_owned());
        for path in ["delta", "$..delta"] {
            let text = TextPath::Path(JsonPath::parse(path).unwrap());
            let rules = StreamRules { completion: completion.clone(), text, ..rules() };
            let events = [("message", r#"{"delta": "ab"}"#), ("message", " [DONE] ")];
            check(&rules, &events, &[Push::Text { start: 0 }, Push::Nothing], "ab");
        }
    }

    #[test]
    fn tokens_after_the_marker_still_count() {
        let mut aggregator = Aggregator::new(&StreamReader::new(&rules()), None);
        aggregator.push(&Frame::message("[DONE]")).unwrap();
        aggregator.push(&Frame::message(r#"{"usage": {"prompt_tokens": 2}}"#)).unwrap();
        let answer = aggregator.finish(None);
        assert_eq!(answer.usage.map(|usage| usage.total_tokens), Some(2));
    }

    #[test]
    fn a_pending_marker_brings_its_tokens() {
        let aggregator = Aggregator::new(&StreamReader::new(&rules()), None);
        let event = Frame::new("done", r#"{"usage": {"output_tokens": 2}}"#);
        let usage = aggregator.finish(Some(&event)).usage;
        assert_eq!(usage.map(|usage| usage.completion_tokens), Some(2));
    }

    #[test]
    fn an_event_that_was_cut_off_leaves_what_was_told_before() {
        let told = r#"{"model": "a", "finish_reason": "stop", "usage": {"prompt_tokens": 2}}"#;
        let mut aggregator = Aggregator::new(&StreamReader::new(&rules()), None);
        aggregator.push(&Frame::message(told)).unwrap();
        let cut = r#"{"model": "b", "finish_reason": "x", "usage": {"prompt_tokens": 9}}"#;
        let answer = aggregator.finish(Some(&Frame::message(cut)));
        assert_eq!(answer.model.as_deref(), Some("a"));
        assert_eq!(answer.finish_reason.as_deref(), Some("stop"));
        assert_eq!(answer.usage.map(|usage| usage.prompt_tokens), Some(2));
    }

    #[test]
    fn the_first_model_and_the_last_reason_count() {
        let mut aggregator = Aggregator::new(&StreamReader::new(&rules()), None);
        for name in ["a", "b"] {
            let data = format!(r#"{{"model": "{name}", "finish_reason": "{name}"}}"#);
            aggregator.push(&Frame::message(&data)).unwrap();
        }
        let answer = aggregator.finish(None);
        assert_eq!(
            (answer.model.as_deref(), answer.finish_reason.as_deref()),
            (Some("a"), Some("b"))
        );
    }

    #[test]
    fn without_a_path_a_flagged_event_is_a_marker_alone() {
        let completion =
            Completion::Path { path: JsonPath::parse("done").unwrap(), equals: true.into() };
        let rules = StreamRules { completion, ..StreamRules::default() };
        let events = [("message", "ab"), ("message", r#"{"done": true}"#)];
        check(&rules, &events, &[Push::Text { start: 0 }, Push::Done], "ab");
    }

    #[test]
    fn the_status_of_a_response_counts_when_it_is_final() {
        let mut aggregator = Aggregator::new(&StreamReader::new(&rules()), None);
        let event = Frame::message(r#"{"response": {"status": "in_progress"}}"#);
        aggregator.push(&event).unwrap();
        assert_eq!(aggregator.finish(None).finish_reason, None);
    }

    #[test]
    fn a_pending_marker_counts_and_another_event_does_not() {
        let finish = |pending: &str| {
            let aggregator = Aggregator::new(&StreamReader::new(&rules()), None);
            aggregator.finish(Some(&Frame::message(pending)))
        };
        let answer = finish("[DONE]");
        assert!(answer.done && answer.warnings.is_empty());
        let answer = finish(r#"{"delta": "x"}"#);
        assert!(!answer.done && answer.text.is_empty());
        let data = r#"{"delta": "x"}"#.to_owned();
        assert_eq!(answer.warnings, [Warning::CutEvent { data }]);
    }

    #[test]
    fn what_is_pending_after_an_error_or_at_the_limit_does_not_matter() {
        for event in [r#"{"error": "x"}"#, r#"{"delta": "x"}"#] {
            let mut aggregator = Aggregator::new(&StreamReader::new(&rules()), Some(0));
            let _ = aggregator.push(&Frame::message(event));
            assert_eq!(aggregator.finish(Some(&Frame::message("{"))).warnings, []);
        }
    }
}
