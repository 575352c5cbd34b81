//! Reads lists of inputs as a whole: YAML and JSON.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;

use super::InputFault;
use super::format::Format;
use super::json_lines::{NOT_FINITE, check_names, is_not_finite, json_fault};
use super::members::{FILE, file_reference};
use crate::Origin;
use crate::error::Oddity;
use crate::report::Report;
use crate::yaml::{self, Node, Shape};

/// The keys that a list of inputs may stand under. FluxLoop's generator writes the first two,
/// promptfoo the third.
const LIST_KEYS: [&str; 3] = ["inputs", "generated_inputs", "tests"];

/// Values, and where they were written.
pub(super) type Items = Vec<(Origin, Value)>;

/// The key among these under which the list is.
pub(super) fn list_key(keys: &[&String]) -> Option<&'static str> {
    LIST_KEYS.into_iter().find(|name| keys.iter().any(|key| key == name))
}

/// The items of a file.
pub(super) fn items(
    text: &str,
    shown: &Arc<Path>,
    format: Format,
    report: &mut Report,
) -> Option<Items> {
    let items = match format {
        Format::Yaml => of_yaml(text, shown, report),
        _ => of_json(text, shown, report),
    }?;
    // A list of files that promptfoo reads: each name would be sent as if it were an input.
    let is_file = |value: &Value| value.as_str().is_some_and(|text| text.starts_with(FILE));
    if items.iter().all(|(_, value)| is_file(value))
        && let Some((origin, Value::String(text))) = items.first()
    {
        report.fault(origin, "", file_reference(text));
        return None;
    }
    Some(items)
}

/// The items of a list of nodes.
pub(super) fn of_nodes(items: &[Node]) -> Items {
    items.iter().map(|item| (item.origin.clone(), item.to_json())).collect()
}

fn of_yaml(text: &str, shown: &Arc<Path>, report: &mut Report) -> Option<Items> {
    let root = yaml::parse(text, shown, report)?;
    let entries = root.entries();
    let lists = entries.iter().filter(|entry| matches!(entry.node.shape, Shape::List(_)));
    let lists: Vec<&String> = lists.map(|entry| &entry.key).collect();
    let keys: Vec<&String> = entries.iter().map(|entry| &entry.key).collect();
    let list = match &root.shape {
        Shape::Map(_) => choose(&keys, &lists, &root.origin, report).and_then(|key| root.get(key)),
        _ => Some(&root),
    };
    if let Some(Node { shape: Shape::List(items), .. }) = list {
        return Some(of_nodes(items));
    }
    let found = list.unwrap_or(&root);
    report.fault(&found.origin, "", no_list(&found.to_json()));
    None
}

/// What is wrong with something that is not a list.
fn no_list(found: &Value) -> InputFault {
    match found.as_str().filter(|text| text.starts_with(FILE)) {
        Some(text) => file_reference(text),
        None => InputFault::NoList,
    }
}

/// The member that is the list: one of the usual names, or the only list that there is.
fn choose<'k>(
    keys: &[&'k String],
    lists: &[&'k String],
    origin: &Origin,
    report: &mut Report,
) -> Option<&'k str> {
    let (chosen, is_usual) = match (list_key(keys), lists) {
        (Some(known), _) => (*keys.iter().find(|key| ***key == known)?, true),
        (None, [only]) => (*only, false),
        _ => return None,
    };
    if !is_usual {
        report.warn(origin, "", Oddity::ListTaken(chosen.clone()));
    } else if chosen == "tests" {
        let others = keys.iter().filter(|key| **key != chosen && *key != &"description");
        let others: Vec<String> = others.map(|key| (**key).clone()).collect();
        if !others.is_empty() {
            report.warn(origin, "", Oddity::NotApplied(others));
        }
    }
    Some(chosen)
}

fn of_json(text: &str, shown: &Arc<Path>, report: &mut Report) -> Option<Items> {
    let raw = match list_of(text, &Origin::at(shown, 1, 1), report) {
        Ok(raw) => raw,
        Err((line, column, fault)) => {
            report.fault(&Origin::at(shown, line, column), "", fault);
            return None;
        }
    };
    let mut place = Place { text, offset: 0, line: 1, column: 1 };
    let mut items = Vec::with_capacity(raw.len());
    let mut is_sound = true;
    for item in raw {
        place.advance_to(item.get());
        let origin = Origin::at(shown, place.line, place.column);
        let value = serde_json::from_str(item.get()).map_err(|error| json_fault(&error));
        let checked = |value| check_names(item.get().as_bytes(), &value).map(|()| value);
        match value.and_then(checked) {
            Ok(value) => items.push((origin, value)),
            Err(fault) => {
                is_sound = false;
                report.fault(&origin, "", fault);
            }
        }
    }
    is_sound.then_some(items)
}

/// The items of the list in a JSON text, each as it is written.
fn list_of<'t>(
    text: &'t str,
    origin: &Origin,
    report: &mut Report,
) -> Result<Vec<&'t RawValue>, (usize, usize, InputFault)> {
    let place = |error: serde_json::Error| {
        let fault = if error.to_string().starts_with("trailing characters") {
            InputFault::LinesInJson
        } else if is_not_finite(line_of(text, error.line()).as_bytes(), error.column()) {
            InputFault::Json(NOT_FINITE)
        } else {
            json_fault(&error)
        };
        (error.line(), error.column().max(1), fault)
    };
    let first = text.trim_ascii_start();
    if first.starts_with('[') {
        return serde_json::from_str(text).map_err(place);
    }
    if !first.starts_with('{') {
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(place)?;
        return Err((1, 1, InputFault::NoList));
    }
    let members: std::collections::BTreeMap<String, &RawValue> =
        serde_json::from_str(text).map_err(place)?;
    let is_list = |it: &&RawValue| it.get().starts_with('[');
    let lists: Vec<&String> =
        members.iter().filter(|(_, it)| is_list(it)).map(|(key, _)| key).collect();
    let keys: Vec<&String> = members.keys().collect();
    let list = choose(&keys, &lists, origin, report).and_then(|key| members.get(key));
    list.and_then(|list| serde_json::from_str(list.get()).ok()).ok_or_else(|| {
        let found = list.and_then(|list| serde_json::from_str(list.get()).ok());
        (1, 1, no_list(&found.unwrap_or_default()))
    })
}

/// A line of a text, counted from one.
fn line_of(text: &str, line: usize) -> &str {
    text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default()
}

/// A place in a text, that only moves on.
struct Place<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
    column: usize,
}

impl<'t> Place<'t> {
    /// Moves to a part of the text.
    fn advance_to(&mut self, part: &'t str) {
        let target = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let Some(between) = self.text.get(self.offset..target) else {
            return;
        };
        for c in between.chars() {
            (self.line, self.column) =
                if c == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        self.offset = target;
    }
}
