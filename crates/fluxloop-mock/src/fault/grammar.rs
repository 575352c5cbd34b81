//! The written form, as far as it knows no names.

use super::unit::Unit;
use crate::MockError;

/// What was read, or what is wrong with the text.
pub(super) type Read<T> = Result<T, String>;

/// What was written after a fault's name; what no field takes is an error.
pub(super) struct Arguments<'t> {
    /// The fault's name.
    pub(super) name: &'t str,
    /// Keys and values; the value directly after the name has an empty key.
    given: Vec<(&'t str, Option<Vec<u8>>)>,
    /// The keys that were asked for: what the fault takes.
    known: Vec<&'static str>,
}

impl Arguments<'_> {
    /// Takes the next argument of this key out.
    pub(super) fn take<T>(&mut self, key: &'static str, unit: &Unit<T>) -> Read<Option<T>> {
        if !key.is_empty() && !self.known.contains(&key) {
            self.known.push(key);
        }
        let Some(at) = self.given.iter().position(|(given, _)| *given == key) else {
            return Ok(None);
        };
        let (_, value) = self.given.remove(at);
        let shown = self.shown(key);
        match (value, unit.value.is_empty()) {
            (None, false) => Err(format!("`{shown}` needs a value")),
            (Some(_), true) => Err(format!("`{shown}` takes no value")),
            (value, _) => {
                let value = value.unwrap_or_default();
                let problem = || {
                    let text = String::from_utf8_lossy(&value);
                    format!("`{shown}={text}`: expected {}", unit.expected())
                };
                (unit.read)(&value).map(Some).ok_or_else(problem)
            }
        }
    }

    /// How messages call a key.
    pub(super) fn shown<'a>(&'a self, key: &'a str) -> &'a str {
        if key.is_empty() { self.name } else { key }
    }

    /// Refuses what was not taken.
    pub(super) fn finish(self) -> Read<()> {
        let Some((key, _)) = self.given.first() else { return Ok(()) };
        let name = self.name;
        Err(match self.known.as_slice() {
            _ if key.is_empty() => format!("`{name}` takes no value directly after its name"),
            known if known.contains(key) => format!("`{key}` stands there twice"),
            [] => format!("`{name}` has no argument `{key}`"),
            known => {
                let known = known.join("`, `");
                format!("`{name}` has no argument `{key}`, known are `{known}`")
            }
        })
    }
}

/// A text, from where it is read on.
pub(super) struct Cursor<'t> {
    pub(super) rest: &'t str,
}

impl<'t> Cursor<'t> {
    /// Reads a whole text.
    pub(super) fn read<T>(
        text: &'t str,
        read: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Result<T, MockError> {
        read(&mut Self { rest: text.trim() })
            .map_err(|problem| MockError::Fault { text: text.to_owned(), problem })
    }

    /// A fault: its name and its arguments.
    pub(super) fn fault(&mut self) -> Read<Arguments<'t>> {
        let name = self.name("the name of a fault")?;
        let mut given = Vec::new();
        if self.takes('=') {
            given.push(("", Some(self.value()?)));
        } else if self.takes(':') {
            given.push(self.argument(name)?);
        }
        while self.takes(',') {
            given.push(self.argument(name)?);
        }
        Ok(Arguments { name, given, known: Vec::new() })
    }

    /// An argument of this fault; its own name is a key for the value directly after it.
    fn argument(&mut self, fault: &str) -> Read<(&'t str, Option<Vec<u8>>)> {
        let key = self.name("the name of an argument")?;
        let value = if self.takes('=') { Some(self.value()?) } else { None };
        Ok((if key == fault { "" } else { key }, value))
    }

    /// Whether this comes next, and goes past it.
    pub(super) fn takes(&mut self, expected: char) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Nothing is left, or the text is at fault.
    pub(super) fn end(&self, expected: &str) -> Read<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn unexpected(&self, expected: &str) -> String {
        match self.rest {
            "" => format!("expected {expected} at its end"),
            rest => format!("expected {expected} at `{}`", rest.escape_debug()),
        }
    }

    /// The text up to the first such character.
    fn until(&mut self, ends: impl Fn(char) -> bool) -> &'t str {
        let (text, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        text
    }

    fn name(&mut self, expected: &str) -> Read<&'t str> {
        let name = self.until(|char| !(char.is_ascii_alphanumeric() || char == '_'));
        if name.is_empty() { Err(self.unexpected(expected)) } else { Ok(name) }
    }

    fn value(&mut self) -> Read<Vec<u8>> {
        if !self.takes('"') {
            let ends = |char: char| char.is_whitespace() || matches!(char, ',' | '+' | '@' | '"');
            return Ok(self.until(ends).into());
        }
        let mut value = Vec::new();
        loop {
            value.extend_from_slice(self.until(|char| matches!(char, '"' | '\\')).as_bytes());
            if self.takes('"') {
                return Ok(value);
            }
            let escape = self.rest.strip_prefix('\\').ok_or("a quote is not closed")?;
            let (byte, length) = escaped(escape)
                .ok_or_else(|| format!("unknown escape at `\\{}`", escape.escape_debug()))?;
            value.push(byte);
            self.rest = &escape[length..];
        }
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
