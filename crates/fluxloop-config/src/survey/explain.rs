//! Explains one key: what it means, and what each layer says about it.

use fluxloop_redact::Masked;

use super::Survey;
use crate::Origin;
use crate::keys::{Key, KeyKind, is_container, is_foreign, key_at, keys, nearest_keys};
use crate::layers::{newer_name, set_key_parts, set_spelling, variable_spelling};
use crate::settings::{shown_value, to_yaml};
use crate::yaml::{Node, Shape};

/// What a key is.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The key, from the root: the newer name where an older one was asked for.
    pub key: String,
    /// What it is.
    pub role: KeyRole,
    /// The name that was asked for, where it is an older one.
    pub older_name: Option<String>,
    /// How `--set` spells it.
    pub set: String,
    /// How the variable is called that sets it; absent where no variable can.
    pub variable: Option<String>,
    path: Vec<String>,
}

/// What a key is.
#[derive(Clone, Debug)]
pub enum KeyRole {
    /// A key of the table.
    Key(&'static Key),
    /// Something below a key of the table whose own keys are free, such as one header.
    Below(&'static Key),
    /// A section: these keys are below it.
    Section(Vec<&'static Key>),
    /// A key of FluxLoop that has no effect here.
    WithoutEffect,
}

/// A key that does not exist.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownKey {
    /// Keys with similar names.
    pub nearest: Vec<String>,
}

/// What a layer wrote.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Written {
    /// Where.
    pub origin: Origin,
    /// The value as YAML.
    pub yaml: Masked,
    /// Whether it counts. Maps are merged, so that several may count.
    pub counts: bool,
}

/// Explains a key, spelled as in `--set`: a dot within a name stands in quotes.
///
/// # Errors
///
/// If the key does not exist.
pub fn explain(key: &str) -> Result<Explanation, UnknownKey> {
    let mut path = set_key_parts(key.trim()).ok_or(UnknownKey { nearest: Vec::new() })?;
    let newer = newer_name(&path.join("."));
    let older_name = newer.map(|_| path.join("."));
    if let Some(newer) = newer {
        path = newer.iter().map(|&part| part.to_owned()).collect();
    }
    Ok(Explanation {
        role: role(&path)?,
        key: path.join("."),
        older_name,
        set: set_spelling(&path),
        variable: variable_spelling(&path),
        path,
    })
}

fn role(path: &[String]) -> Result<KeyRole, UnknownKey> {
    let whole = path.join(".");
    if let Some(key) = key_at(&whole) {
        return Ok(KeyRole::Key(key));
    }
    if is_container(&whole) {
        let below = |key: &&Key| {
            key.path.strip_prefix(whole.as_str()).is_some_and(|rest| rest.starts_with('.'))
                && newer_name(key.path).is_none()
        };
        return Ok(KeyRole::Section(keys().iter().filter(below).collect()));
    }
    let (last, parents) = path.split_last().ok_or(UnknownKey { nearest: Vec::new() })?;
    if is_foreign(&parents.join("."), last) {
        return Ok(KeyRole::WithoutEffect);
    }
    let above = (1..path.len()).rev().find_map(|length| key_at(&path[..length].join(".")));
    match above {
        Some(key) if has_free_keys(key.kind) => Ok(KeyRole::Below(key)),
        _ => {
            // The nearest section that exists decides what is similar.
            let known = (0..path.len())
                .rev()
                .find(|&length| length == 0 || is_container(&path[..length].join(".")));
            let known = known.unwrap_or_default();
            Err(UnknownKey { nearest: full(&path[..known].join("."), &path[known]) })
        }
    }
}

/// Similar keys, from the root.
fn full(parent: &str, name: &str) -> Vec<String> {
    let from_root = |near: String| {
        let child = if parent.is_empty() { near.clone() } else { format!("{parent}.{near}") };
        if key_at(&child).is_some() || is_container(&child) { child } else { near }
    };
    nearest_keys(parent, name).into_iter().map(from_root).collect()
}

fn has_free_keys(kind: KeyKind) -> bool {
    use KeyKind::{Any, Condition, Done, Headers, Parameters, Schema, Template};
    matches!(kind, Any | Condition | Done | Headers | Parameters | Schema | Template)
}

impl Survey {
    /// What each layer wrote about a key, the weakest first.
    pub fn written(&self, explanation: &Explanation) -> Vec<Written> {
        let path: Vec<&str> = explanation.path.iter().map(String::as_str).collect();
        let winner = at(&self.root, &path);
        let of_layers: Vec<&Node> =
            self.layers.iter().filter_map(|layer| at(layer, &path)).collect();
        let last = of_layers.len().saturating_sub(1);
        let written = of_layers.iter().enumerate().map(|(index, node)| {
            let value = shown_value(node, &path, &self.redactor);
            let yaml = to_yaml(&value);
            let is_merged = matches!(node.shape, Shape::Map(_))
                && winner.is_some_and(|winner| holds_any(winner, node));
            Written {
                origin: node.origin.clone(),
                yaml: self.redactor.mask(yaml.trim_end().trim_start_matches(' ')),
                counts: index == last || is_merged,
            }
        });
        written.collect()
    }
}

/// The node at a path; the names of headers are the same in any case.
fn at<'n>(root: &'n Node, path: &[&str]) -> Option<&'n Node> {
    match path {
        ["runner", "http", "headers", name] => {
            let headers = root.at(&path[..3])?.entries();
            headers.iter().find(|it| it.key.eq_ignore_ascii_case(name)).map(|it| &it.node)
        }
        _ => root.at(path),
    }
}

/// Whether a merged value has anything that a layer wrote.
fn holds_any(merged: &Node, layer: &Node) -> bool {
    match (&merged.shape, &layer.shape) {
        (Shape::Map(_), Shape::Map(entries)) => entries
            .iter()
            .any(|entry| merged.get(&entry.key).is_some_and(|it| holds_any(it, &entry.node))),
        _ => merged.origin == layer.origin,
    }
}
