//! Reads YAML twice: for what it says, and for where it says so.
//!
//! [`serde_yaml`] decides what every scalar means. It knows no positions of values, so an
//! event-level parser draws an [`outline`] of the same text, and [`pair`] lays one over the other.
//! A text that the two read differently is refused; it could only surprise.

mod node;
mod outline;
mod pair;
mod value;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::error::Fault;
use crate::report::Report;
use crate::{Origin, Position};

pub(crate) use node::{Entry, Node, Shape, Text, TextPlace};

/// The largest YAML or JSON file that is read as a whole, in MiB. A larger list of inputs can be
/// read as a stream (JSON Lines, CSV).
pub(crate) const MAX_FILE_MIB: u64 = 64;

/// Reads a file of text, without its byte order mark. Faults are reported under the file's name.
pub(crate) fn read_text(path: &Path, shown: &Arc<Path>, report: &mut Report) -> Option<String> {
    match read_limited(path) {
        Ok(text) => Some(text),
        Err(fault) => {
            report.fault(&Origin::file(shown), "", fault);
            None
        }
    }
}

fn read_limited(path: &Path) -> Result<String, Fault> {
    let unreadable = |error: std::io::Error| Fault::Unreadable(error.kind());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(Fault::Unreadable(std::io::ErrorKind::IsADirectory));
    }
    let limit = MAX_FILE_MIB << 20;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(Fault::FileTooLarge { mebibytes: MAX_FILE_MIB });
    }
    let text = String::from_utf8(bytes).map_err(|_| Fault::NotUtf8)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

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
            report.fault(&place_of(&error, shown), "", meaning_of(&error));
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

/// Where the YAML library stopped.
fn place_of(error: &serde_yaml::Error, shown: &Arc<Path>) -> Origin {
    error
        .location()
        .map_or_else(|| Origin::file(shown), |at| Origin::at(shown, at.line(), at.column()))
}

/// What the YAML library means. Its own words may hold a value, so they are not shown.
fn meaning_of(error: &serde_yaml::Error) -> Fault {
    let words = error.to_string();
    let meaning = if words.contains("recursion limit") {
        "it is nested too deeply"
    } else if words.contains("repetition limit") {
        "its aliases repeat too much"
    } else if words.contains(value::NOT_JSON) {
        "a number is too large or not finite; put it in quotes to make it text"
    } else {
        return Fault::Ambiguous;
    };
    Fault::Yaml(meaning.to_owned())
}

/// A position of the outline.
fn position(marker: granit_parser::Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

#[cfg(test)]
mod tests;
