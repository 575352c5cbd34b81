//! Reads JSON Lines: one JSON value in each line, empty lines between them.

use std::io::{BufRead, Read};

use serde_json::error::Category;

use super::InputFault;
use super::entry::{MAX_RECORD_MIB, Record};

/// The records of a JSON Lines file.
pub(super) struct JsonLines<R> {
    reader: R,
    buffer: Vec<u8>,
    line: u64,
    broken: bool,
}

impl<R: BufRead> JsonLines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), line: 0, broken: false }
    }

    /// Reads the next line; `Ok(false)` at the end.
    fn read_line(&mut self) -> Result<bool, InputFault> {
        let limit = MAX_RECORD_MIB << 20;
        self.buffer.clear();
        let read = self.reader.by_ref().take(limit + 1).read_until(b'\n', &mut self.buffer);
        let length = read.map_err(|error| InputFault::Unreadable(error.kind()))?;
        self.line += 1;
        if length as u64 > limit {
            return Err(InputFault::RecordTooLong { mebibytes: MAX_RECORD_MIB });
        }
        if self.line == 1 && self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.buffer.drain(..3);
        }
        Ok(length > 0)
    }
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        while !self.broken {
            match self.read_line() {
                Ok(false) => return None,
                Ok(true) if self.buffer.trim_ascii().is_empty() => {}
                Ok(true) => {
                    let value = serde_json::from_slice(&self.buffer);
                    return Some(match value {
                        Ok(value) => Ok((self.line, value)),
                        Err(error) => Err((Some(self.line), json_fault(&error))),
                    });
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

/// What is wrong with JSON. The library's own words may hold a part of the text.
pub(super) fn json_fault(error: &serde_json::Error) -> InputFault {
    let words = error.to_string();
    InputFault::Json(match error.classify() {
        Category::Eof => "it ends too early",
        _ if words.starts_with("recursion limit") => "it is nested too deeply",
        _ if words.starts_with("number out of range") => "a number is out of range",
        _ if words.starts_with("trailing characters") => "something follows the value",
        _ => "the syntax is wrong",
    })
}
