//! Writes the merged configuration without its secrets.

use std::path::Path;

use fluxloop_redact::{MASK, Redactor};
use serde_json::{Map, Value};

use crate::Origin;
use crate::keys::is_foreign;
use crate::resolve::{is_open, is_open_member, secret_ranges, template_source};
use crate::variables::{
    Otherwise, Piece, is_secret_name, is_secret_parameter, is_sensitive_header, pieces,
    without_scheme,
};
use crate::yaml::{Node, Shape};

/// Defaults that have a meaning only for the other kind of answer; they would draw a warning when
/// the file is loaded again.
const OF_STREAM: [&str; 3] =
    ["runner.http.stream_done", "runner.http.require_done", "runner.http.lenient_content_type"];
const OF_PLAIN: [&str; 1] = ["runner.http.output_path"];

/// Files and folders: their paths are made absolute, so that they mean the same wherever the value is
/// loaded again.
const FILES: [&str; 5] = [
    "inputs_file",
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
    places: &Places<'_>,
    name: &str,
    redactor: &Redactor,
) -> Value {
    let stream = root.at(&["runner", "http", "stream"]).map(Node::to_json);
    let is_stream = stream.is_some_and(|stream| stream == "sse");
    let writer = Writer { places, redactor, is_stream };
    let mut value = writer.value(root, &mut Vec::new());
    if let Some(members) = value.as_object_mut() {
        let name = redactor.mask(name).as_str().replace("${", "$${");
        members.shift_insert(0, "name".to_owned(), Value::String(name));
    }
    value
}

struct Writer<'r> {
    places: &'r Places<'r>,
    redactor: &'r Redactor,
    is_stream: bool,
}

impl Writer<'_> {
    fn value<'n>(&self, node: &'n Node, path: &mut Vec<&'n str>) -> Value {
        match &node.shape {
            Shape::Text(text) if text.is_block() && is_of_template(path) => {
                self.structure(template_source(node).without_blocks().into(), path)
            }
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
                    path.push(&entry.key);
                    if self.keeps(&entry.node, path) {
                        members.insert(self.mask(&entry.key), self.value(&entry.node, path));
                    }
                    path.pop();
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
        let idle: &[&str] = if self.is_stream { &OF_PLAIN } else { &OF_STREAM };
        let is_free = ["runner.http.body_template.mapping.", "runner.http.query.", "metadata."]
            .iter()
            .any(|prefix| key.starts_with(prefix));
        let is_idle = node.origin == Origin::Default && idle.contains(&key.as_str());
        // A template of which only the default type is there was never written.
        let is_empty = key == "runner.http.body_template" && node.get("mapping").is_none();
        let is_foreign =
            path.split_last().is_some_and(|(name, parents)| is_foreign(&parents.join("."), name));
        (is_free || !node.is_null()) && !is_idle && !is_empty && !is_foreign
    }

    fn text(&self, text: &str, path: &[&str]) -> String {
        let masked = match path {
            ["runner", "http", "headers", name] if is_sensitive_header(name) => masked(text),
            ["runner", "http", "query", name] if is_secret_parameter(name) && !is_open(text) => {
                masked(text)
            }
            ["runner", "http", "body_template", "mapping", .., name] | ["metadata", .., name]
                if is_secret_name(name) && !is_open_member(text) =>
            {
                masked(text)
            }
            ["runner", "http", "url" | "proxy"] => masked_url(text),
            _ => text.to_owned(),
        };
        self.mask(&masked)
    }

    fn mask(&self, text: &str) -> String {
        self.redactor.mask(text).as_str().to_owned()
    }

    /// Whether a secret stands in what is no text.
    fn hides(&self, raw: &str) -> bool {
        self.redactor.mask_counted(raw).1 > 0
    }

    /// What block JSON stands for.
    fn structure(&self, value: Value, path: &[&str]) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text, path)),
            Value::Array(items) => {
                items.into_iter().map(|item| self.structure(item, path)).collect()
            }
            Value::Object(members) => Value::Object(
                members
                    .into_iter()
                    .map(|(key, member)| {
                        (self.mask(&key), self.structure(member, &[path, &[&key]].concat()))
                    })
                    .collect(),
            ),
            scalar => scalar,
        }
    }

    /// A path that leads to the same file from anywhere. One that begins with a placeholder may
    /// be absolute already.
    fn absolute(&self, text: &str, origin: &Origin) -> String {
        let base = match origin {
            Origin::Flag(_) => self.places.current_dir,
            _ => self.places.project,
        };
        let absolute = if text.starts_with("${") {
            text.to_owned()
        } else {
            let base = base.to_string_lossy().replace("${", "$${");
            Path::new(&base).join(text).to_string_lossy().into_owned()
        };
        self.mask(&absolute)
    }
}

/// Whether templates stand here.
fn is_of_template(path: &[&str]) -> bool {
    matches!(
        path,
        ["runner", "http", "body_template", "mapping", ..] | ["runner", "http", "query", _, ..]
    )
}

fn is_header(path: &[&str]) -> bool {
    matches!(path, ["runner", "http", "headers", _])
}

/// A sensitive text without its secret: placeholders stay, their defaults and everything literal
/// but the scheme do not.
fn masked(text: &str) -> String {
    let secret = without_scheme(text);
    if secret.is_empty() {
        return text.to_owned();
    }
    let scheme = &text[..text.len() - text.trim_start().len() + text.trim().len() - secret.len()];
    let shown = pieces(secret).into_iter().map(|piece| match piece {
        Piece::Literal(_) | Piece::Misspelt(_) => MASK.to_owned(),
        Piece::Variable(variable) => match variable.otherwise {
            Otherwise::Fault => format!("${{{}}}", variable.name),
            Otherwise::Default("") => format!("${{{}:-}}", variable.name),
            Otherwise::Default(_) => format!("${{{}:-{MASK}}}", variable.name),
            Otherwise::Message(message) => format!("${{{}:?{message}}}", variable.name),
        },
    });
    format!("{scheme}{}", shown.collect::<String>())
}

/// A URL without its literal secrets.
fn masked_url(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for range in secret_ranges(text) {
        shown.push_str(&text[end..range.start]);
        shown.push_str(&masked(&text[range.clone()]));
        end = range.end;
    }
    shown.push_str(&text[end..]);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(masked(text), expected);
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
        check("a=${KEY}", "***${KEY}");
        check("${KEY", "***");
    }

    #[test]
    fn urls_lose_passwords_and_secret_parameters_only() {
        assert_eq!(
            masked_url("https://u:p@h/x?model=m&key=k&token=${T}"),
            "https://u:***@h/x?model=m&key=***&token=${T}"
        );
    }
}
