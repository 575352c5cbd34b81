//! The framings, and how to know which one a body has.

use serde::de::IgnoredAny;

/// What separates one frame from the next.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Framing {
    /// An event stream (`text/event-stream`): a frame is an event.
    #[default]
    EventStream,
    /// JSON lines: a frame is a line. A reader decides whether it is a JSON document.
    Lines,
    /// JSON: a frame is an element of an array at the root, or another document, as soon as it is
    /// whole. Documents may follow each other.
    Json,
    /// Text: a frame is what one read brought.
    Text,
    /// Nothing: the whole body is one frame.
    Whole,
}

impl Framing {
    /// The framing that a media type without parameters names, in upper or lower case. `None` for a
    /// type that may hold anything, such as `text/plain`.
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        let media_type = media_type.trim().to_ascii_lowercase();
        match media_type.as_str() {
            "text/event-stream" => Some(Self::EventStream),
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines"
            | "application/stream+json" => Some(Self::Lines),
            "application/json" | "text/json" => Some(Self::Json),
            _ => media_type.ends_with("+json").then_some(Self::Json),
        }
    }

    /// The name in configurations and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::EventStream => "sse",
            Self::Lines => "jsonl",
            Self::Json => "json",
            Self::Text => "text",
            Self::Whole => "none",
        }
    }
}

/// The fields of an event stream as they begin a line. A comment has no name.
const FIELDS: [&[u8]; 5] = [b":", b"data:", b"event:", b"id:", b"retry:"];

/// The byte order mark in UTF-8.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The byte that begins a record of a JSON text sequence (RFC 7464).
pub(crate) const RECORD_SEPARATOR: u8 = 0x1E;

/// The bytes without what may precede a content: a byte order mark, blanks, record separators.
pub(crate) fn content(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == RECORD_SEPARATOR;
    let start = bytes.iter().position(|byte| !is_blank(byte)).unwrap_or(bytes.len());
    &bytes[start..]
}

/// The framing of a body that begins so; `None` as long as more bytes may change the answer.
///
/// `is_over`: whether no more bytes will be looked at.
pub(crate) fn decide(beginning: &[u8], is_over: bool) -> Option<Framing> {
    if !is_over && BOM.starts_with(beginning) {
        return None;
    }
    let content = content(beginning);
    if begins_like_events(content) {
        return Some(Framing::EventStream);
    }
    let line_end = content.iter().position(|byte| b"\r\n".contains(byte));
    let first_line = &content[..line_end.unwrap_or(content.len())];
    match first_line.first() {
        None => is_over.then_some(Framing::Text),
        Some(b'{' | b'[' | b'"') if line_end.is_none() && !is_over => None,
        Some(b'[') if begins_with_object(first_line) && is_document(first_line) => {
            match content[first_line.len()..].trim_ascii().first() {
                // A list of frames that stands on one line, unless further lists follow.
                None => is_over.then_some(Framing::Json),
                Some(_) => Some(Framing::Lines),
            }
        }
        Some(b'{' | b'[' | b'"') if is_document(first_line) => Some(Framing::Lines),
        Some(b'{' | b'[') => Some(Framing::Json),
        Some(_) if !is_over && FIELDS.iter().any(|field| field.starts_with(content)) => None,
        Some(_) => Some(Framing::Text),
    }
}

/// Whether a content begins with a field or a comment of an event stream.
pub(crate) fn begins_like_events(content: &[u8]) -> bool {
    FIELDS.iter().any(|field| content.starts_with(field))
}

/// Whether an array begins with an object, as a list of frames does.
fn begins_with_object(array: &[u8]) -> bool {
    array[1..].trim_ascii_start().starts_with(b"{")
}

/// Whether bytes are one JSON document.
pub(crate) fn is_document(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_names_a_framing() {
        for (media_type, expected) in [
            ("text/event-stream", Some(Framing::EventStream)),
            ("Application/X-NDJSON", Some(Framing::Lines)),
            ("application/jsonl", Some(Framing::Lines)),
            ("application/stream+json", Some(Framing::Lines)),
            ("application/json", Some(Framing::Json)),
            ("application/problem+json", Some(Framing::Json)),
            ("text/plain", None),
            ("application/octet-stream", None),
            ("text/html", None),
            ("", None),
        ] {
            assert_eq!(Framing::of_media_type(media_type), expected, "{media_type}");
        }
    }

    /// The decision on a beginning of which more comes, and on one that is all.
    #[track_caller]
    fn check(beginning: &str, more: Option<Framing>, over: Framing) {
        assert_eq!(decide(beginning.as_bytes(), false), more, "{beginning:?} and more");
        assert_eq!(decide(beginning.as_bytes(), true), Some(over), "{beginning:?} alone");
    }

    #[test]
    fn a_field_or_a_comment_begins_an_event_stream() {
        for beginning in ["data:", "event: a", "id:1\n", "retry: 1", ":", "\u{feff}\r\n: hello"] {
            check(beginning, Some(Framing::EventStream), Framing::EventStream);
        }
    }

    #[test]
    fn a_field_without_a_colon_is_text() {
        check("data", None, Framing::Text);
        check("data\n", Some(Framing::Text), Framing::Text);
        check("datum", Some(Framing::Text), Framing::Text);
        check("message: x", Some(Framing::Text), Framing::Text);
    }

    #[test]
    fn a_document_that_fills_a_line_begins_json_lines() {
        for line in ["{\"a\": 1}", "[1]", "\"a\"", "\u{1e}{}"] {
            check(line, None, Framing::Lines);
            for end in ["\n", "\r\n", " \n", "\nx"] {
                check(&format!("{line}{end}"), Some(Framing::Lines), Framing::Lines);
            }
        }
    }

    #[test]
    fn a_list_of_objects_on_one_line_is_json() {
        for line in ["[{\"a\": 1}]", "[ {}, 1]\n", "[{}]\r\n \n"] {
            check(line, None, Framing::Json);
            let more = format!("{}\n[{{}}]", line.trim());
            check(&more, Some(Framing::Lines), Framing::Lines);
        }
    }

    #[test]
    fn a_line_that_begins_a_document_begins_json() {
        for line in ["{", "[", "[{\"a\": 1},", "{\"a\": 1}{\"a\": 2}"] {
            check(line, None, Framing::Json);
            check(&format!("\n {line}\n"), Some(Framing::Json), Framing::Json);
        }
    }

    #[test]
    fn everything_else_is_text() {
        check("Hello", Some(Framing::Text), Framing::Text);
        check("42\n", Some(Framing::Text), Framing::Text);
        check("\"Hello\", she said\n", Some(Framing::Text), Framing::Text);
        check("\"Hello", None, Framing::Text);
        check(" \r\n", None, Framing::Text);
        check("", None, Framing::Text);
        check("\u{feff}", None, Framing::Text);
    }
}
