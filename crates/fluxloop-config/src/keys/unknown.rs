//! Finds keys that nobody knows, and the names that were probably meant.

use super::{is_foreign, keys};
use crate::error::{Fault, Oddity};
use crate::report::Report;
use crate::yaml::{Node, Shape};

/// How alike two names must be, from 0 to 1, to be worth suggesting.
const ALIKE: f64 = 0.8;

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
fn is_container(path: &str) -> bool {
    keys().iter().any(|key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Valid names for an unknown key: the most similar one beside it; else the same name elsewhere.
fn nearest_keys(parent: &str, name: &str) -> Vec<String> {
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
        last == name || similarity(last, name) >= ALIKE
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

/// The name that is most like the one given, if any is alike at all.
pub(crate) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let folded = name.to_lowercase();
    names
        .into_iter()
        .map(|candidate| (similarity(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// How alike two names are. Jaro-Winkler favours a common beginning, which finds `iteration` for
/// `iterations`; the edit distance finds letters that were swapped or left out, one in a short
/// name, more in a long one.
fn similarity(a: &str, b: &str) -> f64 {
    let distance = strsim::damerau_levenshtein(a, b);
    let length = a.chars().count().max(b.chars().count());
    let allowed = (length / 4).max(1);
    if distance <= allowed && distance * 2 < length {
        return 1.0 - distance as f64 / (10 * length) as f64;
    }
    strsim::jaro_winkler(a, b) - 0.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, names: &[&'static str], expected: Option<&str>) {
        assert_eq!(nearest(name, names.iter().copied()), expected, "{name}");
    }

    #[test]
    fn typing_mistakes_are_understood() {
        check("see", &["sse", "none"], Some("sse"));
        check("PSOT", &["GET", "POST", "PUT"], Some("POST"));
        check("tiemout", &["idle_timeout", "timeout"], Some("timeout"));
        check("iteration", &["iterations", "simulation"], Some("iterations"));
        check("stream_outputpath", &["stream_output_path", "stream"], Some("stream_output_path"));
    }

    #[test]
    fn other_words_are_not() {
        check("xyz", &["sse", "none"], None);
        check("banana", &["headers", "timeout", "url"], None);
        check("a", &["b"], None);
    }
}
