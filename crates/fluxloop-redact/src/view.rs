//! A text as it reads when its escapes are read.

use std::borrow::Cow;
use std::ops::Range;

use crate::escapes::{Escape, MARKS, Syntax};

/// A text as it is or with the escapes of one syntax read, and where its bytes came from.
pub(crate) struct View<'a> {
    bytes: Cow<'a, [u8]>,
    /// The escapes that were read, in their order.
    read: Vec<Read>,
    /// Where the bytes end that no further text could change: what follows begins an escape.
    settled: usize,
}

/// An escape that was read.
struct Read {
    /// Where what it writes stands in the view.
    written: Range<usize>,
    source: Range<usize>,
}

impl<'a> View<'a> {
    /// The text, and what each syntax makes of it, if anything. Blanks are written as `+` only if
    /// somebody looks for blanks.
    pub(crate) fn all(text: &'a str, blanks: bool) -> Vec<Self> {
        let bytes = text.as_bytes();
        let plain = Self { bytes: Cow::Borrowed(bytes), read: Vec::new(), settled: text.len() };
        let [backslash, percent, ampersand] = MARKS;
        let may_differ = memchr::memchr3(backslash, percent, ampersand, bytes).is_some()
            || (blanks && memchr::memchr(b'+', bytes).is_some());
        if !may_differ {
            return vec![plain];
        }
        let syntaxes = Syntax::ALL.into_iter();
        let read = syntaxes.filter(|syntax| blanks || *syntax != Syntax::Form);
        std::iter::once(plain).chain(read.filter_map(|syntax| Self::read(text, syntax))).collect()
    }

    /// `None` if this would be the text itself.
    fn read(text: &'a str, syntax: Syntax) -> Option<Self> {
        let has_plus = syntax == Syntax::Form && text.contains('+');
        let first = text.find(syntax.mark());
        if first.is_none() && !has_plus {
            return None;
        }
        let (mut bytes, mut read) = (Vec::with_capacity(text.len()), Vec::new());
        let (mut copied, mut settled, mut next) = (0, None, first);
        while let Some(start) = next {
            let escape = syntax.read(&text[start..]);
            let mut end = start + 1;
            if let Escape::Char(_, len) | Escape::Byte(_, len) = escape {
                bytes.extend_from_slice(&text.as_bytes()[copied..start]);
                let at = bytes.len();
                match escape {
                    Escape::Byte(byte, _) => bytes.push(byte),
                    Escape::Char(c, _) => {
                        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    _ => {}
                }
                end = start + len;
                copied = end;
                read.push(Read { written: at..bytes.len(), source: start..end });
            } else if escape == Escape::Open && settled.is_none() {
                settled = Some(bytes.len() + start - copied);
            }
            next = text[end..].find(syntax.mark()).map(|more| end + more);
        }
        if read.is_empty() && settled.is_none() && !has_plus {
            return None;
        }
        bytes.extend_from_slice(&text.as_bytes()[copied..]);
        if has_plus {
            plus_to_blank(&mut bytes, &read);
        }
        let settled = settled.unwrap_or(bytes.len());
        Some(Self { bytes: Cow::Owned(bytes), read, settled })
    }

    /// All bytes; an escape that has no end is as it stands.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes that no further text could change.
    pub(crate) fn settled(&self) -> &[u8] {
        &self.bytes[..self.settled]
    }

    /// Where an escape begins that has no end, in the source.
    pub(crate) fn open_escape(&self) -> Option<usize> {
        (self.settled < self.bytes.len()).then(|| self.source_start(self.settled))
    }

    /// Where in the source what stands at `range` came from; whole escapes.
    pub(crate) fn source(&self, range: &Range<usize>) -> Range<usize> {
        self.source_start(range.start)..self.source_end(range.end)
    }

    /// Where in the source the byte at `at` came from.
    pub(crate) fn source_start(&self, at: usize) -> usize {
        match self.read_before(at) {
            None => at,
            Some(read) if at < read.written.end => read.source.start,
            Some(read) => read.source.end + (at - read.written.end),
        }
    }

    /// Where in the source the byte before `at` ends.
    fn source_end(&self, at: usize) -> usize {
        match self.read_before(at - 1) {
            None => at,
            Some(read) if at <= read.written.end => read.source.end,
            Some(read) => read.source.end + (at - read.written.end),
        }
    }

    fn read_before(&self, at: usize) -> Option<&Read> {
        let reads = self.read.partition_point(|read| read.written.start <= at);
        self.read[..reads].last()
    }

    /// The escape that `at`, a place in the source, tears.
    pub(crate) fn torn(&self, at: usize) -> Option<Range<usize>> {
        let reads = self.read.partition_point(|read| read.source.start < at);
        let read = self.read[..reads].last()?;
        (at < read.source.end).then(|| read.source.clone())
    }
}

/// Makes a blank of each `+` that stood in the text itself.
fn plus_to_blank(bytes: &mut [u8], read: &[Read]) {
    let mut read = read.iter().peekable();
    for (at, byte) in bytes.iter_mut().enumerate() {
        let written = read.next_if(|read| read.written.start == at).is_some();
        if *byte == b'+' && !written {
            *byte = b' ';
        }
    }
}
