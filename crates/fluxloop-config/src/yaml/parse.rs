//! Parses YAML, and says what is wrong with it.

use std::path::Path;
use std::sync::Arc;

use super::{Node, outline, pair, value};
use crate::error::Fault;
use crate::report::Report;
use crate::{Origin, Position};

/// Parses one YAML document. All faults are reported; `None` means that some of them leave nothing
/// to read.
pub(crate) fn parse(text: &str, shown: &Arc<Path>, report: &mut Report) -> Option<Node> {
    // A block scalar at the very end gets its line end from one of the two readers only.
    let text = &format!("{text}\n");
    let Some(outline) = outline::draw(text, shown, report).ok()? else {
        return Some(Node::null(Origin::at(shown, 1, 1)));
    };
    let value = match serde_yaml::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let at = error.location().map(|at| Position { line: at.line(), column: at.column() });
            let key = at.and_then(|at| outline.key_at(at)).unwrap_or_default();
            report.fault(&Origin::file(shown).moved(at), key, meaning_of(&error));
            return None;
        }
    };
    match pair::pair(&outline, value, shown) {
        Ok(node) => Some(node),
        Err((position, fault)) => {
            report.fault(&Origin::at(shown, position.line, position.column), "", fault);
            None
        }
    }
}

/// What the YAML library means. Its own words may hold a value, so they are not shown.
fn meaning_of(error: &serde_yaml::Error) -> Fault {
    let words = error.to_string();
    let meaning = if words.contains("repetition limit") {
        outline::REPEATS_TOO_MUCH
    } else if words.contains(value::NOT_JSON) {
        outline::NOT_FINITE
    } else if words.contains("invalid Unicode character escape") {
        "an escape is half of a character, as JSON writes it (`\\ud83d\\ude00`); write the character \
         itself, or `\\U0001f600`"
    } else {
        return Fault::Ambiguous;
    };
    Fault::Yaml(meaning.to_owned())
}
