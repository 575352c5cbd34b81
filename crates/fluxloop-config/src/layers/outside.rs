//! What stands outside of files: `--set key=value`, and variables like `FLUXLOOP__RUNNER__HTTP__URL`.

use std::path::Path;
use std::sync::Arc;

use super::merge::HEADERS;
use crate::error::{Fault, Oddity};
use crate::keys::variable_of;
use crate::report::Report;
use crate::yaml::{self, Entry, MAX_DEPTH, Node, Shape, Text};
use crate::{Environment, Origin};

/// What the variables of a layer begin with. The double underscore keeps them apart from
/// `FLUXLOOP_API_KEY` and the like.
const PREFIX: &str = "FLUXLOOP__";

/// The layer of the environment. Names become lower case; in the name of a header, which a
/// variable could not have otherwise, `_` stands for `-`.
pub(super) fn of_environment(environment: &Environment, report: &mut Report) -> Node {
    let mut root = Node::empty_map(Origin::Default);
    for (name, value) in environment.iter() {
        let Some(path) = variable_key(name) else {
            continue;
        };
        let origin = Origin::Variable(name.to_owned());
        let Some(path) = path else {
            report.fault(&origin, "", Fault::UnknownKey { nearest: Vec::new() });
            continue;
        };
        if let Some(value) = outside_value(value.expose(), &origin, &path, report) {
            root.set(&path, value);
        }
    }
    for (name, _) in environment.iter().filter(|(name, _)| !name.starts_with(PREFIX)) {
        // Names that this program reads, and those of FluxLoop, name no key.
        if let Some(right) = variable_of(name) {
            let oddity = Oddity::OneUnderscore(right);
            report.warn(&Origin::Variable(name.to_owned()), "", oddity);
        }
    }
    for name in environment.not_utf8().iter().filter(|name| name.starts_with(PREFIX)) {
        report.fault(&Origin::Variable(name.clone()), "", Fault::NotUtf8Value);
    }
    root
}

/// Where the value of a variable goes: `None` for a variable that sets no key, and `Some(None)` where
/// a part of the key is empty.
#[expect(clippy::option_option, reason = "a name that sets no key is not a wrong one")]
pub(crate) fn variable_key(name: &str) -> Option<Option<Vec<String>>> {
    let rest = name.strip_prefix(PREFIX)?;
    let mut path: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
    if path.iter().any(String::is_empty) {
        return Some(None);
    }
    if let [parents @ .., header] = path.as_mut_slice()
        && HEADERS.iter().any(|headers| parents == *headers)
    {
        *header = header.replace('_', "-");
    }
    Some(Some(path))
}

/// The name of the variable that sets a key, if one can.
pub(crate) fn variable_spelling(path: &[String]) -> Option<String> {
    let parts = path.iter().map(|part| part.to_uppercase());
    let name = PREFIX.to_owned() + &parts.collect::<Vec<_>>().join("__");
    let name = match path {
        [parents @ .., _] if HEADERS.iter().any(|headers| parents == *headers) => {
            name.replace('-', "_")
        }
        _ => name,
    };
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && variable_key(&name)?.as_deref() == Some(path)).then_some(name)
}

/// A key as `--set` spells it: a part with a dot, an equals sign or a quote stands in quotes.
pub(crate) fn set_spelling(path: &[String]) -> String {
    let quoted = path.iter().map(|part| match part.contains(['.', '=', '\'', '"']) {
        true if part.contains('\'') => format!("\"{part}\""),
        true => format!("'{part}'"),
        false => part.clone(),
    });
    quoted.collect::<Vec<_>>().join(".")
}

/// The parts of a key as `--set` spells it.
pub(crate) fn parts(key: &str) -> Option<Vec<String>> {
    // What follows the equals sign would be a part of the key.
    let argument = format!("{key}=");
    split(&argument).ok().filter(|(_, rest)| rest.is_empty()).map(|(path, _)| path)
}

/// The layer of `--set`, in the order of the arguments.
pub(super) fn of_arguments(arguments: &[String], report: &mut Report) -> Node {
    let mut root = Node::empty_map(Origin::Flag("--set"));
    for argument in arguments {
        let (path, value) = match split(argument) {
            Ok(split) => split,
            Err(fault) => {
                report.fault(&Origin::Flag("--set"), "", fault);
                continue;
            }
        };
        let origin = Origin::Set(path.join("."));
        if let Some(value) = outside_value(value, &origin, &path, report) {
            forget_same_header(&mut root, &path);
            root.set(&path, value);
        }
    }
    root
}

/// The key of an argument, as origins show it.
pub(crate) fn key_of(argument: &str) -> Option<String> {
    split(argument).ok().map(|(path, _)| path.join("."))
}

/// Takes a header away that an earlier argument set, in whatever spelling.
fn forget_same_header(root: &mut Node, path: &[String]) {
    if let [parents @ .., name] = path
        && let Some(headers) = HEADERS.iter().find(|headers| parents == **headers)
        && let Some(headers) = root.at_mut(headers)
    {
        headers.remove(|known| !known.eq_ignore_ascii_case(name));
    }
}

/// Splits `a.'b.c'=value` into the keys `a`, `b.c` and the value.
fn split(argument: &str) -> Result<(Vec<String>, &str), Fault> {
    let mut path = Vec::new();
    let mut key = String::new();
    let mut quote = None;
    for (index, c) in argument.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '.') => path.push(std::mem::take(&mut key)),
            (None, '=') => {
                path.push(key);
                return match path.iter().any(String::is_empty) {
                    true if path.len() > 1 => Err(Fault::SetEmptyPart),
                    true => Err(Fault::SetSyntax),
                    false => Ok((path, &argument[index + 1..])),
                };
            }
            _ => key.push(c),
        }
    }
    Err(Fault::SetSyntax)
}

/// A scalar from outside of a file, read as YAML would read it in a block mapping: a plain scalar,
/// or a flow value where it begins like one. `path` is where it goes.
fn outside_value(
    text: &str,
    origin: &Origin,
    path: &[String],
    report: &mut Report,
) -> Option<Node> {
    let key = path.join(".");
    let flow = text.trim_start().starts_with(['{', '[', '"', '\'']);
    let mut own = Report::default();
    let nowhere: Arc<Path> = Path::new("").into();
    let parsed = yaml::parse(text, &nowhere, &mut own);
    let node = match parsed {
        Some(node) if flow || is_plain(&node) => relocate(node, origin),
        None if flow => {
            for error in own.into_faults() {
                report.fault(origin, &key, error.fault);
            }
            return None;
        }
        _ => Node::text(origin.clone(), text),
    };
    if path.len() + node.depth() > MAX_DEPTH {
        report.fault(origin, key, Fault::TooDeep);
        return None;
    }
    Some(node)
}

/// Whether a text was read as something else than a string: `60`, `true`, nothing.
fn is_plain(node: &Node) -> bool {
    matches!(node.shape, Shape::Null | Shape::Bool(_) | Shape::Number(..))
}

/// The same value, with every place replaced: positions within an argument help nobody.
pub(super) fn relocate(mut node: Node, origin: &Origin) -> Node {
    node.origin = origin.clone();
    node.shape = match node.shape {
        Shape::Text(text) => Shape::Text(Text::new(text.text)),
        Shape::List(items) => {
            Shape::List(items.into_iter().map(|item| relocate(item, origin)).collect())
        }
        Shape::Map(entries) => Shape::Map(
            entries
                .into_iter()
                .map(|entry| Entry {
                    key: entry.key,
                    origin: origin.clone(),
                    node: relocate(entry.node, origin),
                })
                .collect(),
        ),
        other => other,
    };
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(argument: &str, expected: Result<(&[&str], &str), Fault>) {
        let expected = expected
            .map(|(path, value)| (path.iter().map(|key| (*key).to_owned()).collect(), value));
        assert_eq!(split(argument), expected);
    }

    #[test]
    fn dots_separate_keys_and_the_first_equals_sign_ends_them() {
        check("a.b=c=d", Ok((&["a", "b"], "c=d")));
        check("a=", Ok((&["a"], "")));
    }

    #[test]
    fn a_quoted_dot_belongs_to_the_key() {
        check("a.'b.c'.\"d=e\"=1", Ok((&["a", "b.c", "d=e"], "1")));
    }

    #[test]
    fn keys_are_spelled_for_arguments_and_variables() {
        let check = |key: &str, variable: Option<&str>| {
            let path = parts(key).expect("a key");
            assert_eq!(set_spelling(&path), key);
            assert_eq!(variable_spelling(&path).as_deref(), variable);
        };
        check("runner.http.url", Some("FLUXLOOP__RUNNER__HTTP__URL"));
        check("runner.http.headers.x-api-key", Some("FLUXLOOP__RUNNER__HTTP__HEADERS__X_API_KEY"));
        // Names become lower case.
        check("metadata.Team", None);
        check("metadata.'a.b'", None);
        check("metadata.\"it's\"", None);
        assert_eq!(parts("a..b"), None);
        assert_eq!(parts("a=b"), None);
    }

    #[test]
    fn an_argument_without_key_or_value_is_refused() {
        check("a.b", Err(Fault::SetSyntax));
        check("=x", Err(Fault::SetSyntax));
        check("'a=x", Err(Fault::SetSyntax));
        check("a..b=x", Err(Fault::SetEmptyPart));
        check("a.=x", Err(Fault::SetEmptyPart));
    }
}
