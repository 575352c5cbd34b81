//! Finds keys that nobody knows, and the names that were probably meant.

use fluxloop_schema::nearest;

use super::{is_foreign, keys, synonyms};
use crate::Origin;
use crate::error::{Fault, Oddity};
use crate::report::Report;
use crate::yaml::{Entry, Node, Shape};

/// Reports all unknown keys of the tree, and warns once about those without effect.
pub(crate) fn check(root: &Node, report: &mut Report) {
    let mut foreign = Vec::new();
    walk(root, "", &mut foreign, report);
    if !foreign.is_empty() {
        report.warn_all(Oddity::NoEffect(foreign));
    }
}

fn walk(node: &Node, path: &str, foreign: &mut Vec<String>, report: &mut Report) {
    let Shape::Map(entries) = &node.shape else {
        if !matches!(node.shape, Shape::Null) {
            let expected = "a mapping of keys to values".to_owned();
            let found = node.shape.name();
            report.fault(&node.origin, path, Fault::WrongType { expected, found });
        }
        return;
    };
    for entry in entries {
        let child = join(path, &entry.key);
        if keys().iter().any(|key| key.path == child) {
            continue;
        }
        if is_foreign(path, &entry.key) {
            foreign.push(child);
        } else if is_container(&child) {
            walk(&entry.node, &child, foreign, report);
        } else {
            report.fault(&entry.origin, &child, unknown(path, entry));
        }
    }
}

/// Whether keys of the table lie below this path.
pub(crate) fn is_container(path: &str) -> bool {
    keys().iter().any(|key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// Whether the table has this key, or keys below it.
pub(crate) fn is_known(path: &str) -> bool {
    keys().iter().any(|key| key.path == path) || is_container(path)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Valid names for an unknown key: the most similar one beside it; else the same name, or a similar
/// one, elsewhere.
pub(crate) fn nearest_keys(parent: &str, name: &str) -> Vec<String> {
    if let Some(sibling) = nearest(name, siblings(parent)) {
        return vec![sibling.to_owned()];
    }
    let same = elsewhere(|last| last == name);
    if same.is_empty() { elsewhere(|last| nearest(name, [last]).is_some()) } else { same }
}

/// What is said of an unknown key: a similar name beside it; else what other programs mean by it;
/// else the same name elsewhere.
fn unknown(parent: &str, entry: &Entry) -> Fault {
    let name = entry.key.as_str();
    if let Origin::Variable(variable) = &entry.origin
        && let Some(right) = variable_of(variable)
    {
        let is_split = variable.matches("__").count() == right.matches("__").count();
        let why = if is_split { "" } else { ", with two underscores between keys" };
        return Fault::ForeignKey(format!("write `{right}`{why}"));
    }
    if let Some(sibling) = nearest(name, siblings(parent)) {
        return Fault::UnknownKey { nearest: vec![sibling.to_owned()] };
    }
    let same = elsewhere(|last| last == name);
    if !same.is_empty() {
        return Fault::UnknownKey { nearest: same };
    }
    if let Some(right) = synonyms::of_others(name) {
        return Fault::ForeignKey(right);
    }
    // Compose files have the habit, and other tools of it.
    if parent.is_empty() && name.starts_with("x-") {
        let right = "move it below `metadata`, where any key may stand and anchors may be defined";
        return Fault::ForeignKey(right.to_owned());
    }
    Fault::UnknownKey { nearest: elsewhere(|last| nearest(name, [last]).is_some()) }
}

fn siblings(parent: &str) -> impl Iterator<Item = &'static str> {
    keys().iter().filter_map(move |key| {
        let rest = if parent.is_empty() {
            key.path
        } else {
            key.path.strip_prefix(parent)?.strip_prefix('.')?
        };
        rest.split('.').next()
    })
}

/// Sections, of which the inner ones come first.
const SECTIONS: [&str; 9] = [
    "runner.http.retry",
    "runner.http.tls",
    "runner.http.limits",
    "runner.guards",
    "runner.http.body_template",
    "runner.http",
    "inputs",
    "simulation",
    "security",
];

/// Keys and sections anywhere whose last name is meant; two at most.
fn elsewhere(is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    let paths = keys().iter().map(|key| key.path).chain(SECTIONS);
    let meant = paths.filter(|path| is_meant(path.rsplit('.').next().unwrap_or(path)));
    meant.take(2).map(str::to_owned).collect()
}

/// The variable of our layer that a variable of the environment was probably meant to be: one that
/// names a key with single underscores.
pub(crate) fn variable_of(name: &str) -> Option<String> {
    let folded = |text: &str| text.replace(['_', '.'], "").to_lowercase();
    let meant = folded(name.strip_prefix("FLUXLOOP_")?);
    let paths: Vec<(String, &str)> =
        keys().iter().map(|key| (folded(key.path), key.path)).collect();
    let exact = paths.iter().find(|(path, _)| *path == meant);
    let near = || {
        let found = nearest(&meant, paths.iter().map(|(path, _)| path.as_str()))?;
        // Short names are too easily alike.
        paths.iter().find(|(path, _)| path == found && path.len() > 8)
    };
    let (_, path) = exact.or_else(near)?;
    Some(format!("FLUXLOOP__{}", path.replace('.', "__").to_uppercase()))
}
