//! Values from outside of files: of variables, arguments, and the table of keys.

use std::path::Path;
use std::sync::Arc;

use crate::Origin;
use crate::error::Fault;
use crate::report::Report;
use crate::yaml::{self, Entry, MAX_DEPTH, Node, Shape, Text};

/// A scalar from outside of a file, read as YAML would read it in a block mapping: a plain scalar,
/// or a flow value where it begins like one. `path` is where it goes.
pub(super) fn outside_value(
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
