//! Reads JSON Lines: one JSON value in each line, empty lines between them.

use std::collections::HashSet;
use std::fmt;
use std::io::{BufRead, Read};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use super::InputFault;
use super::format::without_mark;
use super::source::{Found, MAX_RECORD_MIB, Spot, Writer, io_fault};

/// The records of a JSON Lines file.
pub(super) struct JsonLines<R> {
    reader: R,
    buffer: Vec<u8>,
    line: u64,
    end: u64,
    writer: Writer,
    broken: bool,
}

impl<R: BufRead> JsonLines<R> {
    pub(super) fn new(reader: R, writer: Writer) -> Self {
        Self { reader, buffer: Vec::new(), line: 0, end: 0, writer, broken: false }
    }

    /// Reads the next line, and says how long it is; 0 at the end.
    fn read_line(&mut self) -> Result<u64, InputFault> {
        let limit = MAX_RECORD_MIB << 20;
        self.buffer.clear();
        self.line += 1;
        let read = self.reader.by_ref().take(limit + 1).read_until(b'\n', &mut self.buffer);
        let length = read.map_err(|error| io_fault(&error))? as u64;
        self.end += length;
        if length > limit {
            return Err(InputFault::RecordTooLong { mebibytes: MAX_RECORD_MIB });
        }
        Ok(length)
    }
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        while !self.broken {
            match self.read_line() {
                Ok(0) => return None,
                Ok(_) if without_mark(&self.buffer).trim_ascii().is_empty() => {}
                Ok(length) => {
                    let spot = Spot { line: self.line, offset: self.end - length, length };
                    let value = value(&self.buffer, self.writer);
                    self.broken = matches!(value, Err(InputFault::NotLines { .. }));
                    return Some(
                        value.map(|it| (spot, it)).map_err(|fault| (Some(spot.line), fault)),
                    );
                }
                Err(fault) => {
                    self.broken = true;
                    return Some(Err((Some(self.line), fault)));
                }
            }
        }
        None
    }
}

/// The value of a line.
pub(super) fn value(line: &[u8], writer: Writer) -> Result<Value, InputFault> {
    let line = without_mark(line);
    let error = match serde_json::from_slice(line) {
        Ok(Value::Array(items))
            if writer == Writer::Another && items.iter().all(is_entry) && !items.is_empty() =>
        {
            return Err(InputFault::NotLines {
                what: "a list of inputs stands in one line",
                right: "set `format: json` below `inputs`, or name the file `.json`",
            });
        }
        Ok(value) if writer == Writer::Itself => return Ok(value),
        Ok(value) => return check_names(line, &value).map(|()| value),
        Err(error) => error,
    };
    if std::str::from_utf8(line).is_err() {
        return Err(InputFault::NotUtf8);
    }
    let place = error.column();
    let is_not_finite = is_not_finite(line, place);
    let line = line.trim_ascii();
    Err(match (error.classify(), line) {
        (Category::Eof, [b'[' | b'{'] | [b'[' | b'{', .., b',' | b'{' | b'[']) => {
            InputFault::NotLines {
                what: "a JSON value goes over several lines",
                right: "set `format: json` below `inputs` if the file is one list, or write each \
                        value in one line (`jq -c .`)",
            }
        }
        (_, line) if line.contains(&b'\r') => InputFault::NotLines {
            what: "lines end in a carriage return alone",
            right: "save the file with line feeds",
        },
        _ if is_not_finite => InputFault::Json(NOT_FINITE),
        _ => json_fault(&error),
    })
}

/// What `NaN` is in JSON.
pub(super) const NOT_FINITE: &str =
    "`NaN` and `Infinity` are not JSON; write `null`, or put them in quotes";

/// Whether a number that JSON does not have stands at a column.
pub(super) fn is_not_finite(line: &[u8], column: usize) -> bool {
    let before = line.get(column.saturating_sub(2)..).unwrap_or_default();
    let names = [&b"NaN"[..], b"nan", b"Inf", b"inf"];
    (0..2).any(|skip| {
        names.iter().any(|name| before.get(skip..).is_some_and(|it| it.starts_with(name)))
    })
}

/// Refuses a name that a JSON object has twice: the library keeps the last member alone.
pub(super) fn check_names(json: &[u8], value: &Value) -> Result<(), InputFault> {
    if !value.is_object() {
        return Ok(());
    }
    let Ok(Names { twice: Some(name) }) = serde_json::from_slice(json) else { return Ok(()) };
    Err(InputFault::MemberTwice(name))
}

/// The first name that an object has twice.
#[derive(Default)]
struct Names {
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self::default())
    }
}

impl<'de> Visitor<'de> for Names {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Self, A::Error> {
        let mut known = HashSet::new();
        while let Some((name, IgnoredAny)) = members.next_entry::<String, _>()? {
            if self.twice.is_none()
                && let Some(twice) = known.replace(name)
            {
                self.twice = Some(twice);
            }
        }
        Ok(self)
    }
}

/// Whether an item of a list is an input of its own, and not a message.
fn is_entry(item: &Value) -> bool {
    match item {
        Value::String(_) => true,
        Value::Object(members) => !members.contains_key("role") && !members.contains_key("from"),
        _ => false,
    }
}

/// What is wrong with JSON. The library's own words may hold a part of the text.
pub(super) fn json_fault(error: &serde_json::Error) -> InputFault {
    let words = error.to_string();
    InputFault::Json(match error.classify() {
        Category::Eof => "it ends too early; close its quotes, brackets and braces",
        _ if words.starts_with("recursion limit") => "it is nested too deeply",
        _ if words.starts_with("number out of range") => "a number is out of range",
        _ if words.starts_with("trailing characters") => {
            "something follows the value; write one value in each line"
        }
        _ if words.starts_with("trailing comma") => {
            "a comma stands before the closing bracket; remove the comma"
        }
        _ if words.starts_with("key must be a string") => {
            "a name stands without double quotes; put it in double quotes"
        }
        _ if words.starts_with("control character") => {
            "a text has a line break or a tab, or its quote is never closed; close the quote, or \
             write `\\n` and `\\t`"
        }
        _ if words.starts_with("expected `,`") => {
            "a comma is missing, or a text has a quote in it; write `,` between members, and `\\\"` \
             in a text"
        }
        _ if words.starts_with("expected `:`") => "a colon is missing; write `:` after the name",
        _ if words.starts_with("invalid escape") => {
            "a backslash begins an escape that JSON does not have; double the backslash"
        }
        _ if words.starts_with("expected ident") || words.starts_with("expected value") => {
            "a value is missing, or stands without double quotes; put texts in double quotes"
        }
        _ => "the syntax is wrong",
    })
}
