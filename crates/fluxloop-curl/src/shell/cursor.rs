//! A place in a line, which moves on character by character.

/// What is left of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'l> {
    pub(super) rest: &'l str,
}

impl<'l> Cursor<'l> {
    pub(super) fn new(line: &'l str) -> Self {
        Self { rest: line }
    }

    /// The next character, which is passed by.
    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// Passes this text by, if it comes next.
    pub(super) fn take(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The text up to a mark, both of which are passed by.
    pub(super) fn until(&mut self, mark: &str) -> Option<&'l str> {
        let (before, rest) = self.rest.split_once(mark)?;
        self.rest = rest;
        Some(before)
    }

    /// As many bytes, which are passed by.
    pub(super) fn bytes(&mut self, count: usize) -> &'l str {
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }
}
