//! What is looked for in every event, in one pass over its JSON.

use std::borrow::Cow;

use fluxloop_jsonpath::{Found, JsonError, JsonPath, PathSet, StreamScanner};

use crate::facts::Facts;

/// What stands at a known place.
#[derive(Clone, Copy, Debug)]
enum Key {
    Type,
    Error,
    ResponseError,
    Usage,
    Model,
    FinishReason,
    ResponseStatus,
}

/// The places where providers put what is of interest beside the text: chat completions, Anthropic
/// messages (whose stream wraps the beginning in `message`), the responses API (whose stream wraps
/// everything in `response`), and `finish_reason` as plain servers send it.
const KEYS: [(Key, &str); 14] = [
    (Key::Type, "type"),
    (Key::Error, "error"),
    (Key::ResponseError, "response.error"),
    (Key::Usage, "usage"),
    (Key::Usage, "message.usage"),
    (Key::Usage, "response.usage"),
    (Key::Model, "model"),
    (Key::Model, "message.model"),
    (Key::Model, "response.model"),
    (Key::FinishReason, "finish_reason"),
    (Key::FinishReason, "stop_reason"),
    (Key::FinishReason, "delta.stop_reason"),
    (Key::FinishReason, "choices[0].finish_reason"),
    (Key::ResponseStatus, "response.status"),
];

/// Finds all keys, and some paths of the configuration, in one pass.
#[derive(Debug)]
pub(crate) struct Keys {
    paths: PathSet,
}

/// What decides about an event. It is small, because every event makes one; what providers tell
/// beside goes straight to the [`Facts`].
#[derive(Debug, Default)]
pub(crate) struct Seen<'j> {
    /// `type`, if it is a string.
    pub(crate) kind: Option<Cow<'j, str>>,
    /// `error`, if it means one.
    pub(crate) error: Option<Found<'j>>,
    /// `response.error`, if it means one.
    pub(crate) response_error: Option<Found<'j>>,
    /// What the paths of the configuration found.
    pub(crate) own: [Option<Found<'j>>; MAX_OWN],
}

/// A text path and the path of an end marker.
const MAX_OWN: usize = 2;

impl Keys {
    /// Joins the known keys and at most two singular paths of the configuration.
    pub(crate) fn new(own: &[&JsonPath]) -> Self {
        let known: Vec<JsonPath> = KEYS.iter().map(|(_, path)| parsed(path)).collect();
        let paths = PathSet::new(known.iter().chain(own.iter().copied()))
            .expect("the known paths are singular, the others were asked before");
        Self { paths }
    }

    /// Looks into a document; nothing is found in what is no JSON.
    pub(crate) fn look<'j>(
        &self,
        json: &'j str,
        seen: &mut Seen<'j>,
        facts: &mut Facts,
    ) -> Result<(), JsonError> {
        self.paths.scan(json, |which, found| seen.take_from(which, found, facts))
    }

    /// Begins a stream of documents, whose scanner [`look_on`] takes.
    pub(crate) fn scanner(&self) -> StreamScanner {
        StreamScanner::new(&self.paths)
    }
}

/// Looks into the next document of a stream; nothing is found in what is no JSON.
pub(crate) fn look_on<'j>(
    scanner: &mut StreamScanner,
    json: &'j str,
    seen: &mut Seen<'j>,
    facts: &mut Facts,
) -> Result<(), JsonError> {
    scanner.scan(json, |which, found| seen.take_from(which, found, facts))
}

impl<'j> Seen<'j> {
    /// Takes what the path of a number found.
    #[inline]
    fn take_from(&mut self, which: usize, found: Found<'j>, facts: &mut Facts) {
        match KEYS.get(which) {
            Some((key, _)) => self.take(*key, found, facts),
            None => self.own[which - KEYS.len()] = Some(found),
        }
    }

    fn take(&mut self, key: Key, found: Found<'j>, facts: &mut Facts) {
        match (key, found) {
            (Key::Type, Found::String(kind)) => self.kind = Some(kind),
            (Key::Error, found) => self.error = Some(found).filter(is_error),
            (Key::ResponseError, found) => self.response_error = Some(found).filter(is_error),
            (Key::Usage, Found::Object(usage)) => facts.usage.read(usage),
            (Key::Model, Found::String(model)) => facts.note_model(&model),
            (Key::FinishReason, Found::String(reason)) => facts.note_finish_reason(&reason),
            (Key::ResponseStatus, Found::String(status)) => facts.note_status(&status),
            _ => {}
        }
    }
}

/// Whether the value of `error` means one. Servers that always write the key write null, and some
/// `false` or an empty string, when all is well.
fn is_error(found: &Found<'_>) -> bool {
    match found {
        Found::Null | Found::Bool(false) => false,
        Found::String(text) => !text.is_empty(),
        Found::Bool(true) | Found::Number(_) | Found::Array(_) | Found::Object(_) => true,
    }
}

/// Joins paths that are written in this program.
pub(crate) fn path_set(paths: &[&str]) -> PathSet {
    let paths: Vec<JsonPath> = paths.iter().map(|path| parsed(path)).collect();
    PathSet::new(&paths).expect("paths of names and indices are singular")
}

fn parsed(path: &str) -> JsonPath {
    JsonPath::parse(path).expect("paths of the program itself are valid")
}
