//! What is looked for in every event, in one pass over its JSON.

use fluxloop_jsonpath::{Found, JsonError, JsonPath, PathSet, RawFound, StreamScanner};

use crate::facts::Facts;

/// What stands at a known place.
#[derive(Clone, Copy, Debug)]
enum Key {
    Type,
    Error,
    ResponseError,
    PromptTokens,
    CompletionTokens,
    TotalTokens,
    Model,
    FinishReason,
    ResponseStatus,
}

/// The places where providers put what is of interest beside the text: chat completions, Anthropic
/// messages (whose stream wraps the beginning in `message`), the responses API (whose stream wraps
/// everything in `response`), and `finish_reason` as plain servers send it. Of two that are there
/// the later one counts, but for the model.
///
/// Chat completions count `prompt_tokens` and `completion_tokens`, the responses API and Anthropic
/// `input_tokens` and `output_tokens`.
const KEYS: [(Key, &str); 26] = [
    (Key::Type, "type"),
    (Key::Error, "error"),
    (Key::ResponseError, "response.error"),
    (Key::PromptTokens, "usage.prompt_tokens"),
    (Key::PromptTokens, "usage.input_tokens"),
    (Key::CompletionTokens, "usage.completion_tokens"),
    (Key::CompletionTokens, "usage.output_tokens"),
    (Key::TotalTokens, "usage.total_tokens"),
    (Key::PromptTokens, "message.usage.prompt_tokens"),
    (Key::PromptTokens, "message.usage.input_tokens"),
    (Key::CompletionTokens, "message.usage.completion_tokens"),
    (Key::CompletionTokens, "message.usage.output_tokens"),
    (Key::TotalTokens, "message.usage.total_tokens"),
    (Key::PromptTokens, "response.usage.prompt_tokens"),
    (Key::PromptTokens, "response.usage.input_tokens"),
    (Key::CompletionTokens, "response.usage.completion_tokens"),
    (Key::CompletionTokens, "response.usage.output_tokens"),
    (Key::TotalTokens, "response.usage.total_tokens"),
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

/// What the name of an event, or the `type` in its data, says about it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Meaning {
    /// Nothing that matters here.
    #[default]
    Other,
    /// The answer ends: plain servers, Anthropic, the responses API.
    Done,
    /// It is an error.
    Error,
    /// The responses API gives up.
    Failed,
}

impl Meaning {
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "done" | "message_stop" | "response.completed" => Self::Done,
            "error" => Self::Error,
            "response.failed" => Self::Failed,
            _ => Self::Other,
        }
    }
}

/// What decides about an event. It is small, because every event makes one; what providers tell
/// beside goes straight to the [`Facts`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen<'j> {
    /// What `type` says, if it is a string.
    pub(crate) meaning: Meaning,
    /// `error`, if it means one.
    pub(crate) error: Option<RawFound<'j>>,
    /// `response.error`, if it means one.
    pub(crate) response_error: Option<RawFound<'j>>,
    /// What the paths of the configuration found.
    pub(crate) own: [Option<RawFound<'j>>; MAX_OWN],
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

    /// Begins a stream of documents, whose scanner [`look_on`] takes.
    pub(crate) fn scanner(&self) -> StreamScanner {
        StreamScanner::new(&self.paths)
    }

    /// Looks into one document; nothing is found in what is no JSON.
    pub(crate) fn look<'j>(&self, json: &'j str, facts: &mut Facts) -> Result<Seen<'j>, JsonError> {
        let mut seen = Seen::default();
        look_on(&mut self.scanner(), json, &mut seen, facts).map(|()| seen)
    }
}

/// Looks into the next document of a stream; nothing is found in what is no JSON.
#[inline]
pub(crate) fn look_on<'j>(
    scanner: &mut StreamScanner,
    json: &'j str,
    seen: &mut Seen<'j>,
    facts: &mut Facts,
) -> Result<(), JsonError> {
    scanner.scan_raw(json, |which, found| match KEYS.get(which) {
        Some((key, _)) => seen.take(*key, found, facts),
        None => seen.own[which - KEYS.len()] = Some(found),
    })
}

impl<'j> Seen<'j> {
    #[inline]
    fn take(&mut self, key: Key, found: RawFound<'j>, facts: &mut Facts) {
        // Most servers write keys that do not apply as null, and null means nothing to any key.
        if found.is_null() {
            return;
        }
        match key {
            Key::Type => {
                self.meaning = found.string().map_or(Meaning::Other, |kind| Meaning::of(&kind));
            }
            Key::Error => self.error = Some(found).filter(is_error),
            Key::ResponseError => self.response_error = Some(found).filter(is_error),
            Key::PromptTokens => facts.usage.note_prompt(found),
            Key::CompletionTokens => facts.usage.note_completion(found),
            Key::TotalTokens => facts.usage.note_total(found),
            Key::Model => facts.note_model(found),
            Key::FinishReason => facts.note_finish_reason(found),
            Key::ResponseStatus => facts.note_status(found),
        }
    }
}

/// Whether the value of `error` means one. Servers that always write the key write null, and some
/// `false` or an empty string, when all is well.
fn is_error(found: &RawFound<'_>) -> bool {
    match found.read() {
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
