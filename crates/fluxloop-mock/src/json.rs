//! JSON text, written without building a document.

use std::fmt::Write;

/// Appends text as a JSON string, with the shortest escapes, as providers write it.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut clean = 0;
    for (at, byte) in text.bytes().enumerate() {
        if !matches!(byte, b'"' | b'\\' | 0..=0x1F) {
            continue;
        }
        out.push_str(&text[clean..at]);
        clean = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0C => out.push_str("\\f"),
            _ => write!(out, "\\u{byte:04x}").expect("a `String` takes everything"),
        }
    }
    out.push_str(&text[clean..]);
    out.push('"');
}

/// Text as a JSON string.
pub(crate) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_string(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_escaped_as_serde_json_does() {
        let text: String =
            (0..0x300).filter_map(char::from_u32).chain("🦀\u{2028}".chars()).collect();
        assert_eq!(string(&text), serde_json::to_string(&text).expect("text is JSON"));
    }
}
