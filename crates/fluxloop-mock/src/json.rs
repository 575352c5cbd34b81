//! JSON text, written without building a document.

use std::io;

/// A text that serde writes to: no fragment of it ends inside a character.
struct Text<'a>(&'a mut String);

impl io::Write for Text<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push_str(str::from_utf8(bytes).map_err(io::Error::other)?);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Appends text as a JSON string, with the shortest escapes, as providers write it.
pub(crate) fn push_string(out: &mut String, text: &str) {
    serde_json::to_writer(Text(out), text).expect("a `String` takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_escaped_as_serde_json_does() {
        let text: String =
            (0..0x300).filter_map(char::from_u32).chain("🦀\u{2028}".chars()).collect();
        let mut out = String::new();
        push_string(&mut out, &text);
        assert_eq!(out, serde_json::to_string(&text).expect("text is JSON"));
    }
}
