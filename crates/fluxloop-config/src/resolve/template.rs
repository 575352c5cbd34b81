//! Reads templates: `mapping`, and the values of `query` and `headers`.

use fluxloop_plan::{
    KeyStep, TemplateFault, TemplateScope, TemplateSource, TemplateWarning, TextPosition,
    ValueTemplate,
};

use super::Reader;
use crate::Position;
use crate::error::{Fault, Oddity};
use crate::yaml::{Node, Shape, TextPlace};

impl Reader<'_> {
    /// Compiles the template that was written at a node. Placeholders in its literal text are
    /// replaced; what they stand for is never read as a path.
    pub(super) fn template(&mut self, node: &Node, key: &str) -> Option<ValueTemplate> {
        self.template_for(self.scope, node, key)
    }

    /// The same, filled in from elsewhere. Block scalars of an expectation are texts, and never JSON.
    pub(super) fn template_for(
        &mut self,
        scope: TemplateScope,
        node: &Node,
        key: &str,
    ) -> Option<ValueTemplate> {
        let source = match scope {
            TemplateScope::Request | TemplateScope::Judge => source(node),
            TemplateScope::Record => node.to_json().into(),
        };
        let compiled = ValueTemplate::compile_for(scope, &source, &mut |literal| {
            let (place, key) = (locate(node, literal.keys), with_steps(key, literal.keys));
            let at = |character| match &place.shape {
                Shape::Text(whole) => {
                    let start = literal.start.or_else(|| only_place(&whole.text, literal.text));
                    whole.position(start? + character)
                }
                _ => None,
            };
            let expanded = self.expand_stretch(literal.text, &place.origin, &at, &key);
            expanded.map(|it| it.text).unwrap_or_default()
        });
        match compiled {
            Ok((template, warnings)) => {
                for warning in warnings {
                    self.template_warning(node, key, &warning);
                }
                Some(template)
            }
            Err(faults) => {
                for fault in faults {
                    self.template_fault(node, key, fault);
                }
                None
            }
        }
    }

    /// Reports a fault of a template at the place in the file that it is about.
    pub(super) fn template_fault(&mut self, node: &Node, key: &str, fault: TemplateFault) {
        let place = locate(node, &fault.keys);
        let origin = place.origin.moved(in_text(place, fault.position));
        let key = with_steps(key, &fault.keys);
        self.report.fault(&origin, key, Fault::Template(fault.problem));
    }

    /// Warns of what is probably meant to be a value of the case, in a text that takes none.
    pub(super) fn warn_unreplaced(&mut self, node: &Node, key: &str) {
        if let Shape::Text(text) = &node.shape {
            for warning in ValueTemplate::unreplaced(&text.text) {
                self.template_warning(node, key, &warning);
            }
        }
    }

    pub(super) fn template_warning(&mut self, node: &Node, key: &str, warning: &TemplateWarning) {
        let place = locate(node, warning.keys());
        let key = with_steps(key, warning.keys());
        self.warn(place, &key, Oddity::Template(warning.to_string(), warning.hint()));
    }
}

/// A node as a template before anything is replaced in it.
pub(crate) fn source(node: &Node) -> TemplateSource {
    match &node.shape {
        Shape::Null => TemplateSource::Null,
        Shape::Bool(value) => TemplateSource::Bool(*value),
        Shape::Number(number, _) => TemplateSource::Number(number.clone()),
        Shape::Text(text) => {
            TemplateSource::String { text: text.text.clone(), block: text.is_block() }
        }
        Shape::List(items) => TemplateSource::List(items.iter().map(source).collect()),
        Shape::Map(entries) => TemplateSource::Map(
            entries.iter().map(|entry| (entry.key.clone(), source(&entry.node))).collect(),
        ),
    }
}

/// The node that the steps lead to; the last one on the way where they lead into block JSON.
fn locate<'n>(node: &'n Node, steps: &[KeyStep]) -> &'n Node {
    steps.iter().fold(node, |node, step| {
        let next = match (step, &node.shape) {
            (KeyStep::Key(key), Shape::Map(_)) => node.get(key),
            (KeyStep::Index(index), Shape::List(items)) => items.get(*index),
            _ => None,
        };
        next.unwrap_or(node)
    })
}

/// Where a part of a text begins, in characters, if it stands there only once.
fn only_place(text: &str, part: &str) -> Option<usize> {
    let (before, after) = text.split_once(part)?;
    (!after.contains(part)).then(|| before.chars().count())
}

/// Where in the file a place within a node's text is.
fn in_text(node: &Node, at: Option<TextPosition>) -> Option<Position> {
    let Shape::Text(text) = &node.shape else {
        return None;
    };
    match (at?, text.place) {
        (TextPosition::Character(character), _) => text.position(character),
        (TextPosition::Line { line, column }, TextPlace::Block(first)) => Some(Position {
            line: first.line + line.saturating_sub(1),
            column: first.column + column.saturating_sub(1),
        }),
        (TextPosition::Line { .. }, _) => None,
    }
}

/// A key with the steps that lead on from it, as messages show it.
fn with_steps(key: &str, steps: &[KeyStep]) -> String {
    steps.iter().fold(key.to_owned(), |key, step| match step {
        KeyStep::Key(name) => format!("{key}.{name}"),
        KeyStep::Index(index) => format!("{key}[{index}]"),
    })
}
