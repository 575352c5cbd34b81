//! A text as it reads when its escapes are read.

use std::borrow::Cow;
use std::ops::Range;
use std::slice;

use memchr::{memchr, memchr3};

use crate::escapes::{Escape, MARKS, SYNTAXES, Syntax};

/// A text as it is or with the escapes of one syntax read.
///
/// It holds bytes alone, and only one view of a text is there at a time: where its bytes came from
/// is asked of few of them, and then the escapes are read once more.
pub(crate) struct View<'a> {
    text: &'a str,
    /// Whose escapes were read; `None` if this is the text as it is.
    syntax: Option<Syntax>,
    bytes: Cow<'a, [u8]>,
    /// Where the bytes end that no further text could change.
    settled: usize,
    /// Where the escape begins, in the source, that has no end; the end of the source if there is
    /// no such escape.
    tail: usize,
}

/// An escape that was read.
#[derive(Default)]
struct Read {
    /// Where what it writes stands in the view.
    written: Range<usize>,
    source: Range<usize>,
}

impl<'a> View<'a> {
    /// The text, and what each syntax makes of it, if anything. Blanks are written as `+` only if
    /// somebody looks for blanks.
    pub(crate) fn each(text: &'a str, blanks: bool) -> impl Iterator<Item = Self> {
        let bytes = text.as_bytes();
        let plain = Self {
            text,
            syntax: None,
            bytes: Cow::Borrowed(bytes),
            settled: text.len(),
            tail: text.len(),
        };
        let [backslash, percent, ampersand] = MARKS;
        let has_escapes = memchr3(backslash, percent, ampersand, bytes).is_some();
        let has_blanks = blanks && memchr(b'+', bytes).is_some();
        let escaped = has_escapes.then_some(SYNTAXES);
        let syntaxes = escaped.into_iter().flatten().chain(has_blanks.then_some(Syntax::Form));
        std::iter::once(plain).chain(syntaxes.filter_map(|syntax| Self::read(text, syntax)))
    }

    /// `None` if this would be the text itself.
    fn read(text: &'a str, syntax: Syntax) -> Option<Self> {
        let mut escapes = syntax.escapes(text).peekable();
        if syntax != Syntax::Form {
            escapes.peek()?;
        }
        let mut bytes = Vec::with_capacity(text.len());
        let (mut copied, mut settled, mut tail) = (0, None, text.len());
        for (source, escape) in escapes {
            if escape == Escape::Open {
                settled.get_or_insert(bytes.len() + source.start - copied);
                tail = tail.min(source.start);
                continue;
            }
            syntax.copy(&text[copied..source.start], &mut bytes);
            escape.write(&mut bytes);
            copied = source.end;
        }
        syntax.copy(&text[copied..], &mut bytes);
        let settled = settled.unwrap_or(bytes.len());
        Some(Self { text, syntax: Some(syntax), bytes: Cow::Owned(bytes), settled, tail })
    }

    /// All bytes; an escape that has no end is as it stands.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes that no further text could change.
    pub(crate) fn settled(&self) -> &[u8] {
        &self.bytes[..self.settled]
    }

    /// Where an escape begins that has no end, in the source; the end of the source if there is no
    /// such escape.
    pub(crate) fn tail(&self) -> usize {
        self.tail
    }

    /// Where in the source its last characters start, if it has that many.
    pub(crate) fn last_characters(&self, count: usize) -> Option<usize> {
        self.text.char_indices().nth_back(count - 1).map(|(start, _)| start)
    }

    /// Makes of ranges of the view, in order and apart, the ranges of the source that they came
    /// from; whole escapes.
    pub(crate) fn sources(&self, ranges: &mut [Range<usize>]) {
        let Some(syntax) = self.syntax.filter(|_| !ranges.is_empty()) else { return };
        let mut reads = Read::all(self.text, syntax).peekable();
        let mut last = Read::default();
        // Of one byte, none before the one that was asked for last.
        let mut source = |at: usize| {
            while let Some(read) = reads.next_if(|read| read.written.start <= at) {
                last = read;
            }
            if at < last.written.end {
                return last.source.clone();
            }
            let start = last.source.end + (at - last.written.end);
            start..start + 1
        };
        for range in ranges {
            *range = source(range.start).start..source(range.end - 1).end;
        }
    }

    /// Where in the source the last bytes begin, of those that no further text could change.
    pub(crate) fn last_bytes(&self, count: usize) -> usize {
        match self.settled.saturating_sub(count) {
            0 => 0,
            start => self.source_start(start),
        }
    }

    /// Where in the source the byte at `at` came from.
    pub(crate) fn source_start(&self, at: usize) -> usize {
        let mut range = at..at + 1;
        self.sources(slice::from_mut(&mut range));
        range.start
    }
}

impl Read {
    /// The escapes of a text that have an end, in their order.
    fn all(text: &str, syntax: Syntax) -> impl Iterator<Item = Self> {
        let mut before = Self::default();
        let whole = syntax.escapes(text).filter(|(_, escape)| *escape != Escape::Open);
        whole.map(move |(source, escape)| {
            let start = before.written.end + (source.start - before.source.end);
            let written = start..start + escape.written();
            before = Self { written: written.clone(), source: source.clone() };
            Self { written, source }
        })
    }
}

/// Widens ranges, in order and apart, to the whole of the escapes that they tear, of whatever
/// syntax.
pub(crate) fn widen(text: &str, ranges: &mut [Range<usize>]) {
    if ranges.is_empty() {
        return;
    }
    for syntax in SYNTAXES {
        let mut reads = Read::all(text, syntax).peekable();
        let mut last = 0..0;
        let mut torn = |at: usize| {
            while let Some(read) = reads.next_if(|read| read.source.start < at) {
                last = read.source;
            }
            (at < last.end).then(|| last.clone())
        };
        for range in ranges.iter_mut() {
            range.start = torn(range.start).map_or(range.start, |escape| escape.start);
            range.end = torn(range.end).map_or(range.end, |escape| escape.end);
        }
    }
}
