//! Writes the merged configuration without its secrets.

use std::path::Path;

use fluxloop_redact::naming::{
    Secrecy, is_between, is_label, is_secret_name, is_word_under, without_scheme,
};
use fluxloop_redact::{MASK, Redactor};
use fluxloop_schema::StreamKind;
use serde_json::{Map, Value};

use crate::Origin;
use crate::inputs::STANDARD_INPUT;
use crate::keys::is_foreign;
use crate::resolve::{Hidden, way_to, without_block};
use crate::variables::{Otherwise, Piece, pieces};
use crate::yaml::{Node, Shape};

/// Defaults that have a meaning only for the other kind of answer; they would draw a warning when
/// the file is loaded again.
const OF_STREAM: [&str; 3] =
    ["runner.http.stream_done", "runner.http.require_done", "runner.http.lenient_content_type"];
const OF_PLAIN: [&str; 1] = ["runner.http.output_path"];

/// Files and folders: their paths are made absolute, so that they mean the same wherever the value is
/// loaded again.
const FILES: [&str; 6] = [
    "inputs_file",
    "inputs.file",
    "output_directory",
    "runner.http.tls.ca_file",
    "runner.http.tls.client_cert",
    "runner.http.tls.client_key",
];

/// The folders that relative paths start from.
#[derive(Debug)]
pub(crate) struct Places<'p> {
    /// That of a path in a file.
    pub(crate) project: &'p Path,
    /// That of a path in a flag.
    pub(crate) current_dir: &'p Path,
}

/// The configuration as a value that can be loaded again, under the same name.
pub(super) fn as_written(
    root: &Node,
    schemas: [Option<&Value>; 2],
    places: &Places<'_>,
    name: &str,
    redactor: &Redactor,
) -> Value {
    let writer = Writer { places: Some(places), redactor, idle: idle_defaults(root) };
    let mut value = writer.value(root, &[]);
    // In full: files may be gone or have changed when the value is loaded again.
    for (schema, of) in schemas.into_iter().zip(["runner", "judge"]) {
        let place = value.pointer_mut(&format!("/{of}/http/stream_schema"));
        if let (Some(schema), Some(place)) = (schema, place) {
            *place = literal(schema, redactor);
        }
    }
    if let Some(members) = value.as_object_mut() {
        let name = redactor.mask(name).as_str().replace("${", "$${");
        members.shift_insert(0, "name".to_owned(), Value::String(name));
    }
    value
}

/// The configuration to be looked at: as [`as_written`], with name, paths and schema as they stand.
pub(crate) fn written(root: &Node, redactor: &Redactor) -> Value {
    Writer { places: None, redactor, idle: idle_defaults(root) }.value(root, &[])
}

/// The value behind a key, as it stands in one layer.
pub(crate) fn shown_value(node: &Node, path: &[&str], redactor: &Redactor) -> Value {
    Writer { places: None, redactor, idle: Vec::new() }.value(node, path)
}

struct Writer<'r> {
    /// Where paths start that are made absolute; without it, they stay.
    places: Option<&'r Places<'r>>,
    redactor: &'r Redactor,
    /// Keys that are left out where they have their defaults.
    idle: Vec<&'static str>,
}

/// Defaults that have no meaning for the framing, or may have none.
fn idle_defaults(root: &Node) -> Vec<&'static str> {
    let stream = root.at_key("runner.http.stream").map(Node::to_json);
    let has_schema = root.at_key("runner.http.stream_schema").is_some_and(|node| !node.is_null());
    match stream.as_ref().and_then(Value::as_str).and_then(StreamKind::of_name) {
        Some(StreamKind::Sse | StreamKind::JsonLines | StreamKind::Json | StreamKind::Auto) => {
            OF_PLAIN.to_vec()
        }
        None if stream.is_none() && !has_schema => OF_STREAM.to_vec(),
        Some(StreamKind::None) => OF_STREAM.to_vec(),
        _ => [&OF_STREAM[..], &OF_PLAIN].concat(),
    }
}

impl Writer<'_> {
    fn value(&self, node: &Node, path: &[&str]) -> Value {
        if let Some(structure) = without_block(node, path) {
            return self.value(&structure, path);
        }
        match &node.shape {
            Shape::Text(text) if FILES.contains(&path.join(".").as_str()) => {
                Value::String(self.absolute(&text.text, &node.origin))
            }
            Shape::Text(text) => Value::String(self.text(&text.text, path)),
            // A header's `1.10` is text, whatever YAML thinks.
            Shape::Number(_, raw) if is_header(path) || self.hides(raw) => {
                Value::String(self.text(raw, path))
            }
            Shape::List(items) => items.iter().map(|item| self.value(item, path)).collect(),
            Shape::Map(entries) => {
                let mut members = Map::new();
                for entry in entries {
                    let path = way_to(path, &entry.key);
                    if self.keeps(&entry.node, &path) {
                        members.insert(self.mask(&entry.key), self.value(&entry.node, &path));
                    }
                }
                Value::Object(members)
            }
            _ => node.to_json(),
        }
    }

    /// Whether a value says something. Within templates and metadata, nothing is a value too; a key
    /// that has no effect here may hold what is none of our business.
    fn keeps(&self, node: &Node, path: &[&str]) -> bool {
        let key = path.join(".");
        let is_free = ["runner.http.body_template.mapping.", "runner.http.query.", "metadata."]
            .iter()
            .any(|prefix| key.starts_with(prefix));
        let is_idle = node.origin == Origin::Default && self.idle.contains(&key.as_str());
        // A template of which only the default type is there was never written.
        let is_empty = key == "runner.http.body_template" && node.get("mapping").is_none();
        let is_foreign =
            path.split_last().is_some_and(|(name, parents)| is_foreign(&parents.join("."), name));
        (is_free || !node.is_null()) && !is_idle && !is_empty && !is_foreign
    }

    fn text(&self, text: &str, path: &[&str]) -> String {
        let hidden = Hidden::at(path, text);
        if let Hidden::Whole(secrecy) = hidden {
            return self.mask(&masked(text, secrecy));
        }
        let mut shown = text.to_owned();
        for range in hidden.ranges(text).into_iter().rev() {
            let part = masked(&text[range.clone()], Secrecy::Password);
            shown.replace_range(range, &part);
        }
        self.mask(&shown)
    }

    fn mask(&self, text: &str) -> String {
        self.redactor.mask(text).as_str().to_owned()
    }

    /// Whether a secret stands in what is no text.
    fn hides(&self, raw: &str) -> bool {
        self.redactor.mask_counted(raw).1 > 0
    }

    /// A path that leads to the same file from anywhere. One that begins with a placeholder may
    /// be absolute already.
    fn absolute(&self, text: &str, origin: &Origin) -> String {
        let Some(places) = self.places else { return self.mask(text) };
        let base = match origin {
            Origin::Flag(_) => places.current_dir,
            _ => places.project,
        };
        let absolute = if text.starts_with("${") || text == STANDARD_INPUT {
            text.to_owned()
        } else {
            let base = base.to_string_lossy().replace("${", "$${");
            Path::new(&base).join(text).to_string_lossy().into_owned()
        };
        self.mask(&absolute)
    }
}

/// A value whose placeholders were replaced, as a configuration would write it: `${` in its texts is
/// literal, and secrets are masked.
pub(crate) fn literal(value: &Value, redactor: &Redactor) -> Value {
    let mask = |text: &str| redactor.mask(text).as_str().to_owned();
    match value {
        Value::String(text) => Value::String(mask(text).replace("${", "$${")),
        Value::Array(items) => items.iter().map(|item| literal(item, redactor)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            members.map(|(key, member)| (mask(key), literal(member, redactor))).collect()
        }
        scalar => scalar.clone(),
    }
}

fn is_header(path: &[&str]) -> bool {
    matches!(path, ["runner", "http", "headers", _])
}

/// A sensitive text without its secret: the scheme and placeholders stay, and what is literal beside
/// a placeholder, as far as it is none.
fn masked(text: &str, secrecy: Secrecy) -> String {
    let secret = without_scheme(text);
    if secret.is_empty() {
        return text.to_owned();
    }
    let scheme = &text[..text.len() - text.trim_start().len() + text.trim().len() - secret.len()];
    let pieces = pieces(secret);
    let is_literal = !pieces.iter().any(|piece| matches!(piece, Piece::Variable(_)));
    let is_alone = pieces.len() == 1;
    let shown = pieces.into_iter().enumerate().map(|(index, piece)| match piece {
        Piece::Literal(_) if is_literal => MASK.to_owned(),
        Piece::Literal(literal) => masked_literal(&literal, index == 0, secrecy),
        Piece::Misspelt(_) => MASK.to_owned(),
        Piece::Variable(variable) => match variable.otherwise {
            Otherwise::Fault => format!("${{{}}}", variable.name),
            Otherwise::Default(default) => {
                let is_shown = !is_alone && !is_secret_name(variable.name);
                let default = match default {
                    "" => String::new(),
                    text if is_shown => masked_literal(text, false, secrecy),
                    _ => MASK.to_owned(),
                };
                format!("${{{}:-{default}}}", variable.name)
            }
            Otherwise::Message(message) => format!("${{{}:?{message}}}", variable.name),
        },
    });
    format!("{scheme}{}", shown.collect::<String>())
}

/// A literal text beside a placeholder: a scheme in front, names of cookies and attributes, plain
/// words and what is too small for a secret stay.
fn masked_literal(text: &str, is_front: bool, secrecy: Secrecy) -> String {
    let mut shown = String::with_capacity(text.len());
    for field in text.split_inclusive(is_between) {
        let part = field.trim_end_matches(is_between);
        let between = &field[part.len()..];
        let is_scheme = is_front && shown.is_empty() && between.trim().is_empty();
        let is_name = (between == "=" || (is_scheme && !between.is_empty())) && is_label(part);
        // Words may be joined to the placeholder: `my-${KEY}`.
        let word = part.trim_matches(['-', '_', '.', '/']);
        let is_open = word.is_empty() || is_name || is_word_under(word, secrecy) || is_tag(word);
        shown.extend([if is_open { part } else { MASK }, between]);
    }
    shown
}

/// Whether a text is a short number, or what a language is called (`en-US`).
fn is_tag(text: &str) -> bool {
    let is_number = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_language = text.len() <= 5
        && text
            .split(['-', '_'])
            .all(|it| it.len() == 2 && it.bytes().all(|b| b.is_ascii_alphabetic()));
    is_number || is_language
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(masked(text, Secrecy::Key), expected);
    }

    #[test]
    fn placeholders_and_schemes_stay() {
        check("Bearer ${KEY}", "Bearer ${KEY}");
        check("${KEY:?set it}", "${KEY:?set it}");
        check("Bearer ", "Bearer ");
    }

    #[test]
    fn literals_and_defaults_do_not() {
        check("Bearer sk-1", "Bearer ***");
        check("sk-1", "***");
        check("${KEY:-sk-1}", "${KEY:-***}");
        check("${KEY", "***");
        check("Token sk-1", "***");
        check("Token ${KEY:-hunter}", "Token ${KEY:-***}");
        check("K2345678${KEY}", "***${KEY}");
        check("a=K2345678; b=${KEY}", "a=***; b=${KEY}");
        check("sk-0123456789 ${KEY}", "*** ${KEY}");
        assert_eq!(masked("correcthorse-${N}", Secrecy::Password), "***${N}");
    }

    #[test]
    fn what_is_no_secret_beside_a_placeholder_stays() {
        check("Token ${KEY}", "Token ${KEY}");
        check("AWS4-HMAC-SHA256 Signature=${KEY}", "AWS4-HMAC-SHA256 Signature=${KEY}");
        check(
            "session=${S}; theme=dark-blue; lang=en-US",
            "session=${S}; theme=dark-blue; lang=en-US",
        );
        check(
            "__Host-id=${S}; theme=${THEME:-dark}; v=2",
            "__Host-id=${S}; theme=${THEME:-dark}; v=2",
        );
        check("t=${T},v1=${KEY}", "t=${T},v1=${KEY}");
        check("my-${KEY}", "my-${KEY}");
    }
}
