//! The rules of a plan, made ready to be applied to many events.

use std::sync::Arc;

use fluxloop_frames::Frame;
use fluxloop_jsonpath::{Found, JsonError, JsonPath, StreamScanner};
use serde_json::Value;

use crate::facts::Facts;
use crate::keys::{Keys, Seen, look_on};
use crate::known::{DONE_DATA, Meaning};
use crate::rules::{Completion, EventFilter, StreamRules, TextPath};

/// How an event stream becomes text, made ready. Clones share it.
#[derive(Clone, Debug)]
pub struct StreamReader(pub(crate) Arc<Compiled>);

impl StreamReader {
    /// Prepares the rules.
    pub fn new(rules: &StreamRules) -> Self {
        Self(Arc::new(Compiled::new(rules)))
    }
}

/// The compiled rules themselves.
#[derive(Debug)]
pub(crate) struct Compiled {
    filter: EventFilter,
    text: TextRule,
    done: DoneRule,
    keys: Keys,
}

/// Where the text is.
#[derive(Debug)]
pub(crate) enum TextRule {
    /// The data is the text.
    Data,
    /// At a path that is looked up together with the keys, under this number.
    Key(usize, JsonPath),
    /// At a path that may find several values.
    Path(JsonPath),
}

/// What ends an answer.
#[derive(Debug)]
enum DoneRule {
    Auto,
    Event(String),
    Data(String),
    Key(usize, Value),
    Path(JsonPath, Value),
}

/// What the rules know of an event by its type alone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OfType {
    /// Whether the filter lets it pass.
    pub(crate) passes: bool,
    pub(crate) meaning: Meaning,
    /// Whether it ends the answer.
    ends: bool,
}

/// What the rules see in an event.
#[derive(Debug, Default)]
pub(crate) struct Look<'e> {
    pub(crate) seen: Seen<'e>,
    /// Why the data could not be read as JSON, if it was to be.
    pub(crate) unreadable: Option<JsonError>,
    pub(crate) done: bool,
}

impl Compiled {
    fn new(rules: &StreamRules) -> Self {
        let mut own = Vec::new();
        let text = match &rules.text {
            TextPath::Data => TextRule::Data,
            TextPath::Path(path) if path.is_singular() => {
                own.push(path);
                TextRule::Key(own.len() - 1, path.clone())
            }
            TextPath::Path(path) => TextRule::Path(path.clone()),
        };
        let done = match &rules.completion {
            Completion::Auto => DoneRule::Auto,
            Completion::Event(name) => DoneRule::Event(name.clone()),
            Completion::Data(data) => DoneRule::Data(data.clone()),
            Completion::Path { path, equals } if path.is_singular() => {
                own.push(path);
                DoneRule::Key(own.len() - 1, equals.clone())
            }
            Completion::Path { path, equals } => DoneRule::Path(path.clone(), equals.clone()),
        };
        Self { filter: rules.filter.clone(), text, done, keys: Keys::new(&own) }
    }

    /// Begins a stream, whose scanner [`look`](Self::look) takes.
    pub(crate) fn scanner(&self) -> StreamScanner {
        self.keys.scanner()
    }

    /// Looks at the type of an event.
    pub(crate) fn of_type(&self, event_type: &str) -> OfType {
        let meaning = Meaning::of(event_type);
        let ends = match &self.done {
            DoneRule::Auto => meaning == Meaning::Done,
            DoneRule::Event(name) => event_type == name,
            DoneRule::Data(_) | DoneRule::Key(..) | DoneRule::Path(..) => false,
        };
        OfType { passes: self.filter.passes(event_type), meaning, ends }
    }

    /// Looks at the data of an event, once.
    #[inline]
    pub(crate) fn look<'e>(
        &self,
        data: &'e str,
        of_type: OfType,
        scanner: &mut StreamScanner,
        facts: &mut Facts,
    ) -> Look<'e> {
        let first = data.trim_ascii_start().as_bytes().first();
        let is_marker = first == Some(&b'[') && data.trim_ascii() == DONE_DATA;
        if is_marker {
            facts.note_meaning(Meaning::Done);
        }
        let done = of_type.ends || self.is_done(data, is_marker);
        let mut look = Look { done, ..Look::default() };
        let wants_json = of_type.passes && !matches!(self.text, TextRule::Data);
        if first == Some(&b'{') || (wants_json && !done && first.is_some()) {
            let read = look_on(scanner, data, &mut look.seen, facts);
            facts.note_meaning(look.seen.meaning);
            look.done |= self.is_done_inside(data, &look.seen);
            look.unreadable = read.err().filter(|_| wants_json && !look.done && !is_marker);
        }
        look
    }

    /// Whether the data as a whole says that the answer ends.
    #[inline]
    fn is_done(&self, data: &str, is_marker: bool) -> bool {
        match &self.done {
            DoneRule::Auto => is_marker,
            DoneRule::Data(wanted) => data == wanted,
            DoneRule::Event(_) | DoneRule::Key(..) | DoneRule::Path(..) => false,
        }
    }

    /// Whether something inside the data says that the answer ends.
    #[inline]
    fn is_done_inside(&self, data: &str, seen: &Seen<'_>) -> bool {
        match &self.done {
            DoneRule::Auto => seen.meaning == Meaning::Done,
            DoneRule::Event(_) | DoneRule::Data(_) => false,
            DoneRule::Key(which, wanted) => {
                seen.own[*which].is_some_and(|found| equals(&found.read(), wanted))
            }
            DoneRule::Path(path, wanted) => {
                let mut done = false;
                // What cannot be read has no such value.
                let _ = path.find(data, |found| done |= equals(&found, wanted));
                done
            }
        }
    }

    pub(crate) fn text(&self) -> &TextRule {
        &self.text
    }

    /// Whether the event that ends the answer may carry text itself: `{"delta": "!", "done": true}`
    /// does. A marker of its own does not, and the `response.completed` of the responses API
    /// repeats the whole answer.
    pub(crate) fn done_event_has_text(&self) -> bool {
        matches!(self.done, DoneRule::Key(..) | DoneRule::Path(..))
    }

    /// Whether events of other types than `message` may be no JSON: without a filter, they are
    /// keep-alives.
    pub(crate) fn tolerates(&self, event_type: &str) -> bool {
        self.filter == EventFilter::All && event_type != Frame::MESSAGE
    }
}

/// Whether the data is not meant to be JSON: it is blank, or an end marker that is not configured.
pub(crate) fn is_no_document(data: &str) -> bool {
    let data = data.trim_ascii();
    data.is_empty() || data == DONE_DATA
}

/// Whether a value is the wanted one. Numbers are compared by value: 1 is 1.0.
fn equals(found: &Found<'_>, wanted: &Value) -> bool {
    match (found, wanted) {
        (Found::Null, Value::Null) => true,
        (Found::Bool(found), Value::Bool(wanted)) => found == wanted,
        (Found::String(found), Value::String(wanted)) => found == wanted,
        (Found::Number(found), Value::Number(wanted)) => {
            found.parse().is_ok_and(|found: serde_json::Number| {
                found == *wanted || found.as_f64() == wanted.as_f64()
            })
        }
        (Found::Array(found), Value::Array(_)) | (Found::Object(found), Value::Object(_)) => {
            serde_json::from_str::<Value>(found).is_ok_and(|found| found == *wanted)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(found: &str, wanted: &Value, equal: bool) {
        let mut equals_wanted = None;
        let document = format!(r#"{{"a": {found}}}"#);
        let path = JsonPath::parse("a").unwrap();
        path.find(&document, |found| {
            equals_wanted = Some(equals(&found, wanted));
        })
        .unwrap();
        assert_eq!(equals_wanted, Some(equal));
    }

    #[test]
    fn scalars_are_equal_by_value() {
        check("true", &json!(true), true);
        check("true", &json!("true"), false);
        check(r#""st\u006fp""#, &json!("stop"), true);
        check("null", &json!(null), true);
    }

    #[test]
    fn numbers_are_equal_however_they_are_written() {
        check("1.0", &json!(1), true);
        check("1e0", &json!(1), true);
        check("2", &json!(1), false);
        check("18446744073709551615", &json!(u64::MAX), true);
    }

    #[test]
    fn objects_are_equal_in_any_order() {
        check(r#"{"a": 1, "b": [2]}"#, &json!({"b": [2], "a": 1}), true);
        check(r#"{"a": 1}"#, &json!({"a": 2}), false);
    }
}
