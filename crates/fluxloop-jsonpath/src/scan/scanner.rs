//! A validating reader of JSON text (RFC 8259).

use std::borrow::Cow;

use super::MAX_DEPTH;
use super::string::{escape_length, plain_end, unescape};
use crate::JsonError;

/// Numbers up to this length with an exponent of at most two digits fit into a double: they are
/// below 10^(200 + 99).
const SURELY_IN_RANGE: usize = 200;

/// Reads JSON text piece by piece.
///
/// Every method takes the place where it shall read, and returns the place behind what it read.
/// The place is an argument, not a field, and failures are empty, so that both stay in registers:
/// that is a third of the time of a pass.
pub(super) struct Scanner<'j> {
    json: &'j str,
    depth: usize,
    fault: Option<JsonError>,
}

/// The text is not JSON; the scanner keeps why.
#[derive(Debug)]
pub(super) struct Stop;

/// A string as it stands in the text.
#[derive(Clone, Copy)]
pub(super) struct RawString<'j> {
    /// What stands between the quotes.
    pub(super) inside: &'j [u8],
    /// Whether there is a backslash in it.
    pub(super) escaped: bool,
}

impl<'j> RawString<'j> {
    /// What the string says.
    pub(super) fn text(self) -> Cow<'j, str> {
        // A string begins and ends at ASCII quotes of text that is UTF-8.
        str::from_utf8(self.inside).map(unescape).unwrap_or_default()
    }
}

impl<'j> Scanner<'j> {
    pub(super) fn new(json: &'j str) -> Self {
        Self { json, depth: 0, fault: None }
    }

    /// Ends the reading of a document: what was read, if nothing follows it, or why it is not JSON.
    pub(super) fn finish<T>(mut self, read: Result<(usize, T), Stop>) -> Result<T, JsonError> {
        let result = read.and_then(|(at, value)| match self.peek(at) {
            (end, _) if end == self.json.len() => Ok(value),
            (at, _) => Err(self.expected(at, "the end of the text")),
        });
        result.map_err(|Stop| {
            self.fault.unwrap_or(JsonError::Syntax { offset: 0, expected: "a value" })
        })
    }

    /// The text between two places.
    pub(super) fn text(&self, begin: usize, end: usize) -> &'j str {
        &self.json[begin..end]
    }

    /// The byte at a place, 0 behind the end: JSON has none outside strings.
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.json.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// The first place from `at` on without blank space, and the byte there.
    #[inline]
    pub(super) fn peek(&self, mut at: usize) -> (usize, u8) {
        loop {
            match self.byte(at) {
                b' ' | b'\t' | b'\n' | b'\r' => at += 1,
                byte => return (at, byte),
            }
        }
    }

    #[cold]
    pub(super) fn expected(&mut self, offset: usize, expected: &'static str) -> Stop {
        self.fault = Some(JsonError::Syntax { offset, expected });
        Stop
    }

    /// Reads the bracket or brace at `at`, and `close` if it comes next. Also returns whether there
    /// is something in between.
    #[inline]
    pub(super) fn open(&mut self, at: usize, close: u8) -> Result<(usize, bool), Stop> {
        if self.depth == MAX_DEPTH {
            self.fault = Some(JsonError::TooDeep { offset: at });
            return Err(Stop);
        }
        let (at, next) = self.peek(at + 1);
        if next == close {
            return Ok((at + 1, false));
        }
        self.depth += 1;
        Ok((at, true))
    }

    /// Reads what follows a member or element. Also returns whether another one comes; if not,
    /// `close` was read.
    #[inline]
    pub(super) fn more(&mut self, at: usize, close: u8) -> Result<(usize, bool), Stop> {
        let (at, found) = self.peek(at);
        if found == b',' {
            return Ok((at + 1, true));
        }
        if found == close {
            self.depth -= 1;
            return Ok((at + 1, false));
        }
        Err(self.expected(at, if close == b']' { "`,` or `]`" } else { "`,` or `}`" }))
    }

    /// Reads a member's name and the colon.
    #[inline]
    pub(super) fn name(&mut self, at: usize) -> Result<(usize, RawString<'j>), Stop> {
        let (at, quote) = self.peek(at);
        if quote != b'"' {
            return Err(self.expected(at, "a name in quotes"));
        }
        let (at, name) = self.string(at)?;
        let (at, colon) = self.peek(at);
        if colon != b':' {
            return Err(self.expected(at, "`:`"));
        }
        Ok((at + 1, name))
    }

    /// Reads the string whose first quote is at `at`.
    #[inline]
    fn string(&mut self, at: usize) -> Result<(usize, RawString<'j>), Stop> {
        let begin = at + 1;
        let bytes = self.json.as_bytes();
        let mut end = plain_end(bytes, begin);
        let escaped = self.byte(end) != b'"';
        if escaped {
            end = self.escaped_end(end)?;
        }
        Ok((end + 1, RawString { inside: bytes.get(begin..end).unwrap_or_default(), escaped }))
    }

    /// Reads a string that shall begin at `begin`.
    #[inline]
    pub(super) fn string_end(&mut self, begin: usize) -> Result<usize, Stop> {
        if self.byte(begin) != b'"' {
            return Err(self.expected(begin, "a string"));
        }
        self.string(begin).map(|(end, _)| end)
    }

    /// The last quote of a string that has something else than plain characters at `at`.
    #[cold]
    fn escaped_end(&mut self, mut at: usize) -> Result<usize, Stop> {
        let bytes = self.json.as_bytes();
        loop {
            match bytes.get(at) {
                Some(b'"') => return Ok(at),
                Some(b'\\') => match escape_length(&bytes[at..]) {
                    Ok(escape) => at += escape,
                    Err((offset, expected)) => return Err(self.expected(at + offset, expected)),
                },
                _ => return Err(self.expected(at, "a character or a quote")),
            }
            at = plain_end(bytes, at);
        }
    }

    /// Reads one value that is neither array nor object; it begins at `at` with `first`.
    #[inline]
    pub(super) fn scalar(&mut self, at: usize, first: u8) -> Result<usize, Stop> {
        match first {
            b'"' => self.string(at).map(|(at, _)| at),
            b'-' | b'0'..=b'9' => self.number(at),
            b't' => self.word(at, b"true"),
            b'f' => self.word(at, b"false"),
            b'n' => self.word(at, b"null"),
            _ => Err(self.expected(at, "a value")),
        }
    }

    #[inline]
    fn word(&mut self, at: usize, word: &'static [u8]) -> Result<usize, Stop> {
        let end = at + word.len();
        if self.json.as_bytes().get(at..end) == Some(word) {
            Ok(end)
        } else {
            Err(self.expected(at, "a value"))
        }
    }

    /// Reads a number.
    pub(super) fn number(&mut self, begin: usize) -> Result<usize, Stop> {
        let mut at = begin + usize::from(self.byte(begin) == b'-');
        at = if self.byte(at) == b'0' { at + 1 } else { self.digits(at)? };
        if self.byte(at) == b'.' {
            at = self.digits(at + 1)?;
        }
        let mut exponent = 0;
        if matches!(self.byte(at), b'e' | b'E') {
            let digits = at + 1 + usize::from(matches!(self.byte(at + 1), b'+' | b'-'));
            at = self.digits(digits)?;
            exponent = at - digits;
        }
        if exponent > 2 || at - begin > SURELY_IN_RANGE {
            self.check_range(begin, at)?;
        }
        Ok(at)
    }

    /// Reads at least one digit.
    #[inline]
    fn digits(&mut self, begin: usize) -> Result<usize, Stop> {
        let mut at = begin;
        while self.byte(at).is_ascii_digit() {
            at += 1;
        }
        if at == begin { Err(self.expected(at, "a digit")) } else { Ok(at) }
    }

    /// Checks the range of a number. Only `serde_json` itself knows what its float parser takes for
    /// infinite.
    #[cold]
    fn check_range(&mut self, begin: usize, end: usize) -> Result<(), Stop> {
        let number = self.text(begin, end);
        serde_json::from_str::<serde_json::Number>(number).map(drop).map_err(|_| {
            self.fault = Some(JsonError::NumberOutOfRange { offset: begin });
            Stop
        })
    }

    /// Reads one value of any kind, without recursion.
    #[inline]
    pub(super) fn skip(&mut self, at: usize) -> Result<usize, Stop> {
        match self.peek(at) {
            (at, b'"') => self.string(at).map(|(at, _)| at),
            (at, b'{' | b'[') => self.skip_nested(at),
            (at, first) => self.scalar(at, first),
        }
    }

    fn skip_nested(&mut self, mut at: usize) -> Result<usize, Stop> {
        // One bit for each open level, the innermost lowest: 1 is an object. `MAX_DEPTH` fits.
        let mut objects: u128 = 0;
        let floor = self.depth;
        loop {
            // A value begins here.
            let first;
            let mut has_more = false;
            (at, first) = self.peek(at);
            match first {
                b'{' => {
                    (at, has_more) = self.open(at, b'}')?;
                    objects = if has_more { objects << 1 | 1 } else { objects };
                }
                b'[' => {
                    (at, has_more) = self.open(at, b']')?;
                    objects = if has_more { objects << 1 } else { objects };
                }
                first => at = self.scalar(at, first)?,
            }
            while !has_more {
                if self.depth == floor {
                    return Ok(at);
                }
                (at, has_more) = self.more(at, if objects & 1 == 1 { b'}' } else { b']' })?;
                objects = if has_more { objects } else { objects >> 1 };
            }
            if objects & 1 == 1 {
                (at, _) = self.name(at)?;
            }
        }
    }
}
