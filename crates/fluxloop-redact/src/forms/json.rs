//! Strings of JSON (RFC 8259, section 7), and what comes near.

use super::{Form, push_hex, rewritten};

/// What an encoder escapes beyond the backslash and control characters.
struct Style {
    /// What it writes as `\uXXXX`.
    unicode: fn(char) -> bool,
    /// Before what else it writes a backslash.
    escaped: &'static str,
}

const STYLES: [Style; 10] = [
    // serde_json, JavaScript's `JSON.stringify`.
    Style { unicode: |_| false, escaped: "\"" },
    // Python's `json.dumps`.
    Style { unicode: is_beyond_ascii, escaped: "\"" },
    // PHP's `json_encode`, with JSON_UNESCAPED_UNICODE and without.
    Style { unicode: |_| false, escaped: "\"/" },
    Style { unicode: is_beyond_ascii, escaped: "\"/" },
    // Go's `encoding/json`, Rails.
    Style { unicode: |c| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'), escaped: "\"" },
    // Gson.
    Style {
        unicode: |c| matches!(c, '<' | '>' | '&' | '=' | '\'' | '\u{2028}' | '\u{2029}'),
        escaped: "\"",
    },
    // .NET's `System.Text.Json`.
    Style {
        unicode: |c| is_beyond_ascii(c) || matches!(c, '"' | '&' | '\'' | '+' | '<' | '>' | '`'),
        escaped: "\"",
    },
    // No encoder, but a valid way to write any string.
    Style { unicode: |_| true, escaped: "" },
    // No JSON, but what is logged for it: JavaScript's `inspect`, which writes single quotes around,
    // and others where the text has single quotes alone.
    Style { unicode: |_| false, escaped: "'" },
    Style { unicode: |_| false, escaped: "" },
];

/// What Python writes as numbers: in `ascii`, and in `repr`, which keeps what can be printed.
const PYTHON: [fn(char) -> bool; 2] = [is_beyond_ascii, is_unprintable];

fn is_beyond_ascii(c: char) -> bool {
    c > '~'
}

/// Without the characters that no standard has named yet.
fn is_unprintable(c: char) -> bool {
    let is_format = matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    is_format || c.is_control() || (c.is_whitespace() && c != ' ')
}

pub(super) fn add(value: &str, forms: &mut Vec<Form>) {
    for style in &STYLES {
        forms.push(rewritten(value, |c, into| style.write(c, into)));
    }
    for numbered in PYTHON {
        // The quotes around are others where the text has single quotes alone.
        for escaped in ["\\'", "\\"] {
            forms.push(rewritten(value, |c, into| push_python(into, c, numbered, escaped)));
        }
    }
}

/// As `repr` and `ascii` write it.
fn push_python(into: &mut String, c: char, numbered: fn(char) -> bool, escaped: &str) {
    let (letter, digits) = match c {
        '\n' => return into.push_str("\\n"),
        '\r' => return into.push_str("\\r"),
        '\t' => return into.push_str("\\t"),
        _ if !numbered(c) && !c.is_control() => {
            into.extend(escaped.contains(c).then_some('\\'));
            return into.push(c);
        }
        ..='\u{ff}' => ("\\x", 2),
        ..='\u{ffff}' => ("\\u", 4),
        _ => ("\\U", 8),
    };
    into.push_str(letter);
    push_hex(into, c.into(), digits);
}

impl Style {
    fn write(&self, c: char, into: &mut String) {
        let short = match c {
            _ if (self.unicode)(c) => return push_escape(into, c),
            '\\' => "\\\\",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\0'..=' ' if c != ' ' => return push_escape(into, c),
            _ => {
                into.extend(self.escaped.contains(c).then_some('\\'));
                return into.push(c);
            }
        };
        into.push_str(short);
    }
}

/// `\uXXXX` for each unit of UTF-16.
fn push_escape(into: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        into.push_str("\\u");
        push_hex(into, (*unit).into(), 4);
    }
}
