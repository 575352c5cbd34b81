//! JSON documents and the elements of arrays, each as soon as it is whole.

use crate::framing::{BOM, RECORD_SEPARATOR};
use crate::held::Held;
use crate::{Frame, FrameError, Rest, work};

/// Cuts a body into JSON values: the elements of each array at the root, and all other documents.
///
/// It follows brackets and strings, and leaves it to a reader whether a value is JSON.
#[derive(Debug)]
pub(crate) struct Json {
    held: Held,
    /// How many bytes of a byte order mark came; all of them also stands for "too late for it".
    bom: usize,
    /// Whether an array at the root is open.
    in_array: bool,
    /// The value of which bytes came.
    value: Option<Value>,
}

/// A value of which bytes came, and what ends it.
#[derive(Clone, Copy, Debug)]
enum Value {
    /// A number or a literal: a delimiter.
    Scalar,
    /// What is not JSON: the end of its line.
    Stray,
    /// An object, an array or a string: its last byte.
    Nested { depth: usize, string: InString },
}

/// Whether the next byte of a value belongs to a string.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum InString {
    No,
    Yes,
    /// It follows a backslash.
    Escaped,
}

/// The values that a chunk completes.
#[derive(Debug)]
pub(crate) struct FedJson<'a> {
    json: &'a mut Json,
    chunk: &'a [u8],
}

impl Json {
    pub(crate) fn new(max_frame_bytes: usize) -> Self {
        Self { held: Held::new(max_frame_bytes), bom: 0, in_array: false, value: None }
    }

    pub(crate) fn feed<'a>(&'a mut self, chunk: &'a [u8]) -> FedJson<'a> {
        FedJson { json: self, chunk }
    }

    /// A value that only the end of the body ends, or that it cuts. A root array that is still open
    /// was cut too: then the unfinished frame has no data.
    pub(crate) fn finish(&mut self) -> Rest<'_> {
        self.held.end_lending();
        match self.value {
            _ if self.held.is_closed() => Rest::Nothing,
            None if self.in_array => {
                Rest::Unfinished { frame: Frame::no_data(Frame::MESSAGE), is_line_whole: true }
            }
            None => Rest::Nothing,
            Some(value) => {
                let frame = Frame::message(self.held.text(&[], |bytes| bytes));
                match value {
                    Value::Stray => Rest::Last(frame),
                    Value::Scalar if !self.in_array => Rest::Last(frame),
                    _ => Rest::Unfinished { frame, is_line_whole: false },
                }
            }
        }
    }

    /// Takes a byte between two values. `false` if the byte begins a value.
    fn skip(&mut self, byte: u8) -> bool {
        if BOM.get(self.bom) == Some(&byte) {
            self.bom += 1;
            return true;
        }
        self.bom = BOM.len();
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | RECORD_SEPARATOR => return true,
            b',' if self.in_array => return true,
            b']' if self.in_array => self.in_array = false,
            b'[' if !self.in_array => self.in_array = true,
            _ => {
                self.value = Some(Value::that_begins(byte));
                return false;
            }
        }
        true
    }
}

impl FedJson<'_> {
    pub(crate) fn next(&mut self) -> Option<Result<Frame<'_>, FrameError>> {
        let Self { json, chunk } = self;
        json.held.end_lending();
        if json.held.is_closed() {
            return None;
        }
        if json.value.is_none() {
            let start = chunk.iter().position(|&byte| !json.skip(byte)).unwrap_or(chunk.len());
            work::count(start + 1);
            *chunk = &chunk[start..];
        }
        let end = json.value.as_mut()?.end(chunk);
        work::count(end.unwrap_or(chunk.len()));
        let Some(end) = end else {
            return json.held.push(std::mem::take(chunk)).err().map(Err);
        };
        json.value = None;
        let (part, rest) = chunk.split_at(end);
        *chunk = rest;
        if let Err(error) = json.held.end(part) {
            return Some(Err(error));
        }
        Some(Ok(Frame::message(json.held.text(part, |bytes| bytes))))
    }
}

impl Value {
    /// The value that begins with this byte, of which nothing was taken yet.
    fn that_begins(byte: u8) -> Self {
        match byte {
            b'{' | b'[' | b'"' => Self::Nested { depth: 0, string: InString::No },
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => Self::Scalar,
            _ => Self::Stray,
        }
    }

    /// Where in the bytes the value ends, if it does.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let (depth, string) = match self {
            Self::Scalar => return bytes.iter().position(|&byte| is_delimiter(byte)),
            Self::Stray => return bytes.iter().position(|&byte| byte == b'\n'),
            Self::Nested { depth, string } => (depth, string),
        };
        let ends = |&byte: &u8| {
            let next = match (*string, byte) {
                (InString::Yes, b'\\') => InString::Escaped,
                (InString::Yes, b'"') => InString::No,
                (InString::Yes | InString::Escaped, _) | (InString::No, b'"') => InString::Yes,
                (InString::No, _) => InString::No,
            };
            match (*string, byte) {
                (InString::No, b'{' | b'[') => *depth += 1,
                (InString::No, b'}' | b']') => *depth -= 1,
                _ => {}
            }
            let may_end = matches!(byte, b'"' | b'}' | b']');
            *string = next;
            may_end && *depth == 0 && next == InString::No
        };
        bytes.iter().position(ends).map(|last| last + 1)
    }
}

/// Whether a byte ends a number or a literal.
fn is_delimiter(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b",:[]{}\"".contains(&byte) || byte == RECORD_SEPARATOR
}
