//! Finds where the lines of one chunk end.

use wide::u8x16;

use super::span::Span;
use super::work;

/// How many bytes are looked at in one go: as many as a mask has bits.
const BLOCK: usize = 64;

/// The lines of one chunk; LF, CR and CRLF end one.
///
/// A search per line would cost more than what it finds when lines are short. Instead the chunk is
/// walked block by block: one look tells whether a line may end in the block, and only then a
/// second one tells where, for all lines at once.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    chunk: &'a [u8],
    /// Where the current line begins.
    start: usize,
    /// The line ends of the current block, one bit for each byte.
    ends: u64,
    /// Where the current block ends.
    block_end: usize,
}

impl<'a> Lines<'a> {
    #[inline]
    pub(super) fn new(chunk: &'a [u8]) -> Self {
        Self { chunk, start: 0, ends: 0, block_end: 0 }
    }

    /// The bytes of a stretch of the chunk.
    #[inline]
    pub(super) fn bytes(&self, span: Span) -> &'a [u8] {
        &self.chunk[span.range()]
    }

    /// The last byte of the chunk.
    #[inline]
    pub(super) fn last_byte(&self) -> Option<u8> {
        self.chunk.last().copied()
    }

    /// The current line, if its end lies in the chunk. It stays the current one.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<Span> {
        let end = self.next_end()?;
        Some(Span { start: self.start, end })
    }

    /// The current line, if its end lies in the chunk; goes on to the next.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Span> {
        let line = self.peek()?;
        self.skip(line);
        Some(line)
    }

    /// Goes beyond the current line, which was peeked at.
    #[inline]
    pub(super) fn skip(&mut self, line: Span) {
        let crlf = self.chunk[line.end..].starts_with(b"\r\n");
        self.start = line.end + 1 + usize::from(crlf);
    }

    /// Goes beyond the current line, which was peeked at, if it is followed by a blank line and
    /// both end alike; servers do not mix line ends.
    #[inline]
    pub(super) fn skip_with_blank(&mut self, line: Span) -> bool {
        let length = match self.chunk[line.end..] {
            [b'\n', b'\n', ..] => 2,
            [b'\r', b'\n', b'\r', b'\n', ..] => 4,
            _ => return false,
        };
        self.start = line.end + length;
        true
    }

    /// Cuts off what was read: the chunk begins with the current line from now on.
    pub(super) fn cut(&mut self) -> &'a [u8] {
        if self.start > 0 {
            *self = Self::new(&self.chunk[self.start..]);
        }
        self.chunk
    }

    /// What follows the last line; nothing is left then.
    #[inline]
    pub(super) fn take_rest(&mut self) -> Span {
        let rest = Span { start: self.start, end: self.chunk.len() };
        (self.start, self.block_end) = (rest.end, rest.end);
        rest
    }

    /// Where the current line ends.
    #[inline]
    fn next_end(&mut self) -> Option<usize> {
        self.end_in_block().or_else(|| self.end_behind_block())
    }

    /// Where the current line ends, if it ends in the current block.
    #[inline]
    fn end_in_block(&self) -> Option<usize> {
        // The line may also begin before the block, or behind it.
        let from = (self.start + BLOCK).saturating_sub(self.block_end);
        let ends = if from < BLOCK { self.ends >> from } else { 0 };
        (ends != 0).then(|| self.block_end - BLOCK + from + ends.trailing_zeros() as usize)
    }

    /// Where the current line ends, if it ends in a block that was not looked at yet.
    #[inline]
    fn end_behind_block(&mut self) -> Option<usize> {
        loop {
            let (blocks, rest) = self.chunk.get(self.block_end..)?.as_chunks();
            if let Some(index) = blocks.iter().position(may_end_lines) {
                self.block_end += (index + 1) * BLOCK;
                self.ends = line_ends(&blocks[index]);
            } else if rest.is_empty() {
                return None;
            } else {
                self.block_end = self.chunk.len().max(BLOCK);
                // Some of the last block was looked at before; that does no harm.
                self.ends = self.chunk.last_chunk().map_or_else(|| short_ends(rest), line_ends);
            }
            let end = self.end_in_block();
            if end.is_some() {
                return end;
            }
        }
    }
}

/// Whether a block may hold line ends: a quick look that control characters deceive.
#[inline]
fn may_end_lines(block: &[u8; BLOCK]) -> bool {
    work::count(BLOCK);
    let [a, b, c, d] = vectors(block);
    let least = a.min(b).min(c.min(d));
    // All are larger than the larger one of the two line ends.
    !least.max(u8x16::splat(b'\r' + 1)).simd_eq(least).all()
}

/// The line ends of a block, one bit for each byte.
#[inline]
fn line_ends(block: &[u8; BLOCK]) -> u64 {
    work::count(BLOCK);
    let (lf, cr) = (u8x16::splat(b'\n'), u8x16::splat(b'\r'));
    let ends = |part: u8x16| u64::from((part.simd_eq(lf) | part.simd_eq(cr)).to_bitmask());
    let [a, b, c, d] = vectors(block).map(ends);
    a | b << 16 | c << 32 | d << 48
}

/// The line ends of what is less than a block.
#[inline(never)]
fn short_ends(bytes: &[u8]) -> u64 {
    let mut block = [0; BLOCK];
    block[..bytes.len()].copy_from_slice(bytes);
    line_ends(&block)
}

/// The block in the units in which processors compare bytes.
#[inline]
fn vectors(block: &[u8; BLOCK]) -> [u8x16; 4] {
    let (parts, _) = block.as_chunks();
    [parts[0], parts[1], parts[2], parts[3]].map(u8x16::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares the lines with those that a plain search finds.
    #[track_caller]
    fn check(chunk: &str) {
        let mut lines = Lines::new(chunk.as_bytes());
        let mut rest = chunk;
        while let Some(end) = rest.find(['\r', '\n']) {
            let line = lines.next().expect("the line ends in the chunk");
            assert_eq!(lines.bytes(line), &rest.as_bytes()[..end], "{chunk:?}");
            rest = &rest[end..];
            rest = rest.strip_prefix("\r\n").unwrap_or_else(|| &rest[1..]);
        }
        assert!(lines.peek().is_none(), "{chunk:?}");
        assert_eq!(lines.take_rest().len(), rest.len(), "{chunk:?}");
        assert!(lines.peek().is_none(), "{chunk:?} is used up");
    }

    #[test]
    fn lines_are_found_wherever_they_end() {
        for end in ["\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n"] {
            for before in 0..2 * BLOCK + 2 {
                let line = "x".repeat(before) + end;
                for after in [0, 1, BLOCK - 1, BLOCK] {
                    check(&(line.clone() + &"y".repeat(after)));
                    check(&(line.clone() + &"y".repeat(after) + end));
                }
            }
        }
    }

    #[test]
    fn many_lines_may_end_in_one_block() {
        for length in 0..5 {
            for end in ["\n", "\r", "\r\n", "\n\r"] {
                check(&("x".repeat(length) + end).repeat(3 * BLOCK));
            }
        }
    }

    #[test]
    fn only_line_feeds_and_carriage_returns_end_lines() {
        for byte in 0..=u8::MAX {
            let ends = line_ends(&[byte; BLOCK]);
            assert_eq!(ends, if matches!(byte, b'\n' | b'\r') { u64::MAX } else { 0 }, "{byte}");
            assert!(ends == 0 || may_end_lines(&[byte; BLOCK]), "{byte}");
        }
    }

    #[test]
    fn a_quick_look_overlooks_no_line_end() {
        for place in 0..BLOCK {
            for end in [b'\n', b'\r'] {
                let mut block = [b'x'; BLOCK];
                assert!(!may_end_lines(&block));
                block[place] = end;
                assert!(may_end_lines(&block));
                assert_eq!(line_ends(&block), 1 << place);
            }
        }
    }
}
