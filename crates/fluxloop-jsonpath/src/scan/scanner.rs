//! A validating reader of JSON text (RFC 8259).

use std::borrow::Cow;

use super::MAX_DEPTH;
use super::string::{escape_length, plain_end, unescape};
use crate::JsonError;

/// Reads JSON text piece by piece.
///
/// Every method takes the rest of the text from where it shall read, and returns the rest behind
/// what it read. The rest is an argument, not a field, and failures are empty, so that both stay in
/// registers; and it is a slice, not a place, so that one comparison tells whether a byte is there.
pub(super) struct Scanner<'j> {
    json: &'j str,
    depth: usize,
    /// The place behind the last string that has a backslash.
    escaped_end: usize,
    fault: Option<JsonError>,
}

/// What is still to be read of a text.
pub(super) type Rest<'j> = &'j [u8];

/// The text is not JSON; the scanner keeps why.
#[derive(Debug)]
pub(super) struct Stop;

/// A member's name as it stands in the text.
#[derive(Clone, Copy)]
pub(super) struct Name<'j> {
    /// What stands between the quotes.
    pub(super) inside: &'j [u8],
    /// Whether there is a backslash in it.
    pub(super) escaped: bool,
}

impl<'j> Name<'j> {
    /// What the name says.
    pub(super) fn text(self) -> Cow<'j, str> {
        // A string begins and ends at ASCII quotes of text that is UTF-8.
        str::from_utf8(self.inside).map(unescape).unwrap_or_default()
    }
}

/// The rest without blank space at its beginning, and the byte that comes first, 0 at the end: JSON
/// has none outside strings.
#[inline]
pub(super) fn peek(mut rest: Rest<'_>) -> (Rest<'_>, u8) {
    while let Some((&byte, tail)) = rest.split_first() {
        // What servers write has little of it.
        if byte > b' ' || !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            return (rest, byte);
        }
        rest = tail;
    }
    (rest, 0)
}

/// The rest behind its first byte.
#[inline]
fn behind(rest: Rest<'_>) -> Rest<'_> {
    rest.get(1..).unwrap_or_default()
}

impl<'j> Scanner<'j> {
    pub(super) fn new(json: &'j str) -> Self {
        Self { json, depth: 0, escaped_end: 0, fault: None }
    }

    /// The rest from a place on.
    #[inline]
    pub(super) fn from(&self, place: usize) -> Rest<'j> {
        self.json.as_bytes().get(place..).unwrap_or_default()
    }

    /// The place where a rest begins.
    #[inline]
    pub(super) fn place(&self, rest: Rest<'j>) -> usize {
        self.json.len() - rest.len()
    }

    /// The text between the beginnings of two rests.
    pub(super) fn text(&self, from: Rest<'j>, to: Rest<'j>) -> &'j str {
        &self.json[self.place(from)..self.place(to)]
    }

    /// Whether no string so far has a backslash: each says what stands there.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.escaped_end == 0
    }

    /// Ends the reading of a document: what was read, if nothing follows it, or why it is not JSON.
    pub(super) fn finish<T>(mut self, read: Result<(Rest<'j>, T), Stop>) -> Result<T, JsonError> {
        let result = read.and_then(|(rest, value)| match peek(rest) {
            ([], _) => Ok(value),
            (rest, _) => Err(self.expected(rest, "the end of the text")),
        });
        result.map_err(|Stop| {
            self.fault.unwrap_or(JsonError::Syntax { offset: 0, expected: "a value" })
        })
    }

    #[cold]
    #[inline(never)]
    pub(super) fn expected(&mut self, rest: Rest<'j>, expected: &'static str) -> Stop {
        self.fault = Some(JsonError::Syntax { offset: self.place(rest), expected });
        Stop
    }

    /// Reads the bracket or brace that comes first, and `close` if it comes next. Also returns
    /// whether there is something in between.
    #[inline]
    pub(super) fn open(&mut self, rest: Rest<'j>, close: u8) -> Result<(Rest<'j>, bool), Stop> {
        if self.depth == MAX_DEPTH {
            self.fault = Some(JsonError::TooDeep { offset: self.place(rest) });
            return Err(Stop);
        }
        let (rest, next) = peek(behind(rest));
        if next == close {
            return Ok((behind(rest), false));
        }
        self.depth += 1;
        Ok((rest, true))
    }

    /// Reads what follows a member or element. Also returns whether another one comes; if not,
    /// `close` was read.
    #[inline]
    pub(super) fn more(&mut self, rest: Rest<'j>, close: u8) -> Result<(Rest<'j>, bool), Stop> {
        let (rest, found) = peek(rest);
        if found == b',' {
            return Ok((behind(rest), true));
        }
        if found == close {
            self.depth -= 1;
            return Ok((behind(rest), false));
        }
        Err(self.expected(rest, if close == b']' { "`,` or `]`" } else { "`,` or `}`" }))
    }

    /// Reads a member's name and the colon.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what it returns is too large for registers")]
    pub(super) fn name(&mut self, rest: Rest<'j>) -> Result<(Rest<'j>, Name<'j>), Stop> {
        let (begin, quote) = peek(rest);
        if quote != b'"' {
            return Err(self.expected(begin, "a name in quotes"));
        }
        let end = self.string(begin)?;
        let (rest, colon) = peek(end);
        if colon != b':' {
            return Err(self.expected(rest, "`:`"));
        }
        let inside = begin.get(1..begin.len() - end.len() - 1).unwrap_or_default();
        Ok((behind(rest), Name { inside, escaped: self.escaped_end == self.place(end) }))
    }

    /// Reads a string, whose first quote comes first.
    #[inline(never)]
    pub(super) fn string(&mut self, rest: Rest<'j>) -> Result<Rest<'j>, Stop> {
        match plain_end(behind(rest)) {
            [b'"', rest @ ..] => Ok(rest),
            rest => self.escaped(rest),
        }
    }

    /// Reads a string on at something else than plain characters.
    #[cold]
    #[inline(never)]
    fn escaped(&mut self, mut rest: Rest<'j>) -> Result<Rest<'j>, Stop> {
        loop {
            match rest {
                [b'"', rest @ ..] => {
                    self.escaped_end = self.place(rest);
                    return Ok(rest);
                }
                [b'\\', ..] => match escape_length(rest) {
                    Ok(escape) => rest = &rest[escape..],
                    Err((fault, expected)) => return Err(self.expected(&rest[fault..], expected)),
                },
                _ => return Err(self.expected(rest, "a character or a quote")),
            }
            rest = plain_end(rest);
        }
    }

    /// Reads one value that is neither array nor object; it begins with `first`.
    #[inline]
    pub(super) fn scalar(&mut self, rest: Rest<'j>, first: u8) -> Result<Rest<'j>, Stop> {
        match first {
            b'"' => self.string(rest),
            b'-' | b'0'..=b'9' => self.number(rest),
            b't' => self.word(rest, b"true"),
            b'f' => self.word(rest, b"false"),
            b'n' => self.word(rest, b"null"),
            _ => Err(self.expected(rest, "a value")),
        }
    }

    #[inline]
    fn word(&mut self, rest: Rest<'j>, word: &'static [u8]) -> Result<Rest<'j>, Stop> {
        match rest.strip_prefix(word) {
            Some(rest) => Ok(rest),
            None => Err(self.expected(rest, "a value")),
        }
    }

    /// Reads a number, however large.
    #[inline(never)]
    pub(super) fn number(&mut self, begin: Rest<'j>) -> Result<Rest<'j>, Stop> {
        let whole = begin.strip_prefix(b"-").unwrap_or(begin);
        let mut rest = match whole {
            [b'0', rest @ ..] => rest,
            whole => self.digits(whole)?,
        };
        if let [b'.', fraction @ ..] = rest {
            rest = self.digits(fraction)?;
        }
        if let [b'e' | b'E', b'+' | b'-', digits @ ..] | [b'e' | b'E', digits @ ..] = rest {
            rest = self.digits(digits)?;
        }
        Ok(rest)
    }

    /// Reads at least one digit.
    #[inline]
    fn digits(&mut self, begin: Rest<'j>) -> Result<Rest<'j>, Stop> {
        let mut rest = begin;
        while let [b'0'..=b'9', tail @ ..] = rest {
            rest = tail;
        }
        if rest.len() == begin.len() { Err(self.expected(rest, "a digit")) } else { Ok(rest) }
    }

    /// Reads one value of any kind, without recursion.
    #[inline]
    pub(super) fn skip(&mut self, rest: Rest<'j>) -> Result<Rest<'j>, Stop> {
        match peek(rest) {
            (rest, b'"') => self.string(rest),
            (rest, b'{' | b'[') => self.skip_nested(rest),
            (rest, first) => self.scalar(rest, first),
        }
    }

    #[inline(never)]
    fn skip_nested(&mut self, mut rest: Rest<'j>) -> Result<Rest<'j>, Stop> {
        // One bit for each open level, the innermost lowest: 1 is an object. `MAX_DEPTH` fits.
        let mut objects: u128 = 0;
        let floor = self.depth;
        loop {
            // A value begins here.
            let first;
            let mut has_more = false;
            (rest, first) = peek(rest);
            match first {
                b'{' => {
                    (rest, has_more) = self.open(rest, b'}')?;
                    objects = if has_more { objects << 1 | 1 } else { objects };
                }
                b'[' => {
                    (rest, has_more) = self.open(rest, b']')?;
                    objects = if has_more { objects << 1 } else { objects };
                }
                first => rest = self.scalar(rest, first)?,
            }
            while !has_more {
                if self.depth == floor {
                    return Ok(rest);
                }
                (rest, has_more) = self.more(rest, if objects & 1 == 1 { b'}' } else { b']' })?;
                objects = if has_more { objects } else { objects >> 1 };
            }
            if objects & 1 == 1 {
                (rest, _) = self.name(rest)?;
            }
        }
    }
}
