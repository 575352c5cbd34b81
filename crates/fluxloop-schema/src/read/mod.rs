//! Reads the rules of a merged schema.

mod calls;
mod channels;
mod condition;
mod reach;
mod rules;
mod values;

#[cfg(test)]
pub(crate) use calls::KEYS as CALL;
pub(crate) use channels::JOINS;
#[cfg(test)]
pub(crate) use channels::{FINAL, RULE};
#[cfg(test)]
pub(crate) use condition::KEYS as CONDITION;
pub use condition::regex_fault;
use fluxloop_jsonpath::{JsonPath, Step};
#[cfg(test)]
pub(crate) use rules::{END, ERROR, EXPECTED_END};
pub(crate) use rules::{ENDS_AS, KINDS};
use serde_json::{Map, Value};
pub(crate) use values::UNITS;
#[cfg(test)]
pub(crate) use values::USAGE;

use crate::chain::{Merged, wrong_shape};
use crate::fault::SchemaFaultKind;
use crate::model::TypePattern;
use crate::nearest::nearest;
use crate::{Schema, StreamKind, TypePlaces};

/// How many rules, paths and types a schema may have.
const MAX_PARTS: usize = 1024;
/// How many faults are kept.
const MAX_FAULTS: usize = 64;

/// What can be wrong, and where in the merged schema.
pub(crate) type Fault = (Vec<Step>, SchemaFaultKind);

/// A type that the schema names, and where.
pub(crate) type NamedType = (Vec<Step>, TypePattern);

/// Reads values, and collects what is wrong with them. What is wrong is left out of the result,
/// which counts only where nothing is wrong.
#[derive(Default)]
pub(crate) struct Reader {
    /// Where the value is that is read.
    at: Vec<Step>,
    pub(crate) faults: Vec<Fault>,
    /// Every type that was read.
    pub(crate) types: Vec<NamedType>,
    parts: usize,
}

/// What a path may find.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Finds {
    /// One value at most.
    One,
    /// Any number of values.
    Any,
}

impl Reader {
    /// The whole schema.
    pub(crate) fn schema(&mut self, merged: &Merged) -> Schema {
        let root = &merged.members;
        let mut schema = Schema {
            framing: self.get(root, "framing", Self::framing).flatten(),
            types: self.get(root, "type", Self::type_places).unwrap_or_default(),
            tool_calls: self.get(root, "tool_calls", Self::tool_calls).unwrap_or_default(),
            usage: self.get(root, "usage", Self::usage).unwrap_or_default(),
            finish_reason: self.get(root, "finish_reason", Self::value_rules).unwrap_or_default(),
            model: self.get(root, "model", Self::value_rules).unwrap_or_default(),
            reset: self.get(root, "reset", Self::resets).unwrap_or_default(),
            error: self.get(root, "error", Self::errors).unwrap_or_default(),
            ignores_failing_names: self.get(root, "fail_by_name", Self::bool).flatten()
                == Some(false),
            needs_input: self.get(root, "needs_input", Self::marks).unwrap_or_default(),
            end: self.get(root, "end", Self::ends).unwrap_or_default(),
            expects_end: self.get(root, "expects_end", Self::expected_ends).unwrap_or_default(),
            failed_finish_reasons: self
                .get(root, "failed_finish_reasons", |it, value| it.items(value, Self::text))
                .unwrap_or_default(),
            sequence: self.get(root, "sequence", |it, value| it.path(value, Finds::One)).flatten(),
            captures: self.get(root, "captures", Self::captures).unwrap_or_default(),
            server_timings: self.get(root, "server_timings", Self::timings).unwrap_or_default(),
            select: self.get(root, "select", Self::select).flatten(),
            ..Schema::default()
        };
        self.channels(root, &mut schema);
        schema.calls_layer = merged.layer_at(&[name("tool_calls")]);
        let layer = merged.layer_at(&[name("error")]);
        schema.error.iter_mut().for_each(|rule| rule.layer = layer);
        for (key, channel) in [
            ("text", &mut schema.text),
            ("reasoning", &mut schema.reasoning),
            ("refusal", &mut schema.refusal),
        ] {
            channel.layer = merged.layer_at(&[name(key)]);
        }
        for (key, channel) in &mut schema.channels {
            channel.layer = merged.layer_at(&[name("channels"), name(key)]);
        }
        if self.faults.is_empty() {
            self.reach(&schema);
        }
        schema
    }

    fn fault(&mut self, kind: SchemaFaultKind) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push((self.at.clone(), kind));
        }
    }

    /// Reports what is missing, unless something inside is wrong, which explains it.
    fn needs(&mut self, what: &'static str) {
        if !self.faults.last().is_some_and(|(at, _)| at.starts_with(&self.at)) {
            self.fault(SchemaFaultKind::Needs(what));
        }
    }

    /// Counts a rule, a path or a type.
    fn count(&mut self) {
        self.parts += 1;
        if self.parts == MAX_PARTS + 1 {
            self.fault(SchemaFaultKind::TooManyParts(MAX_PARTS));
        }
    }

    fn at<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.at.push(step);
        let result = read(self);
        self.at.pop();
        result
    }

    /// Reads the member of a map, unless it is absent or null.
    fn get<T>(
        &mut self,
        map: &Map<String, Value>,
        key: &str,
        read: impl FnOnce(&mut Self, &Value) -> T,
    ) -> Option<T> {
        let value = map.get(key).filter(|value| !value.is_null())?;
        Some(self.at(name(key), |it| read(it, value)))
    }

    /// Reads every element of a list, or the value itself, which is short for a list of it.
    fn items<T>(
        &mut self,
        value: &Value,
        mut read: impl FnMut(&mut Self, &Value) -> Option<T>,
    ) -> Vec<T> {
        match value {
            Value::Array(items) => items
                .iter()
                .zip(0..)
                .filter_map(|(item, index)| self.at(Step::Index(index), |it| read(it, item)))
                .collect(),
            single => read(self, single).into_iter().collect(),
        }
    }

    /// Reads every member of a map whose keys are free.
    fn named<T>(
        &mut self,
        value: &Value,
        mut read: impl FnMut(&mut Self, &Value) -> Option<T>,
    ) -> Vec<(String, T)> {
        let Value::Object(map) = value else {
            self.fault(wrong_shape("a map of names", value));
            return Vec::new();
        };
        map.keys().filter_map(|key| Some((key.clone(), self.get(map, key, &mut read)??))).collect()
    }

    /// A map that has these keys and no others.
    fn map<'v>(
        &mut self,
        value: &'v Value,
        keys: &'static [&'static str],
        expected: &'static str,
    ) -> Option<&'v Map<String, Value>> {
        self.map_with(value, keys, expected, |key, _| SchemaFaultKind::UnknownKey {
            nearest: nearest(key, keys.iter().copied()),
        })
    }

    /// The same, with what is wrong with another key of the map.
    fn map_with<'v>(
        &mut self,
        value: &'v Value,
        keys: &[&str],
        expected: &'static str,
        unknown: impl Fn(&str, &Map<String, Value>) -> SchemaFaultKind,
    ) -> Option<&'v Map<String, Value>> {
        let Value::Object(map) = value else {
            self.fault(wrong_shape(expected, value));
            return None;
        };
        for key in map.keys().filter(|key| !keys.contains(&key.as_str())) {
            self.at(name(key), |it| it.fault(unknown(key, map)));
        }
        Some(map)
    }

    fn text(&mut self, value: &Value) -> Option<String> {
        let Value::String(text) = value else {
            self.fault(wrong_shape("text", value));
            return None;
        };
        if text.is_empty() {
            self.fault(SchemaFaultKind::Empty { right: "write a text, or remove the key" });
            return None;
        }
        Some(text.clone())
    }

    fn bool(&mut self, value: &Value) -> Option<bool> {
        let found = value.as_bool();
        if found.is_none() {
            self.fault(wrong_shape("`true` or `false`", value));
        }
        found
    }

    /// A text of a closed list, as its index.
    fn one_of(&mut self, value: &Value, names: &'static [&'static str]) -> Option<usize> {
        let text = value.as_str().unwrap_or_default();
        let found = names.iter().position(|name| *name == text);
        if found.is_none() {
            let nearest = nearest(text, names.iter().copied());
            self.fault(SchemaFaultKind::NotOneOf { names, nearest });
        }
        found
    }

    fn path(&mut self, value: &Value, finds: Finds) -> Option<JsonPath> {
        let Value::String(text) = value else {
            self.fault(wrong_shape("a path", value));
            return None;
        };
        self.parse_path(text, 0, finds)
    }

    /// A path that begins behind so many characters of the text as written.
    fn parse_path(&mut self, text: &str, before: usize, finds: Finds) -> Option<JsonPath> {
        self.count();
        match JsonPath::parse(text) {
            Ok(path) if finds == Finds::One && !path.is_singular() => {
                self.fault(SchemaFaultKind::WidePath);
                None
            }
            Ok(path) => Some(path),
            Err(error) => {
                let character = before + error.position();
                let fault = error.fault().clone();
                self.fault(SchemaFaultKind::Path { fault, character });
                None
            }
        }
    }

    /// One path, or a list of them that is not empty.
    fn paths(&mut self, value: &Value, finds: Finds) -> Vec<JsonPath> {
        if value.as_array().is_some_and(Vec::is_empty) {
            self.fault(SchemaFaultKind::Empty { right: "write at least one path" });
        }
        self.items(value, |it, path| it.path(path, finds))
    }

    fn framing(&mut self, value: &Value) -> Option<StreamKind> {
        self.one_of(value, &StreamKind::NAMES)?;
        StreamKind::of_name(value.as_str()?)
    }

    fn type_places(&mut self, value: &Value) -> TypePlaces {
        if !value.is_object() {
            return TypePlaces::At(self.paths(value, Finds::One));
        }
        let expected = "a path, a list of paths, or `{member: [NAME, …]}`";
        let map = self.map(value, &["member"], expected);
        let names =
            map.and_then(|map| self.get(map, "member", |it, names| it.items(names, Self::text)));
        let names = names.unwrap_or_default();
        if names.is_empty() {
            self.needs("`member` with at least one name");
        }
        TypePlaces::Member(names)
    }
}

/// The step to a member.
fn name(key: &str) -> Step {
    Step::Name(key.to_owned())
}
