//! Makes an input of an entry, whatever file it came from.

use std::collections::BTreeSet;
use std::sync::Arc;

use fluxloop_plan::Input;
use serde_json::{Map, Value};

use super::InputFault;

/// The longest line or record, in MiB. Without a limit, a missing line end or quote would make the
/// whole file one record.
pub(super) const MAX_RECORD_MIB: u64 = 64;

/// A record of a file: the value of an entry, and the line where it begins.
pub(super) type Record = Result<(u64, Value), (Option<u64>, InputFault)>;

/// What is done to every entry.
#[derive(Default)]
pub(super) struct Rules {
    /// `input_template`.
    pub(super) template: Option<String>,
    /// Only inputs of these personas; all when empty.
    pub(super) personas: BTreeSet<String>,
}

/// An entry as it was written, checked.
#[derive(Debug)]
pub(super) struct Entry {
    /// The id, where the user gave one.
    pub(super) id: Option<String>,
    /// The rest; its id is still empty.
    pub(super) input: Input,
}

impl Rules {
    /// Whether an input is selected.
    pub(super) fn selects(&self, input: &Input) -> bool {
        self.personas.is_empty()
            || input.persona.as_ref().is_some_and(|persona| self.personas.contains(persona))
    }

    /// Makes the input of the entry with this number; `None` where it is not selected.
    pub(super) fn apply(&self, entry: Entry, number: u64) -> Option<Arc<Input>> {
        let Entry { id, mut input } = entry;
        if !self.selects(&input) {
            return None;
        }
        input.id = id.unwrap_or_else(|| number.to_string());
        if let Some(template) = &self.template {
            input.input = fill(template, &input);
        }
        Some(Arc::new(input))
    }
}

/// Puts the input and its persona into the template, in one pass: what an input says is never
/// replaced in turn.
fn fill(template: &str, input: &Input) -> String {
    let mut filled = String::with_capacity(template.len() + input.input.len());
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        let (text, length) = if rest[start..].starts_with("{input}") {
            (input.input.as_str(), "{input}".len())
        } else if rest[start..].starts_with("{persona}") {
            (input.persona.as_deref().unwrap_or_default(), "{persona}".len())
        } else {
            ("{", 1)
        };
        filled.push_str(text);
        rest = &rest[start + length..];
    }
    filled.push_str(rest);
    filled
}

/// Reads an entry: text, or a mapping with `input`.
pub(super) fn entry(value: Value) -> Result<Entry, InputFault> {
    match value {
        Value::String(input) => Ok(Entry { id: None, input: Input { input, ..Input::default() } }),
        Value::Object(members) => of_map(members),
        other => Err(InputFault::NotAnEntry(name(&other))),
    }
}

fn of_map(mut members: Map<String, Value>) -> Result<Entry, InputFault> {
    let input = match members.remove("input") {
        None | Some(Value::Null) => return Err(InputFault::NoInput),
        Some(Value::String(input)) => input,
        Some(_) => return Err(wrong("input", "text")),
    };
    let id = match take(&mut members, "id") {
        None => None,
        Some(Value::String(id)) if !id.is_empty() => Some(id),
        Some(Value::Number(id)) => Some(id.to_string()),
        Some(_) => return Err(wrong("id", "text or a number")),
    };
    let mut persona = match take(&mut members, "persona") {
        None => None,
        Some(Value::String(persona)) => Some(persona),
        Some(_) => return Err(wrong("persona", "text")),
    };
    let messages = take(&mut members, "messages");
    if messages.as_ref().is_some_and(|messages| !messages.is_array()) {
        return Err(wrong("messages", "a list"));
    }
    let context = take(&mut members, "context");
    let mut metadata = match take(&mut members, "metadata") {
        None => Map::new(),
        Some(Value::Object(metadata)) => metadata,
        Some(_) => return Err(wrong("metadata", "a mapping")),
    };
    // FluxLoop's generator writes the persona there.
    if persona.is_none() {
        persona = metadata.get("persona").and_then(Value::as_str).map(str::to_owned);
    }
    for (key, value) in members {
        metadata.entry(key).or_insert(value);
    }
    let input = Input { id: String::new(), input, persona, messages, context, metadata };
    Ok(Entry { id, input })
}

/// Takes a member; null is as good as absent.
fn take(members: &mut Map<String, Value>, key: &str) -> Option<Value> {
    members.remove(key).filter(|value| !value.is_null())
}

fn wrong(key: &'static str, expected: &'static str) -> InputFault {
    InputFault::WrongType { key, expected }
}

fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
