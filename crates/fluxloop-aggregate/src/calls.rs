//! Calls of tools, put together from their pieces.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use fluxloop_jsonpath::{Found, JsonPath, RawFound};
use serde_json::Value;

use crate::compile::{Call, Part};
use crate::content::ToolCall;
use crate::excerpt::excerpt;
use crate::look::Look;

/// How many calls are kept apart; what belongs to further ones joins the last.
const MAX_CALLS: usize = 1024;

/// From how many calls on they are found by hashing.
const MANY_CALLS: usize = 16;

/// The calls of an answer.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    all: Vec<CallState>,
    /// Where each key is in `all`, from [`MANY_CALLS`] on.
    places: HashMap<String, usize>,
    /// Whole arguments that differ from their pieces, with the first of them.
    pub(crate) differ: u64,
    pub(crate) first_differing: Option<String>,
    pub(crate) too_many: u64,
}

#[derive(Debug, Default)]
struct CallState {
    key: Option<String>,
    id: Option<String>,
    name: Option<String>,
    pieces: String,
    /// The arguments, where they came as an object or array.
    whole: Option<String>,
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
    Piece(String),
    Whole(String),
}

/// How long everything was when it was remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct RememberedCalls(Vec<usize>);

impl Calls {
    /// Takes what a rule finds in a frame. Returns whether it found anything.
    pub(crate) fn take(&mut self, call: &Call, look: &Look<'_>, at: Duration) -> bool {
        let mut took = false;
        Said::each(call, look, &mut |said| took |= self.note(said, at));
        took
    }

    fn note(&mut self, said: Said, at: Duration) -> bool {
        let is_nothing = said.id.is_none()
            && said.name.is_none()
            && said.arguments.is_none()
            && said.result.is_none()
            && said.error.is_none();
        if is_nothing {
            return false;
        }
        let place = self.place(&said, at);
        let call = &mut self.all[place];
        call.last = at;
        call.id = call.id.take().or(said.id);
        call.name = call.name.take().or(said.name);
        call.result = said.result.or(call.result.take());
        call.error = said.error.or(call.error.take());
        match said.arguments {
            Some(Arguments::Piece(piece)) => call.pieces.push_str(&piece),
            Some(Arguments::Whole(whole)) => {
                if !call.pieces.is_empty() && !is_same_json(&call.pieces, &whole) {
                    self.differ += 1;
                    self.first_differing.get_or_insert_with(|| excerpt(&whole));
                }
                call.whole = Some(whole);
            }
            None => {}
        }
        true
    }

    /// The call that something belongs to, which is begun if it is new.
    fn place(&mut self, said: &Said, at: Duration) -> usize {
        let known = match &said.key {
            Some(key) if self.places.is_empty() => {
                self.all.iter().rposition(|call| call.key.as_ref() == Some(key))
            }
            Some(key) => self.places.get(key).copied(),
            // Without a key: a start is a new call, and everything else belongs to the last one.
            None if said.name.is_some() => None,
            None => self.all.len().checked_sub(1),
        };
        // What a tool gave may name the call by its id alone.
        let known = known.or_else(|| {
            let id = said.id.as_ref()?;
            self.all.iter().rposition(|call| call.id.as_ref() == Some(id))
        });
        // Another id under a key that was used before is another call.
        let is_other =
            |call: &CallState| said.id.is_some() && call.id.is_some() && call.id != said.id;
        match known.filter(|place| !is_other(&self.all[*place])) {
            Some(place) => place,
            None => self.begin(said, at),
        }
    }

    fn begin(&mut self, said: &Said, at: Duration) -> usize {
        if self.all.len() == MAX_CALLS {
            self.too_many += 1;
            return MAX_CALLS - 1;
        }
        let place = self.all.len();
        self.all.push(CallState { key: said.key.clone(), first: at, ..CallState::default() });
        if self.all.len() == MANY_CALLS {
            let keys = self.all.iter().map(|call| call.key.clone()).zip(0..);
            self.places.extend(keys.filter_map(|(key, place)| Some((key?, place))));
        } else if self.all.len() > MANY_CALLS {
            self.places.extend(said.key.clone().map(|key| (key, place)));
        }
        place
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn remember(&self) -> RememberedCalls {
        RememberedCalls(self.all.iter().map(|call| call.pieces.len()).collect())
    }

    /// Takes calls and pieces of arguments back to where they were.
    pub(crate) fn reset(&mut self, to: &RememberedCalls) {
        self.all.truncate(to.0.len());
        self.places.retain(|_, place| *place < to.0.len());
        for (call, length) in self.all.iter_mut().zip(&to.0) {
            call.pieces.truncate(*length);
        }
    }

    /// The calls, and the arguments that are not JSON: how many, and the first.
    pub(crate) fn into_content(self) -> (Vec<ToolCall>, u64, Option<String>) {
        let (mut broken, mut first) = (0, None);
        let calls = self.all.into_iter().map(|call| {
            let arguments = call.whole.unwrap_or(call.pieces);
            let arguments = if arguments.trim().is_empty() { "{}".to_owned() } else { arguments };
            if serde_json::from_str::<serde::de::IgnoredAny>(&arguments).is_err() {
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
        let (Self::Piece(text) | Self::Whole(text)) = self;
        text
    }
}

impl Said {
    /// Visits what a frame says about each call in it.
    pub(crate) fn each(call: &Call, look: &Look<'_>, visit: &mut dyn FnMut(Self)) {
        match &call.each {
            Some(each) => look.each(each, &mut |item| visit(Self::of(call, look, Some(item)))),
            None => visit(Self::of(call, look, None)),
        }
    }

    fn of(call: &Call, look: &Look<'_>, item: Option<RawFound<'_>>) -> Self {
        let text = |part: &Option<Part>| {
            part.as_ref()?.read(look, item, |value| value.into_text().map(Cow::into_owned))
        };
        let whole = |part: &Option<Part>| {
            part.as_ref()?.read(look, item, |value| {
                Some(match value {
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
            let parts = call
                .key
                .iter()
                .map(|part| part.read(look, item, |value| value.into_text().map(Cow::into_owned)));
            parts.collect::<Option<Vec<String>>>().map(|parts| parts.join("\u{1f}"))
        };
        let arguments = call.arguments.as_ref().and_then(|part| {
            part.read(look, item, |value| {
                Some(match value {
                    Found::Array(json) | Found::Object(json) => Arguments::Whole(json.to_owned()),
                    other => Arguments::Piece(other.into_text()?.into_owned()),
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
        item: Option<RawFound<'_>>,
        read: impl FnOnce(Found<'_>) -> Option<T>,
    ) -> Option<T> {
        match self {
            Self::OfFrame(slot) => read(look.value(*slot)?.read()),
            Self::OfItem(path) => of_item(path, item?.as_json(), read),
        }
    }
}

fn of_item<T>(path: &JsonPath, json: &str, read: impl FnOnce(Found<'_>) -> Option<T>) -> Option<T> {
    let mut read = Some(read);
    let mut value = None;
    // The item stands in a document that was read before.
    let _ = path.find(json, |found| {
        if let Some(read) = read.take() {
            value = read(found);
        }
    });
    value
}

/// Whether two texts are the same JSON value.
fn is_same_json(one: &str, other: &str) -> bool {
    let read = |json: &str| serde_json::from_str::<Value>(json).ok();
    one == other || read(one).is_some_and(|one| Some(one) == read(other))
}
