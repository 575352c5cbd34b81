//! Finds keys that nobody knows, and the names that were probably meant.

use fluxloop_schema::nearest;

use super::{is_foreign, keys, synonyms};
use crate::Origin;
use crate::error::{Fault, Oddity};
use crate::inputs::{self, InputFault};
use crate::report::Report;
use crate::yaml::{Entry, Node, Shape};

/// Reports all unknown keys of the tree, and warns once about those without effect.
pub(crate) fn check(root: &Node, report: &mut Report) {
    let mut found = Found { root, foreign: Vec::new(), report };
    walk(root, "", &mut found);
    let Found { foreign, report, .. } = found;
    if !foreign.is_empty() {
        report.warn_all(Oddity::NoEffect(foreign));
    }
}

/// What the walk through the tree has found.
struct Found<'a> {
    root: &'a Node,
    foreign: Vec<String>,
    report: &'a mut Report,
}

fn walk(node: &Node, path: &str, found: &mut Found<'_>) {
    let Shape::Map(entries) = &node.shape else {
        if !matches!(node.shape, Shape::Null) {
            found.report.fault(&node.origin, path, not_a_section(node, path, found.root));
        }
        return;
    };
    for entry in entries {
        let child = join(path, &entry.key);
        if keys().iter().any(|key| key.path == child) {
            continue;
        }
        if is_foreign(path, &entry.key) {
            found.foreign.push(child);
        } else if is_container(&child) {
            walk(&entry.node, &child, found);
        } else {
            found.report.fault(&entry.origin, &child, unknown(path, entry, found.root));
        }
    }
}

/// What is wrong with a section that is something else than a mapping.
fn not_a_section(node: &Node, path: &str, root: &Node) -> Fault {
    let found = node.shape.name();
    if path == "inputs" {
        let right = inputs::in_place_of_section(node, root);
        return InputFault::NotASection { found, right }.into();
    }
    Fault::WrongType { expected: "a mapping of keys to values".to_owned(), found }
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

/// Valid names for an unknown key: those that are most likely meant, else similar ones elsewhere.
pub(crate) fn nearest_keys(parent: &str, name: &str) -> Vec<String> {
    let likely = likely(parent, name);
    if likely.is_empty() { similar(name) } else { likely }
}

/// The most similar name of the same section; else the same name in other sections.
fn likely(parent: &str, name: &str) -> Vec<String> {
    match nearest(name, siblings(parent)) {
        Some(sibling) => vec![sibling.to_owned()],
        None => elsewhere(|last| last == name),
    }
}

/// Similar names in other sections.
fn similar(name: &str) -> Vec<String> {
    elsewhere(|last| nearest(name, [last]).is_some())
}

/// What is wrong with an unknown key: the name that is most likely meant; else what other programs
/// mean by it; else similar names.
fn unknown(parent: &str, entry: &Entry, root: &Node) -> Fault {
    let name = entry.key.as_str();
    if let Origin::Variable(variable) = &entry.origin
        && let Some(right) = variable_of(variable)
    {
        let is_split = variable.matches("__").count() == right.matches("__").count();
        let why = if is_split { "" } else { ", with two underscores between keys" };
        return Fault::ForeignKey(format!("write `{right}`{why}"));
    }
    let likely = likely(parent, name);
    if let Some(key) = likely.first().and_then(|key| key.strip_prefix("inputs."))
        && let Some(right) = inputs::with_misplaced(key, &entry.node, root)
    {
        return Fault::ForeignKey(right);
    }
    if !likely.is_empty() {
        return Fault::UnknownKey { nearest: likely };
    }
    if let Some(right) = synonyms::of_others(name) {
        return Fault::ForeignKey(right);
    }
    // Compose files have the habit, and other tools of it.
    if parent.is_empty() && name.starts_with("x-") {
        let right = "move it below `metadata`, where any key may stand and anchors may be defined";
        return Fault::ForeignKey(right.to_owned());
    }
    Fault::UnknownKey { nearest: similar(name) }
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
const SECTIONS: [&str; 10] = [
    "runner.http.retry",
    "runner.http.tls",
    "runner.http.limits",
    "runner.guards",
    "runner.http.body_template",
    "runner.http",
    "inputs.sample",
    "inputs",
    "simulation",
    "security",
];

/// Keys and sections anywhere whose last name is meant; two at most. What the judge has is what the
/// agent has, too.
fn elsewhere(is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    let paths = keys().iter().map(|key| key.path).filter(|path| !path.starts_with("judge."));
    let paths = paths.chain(SECTIONS);
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
