//! A validating reader of JSON text (RFC 8259).

use super::MAX_DEPTH;
use super::string::{escape_length, plain_end};
use crate::JsonError;

/// Numbers up to this length with an exponent of at most two digits fit into a double: they are
/// below 10^(200 + 99).
const SURELY_IN_RANGE: usize = 200;

/// A place in JSON text. Every method leaves it right behind what it read.
pub(crate) struct Scanner<'j> {
    json: &'j str,
    at: usize,
    depth: usize,
}

/// A string as it stands in the text.
#[derive(Clone, Copy)]
pub(crate) struct RawString<'j> {
    /// What stands between the quotes.
    pub(crate) inside: &'j str,
    /// Whether there is a backslash in it.
    pub(crate) escaped: bool,
}

impl<'j> Scanner<'j> {
    pub(crate) fn new(json: &'j str) -> Self {
        Self {
            json,
            at: 0,
            depth: 0,
        }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Goes back to where the scanner stood before, on the same level.
    pub(crate) fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    /// The text from `begin` to where the scanner stands.
    pub(crate) fn since(&self, begin: usize) -> &'j str {
        &self.json[begin..self.at]
    }

    /// The next byte that is no blank space; the scanner stands on it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        let bytes = self.json.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    /// Steps over `wanted` if it is the next byte that is no blank space.
    #[inline]
    pub(crate) fn eat(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    #[cold]
    pub(crate) fn expected(&self, expected: &'static str) -> JsonError {
        JsonError::Syntax {
            offset: self.at,
            expected,
        }
    }

    /// Checks that nothing follows.
    pub(crate) fn end(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the text")),
        }
    }

    /// Steps over the bracket or brace that the scanner stands on.
    #[inline]
    pub(crate) fn open(&mut self) -> Result<(), JsonError> {
        if self.depth == MAX_DEPTH {
            return Err(JsonError::TooDeep { offset: self.at });
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// Steps over the bracket or brace `close` if it comes next.
    #[inline]
    pub(crate) fn close(&mut self, close: u8) -> bool {
        let closed = self.eat(close);
        self.depth -= usize::from(closed);
        closed
    }

    /// Reads a member's name and the colon.
    #[inline]
    pub(crate) fn name(&mut self) -> Result<RawString<'j>, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a name in quotes"));
        }
        let name = self.string()?;
        if self.eat(b':') {
            Ok(name)
        } else {
            Err(self.expected("`:`"))
        }
    }

    /// Reads what stands between two members or elements: `true` if another one follows, `false`
    /// if `close` ended it.
    #[inline]
    pub(crate) fn more(&mut self, close: u8) -> Result<bool, JsonError> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(found) if found == close => {
                self.at += 1;
                self.depth -= 1;
                Ok(false)
            }
            _ if close == b']' => Err(self.expected("`,` or `]`")),
            _ => Err(self.expected("`,` or `}`")),
        }
    }

    /// Reads a string; the scanner stands on its first quote.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<RawString<'j>, JsonError> {
        let begin = self.at + 1;
        let bytes = self.json.as_bytes();
        let mut end = plain_end(bytes, begin);
        let mut escaped = false;
        while bytes.get(end) == Some(&b'\\') {
            escaped = true;
            match escape_length(&bytes[end..]) {
                Ok(length) => end = plain_end(bytes, end + length),
                Err((offset, expected)) => {
                    return Err(JsonError::Syntax {
                        offset: end + offset,
                        expected,
                    });
                }
            }
        }
        if bytes.get(end) != Some(&b'"') {
            return Err(JsonError::Syntax {
                offset: end,
                expected: "a character or a quote",
            });
        }
        self.at = end + 1;
        Ok(RawString {
            inside: &self.json[begin..end],
            escaped,
        })
    }

    /// Reads one value that is neither array nor object.
    #[inline]
    pub(crate) fn scalar(&mut self, first: Option<u8>) -> Result<(), JsonError> {
        match first {
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => Err(self.expected("a value")),
        }
    }

    #[inline]
    fn word(&mut self, word: &'static str) -> Result<(), JsonError> {
        if !self.json.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let begin = self.at;
        let bytes = self.json.as_bytes();
        self.at += usize::from(bytes[begin] == b'-');
        if bytes.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        let mut exponent = 0;
        if let Some(b'e' | b'E') = bytes.get(self.at) {
            self.at += 1;
            self.at += usize::from(matches!(bytes.get(self.at), Some(b'+' | b'-')));
            exponent = self.digits()?;
        }
        if exponent <= 2 && self.at - begin <= SURELY_IN_RANGE {
            return Ok(());
        }
        // Only serde_json itself knows what its float parser takes for infinite.
        match serde_json::from_str::<serde_json::Number>(self.since(begin)) {
            Ok(_) => Ok(()),
            Err(_) => Err(JsonError::NumberOutOfRange { offset: begin }),
        }
    }

    /// Reads at least one digit, and returns how many there were.
    #[inline]
    fn digits(&mut self) -> Result<usize, JsonError> {
        let rest = &self.json.as_bytes()[self.at..];
        let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += count;
        if count == 0 {
            Err(self.expected("a digit"))
        } else {
            Ok(count)
        }
    }

    /// Reads one value of any kind, without recursion.
    #[inline]
    pub(crate) fn skip(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'{' | b'[') => self.skip_nested(),
            first => self.scalar(first),
        }
    }

    fn skip_nested(&mut self) -> Result<(), JsonError> {
        // One bit for each open level, the innermost lowest: 1 is an object. `MAX_DEPTH` fits.
        let mut objects: u128 = 0;
        let floor = self.depth;
        loop {
            // Here a value begins.
            let mut after_value = true;
            match self.peek() {
                Some(b'{') => {
                    self.open()?;
                    if !self.close(b'}') {
                        objects = objects << 1 | 1;
                        self.name()?;
                        after_value = false;
                    }
                }
                Some(b'[') => {
                    self.open()?;
                    if !self.close(b']') {
                        objects <<= 1;
                        after_value = false;
                    }
                }
                first => self.scalar(first)?,
            }
            while after_value {
                if self.depth == floor {
                    return Ok(());
                }
                let in_object = objects & 1 == 1;
                if self.more(if in_object { b'}' } else { b']' })? {
                    if in_object {
                        self.name()?;
                    }
                    after_value = false;
                } else {
                    objects >>= 1;
                }
            }
        }
    }
}
