//! Where the parser stands in a path.

use crate::{PathError, PathFault};

/// A place in the text of a path, and the few questions that a parser asks there.
pub(super) struct Cursor<'p> {
    text: &'p str,
    at: usize,
}

impl<'p> Cursor<'p> {
    pub(super) fn new(text: &'p str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte where the cursor stands; good for [`fault_at`](Self::fault_at).
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// What is still to be read.
    pub(super) fn rest(&self) -> &'p str {
        &self.text[self.at..]
    }

    /// What was read since the cursor stood at `begin`.
    pub(super) fn since(&self, begin: usize) -> &'p str {
        &self.text[begin..self.at]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Steps over `token` if it stands here.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Steps over as many characters as `wanted` accepts, and returns them.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'p str {
        let rest = self.rest();
        let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Steps over blank space (RFC 9535, section 2.1.1: `S`).
    pub(super) fn skip_blank(&mut self) {
        self.take_while(is_blank);
    }

    /// A fault where the cursor stands.
    pub(super) fn fault(&self, fault: PathFault) -> PathError {
        self.fault_at(self.at, fault)
    }

    /// A fault at a byte where the cursor stood before.
    pub(super) fn fault_at(&self, at: usize, fault: PathFault) -> PathError {
        PathError { position: self.text[..at].chars().count(), fault }
    }

    /// The fault that something else than `expected` stands here, or nothing at all.
    pub(super) fn unexpected(&self, expected: &'static str) -> PathError {
        self.fault(match self.peek() {
            Some(found) => PathFault::Unexpected { found, expected },
            None => PathFault::Unfinished { expected },
        })
    }
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Whether a name without quotes may begin with `c` (RFC 9535, section 2.5.1.1: `name-first`).
pub(super) fn is_name_first(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// Whether `c` may stand inside a name without quotes (`name-char`).
pub(super) fn is_name_char(c: char) -> bool {
    is_name_first(c) || c.is_ascii_digit()
}
