//! Replaces `${…}` in text.

use std::ops::Range;

use fluxloop_redact::Secret;

use super::Reader;
use crate::error::Fault;
use crate::variables::{Misspelt, Otherwise, Piece, Placeholder, pieces};
use crate::yaml::{Node, Shape, Text};
use crate::{Origin, Position};

/// The one file that is read in every case: `<NAME>` cannot stand for it.
pub(super) const INPUTS_FILE: &str = "inputs_file";

/// How much variables may bring, in MiB. A short text that names a long variable over and over could
/// fill the memory otherwise.
const MAX_BROUGHT_MIB: usize = 16;

/// Text whose placeholders were replaced.
pub(crate) struct Expanded {
    /// The text.
    pub(crate) text: String,
    /// The variables in it, and which part of the text came from each.
    pub(crate) variables: Vec<(String, Range<usize>)>,
}

impl Expanded {
    /// Text without any placeholder.
    pub(crate) fn literal(text: &str) -> Self {
        Self { text: text.to_owned(), variables: Vec::new() }
    }

    /// The variable that the byte at this place came from.
    pub(crate) fn variable_at(&self, byte: usize) -> Option<&str> {
        let found = self.variables.iter().find(|(_, range)| range.contains(&byte));
        found.map(|(name, _)| name.as_str())
    }
}

impl Reader<'_> {
    /// Replaces the placeholders of a text. All that cannot be replaced are reported.
    pub(crate) fn expand(&mut self, text: &Text, origin: &Origin, key: &str) -> Option<Expanded> {
        self.expand_stretch(&text.text, origin, &|character| text.position(character), key)
    }

    /// Replaces the placeholders of a stretch of a text; `place` says where its characters are.
    pub(super) fn expand_stretch(
        &mut self,
        text: &str,
        origin: &Origin,
        place: &dyn Fn(usize) -> Option<Position>,
        key: &str,
    ) -> Option<Expanded> {
        let mut expanded = Expanded { text: String::new(), variables: Vec::new() };
        let mut sound = true;
        for piece in pieces(text) {
            match piece {
                Piece::Literal(literal) => expanded.text.push_str(&literal),
                Piece::Variable(placeholder) => match self.value(&placeholder, key) {
                    Ok(value) => {
                        if !self.has_room(value.expose().len(), origin, key) {
                            return None;
                        }
                        let start = expanded.text.len();
                        expanded.text.push_str(value.expose());
                        let range = start..expanded.text.len();
                        expanded.variables.push((placeholder.name.to_owned(), range));
                    }
                    Err(fault) => {
                        let at = origin.moved(place(placeholder.character));
                        self.report.fault(&at, key, fault);
                        sound = false;
                    }
                },
                Piece::Misspelt(Misspelt { character, problem }) => {
                    let at = origin.moved(place(character));
                    self.report.fault(&at, key, Fault::Placeholder { problem });
                    sound = false;
                }
            }
        }
        sound.then_some(expanded)
    }

    /// Whether variables may bring that many bytes more; where it ends is reported once.
    fn has_room(&mut self, bytes: usize, origin: &Origin, key: &str) -> bool {
        let (before, limit) = (self.brought, MAX_BROUGHT_MIB << 20);
        self.brought = before.saturating_add(bytes);
        if before <= limit && self.brought > limit {
            let fault = Fault::LargeExpansion { mebibytes: MAX_BROUGHT_MIB };
            self.report.fault(origin, key, fault);
        }
        self.brought <= limit
    }

    /// The value of one placeholder.
    fn value(&mut self, placeholder: &Placeholder<'_>, key: &str) -> Result<Secret, Fault> {
        let (value, is_defined) = self.variables.value(placeholder, key != INPUTS_FILE)?;
        if !is_defined && matches!(placeholder.otherwise, Otherwise::Default(_)) {
            self.secrets.default_value(placeholder.name, &value);
        }
        Ok(value)
    }

    /// Replaces the placeholders of every text in a tree, for values that have no fixed shape.
    pub(crate) fn expand_tree(&mut self, node: &Node, key: &str) -> serde_json::Value {
        use serde_json::Value;
        match &node.shape {
            Shape::Text(text) => Value::String(
                self.expand(text, &node.origin, key).map(|it| it.text).unwrap_or_default(),
            ),
            Shape::List(items) => {
                let items = items.iter().enumerate();
                items
                    .map(|(index, item)| self.expand_tree(item, &format!("{key}[{index}]")))
                    .collect()
            }
            Shape::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|entry| {
                        let key = format!("{key}.{}", entry.key);
                        (entry.key.clone(), self.expand_tree(&entry.node, &key))
                    })
                    .collect(),
            ),
            _ => node.to_json(),
        }
    }
}
