//! Finds secrets by the names that they stand under, where the names are the user's own: in the
//! body and in the metadata.

use serde_json::Value;

use super::{Reader, template_source};
use crate::Origin;
use crate::variables::{Piece, Secrecy, is_word_under, pieces, secrecy_in};
use crate::yaml::{Entry, Node, Shape, Text};

impl Reader<'_> {
    /// Takes every text under a secret name of a template into custody, that in block JSON too.
    pub(super) fn secret_members_of_template(&mut self, node: &Node, key: &str, secrecy: Secrecy) {
        self.secret_members(&without_blocks(node), key, secrecy);
    }

    /// Takes every text under a secret name into custody; what is below one is under it, too.
    pub(super) fn secret_members(&mut self, node: &Node, key: &str, secrecy: Secrecy) {
        match &node.shape {
            Shape::Map(entries) => {
                for Entry { key: name, node, .. } in entries {
                    let parent = key.rsplit('.').next().unwrap_or_default();
                    let has_members = matches!(node.shape, Shape::Map(_) | Shape::List(_));
                    let own = secrecy_in(parent, name, has_members);
                    self.secret_members(node, &format!("{key}.{name}"), secrecy.max(own));
                }
            }
            Shape::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.secret_members(item, &format!("{key}[{index}]"), secrecy);
                }
            }
            // What is unsound was reported where it is used.
            Shape::Text(text) if !is_open_member(&text.text, secrecy) && self.is_sound(text) => {
                if let Some(expanded) = self.expand(text, &node.origin, key) {
                    self.sensitive(node, key, &expanded);
                }
            }
            _ => {}
        }
    }

    /// Whether every placeholder of a text has something to stand for.
    fn is_sound(&self, text: &Text) -> bool {
        pieces(&text.text).iter().all(|piece| match piece {
            Piece::Literal(_) => true,
            Piece::Variable(placeholder) => {
                self.fills_undefined || !self.variables.lack(placeholder)
            }
            Piece::Misspelt(_) => false,
        })
    }
}

/// Whether a text under a secret name is none: it takes something from the input, or is one of the
/// tokens that models set apart (`</s>`, `<|end|>`).
pub(crate) fn is_open(text: &str) -> bool {
    let is_template = text.starts_with("$.") || text.starts_with("$[") || text.contains("{{");
    is_template || (text.starts_with('<') && text.ends_with('>'))
}

/// Whether a text under names of the user's own is no secret: as [`is_open`], or a plain word
/// (`sort_key: createdAt`), which would be masked wherever an answer says it.
pub(crate) fn is_open_member(text: &str, secrecy: Secrecy) -> bool {
    secrecy == Secrecy::Open || is_open(text) || is_word_under(text, secrecy)
}

/// A template with the structure that its block JSON stands for.
fn without_blocks(node: &Node) -> Node {
    let shape = match &node.shape {
        Shape::Text(text) if text.is_block() => match template_source(node).without_blocks().into()
        {
            Value::String(_) => node.shape.clone(),
            json => return of_json(&json, &node.origin),
        },
        Shape::List(items) => Shape::List(items.iter().map(without_blocks).collect()),
        Shape::Map(entries) => Shape::Map(
            entries
                .iter()
                .map(|entry| Entry { node: without_blocks(&entry.node), ..entry.clone() })
                .collect(),
        ),
        scalar => scalar.clone(),
    };
    Node { origin: node.origin.clone(), shape }
}

/// The texts of a JSON value with their names, all at one place.
fn of_json(value: &Value, origin: &Origin) -> Node {
    let shape = match value {
        Value::String(text) => Shape::Text(Text::new(text.as_str())),
        Value::Array(items) => {
            Shape::List(items.iter().map(|item| of_json(item, origin)).collect())
        }
        Value::Object(members) => {
            let entry = |(key, member): (&String, &Value)| Entry {
                key: key.clone(),
                origin: origin.clone(),
                node: of_json(member, origin),
            };
            Shape::Map(members.iter().map(entry).collect())
        }
        _ => Shape::Null,
    };
    Node { origin: origin.clone(), shape }
}
