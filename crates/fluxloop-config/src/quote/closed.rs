//! Which lines of a file have a value that is a secret, becomes part of one, or stands after one.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use fluxloop_redact::naming::{is_secret_name, is_sensitive_header};

use crate::Origin;
use crate::keys::is_known;
use crate::report::Report;
use crate::resolve::{Hidden, way_to};
use crate::yaml::{self, Node, Shape};

/// The lines that are not quoted, counted from 1. A file that can be read is judged by its values;
/// of any other, each name of a secret closes all that may be below it.
pub(super) fn lines(text: &str) -> BTreeSet<usize> {
    let nowhere: Arc<Path> = Path::new("").into();
    let mut report = Report::default();
    match yaml::parse(text, &nowhere, &mut report) {
        Some(root) if !report.is_faulty() => of_values(&root),
        _ => of_text(text),
    }
}

fn of_values(root: &Node) -> BTreeSet<usize> {
    let mut walk = Walk::default();
    walk.node(root, &[], false);
    let mut closed = BTreeSet::new();
    for start in walk.secret {
        // Nobody knows where a value ends, but the next one begins after it.
        let next = walk.starts.range(start + 1..).next().copied().unwrap_or(start + MAX_LINES);
        closed.extend(start..=next);
    }
    closed
}

/// How many lines after the last value of a file are not quoted, if that value is a secret.
const MAX_LINES: usize = 10_000;

/// The lines in which keys and values begin.
#[derive(Default)]
struct Walk {
    starts: BTreeSet<usize>,
    secret: BTreeSet<usize>,
}

impl Walk {
    fn at(&mut self, origin: &Origin, is_secret: bool) {
        if let Origin::File { position: Some(position), .. } = origin {
            self.starts.insert(position.line);
            if is_secret {
                self.secret.insert(position.line);
            }
        }
    }

    fn node(&mut self, node: &Node, path: &[&str], is_below: bool) {
        let is_secret = is_below || is_secret_text(node, path);
        self.at(&node.origin, is_secret);
        match &node.shape {
            Shape::Map(entries) => {
                let is_secret = is_secret || entries.iter().any(|entry| names_secret(&entry.node));
                for entry in entries {
                    let path = way_to(path, &entry.key);
                    let is_secret =
                        is_secret || (is_name(&entry.key) && !is_known(&path.join(".")));
                    self.at(&entry.origin, is_secret);
                    self.node(&entry.node, &path, is_secret);
                }
            }
            Shape::List(items) => items.iter().for_each(|item| self.node(item, path, is_secret)),
            _ => {}
        }
    }
}

/// Whether a value is a secret by its place or its shape, or says the name of one and more.
fn is_secret_text(node: &Node, path: &[&str]) -> bool {
    let text = match &node.shape {
        Shape::Text(text) => text.text.as_str(),
        Shape::Number(_, raw) => raw,
        _ => return false,
    };
    let is_asked = matches!(path, ["base_inputs"]) && !text.contains(['=', ':', '{']);
    !Hidden::at(path, text).ranges(text).is_empty()
        || (!is_asked && names(text).any(|name| name != text && is_name(name)))
}

/// Whether a value is the name of a secret, as in `{name: Authorization, value: …}`.
fn names_secret(node: &Node) -> bool {
    matches!(&node.shape, Shape::Text(text) if is_name(&text.text) && names(&text.text).count() == 1)
}

/// Whether a secret stands under this name.
fn is_name(name: &str) -> bool {
    is_secret_name(name) || is_sensitive_header(name)
}

/// The words of a text that can be names.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.split(move |c| !is_of_name(c)).filter(|name| !name.is_empty())
}

/// The lines after each name of a secret, or after an anchor that may feed one, as far as they may
/// belong to it: those that are indented deeper, and one more; all of the rest where a quote or a
/// bracket stays open.
fn of_text(text: &str) -> BTreeSet<usize> {
    let mut closed = BTreeSet::new();
    let mut below: Option<usize> = None;
    let mut is_rest = false;
    for (index, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let is_blank = line.trim().is_empty();
        let is_secret = names(line).any(is_name) || line.contains('&');
        if is_secret || is_rest || below.is_some() {
            closed.insert(index + 1);
        }
        if is_secret {
            below = Some(below.map_or(indent, |known| known.min(indent)));
            is_rest |= stays_open(line);
        } else if !is_blank && below.is_some_and(|below| indent <= below) {
            below = None;
        }
    }
    closed
}

fn stays_open(line: &str) -> bool {
    let count = |signs: &[char]| line.matches(signs).count();
    count(&['"']) % 2 == 1 || count(&['\'']) % 2 == 1 || count(&['{', '[']) != count(&['}', ']'])
}
