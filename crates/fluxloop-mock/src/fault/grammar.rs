//! The written form, as far as it knows no names.

use crate::MockError;

pub(super) type Read<T> = Result<T, String>;

/// What was written after a fault's name; what no field takes is an error.
pub(super) struct Arguments<'t> {
    pub(super) name: &'t str,
    /// Keys and values; the value directly after the name has an empty key.
    given: Vec<(&'t str, Option<Vec<u8>>)>,
    /// The keys that were asked for: what the fault takes.
    pub(super) known: Vec<&'static str>,
}

impl<'t> Arguments<'t> {
    /// Takes the next argument of this key out; `None` is a key without a value.
    fn next(&mut self, key: &'static str) -> Option<(&'t str, Option<Vec<u8>>)> {
        if !key.is_empty() && !self.known.contains(&key) {
            self.known.push(key);
        }
        let at = self.given.iter().position(|(given, _)| *given == key)?;
        Some(self.given.remove(at))
    }

    /// The value of the next argument of this key.
    pub(super) fn take<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&[u8]) -> Read<T>,
    ) -> Read<Option<T>> {
        let Some((_, value)) = self.next(key) else { return Ok(None) };
        let shown = self.shown(key);
        let value = value.ok_or_else(|| format!("`{shown}` needs a value"))?;
        let problem = |expected| {
            let text = String::from_utf8_lossy(&value);
            format!("`{shown}={text}`: expected {expected}")
        };
        read(&value).map(Some).map_err(problem)
    }

    /// The same of an argument that must be there.
    pub(super) fn need<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&[u8]) -> Read<T>,
    ) -> Read<T> {
        match self.take(key, &read)? {
            Some(value) => Ok(value),
            None => read(&[]).map_err(|expected| format!("`{}` needs {expected}", self.shown(key))),
        }
    }

    /// Whether a key is there, which has no value.
    pub(super) fn flag(&mut self, key: &'static str) -> Read<bool> {
        match self.next(key) {
            Some((_, Some(_))) => Err(format!("`{key}` takes no value")),
            given => Ok(given.is_some()),
        }
    }

    fn shown<'a>(&'a self, key: &'a str) -> &'a str {
        if key.is_empty() { self.name } else { key }
    }

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

pub(super) struct Cursor<'t> {
    pub(super) rest: &'t str,
}

impl<'t> Cursor<'t> {
    pub(super) fn read<T>(
        text: &'t str,
        read: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Result<T, MockError> {
        read(&mut Self { rest: text.trim() })
            .map_err(|problem| MockError::Fault { text: text.to_owned(), problem })
    }

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

    pub(super) fn takes(&mut self, expected: char) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(super) fn end(&self, expected: &str) -> Read<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn unexpected(&self, expected: &str) -> String {
        match self.rest {
            "" => format!("expected {expected} at its end"),
            rest => format!("expected {expected} at `{}`", rest.escape_debug()),
        }
    }

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
