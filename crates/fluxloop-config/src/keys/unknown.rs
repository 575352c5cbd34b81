//! Finds keys that nobody knows, and the names that were probably meant.

use fluxloop_schema::nearest;

use super::{is_foreign, keys};
use crate::error::{Fault, Oddity};
use crate::report::Report;
use crate::yaml::{Node, Shape};

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
            let nearest = nearest_keys(path, &entry.key);
            report.fault(&entry.origin, &child, Fault::UnknownKey { nearest });
        }
    }
}

/// Whether keys of the table lie below this path.
pub(crate) fn is_container(path: &str) -> bool {
    keys().iter().any(|key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Valid names for an unknown key: the most similar one beside it; else the same name elsewhere.
pub(crate) fn nearest_keys(parent: &str, name: &str) -> Vec<String> {
    let siblings = keys().iter().filter_map(|key| {
        let rest = if parent.is_empty() {
            key.path
        } else {
            key.path.strip_prefix(parent)?.strip_prefix('.')?
        };
        rest.split('.').next()
    });
    if let Some(sibling) = nearest(name, siblings) {
        return vec![sibling.to_owned()];
    }
    let elsewhere = |key: &&super::Key| {
        let last = key.path.rsplit('.').next().unwrap_or(key.path);
        last == name || nearest(name, [last]).is_some()
    };
    let containers = [
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
    let of_container = containers
        .iter()
        .filter(|path| path.rsplit('.').next() == Some(name))
        .map(|path| (*path).to_owned());
    keys()
        .iter()
        .filter(elsewhere)
        .map(|key| key.path.to_owned())
        .chain(of_container)
        .take(2)
        .collect()
}
