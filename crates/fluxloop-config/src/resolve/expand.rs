//! Replaces `${…}` in text.

use super::Reader;
use crate::error::Fault;
use crate::variables::{Expanded, replaced};
use crate::yaml::{Node, Shape, Text};
use crate::{Origin, Position};

/// The one file that is read in every case: `<NAME>` cannot stand for it.
pub(super) const INPUTS_FILE: &str = "inputs_file";

/// How much variables may bring, in MiB. A short text that names a long variable over and over could
/// fill the memory otherwise.
pub(super) const MAX_BROUGHT_MIB: usize = 16;

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
        let may_fill = key != INPUTS_FILE;
        let (brought, limit) = (&mut self.brought, MAX_BROUGHT_MIB << 20);
        let gave_up = *brought > limit;
        let expanded = replaced(text, |placeholder| {
            let value = self.variables.value(placeholder, may_fill)?.0;
            *brought = brought.saturating_add(value.expose().len());
            let fault = Fault::LargeExpansion { mebibytes: MAX_BROUGHT_MIB };
            if *brought > limit { Err(fault) } else { Ok(value) }
        });
        for (character, fault) in expanded.as_ref().err().into_iter().flatten() {
            match fault.is_too_large() {
                // Once is enough.
                true if gave_up => {}
                true => self.report.fault(origin, key, fault.clone()),
                false => self.report.fault(&origin.moved(place(*character)), key, fault.clone()),
            }
        }
        expanded.ok()
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
