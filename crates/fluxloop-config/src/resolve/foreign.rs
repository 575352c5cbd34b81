//! Placeholders of other programs: where they can only be a mistake they are faults, elsewhere they
//! are warned of.

use super::Reader;
use crate::error::{Fault, Oddity};
use crate::variables::{Foreign, Meant, foreign};
use crate::yaml::{Node, Shape};

impl Reader<'_> {
    /// Reports `{{ … }}` in a value that is the same for all inputs, and warns of other forms.
    /// Whether the value can be used.
    pub(super) fn check_foreign(&mut self, node: &Node, path: &str) -> bool {
        let Shape::Text(text) = &node.shape else { return true };
        let Some(found) = foreign(&text.text) else { return true };
        let (written, right) = (found.written.to_owned(), right(&found, path));
        let at = text.text.split_once(found.written).map(|(before, _)| before.chars().count());
        let origin = node.origin.moved(at.and_then(|at| text.position(at)));
        if written.starts_with("{{") {
            self.report.fault(&origin, path, Fault::ForeignPlaceholder { written, right });
            return false;
        }
        self.report.warn(&origin, path, Oddity::ForeignPlaceholder { written, right });
        true
    }

    /// Warns of placeholders in the texts of a template, where `{{ … }}` has rules of its own.
    /// Whether one was meant to be the input.
    pub(super) fn warn_foreign(&mut self, node: &Node, path: &str) -> bool {
        match &node.shape {
            Shape::Text(text) => {
                let Some(found) = foreign(&text.text) else { return false };
                let is_variable = matches!(found.meant, Meant::Variable(_));
                // Templates report a path and a bare name of the input themselves.
                let inner = found.written.trim_matches(|c: char| "{} ".contains(c));
                if found.written.starts_with("{{")
                    && (found.meant == Meant::Path || inner == "input")
                {
                    return false;
                }
                let (written, right) = (found.written.to_owned(), right(&found, path));
                let at = text.text.split_once(found.written).map(|(it, _)| it.chars().count());
                let origin = node.origin.moved(at.and_then(|at| text.position(at)));
                self.report.warn(&origin, path, Oddity::ForeignPlaceholder { written, right });
                !is_variable
            }
            Shape::List(items) => {
                let mut is_meant = false;
                for item in items {
                    is_meant |= self.warn_foreign(item, path);
                }
                is_meant
            }
            Shape::Map(entries) => {
                let mut is_meant = false;
                for entry in entries {
                    is_meant |= self.warn_foreign(&entry.node, &format!("{path}.{}", entry.key));
                }
                is_meant
            }
            _ => false,
        }
    }
}

/// What to write instead.
fn right(found: &Foreign<'_>, path: &str) -> String {
    let takes_values = ["body_template", "query", "headers", "url"];
    let is_template = path
        .strip_prefix("runner.http.")
        .is_some_and(|key| takes_values.iter().any(|name| key.starts_with(name)));
    match found.meant {
        Meant::Variable(name) => format!("write `${{{name}}}` for the variable"),
        Meant::Input if is_template => "write `{{ $.input }}` for the text of the input".to_owned(),
        Meant::Path if is_template => {
            "begin a path with `$.`, for example `{{ $.input }}`".to_owned()
        }
        Meant::Input | Meant::Path => {
            "this value is the same for all inputs: put what differs into the URL, `headers`, \
             `query` or `body_template.mapping`"
                .to_owned()
        }
    }
}
