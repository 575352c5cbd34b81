//! The arguments of one fault.

use std::time::Duration;

use super::units;
use super::words::Words;

/// What was read, or what is wrong with the text.
pub(super) type Read<T> = Result<T, String>;

/// A value as bytes; most are text.
pub(super) type Value = Box<[u8]>;

/// What was written behind a fault's name, taken one by one; what nobody takes is an error.
pub(super) struct Arguments {
    /// The fault's name, which is also the key of the value directly behind it.
    pub(super) name: String,
    given: Vec<(String, Option<Value>)>,
    /// The keys that were asked for: what the fault knows.
    known: Vec<&'static str>,
}

impl Arguments {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), given: Vec::new(), known: Vec::new() }
    }

    /// Adds what was written. Only `header` may stand there twice.
    pub(super) fn add(&mut self, key: &str, value: Option<Value>) -> Read<()> {
        if key != "header" && self.given.iter().any(|(given, _)| given == key) {
            return Err(format!("`{key}` stands there twice"));
        }
        self.given.push((key.to_owned(), value));
        Ok(())
    }

    fn take(&mut self, key: &'static str) -> Option<(String, Option<Value>)> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let at = self.given.iter().position(|(given, _)| given == key)?;
        Some(self.given.remove(at))
    }

    /// The bytes of an argument.
    pub(super) fn bytes(&mut self, key: &'static str) -> Read<Option<Value>> {
        match self.take(key) {
            None => Ok(None),
            Some((_, Some(value))) => Ok(Some(value)),
            Some((_, None)) => Err(format!("`{key}` needs a value")),
        }
    }

    /// The text of an argument.
    pub(super) fn text(&mut self, key: &'static str) -> Read<Option<String>> {
        let text = |value: Value| {
            String::from_utf8(value.into()).map_err(|_| format!("`{key}` must be text"))
        };
        self.bytes(key)?.map(text).transpose()
    }

    /// The value that stands directly behind the name.
    pub(super) fn main(&mut self) -> Read<Option<String>> {
        let value = self.main_bytes();
        let text = |value: Value| String::from_utf8(value.into());
        value.map(text).transpose().map_err(|_| format!("`{}` must be text", self.name))
    }

    /// The same as bytes.
    pub(super) fn main_bytes(&mut self) -> Option<Value> {
        let at = self.given.iter().position(|(given, _)| *given == self.name)?;
        self.given.remove(at).1
    }

    /// An argument, read in some way.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        parsed(key, self.text(key)?, expected, parse)
    }

    /// The value directly behind the name, read in some way.
    pub(super) fn main_parsed<T>(
        &mut self,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        let text = self.main()?;
        parsed(&self.name, text, expected, parse)
    }

    /// The value directly behind the name, one of a few words.
    pub(super) fn main_word<T: Words>(&mut self) -> Read<Option<T>> {
        self.main_parsed(&T::expected(), T::read)
    }

    pub(super) fn duration(&mut self, key: &'static str) -> Read<Option<Duration>> {
        self.parsed(key, units::A_DURATION, units::duration)
    }

    pub(super) fn main_duration(&mut self) -> Read<Option<Duration>> {
        self.main_parsed(units::A_DURATION, units::duration)
    }

    pub(super) fn size(&mut self, key: &'static str) -> Read<Option<usize>> {
        self.parsed(key, units::A_SIZE, units::size)
    }

    pub(super) fn main_size(&mut self) -> Read<Option<usize>> {
        self.main_parsed(units::A_SIZE, units::size)
    }

    pub(super) fn count(&mut self, key: &'static str) -> Read<Option<usize>> {
        self.parsed(key, "a whole number", |text| text.parse().ok())
    }

    /// Whether a word stands there.
    pub(super) fn flag(&mut self, key: &'static str) -> Read<bool> {
        match self.take(key) {
            None => Ok(false),
            Some((_, None)) => Ok(true),
            Some((_, Some(_))) => Err(format!("`{key}` takes no value")),
        }
    }

    /// Refuses what was not taken.
    pub(super) fn finish(self) -> Read<()> {
        let Some((key, _)) = self.given.first() else { return Ok(()) };
        if *key == self.name {
            return Err(format!("`{key}` takes no value directly behind its name"));
        }
        let known = self.known.join("`, `");
        Err(match self.known.as_slice() {
            [] => format!("`{}` has no argument `{key}`", self.name),
            _ => format!("`{}` has no argument `{key}`, known are `{known}`", self.name),
        })
    }
}

/// Reads the text of an argument, if it was given.
fn parsed<T>(
    key: &str,
    text: Option<String>,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Read<Option<T>> {
    let read =
        |text: String| parse(&text).ok_or_else(|| format!("`{key}={text}`: expected {expected}"));
    text.map(read).transpose()
}
