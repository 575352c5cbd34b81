//! The written form, as far as it knows no names.

use super::arguments::{Arguments, Read, Value};

/// A text, from where it is read on.
pub(super) struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text.trim() }
    }

    /// A fault: its name and its arguments.
    pub(super) fn fault(&mut self) -> Read<Arguments> {
        let name = self.name().ok_or_else(|| self.unexpected("the name of a fault"))?;
        let mut arguments = Arguments::new(name);
        if self.takes('=') {
            arguments.add(name, Some(self.value()?))?;
        } else if self.takes(':') {
            self.argument(&mut arguments)?;
        }
        while self.takes(',') {
            self.argument(&mut arguments)?;
        }
        Ok(arguments)
    }

    fn argument(&mut self, arguments: &mut Arguments) -> Read<()> {
        let key = self.name().ok_or_else(|| self.unexpected("the name of an argument"))?;
        let value = if self.takes('=') { Some(self.value()?) } else { None };
        arguments.add(key, value)
    }

    /// Whether this comes next; then it is behind us.
    pub(super) fn takes(&mut self, expected: char) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Everything that is left.
    pub(super) fn rest(&mut self) -> &'t str {
        std::mem::take(&mut self.rest)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn unexpected(&self, expected: &str) -> String {
        match self.rest.chars().next() {
            Some(_) => format!("expected {expected} at `{}`", self.rest.escape_debug()),
            None => format!("expected {expected} at its end"),
        }
    }

    fn name(&mut self) -> Option<&'t str> {
        let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let (name, rest) =
            self.rest.split_at(self.rest.find(|char| !is_name(char)).unwrap_or(self.rest.len()));
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }

    fn value(&mut self) -> Read<Value> {
        if self.takes('"') {
            return self.quoted();
        }
        let end = self.rest.find(needs_quotes).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(Value::from(value.as_bytes()))
    }

    fn quoted(&mut self) -> Read<Value> {
        let mut value = Vec::new();
        let mut chars = self.rest.chars();
        loop {
            match chars.next() {
                None => return Err("a quote is not closed".to_owned()),
                Some('"') => break,
                Some('\\') => {
                    let after = chars.as_str();
                    let (byte, length) = escaped(after)
                        .ok_or_else(|| format!("unknown escape at `\\{}`", after.escape_debug()))?;
                    value.push(byte);
                    chars = after[length..].chars();
                }
                Some(char) => value.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        self.rest = chars.as_str();
        Ok(Value::from(value.as_slice()))
    }
}

/// The byte that an escape stands for, and how long the escape is without its backslash.
fn escaped(text: &str) -> Option<(u8, usize)> {
    Some(match text.bytes().next()? {
        b'n' => (b'\n', 1),
        b'r' => (b'\r', 1),
        b't' => (b'\t', 1),
        byte @ (b'"' | b'\\' | b'\'') => (byte, 1),
        b'x' => (u8::from_str_radix(text.get(1..3)?, 16).ok()?, 3),
        _ => return None,
    })
}

fn needs_quotes(char: char) -> bool {
    char.is_whitespace() || matches!(char, ',' | '+' | '@' | '"')
}

/// A value as it is written.
pub(super) fn quote(value: &[u8]) -> String {
    match str::from_utf8(value) {
        Ok(text)
            if !text.is_empty() && !text.contains(|it: char| needs_quotes(it) || it == '\\') =>
        {
            text.to_owned()
        }
        // Characters beyond ASCII stay readable where the bytes are text.
        Ok(text) => {
            let escape = |char: char| {
                let escaped = char.is_ascii().then(|| (char as u8).escape_ascii().to_string());
                escaped.unwrap_or_else(|| char.to_string())
            };
            format!("\"{}\"", text.chars().map(escape).collect::<String>())
        }
        Err(_) => format!("\"{}\"", value.escape_ascii()),
    }
}
