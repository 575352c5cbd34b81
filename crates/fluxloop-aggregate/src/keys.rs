//! What is looked for in every event, in one pass over its JSON.

use fluxloop_jsonpath::{Found, JsonError, JsonPath, PathSet, RawFound, StreamScanner};

use crate::facts::Facts;
use crate::known::{KEYS, Key, Meaning};

/// Finds all keys, and some paths of the configuration, in one pass.
#[derive(Debug)]
pub(crate) struct Keys {
    paths: PathSet,
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
            Key::Object => facts.note_object(found),
            Key::Model => facts.note_model(found),
            Key::FinishReason => facts.note_finish_reason(found),
            Key::ChoiceFinishReason => facts.note_choice_finish_reason(found),
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
