//! What is looked for in every event, in one pass over its JSON.

use fluxloop_jsonpath::{Found, JsonError, JsonPath, PathSet};

/// The places where providers put what is of interest beside the text.
///
/// The order is that of [`KEYS`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Key {
    Type,
    Error,
    ResponseError,
    Usage,
    MessageUsage,
    ResponseUsage,
    Model,
    MessageModel,
    ResponseModel,
    ChoiceFinishReason,
    DeltaStopReason,
    FinishReason,
    StopReason,
    ResponseStatus,
}

/// The paths, in the order of [`Key`]: chat completions, Anthropic messages (whose stream wraps
/// the beginning in `message`), the responses API (whose stream wraps everything in `response`),
/// and `finish_reason` as plain servers send it.
const KEYS: [(Key, &str); 14] = [
    (Key::Type, "type"),
    (Key::Error, "error"),
    (Key::ResponseError, "response.error"),
    (Key::Usage, "usage"),
    (Key::MessageUsage, "message.usage"),
    (Key::ResponseUsage, "response.usage"),
    (Key::Model, "model"),
    (Key::MessageModel, "message.model"),
    (Key::ResponseModel, "response.model"),
    (Key::ChoiceFinishReason, "choices[0].finish_reason"),
    (Key::DeltaStopReason, "delta.stop_reason"),
    (Key::FinishReason, "finish_reason"),
    (Key::StopReason, "stop_reason"),
    (Key::ResponseStatus, "response.status"),
];

/// Finds all keys, and some paths of the configuration, in one pass.
#[derive(Debug)]
pub(crate) struct Keys {
    paths: PathSet,
}

/// What was found in one document.
#[derive(Debug, Default)]
pub(crate) struct Seen<'j> {
    known: [Option<Found<'j>>; KEYS.len()],
    /// What the paths of the configuration found.
    own: [Option<Found<'j>>; MAX_OWN],
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
    pub(crate) fn look<'j>(&self, json: &'j str) -> (Seen<'j>, Result<(), JsonError>) {
        let mut seen = Seen::default();
        let read = self.paths.scan(json, |which, found| {
            if let Some(slot) = seen.slot(which) {
                *slot = Some(found);
            }
        });
        (seen, read)
    }
}

impl<'j> Seen<'j> {
    fn slot(&mut self, which: usize) -> Option<&mut Option<Found<'j>>> {
        match which.checked_sub(KEYS.len()) {
            None => self.known.get_mut(which),
            Some(own) => self.own.get_mut(own),
        }
    }

    /// What is at a known place.
    pub(crate) fn get(&self, key: Key) -> Option<&Found<'j>> {
        self.known[key as usize].as_ref()
    }

    /// The string at a known place.
    pub(crate) fn text(&self, key: Key) -> Option<&str> {
        match self.get(key) {
            Some(Found::String(text)) => Some(text),
            _ => None,
        }
    }

    /// What a path of the configuration found, to keep.
    pub(crate) fn into_own(mut self, which: usize) -> Option<Found<'j>> {
        self.own[which].take()
    }

    /// What a path of the configuration found.
    pub(crate) fn own(&self, which: usize) -> Option<&Found<'j>> {
        self.own[which].as_ref()
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
