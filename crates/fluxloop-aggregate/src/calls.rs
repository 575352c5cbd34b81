//! Calls of tools, put together from their pieces.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use fluxloop_jsonpath::{Document, Found, RawFound};
use serde_json::Value;

use crate::compile::{Call, Part};
use crate::content::ToolCall;
use crate::excerpt::excerpt;
use crate::halves::Torn;
use crate::look::Look;

/// How many calls are kept apart; what belongs to further ones joins the last.
const MAX_CALLS: usize = 1024;

/// From how many calls on they are found by hashing.
const MANY_CALLS: usize = 16;

/// The calls of an answer.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    all: Vec<CallState>,
    /// Where each key was last in `all`; empty below [`MANY_CALLS`].
    places: HashMap<String, usize>,
    /// Whole arguments that differ from what came before or after, with the first of them.
    pub(crate) differ: u64,
    pub(crate) first_differing: Option<String>,
    pub(crate) too_many: u64,
}

#[derive(Debug, Default)]
struct CallState {
    key: Option<String>,
    id: Option<String>,
    name: Option<String>,
    pieces: Torn<'static>,
    /// The whole arguments, and whether they came before all pieces.
    whole: Option<(String, bool)>,
    result: Option<String>,
    error: Option<String>,
    first: Duration,
    last: Duration,
}

/// What one frame says about one call.
#[derive(Debug, Default)]
pub(crate) struct Said {
    key: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) arguments: Option<Arguments>,
    pub(crate) result: Option<String>,
    pub(crate) error: Option<String>,
}

#[derive(Debug)]
pub(crate) enum Arguments {
    Piece(Torn<'static>),
    Whole(String),
}

/// How long the pieces of each call were when they were remembered, and whether the whole arguments
/// had come.
#[derive(Clone, Debug, Default)]
pub(crate) struct RememberedCalls(Vec<(usize, bool)>);

impl Calls {
    /// Takes what a rule finds in a frame. Returns whether it found anything.
    pub(crate) fn take(&mut self, call: &Call, look: &Look<'_>, at: Duration) -> bool {
        let mut took = Vec::new();
        Said::each(call, look, &mut |said| took.extend(self.note(said, &took, at)));
        !took.is_empty()
    }

    /// Takes what is said about a call. Returns its place. `took` are the calls of the same frame.
    fn note(&mut self, said: Said, took: &[usize], at: Duration) -> Option<usize> {
        let is_nothing = said.id.is_none()
            && said.name.is_none()
            && said.arguments.is_none()
            && said.result.is_none()
            && said.error.is_none();
        if is_nothing {
            return None;
        }
        let place = self.place(&said, took, at);
        let call = &mut self.all[place];
        call.last = at;
        call.id = call.id.take().or(said.id);
        call.name = call.name.take().or(said.name);
        call.result = said.result.or(call.result.take());
        call.error = said.error.or(call.error.take());
        match said.arguments {
            Some(Arguments::Piece(piece)) => call.pieces.push(&piece),
            Some(Arguments::Whole(whole)) if whole.trim().is_empty() => {}
            Some(Arguments::Whole(whole)) => {
                let known = call.whole.as_ref().map_or("", |(known, _)| known);
                let differs = !is_empty_json(known) && !is_same_json(known, &whole);
                // Providers announce a call with arguments that are empty.
                if is_empty_json(known) || !is_empty_json(&whole) {
                    call.whole = Some((whole.clone(), call.pieces.text.is_empty()));
                }
                if differs {
                    self.note_difference(&whole);
                }
            }
            None => {}
        }
        Some(place)
    }

    fn note_difference(&mut self, whole: &str) {
        self.differ += 1;
        self.first_differing.get_or_insert_with(|| excerpt(whole));
    }

    /// Decides which arguments are those of each call: of whole ones and pieces that differ, those
    /// that came last.
    pub(crate) fn conclude(&mut self) {
        for at in 0..self.all.len() {
            let call = &mut self.all[at];
            let Some((whole, is_first)) = call.whole.take() else { continue };
            let pieces = &call.pieces.text;
            let differ = !is_empty_json(pieces) && !is_same_json(pieces, &whole);
            let are_pieces = differ && (is_empty_json(&whole) || (is_first && is_json(pieces)));
            let are_announced = is_first && is_empty_json(&whole);
            if !are_pieces {
                call.pieces = whole.clone().into();
            }
            if differ && !are_announced {
                self.note_difference(&whole);
            }
        }
    }

    /// The call that something belongs to, which is begun if it is new.
    fn place(&mut self, said: &Said, took: &[usize], at: Duration) -> usize {
        let known = match &said.key {
            Some(key) if self.places.is_empty() => self.position(key),
            Some(key) => self.places.get(key).copied(),
            // Without a key: a start is a new call, and everything else belongs to the last one.
            None if said.name.is_some() => None,
            None => self.all.len().checked_sub(1),
        };
        // What a tool gave may name the call by its id alone. A name under a new key is a new call,
        // even if its id was used before: some servers give one id to all calls.
        let by_id = said.id.as_ref().filter(|_| said.key.is_none() || said.name.is_none());
        let known = known.or_else(|| {
            let id = by_id?;
            self.all.iter().rposition(|call| call.id.as_ref() == Some(id))
        });
        let differ =
            |one: &Option<String>, other| one.as_ref().zip(other).is_some_and(|(a, b)| a != b);
        // Another id under a key that was used before is another call, and so is another name under
        // an id, or a second name in one frame.
        let is_other = |place: &usize| {
            let call = &self.all[*place];
            let has_own_key = said.key.is_some() && said.key != said.id;
            differ(&said.id, call.id.as_ref())
                || (!has_own_key && differ(&said.name, call.name.as_ref()))
                || (said.name.is_some() && took.contains(place))
        };
        match known.filter(|place| !is_other(place)) {
            Some(place) => place,
            None => self.begin(said, at),
        }
    }

    /// Where a key was used last.
    fn position(&self, key: &String) -> Option<usize> {
        self.all.iter().rposition(|call| call.key.as_ref() == Some(key))
    }

    fn begin(&mut self, said: &Said, at: Duration) -> usize {
        if self.all.len() == MAX_CALLS {
            self.too_many += 1;
            return MAX_CALLS - 1;
        }
        let place = self.all.len();
        self.all.push(CallState { key: said.key.clone(), first: at, ..CallState::default() });
        if self.all.len() >= MANY_CALLS {
            let new = if self.places.is_empty() { 0 } else { place };
            let keys = self.all.iter().map(|call| call.key.clone()).zip(0..).skip(new);
            self.places.extend(keys.filter_map(|(key, place)| Some((key?, place))));
        }
        place
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn remember(&self) -> RememberedCalls {
        let calls = self.all.iter().map(|call| (call.pieces.text.len(), call.whole.is_some()));
        RememberedCalls(calls.collect())
    }

    /// Takes calls and pieces of arguments back to where they were.
    pub(crate) fn reset(&mut self, to: &RememberedCalls) {
        self.all.truncate(to.0.len());
        if self.all.len() < MANY_CALLS {
            self.places.clear();
        }
        let gone: Vec<_> =
            self.places.extract_if(|_, place| *place >= to.0.len()).map(|(key, _)| key).collect();
        for key in gone {
            // The key may have been that of an earlier call.
            let earlier = self.position(&key);
            self.places.extend(earlier.map(|place| (key, place)));
        }
        for (call, (length, has_whole)) in self.all.iter_mut().zip(&to.0) {
            call.pieces.truncate(*length);
            call.whole = call.whole.take().filter(|_| *has_whole);
        }
    }

    /// The calls, and the arguments that are not JSON: how many, and the first.
    pub(crate) fn into_content(self) -> (Vec<ToolCall>, u64, Option<String>) {
        let (mut broken, mut first) = (0, None);
        let calls = self.all.into_iter().map(|call| {
            let arguments = call.pieces.text.into_owned();
            let arguments = if arguments.trim().is_empty() { "{}".to_owned() } else { arguments };
            if !is_json(&arguments) {
                broken += 1;
                first.get_or_insert_with(|| excerpt(&arguments));
            }
            ToolCall {
                id: call.id,
                name: call.name,
                arguments,
                result: call.result,
                error: call.error,
                first: call.first,
                last: call.last,
            }
        });
        let calls = calls.collect();
        (calls, broken, first)
    }
}

impl Arguments {
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Piece(torn) => torn.text.into_owned(),
            Self::Whole(text) => text,
        }
    }
}

impl Said {
    /// Visits what a frame says about each call in it.
    pub(crate) fn each(call: &Call, look: &Look<'_>, visit: &mut dyn FnMut(Self)) {
        match &call.each {
            Some(each) => look.each(each, &mut |item| {
                // It stands in a document that was read before.
                visit(Self::of(call, look, Document::read(item.as_json()).ok().as_ref()));
            }),
            None => visit(Self::of(call, look, None)),
        }
    }

    fn of(call: &Call, look: &Look<'_>, item: Option<&Document<'_>>) -> Self {
        let text = |part: &Option<Part>| part.as_ref()?.text(look, item);
        let whole = |part: &Option<Part>| {
            part.as_ref()?.read(look, item, |value| {
                Some(match value.read() {
                    Found::String(text) => text.into_owned(),
                    Found::Array(json) | Found::Object(json) | Found::Number(json) => {
                        json.to_owned()
                    }
                    Found::Bool(value) => value.to_string(),
                    Found::Null => return None,
                })
            })
        };
        let id = text(&call.id).filter(|id| !id.is_empty());
        let key = if call.key.is_empty() {
            id.clone()
        } else {
            let parts = call.key.iter().map(|part| part.text(look, item));
            parts.collect::<Option<Vec<String>>>().map(|parts| parts.join("\u{1f}"))
        };
        let arguments = call.arguments.as_ref().and_then(|part| {
            part.read(look, item, |value| {
                Some(match value.read() {
                    Found::Array(json) | Found::Object(json) => Arguments::Whole(json.to_owned()),
                    other => {
                        let text = other.into_text()?.into_owned();
                        if call.are_whole {
                            Arguments::Whole(text)
                        } else {
                            Arguments::Piece(Torn::new(value, text.into()))
                        }
                    }
                })
            })
        });
        Self {
            key,
            id,
            name: text(&call.name).filter(|name| !name.is_empty()),
            arguments,
            result: whole(&call.result),
            error: whole(&call.error),
        }
    }
}

impl Part {
    /// What stands at this part of a frame, or of an item in it.
    fn read<T>(
        &self,
        look: &Look<'_>,
        item: Option<&Document<'_>>,
        read: impl FnOnce(RawFound<'_>) -> Option<T>,
    ) -> Option<T> {
        match self {
            Self::OfFrame(slot) => read(look.value(*slot)?),
            Self::OfItem(path) => {
                let mut value = None;
                // A singular path finds one value at most.
                let _ = path.find_in(item?, |found| value = Some(found));
                read(value?)
            }
        }
    }

    fn text(&self, look: &Look<'_>, item: Option<&Document<'_>>) -> Option<String> {
        self.read(look, item, |value| value.read().into_text().map(Cow::into_owned))
    }
}

/// Whether arguments are empty.
fn is_empty_json(arguments: &str) -> bool {
    ["", "{}", "[]", "null"].contains(&arguments.trim())
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Whether two texts are the same JSON value.
fn is_same_json(one: &str, other: &str) -> bool {
    let read = |json: &str| serde_json::from_str::<Value>(json).ok();
    one == other || read(one).is_some_and(|one| Some(one) == read(other))
}
