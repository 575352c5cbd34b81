//! Masks values whose place says nothing about them: a secret under a misspelt key looks like any
//! other text.

use fluxloop_redact::MASK;

use crate::keys::{KeyKind, is_container, is_foreign, key_at};
use crate::yaml::{Node, Shape};

/// Masks, in a whole configuration, what stands under keys that nobody knows, and what has another
/// shape than its key allows. Where a value is read, its place says whether it is a secret.
pub(super) fn mask(root: &mut Node) {
    mask_below(root, "");
}

fn mask_below(node: &mut Node, path: &str) {
    let Shape::Map(entries) = &mut node.shape else { return hide(node) };
    for entry in entries {
        let child =
            if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
        match key_at(&child) {
            Some(key) if fits(key.kind, &entry.node) => {}
            // It is left out of what is shown.
            None if is_foreign(path, &entry.key) => {}
            None if is_container(&child) => mask_below(&mut entry.node, &child),
            Some(_) | None => hide(&mut entry.node),
        }
    }
}

fn hide(node: &mut Node) {
    if !node.is_null() {
        *node = Node::text(node.origin.clone(), MASK);
    }
}

/// Whether a value has a shape in which its secrets are found.
fn fits(kind: KeyKind, node: &Node) -> bool {
    use KeyKind::{
        Any, Condition, Done, Files, Headers, Inputs, ListOf, Parameters, Personas, Schema,
        StatusCodes, Template, TextList, TextOrList,
    };
    let is_scalar = |node: &Node| !matches!(node.shape, Shape::List(_) | Shape::Map(_));
    let is_map = matches!(node.shape, Shape::Map(_) | Shape::Null);
    match kind {
        Any | Template | Inputs | Personas => true,
        Headers => is_map && node.entries().iter().all(|entry| is_scalar(&entry.node)),
        Parameters | Condition => is_map,
        Schema | Done => is_map || is_scalar(node),
        Files | ListOf(_) | TextOrList | TextList | StatusCodes => match &node.shape {
            Shape::List(items) => items.iter().all(is_scalar),
            _ => is_scalar(node),
        },
        _ => is_scalar(node),
    }
}
