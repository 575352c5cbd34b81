//! Strings of JSON (RFC 8259, section 7).

use super::{Form, push_hex, rewritten};

/// What an encoder escapes beyond the quotation mark, the backslash and control characters.
struct Style {
    /// What it writes as `\uXXXX`.
    unicode: fn(char) -> bool,
    /// Whether it writes `/` as `\/`.
    slash: bool,
}

const STYLES: [Style; 8] = [
    // serde_json, JavaScript's `JSON.stringify`.
    Style { unicode: |_| false, slash: false },
    // Python's `json.dumps`.
    Style { unicode: is_beyond_ascii, slash: false },
    // PHP's `json_encode`, with JSON_UNESCAPED_UNICODE and without.
    Style { unicode: |_| false, slash: true },
    Style { unicode: is_beyond_ascii, slash: true },
    // Go's `encoding/json`, Rails.
    Style { unicode: |c| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'), slash: false },
    // Gson.
    Style {
        unicode: |c| matches!(c, '<' | '>' | '&' | '=' | '\'' | '\u{2028}' | '\u{2029}'),
        slash: false,
    },
    // .NET's `System.Text.Json`.
    Style {
        unicode: |c| is_beyond_ascii(c) || matches!(c, '"' | '&' | '\'' | '+' | '<' | '>' | '`'),
        slash: false,
    },
    // No encoder, but a valid way to write any string.
    Style { unicode: |_| true, slash: false },
];

fn is_beyond_ascii(c: char) -> bool {
    c > '~'
}

pub(super) fn add(value: &str, forms: &mut Vec<Form>) {
    for style in &STYLES {
        for upper in [false, true] {
            forms.push(rewritten(value, |c, into| style.write(c, into, upper)));
        }
    }
}

impl Style {
    fn write(&self, c: char, into: &mut String, upper: bool) {
        let short = match c {
            _ if (self.unicode)(c) => return push_escape(into, c, upper),
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '/' if self.slash => "\\/",
            '\0'..=' ' if c != ' ' => return push_escape(into, c, upper),
            _ => return into.push(c),
        };
        into.push_str(short);
    }
}

/// `\uXXXX` for each unit of UTF-16.
fn push_escape(into: &mut String, c: char, upper: bool) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        into.push_str("\\u");
        push_hex(into, *unit, 4, upper);
    }
}
