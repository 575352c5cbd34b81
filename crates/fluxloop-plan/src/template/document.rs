//! What the paths of a template look into.

use std::cell::OnceCell;

use fluxloop_jsonpath::TooManyMatches;
use serde_json::{Map, Value, json};

use super::source::{EXPECTED, NAMES, OUTPUT};
use super::value::{InputPath, Reads};
use crate::Case;

/// How many paths a message lists at most.
const LISTED: usize = 24;

/// What the paths of a template look into:
/// `{input, messages, persona, iteration, context, metadata, vars, body, id}`.
///
/// It is built only when a path asks for more than `$.input`.
pub(crate) struct Document<'c> {
    of: Of<'c>,
    whole: OnceCell<Value>,
}

/// What a document is made of.
enum Of<'c> {
    Case(&'c Case),
    /// It is there already.
    Value(&'c Value),
}

/// What a path found.
pub(crate) enum Found<'d> {
    /// The input's text.
    Text(&'d str),
    /// What a singular path leads to.
    One(&'d Value),
    /// What another path leads to, at least one value.
    Many(Vec<&'d Value>),
}

impl<'c> Document<'c> {
    /// The document of a case.
    pub(crate) fn new(case: &'c Case) -> Self {
        Self { of: Of::Case(case), whole: OnceCell::new() }
    }

    /// A document that is there already.
    pub(crate) fn of(value: &'c Value) -> Self {
        Self { of: Of::Value(value), whole: OnceCell::new() }
    }

    /// Follows a path; `None` when nothing is there.
    pub(crate) fn find(&self, path: &InputPath) -> Result<Option<Found<'_>>, TooManyMatches> {
        if let (Reads::Input, Of::Case(case)) = (path.reads(), &self.of) {
            return Ok(Some(Found::Text(&case.input.input)));
        }
        let found = path.path().select(self.whole())?;
        Ok(match found.first() {
            None => None,
            Some(first) if path.path().is_singular() => Some(Found::One(first)),
            Some(_) => Some(Found::Many(found)),
        })
    }

    /// Paths to what the input has, for a message.
    pub(crate) fn has(&self) -> Vec<String> {
        let mut paths = Vec::new();
        for (name, value) in self.whole().as_object().into_iter().flatten() {
            match value {
                Value::Null => {}
                Value::Object(members) => {
                    paths.extend(members.keys().map(|key| format!("$.{name}.{key}")));
                }
                _ => paths.push(format!("$.{name}")),
            }
        }
        paths.truncate(LISTED);
        paths
    }

    fn whole(&self) -> &Value {
        match self.of {
            Of::Case(case) => self.whole.get_or_init(|| whole(case)),
            Of::Value(value) => value,
        }
    }
}

/// Builds the whole document.
fn whole(case: &Case) -> Value {
    let input = &*case.input;
    let mut document = Map::with_capacity(NAMES.len());
    let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);
    put("input", input.input.clone().into());
    put("messages", input.messages.clone().unwrap_or_else(|| one_message(&input.input)));
    put("persona", input.persona.clone().into());
    put("iteration", case.iteration.into());
    put("context", input.context.clone().unwrap_or_default());
    put("metadata", Value::Object(input.metadata.clone()));
    if let Some(vars) = input.metadata.get("vars") {
        put("vars", vars.clone());
    }
    if let Some(body) = &input.body {
        put("body", body.clone());
    }
    put("id", input.id.clone().into());
    if let Some(answer) = &input.answer {
        put(OUTPUT, answer.clone().into());
        if let Some(expected) = &input.expected {
            put(EXPECTED, expected.clone());
        }
    }
    Value::Object(document)
}

/// The conversation of an input that brings none.
fn one_message(text: &str) -> Value {
    json!([{ "role": "user", "content": text }])
}
