//! Reads lists of inputs as a whole: YAML, JSON, and `base_inputs`.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;

use super::InputFault;
use super::entry::{Entry, entry};
use super::json_lines::json_fault;
use crate::Origin;
use crate::report::Report;
use crate::yaml::{self, Node, Shape};

/// The keys that a list of inputs may stand under; FluxLoop's generator writes both.
const LIST_KEYS: [&str; 2] = ["inputs", "generated_inputs"];

/// A checked entry, and where it is.
pub(super) type Placed = (Origin, Entry);

/// The entries of a YAML file.
pub(super) fn yaml_file(
    path: &Path,
    shown: &Arc<Path>,
    report: &mut Report,
) -> Option<Vec<Placed>> {
    let text = yaml::read_text(path, shown, report)?;
    let root = yaml::parse(&text, shown, report)?;
    let list = LIST_KEYS.iter().find_map(|key| root.get(key)).unwrap_or(&root);
    let Shape::List(items) = &list.shape else {
        report.fault(&list.origin, "", InputFault::NoList);
        return None;
    };
    nodes(items, "", report)
}

/// The entries of a list of nodes.
pub(super) fn nodes(items: &[Node], key: &str, report: &mut Report) -> Option<Vec<Placed>> {
    let entries = items.iter().enumerate().map(|(index, item)| match entry(item.to_json()) {
        Ok(entry) => Some((item.origin.clone(), entry)),
        Err(fault) => {
            let key = if key.is_empty() { String::new() } else { format!("{key}[{index}]") };
            report.fault(&item.origin, key, fault);
            None
        }
    });
    all(entries)
}

/// The entries of a JSON file.
pub(super) fn json_file(
    path: &Path,
    shown: &Arc<Path>,
    report: &mut Report,
) -> Option<Vec<Placed>> {
    let text = yaml::read_text(path, shown, report)?;
    let items = match list_of(&text) {
        Ok(items) => items,
        Err((line, column, fault)) => {
            report.fault(&Origin::at(shown, line, column), "", fault);
            return None;
        }
    };
    let mut place = Place { text: &text, offset: 0, line: 1, column: 1 };
    let entries = items.into_iter().map(|item| {
        place.advance_to(item.get());
        let origin = Origin::at(shown, place.line, place.column);
        let value = serde_json::from_str::<Value>(item.get());
        match value.map_err(|error| json_fault(&error)).and_then(entry) {
            Ok(entry) => Some((origin, entry)),
            Err(fault) => {
                report.fault(&origin, "", fault);
                None
            }
        }
    });
    all(entries)
}

/// All entries, if none of them is wrong; every one is looked at.
fn all(entries: impl Iterator<Item = Option<Placed>>) -> Option<Vec<Placed>> {
    let mut sound = true;
    let entries: Vec<Placed> = entries
        .filter_map(|entry| {
            sound &= entry.is_some();
            entry
        })
        .collect();
    sound.then_some(entries)
}

/// The items of the list in a JSON text, each as it is written.
fn list_of(text: &str) -> Result<Vec<&RawValue>, (usize, usize, InputFault)> {
    let place =
        |error: serde_json::Error| (error.line(), error.column().max(1), json_fault(&error));
    let first = text.trim_ascii_start();
    if first.starts_with('[') {
        return serde_json::from_str(text).map_err(place);
    }
    let no_list = (1, 1, InputFault::NoList);
    if !first.starts_with('{') {
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(place)?;
        return Err(no_list);
    }
    let members: std::collections::HashMap<String, &RawValue> =
        serde_json::from_str(text).map_err(place)?;
    let list = LIST_KEYS.iter().find_map(|key| members.get(*key));
    list.and_then(|list| serde_json::from_str(list.get()).ok()).ok_or(no_list)
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
