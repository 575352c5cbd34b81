//! The one line that says everything about inputs that the user wrote in several places.

use std::path::Path;

use super::format::Format;
use super::pattern::is_pattern;
use crate::yaml::{Node, Shape};

/// The longest value that is repeated, in characters.
const MAX_SHOWN: usize = 60;

/// What stands for the file where nothing names one.
const EXAMPLE: &str = "inputs/questions.jsonl";

/// What stands for the file with a list that the configuration has itself.
const OF_LIST: &str = "inputs.yaml";

/// `inputs: {file: data/q.csv, limit: 5}`: the keys of `inputs` that are written, the file of
/// `inputs_file`, and a key that stands elsewhere. Of the other values, texts become `…`: one of them
/// may be a secret.
pub(super) fn line(root: &Node, more: Option<(&str, &Node)>) -> String {
    let section = root.get("inputs");
    let entries = section.map(Node::entries).unwrap_or_default();
    let of_section = entries.iter().map(|entry| (entry.key.as_str(), &entry.node));
    let mut written: Vec<(&str, &Node)> = of_section.filter(|(_, node)| !node.is_null()).collect();
    if let Some((key, node)) = more {
        written.retain(|(name, _)| *name != key);
        written.push((key, node));
    }
    let file = written.iter().position(|(key, _)| *key == "file").map(|at| written.remove(at).1);
    let short = || root.get("inputs_file").filter(|node| !node.is_null());
    let is_file = |node: &&Node| matches!(node.shape, Shape::Text(_) | Shape::List(_));
    let file = file.or_else(short).or_else(|| section.filter(is_file));
    let file = match file {
        Some(node) => value(node),
        None if root.get("base_inputs").is_some_and(|node| !node.is_null()) => OF_LIST.to_owned(),
        None => EXAMPLE.to_owned(),
    };
    let others = written.iter().map(|(key, node)| format!(", {key}: {}", other(node)));
    format!("inputs: {{file: {file}{}}}", others.collect::<String>())
}

/// The line of a section that stands behind another key.
pub(super) fn of_section(section: &Node) -> String {
    let mut root = Node::empty_map(section.origin.clone());
    root.set(&["inputs"], section.clone());
    line(&root, None)
}

/// The short form for a file that stands behind another key.
pub(super) fn of_short(file: &Node) -> String {
    format!("inputs_file: {}", value(file))
}

/// The section that names a file of this preset.
pub(super) fn of_file(path: &str, preset: &str) -> String {
    let path = if path.chars().count() <= MAX_SHOWN { scalar(path) } else { "…".to_owned() };
    format!("inputs: {{file: {path}, preset: {preset}}}")
}

/// What to write in the place of a key that stands beside `inputs` and belongs into it; `None` where
/// its value does not fit there.
pub(crate) fn with_misplaced(key: &str, node: &Node, root: &Node) -> Option<String> {
    let is_scalar = !matches!(node.shape, Shape::List(_) | Shape::Map(_));
    if !is_scalar && !["where", "sample", "file"].contains(&key) {
        return None;
    }
    let line = match key.split_once('.') {
        None => line(root, Some((key, node))),
        Some((section, key)) => {
            let mut below = Node::empty_map(node.origin.clone());
            below.set(&[key], node.clone());
            line(root, Some((section, &below)))
        }
    };
    let is_written = |key: &str| root.get(key).is_some_and(|node| !node.is_null());
    let instead = match (is_written("inputs_file"), is_written("base_inputs")) {
        (true, _) => ", and remove this key and `inputs_file`".to_owned(),
        (false, true) => format!(", and move the list of `base_inputs` to the file `{OF_LIST}`"),
        (false, false) => ", and remove this key".to_owned(),
    };
    Some(format!("write `{line}`{instead}"))
}

/// What to write in the place of an `inputs` that is not a mapping.
pub(crate) fn in_place_of_section(node: &Node, root: &Node) -> String {
    match &node.shape {
        Shape::List(items) if !items.iter().all(is_file) => {
            "write `base_inputs` in the place of `inputs` for a list of inputs".to_owned()
        }
        _ => format!("write `{}`", line(root, None)),
    }
}

/// Whether a value looks like the path or pattern of a file.
pub(super) fn is_file(node: &Node) -> bool {
    let Shape::Text(text) = &node.shape else { return false };
    let text = text.text.as_str();
    let extension = Path::new(text).extension().and_then(|it| it.to_str());
    let is_known = extension.and_then(Format::named).is_some();
    !text.contains(char::is_whitespace) && (is_known || is_pattern(text))
}

/// A file as it stands in flow style, or several, if that is short.
fn value(node: &Node) -> String {
    match &node.shape {
        Shape::Text(text) if text.text.chars().count() <= MAX_SHOWN => scalar(&text.text),
        Shape::List(items) if items.iter().all(|item| matches!(item.shape, Shape::Text(_))) => {
            let shown = format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", "));
            if shown.chars().count() <= MAX_SHOWN { shown } else { "[…]".to_owned() }
        }
        _ => other(node),
    }
}

/// Another value: numbers and `true` as they are.
fn other(node: &Node) -> String {
    match &node.shape {
        Shape::Null => "null".to_owned(),
        Shape::Bool(value) => value.to_string(),
        Shape::Number(_, written) => written.clone(),
        Shape::Text(_) => "…".to_owned(),
        Shape::List(_) => "[…]".to_owned(),
        Shape::Map(entries) if entries.iter().all(|it| is_plain(&it.node)) => {
            let entries = entries.iter().map(|it| format!("{}: {}", it.key, other(&it.node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Shape::Map(_) => "{…}".to_owned(),
    }
}

fn is_plain(node: &Node) -> bool {
    matches!(node.shape, Shape::Bool(_) | Shape::Number(..))
}

/// Text that reads as itself between braces: plain where nothing in it has a meaning in YAML.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./-$".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.' || c == '/');
    let is_word = ["true", "false", "null", "yes", "no", "on", "off"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    if begins && !is_word && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''").replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::report::Report;

    #[track_caller]
    fn check(yaml: &str, more: Option<&str>, expected: &str) {
        let root = crate::yaml::parse(yaml, &Arc::from(Path::new("x")), &mut Report::default());
        let root = root.expect("it is YAML");
        let more = more.map(|key| (key, root.get(key).expect("it is there")));
        assert_eq!(line(&root, more), expected);
    }

    #[test]
    fn everything_goes_into_one_line() {
        check("inputs: {limit: 5}", None, "inputs: {file: inputs/questions.jsonl, limit: 5}");
        check("inputs_file: a.csv\nlimit: 5", Some("limit"), "inputs: {file: a.csv, limit: 5}");
        check(
            "inputs_file: 'data/*.jsonl'\ninputs: {sample: {count: 2}, expected: $.a.b}",
            None,
            "inputs: {file: 'data/*.jsonl', sample: {count: 2}, expected: …}",
        );
        check(
            "inputs_file: a.csv\ninputs: {file: [b.csv, '-']}",
            None,
            "inputs: {file: [b.csv, '-']}",
        );
        check(
            "base_inputs: [a]\ninputs: {shuffle: true}",
            None,
            "inputs: {file: inputs.yaml, shuffle: true}",
        );
        check("inputs: data/q.csv", None, "inputs: {file: data/q.csv}");
        check(
            "inputs_file: ${F}\nformat: csv",
            Some("format"),
            "inputs: {file: '${F}', format: …}",
        );
    }
}
