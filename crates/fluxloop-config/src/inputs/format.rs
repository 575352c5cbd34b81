//! How a file of inputs is read: as its extension says, or else as it begins.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::InputFault;
use super::document::list_key;
use super::members::TEXTS;

/// How a file is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Format {
    /// Values with a separator between them (RFC 4180); the first line names the columns.
    Csv,
    /// The same with tabs.
    Tsv,
    /// One JSON value in each line.
    JsonLines,
    /// One JSON document.
    Json,
    /// One YAML document.
    Yaml,
}

/// What `format` may say. Parquet is not among it, and has an answer of its own.
pub(crate) const FORMATS: [&str; 6] = ["auto", "csv", "tsv", "jsonl", "json", "yaml"];

/// Beginnings of files that are not text, what they are, and what to do about it.
const NOT_TEXT: [(&[u8], &str, &str); 7] = [
    (b"\xff\xfe", "UTF-16 text", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as UTF-8"),
    (b"PK\x03\x04", "a spreadsheet or an archive", "export the sheet as CSV (UTF-8), or unpack it"),
    (b"PAR1", "a Parquet file, which this program does not read", "convert it to JSON Lines"),
    (b"ARROW1", "an Arrow file, which this program does not read", "convert it to JSON Lines"),
    (b"\x1f\x8b", "compressed by gzip", "unpack it"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd", "unpack it"),
];

impl Format {
    /// The format of this name or extension.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "csv" => Self::Csv,
            "tsv" | "tab" => Self::Tsv,
            "jsonl" | "ndjson" => Self::JsonLines,
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            _ => return None,
        })
    }

    /// The format of a file that begins so.
    pub(super) fn of_content(head: &[u8]) -> Option<Self> {
        let head = without_mark(head).trim_ascii_start();
        let (line, more) = match head.iter().position(|byte| *byte == b'\n') {
            Some(end) => (head[..end].trim_ascii(), !head[end..].trim_ascii().is_empty()),
            None => (head.trim_ascii(), false),
        };
        let is_delimited = line.iter().any(|byte| b",;\t".contains(byte));
        match line.first()? {
            b'[' | b'{' | b'"' if serde_json::from_slice::<IgnoredAny>(line).is_ok() => {
                let is_document = !more && holds_list(line);
                Some(if is_document { Self::Json } else { Self::JsonLines })
            }
            b'[' | b'{' => Some(Self::Json),
            b'-' | b'#' => Some(Self::Yaml),
            _ if line.ends_with(b":") || line.windows(2).any(|pair| pair == b": ") => {
                Some(Self::Yaml)
            }
            _ if is_delimited || TEXTS.iter().any(|name| name.as_bytes() == line) => {
                Some(Self::Csv)
            }
            _ => None,
        }
    }

    /// Whether its values are cells, all of them text.
    pub(super) fn has_cells(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }

    /// The smallest file that has an input.
    pub(super) fn smallest(self) -> &'static str {
        match self {
            Self::Csv | Self::Tsv => "a line `input`, and a line `Hello`",
            Self::JsonLines => "`\"Hello\"`",
            Self::Json => "`[\"Hello\"]`",
            Self::Yaml => "`- Hello`",
        }
    }
}

/// Whether a JSON value is a list, or has one where inputs are looked for.
fn holds_list(line: &[u8]) -> bool {
    match serde_json::from_slice(line) {
        Ok(Value::Array(_)) => true,
        Ok(Value::Object(members)) => list_key(&members.keys().collect::<Vec<_>>()).is_some(),
        _ => false,
    }
}

/// What a file that begins so is, if it is not text in UTF-8.
pub(super) fn not_text(head: &[u8]) -> Option<InputFault> {
    let known = NOT_TEXT.iter().find(|(beginning, ..)| head.starts_with(beginning));
    let (what, right) = match (known, head) {
        (Some((_, what, right)), _) => (*what, *right),
        // Without its mark, every second byte of English text is zero.
        (None, [0, 1..=255, 0, 1..=255, ..] | [1..=255, 0, 1..=255, 0, ..]) => {
            ("UTF-16 text without a byte order mark", "save it as UTF-8")
        }
        _ => return None,
    };
    Some(InputFault::NotText { what, right })
}

/// A text without its byte order mark.
pub(super) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, expected: Option<Format>) {
        assert_eq!(Format::of_content(head.as_bytes()), expected, "{head}");
    }

    #[test]
    fn the_beginning_tells_the_format() {
        check("\u{feff}\n{\"input\": 1}\n{}\n", Some(Format::JsonLines));
        check("{\"input\": 1}", Some(Format::JsonLines));
        check("\"Hello\"\n", Some(Format::JsonLines));
        check("[{\"role\": 1}]\n[{}]\n", Some(Format::JsonLines));
        check("[\"a\", \"b\"]\n", Some(Format::Json));
        check("{\"inputs\": []}\n", Some(Format::Json));
        check("[\n  \"a\"\n]\n", Some(Format::Json));
        check("{\n", Some(Format::Json));
        check("- Hello\n", Some(Format::Yaml));
        check("inputs:\n- a, b\n", Some(Format::Yaml));
        check("id;input\n", Some(Format::Csv));
        check("question\n", Some(Format::Csv));
        check("What is this?\n", None);
        check("", None);
    }

    #[test]
    fn what_is_not_text_is_named() {
        let what = |head: &[u8]| match not_text(head) {
            Some(InputFault::NotText { what, .. }) => what,
            _ => "text",
        };
        assert_eq!(what(b"\xff\xfei\0"), "UTF-16 text");
        assert_eq!(what(b"i\0n\0p\0"), "UTF-16 text without a byte order mark");
        assert_eq!(what(b"PK\x03\x04\x14"), "a spreadsheet or an archive");
        assert_eq!(what(b"input\n"), "text");
        assert_eq!(what(b"\0\0\0\0"), "text");
    }
}
