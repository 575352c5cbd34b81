//! Values from outside of files: of variables, arguments, and the table of keys.

use std::path::Path;
use std::sync::Arc;

use crate::Origin;
use crate::report::Report;
use crate::yaml::{self, Entry, Node, Shape, Text};

/// A scalar from outside of a file, read as YAML would read it in a block mapping: a plain scalar,
/// or a flow value where it begins like one.
pub(super) fn outside_value(
    text: &str,
    origin: &Origin,
    key: &str,
    report: &mut Report,
) -> Option<Node> {
    let flow = text.trim_start().starts_with(['{', '[', '"', '\'']);
    let mut own = Report::default();
    let nowhere: Arc<Path> = Path::new("").into();
    let parsed = yaml::parse(text, &nowhere, &mut own);
    match parsed {
        Some(node) if flow || is_plain(&node) => Some(relocate(node, origin)),
        None if flow => {
            for error in own.into_faults() {
                report.fault(origin, key, error.fault);
            }
            None
        }
        _ => Some(Node::text(origin.clone(), text)),
    }
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
