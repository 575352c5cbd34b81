//! Finds the line ends of a chunk in one pass.

/// How many bytes are looked at together: as many as a mask has bits.
const BLOCK: usize = 64;

/// The positions of all CR and LF of a chunk, in order.
///
/// A search per line pays its start-up for each line, and lines are short. This looks at a block
/// of the chunk once and keeps what it found as a bit mask.
#[derive(Debug)]
pub(super) struct LineEnds<'a> {
    /// What was not looked at yet.
    rest: &'a [u8],
    /// Where the block of the mask begins in the chunk.
    block: usize,
    /// Where `rest` begins in the chunk.
    next_block: usize,
    /// One bit for each byte of the block: whether it ends a line and was not returned yet.
    mask: u64,
}

impl<'a> LineEnds<'a> {
    #[inline]
    pub(super) fn new(chunk: &'a [u8]) -> Self {
        Self {
            rest: chunk,
            block: 0,
            next_block: 0,
            mask: 0,
        }
    }

    /// The position of the next CR or LF.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        if self.mask == 0 {
            self.advance()?;
        }
        let bit = self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(self.block + bit)
    }

    /// Goes to the next block that holds a line end.
    fn advance(&mut self) -> Option<()> {
        while let Some((block, rest)) = self.rest.split_first_chunk::<BLOCK>() {
            self.rest = rest;
            self.block = self.next_block;
            self.next_block += BLOCK;
            if holds_line_end(block) {
                self.mask = mask(block);
                return Some(());
            }
        }
        let mut last = [0; BLOCK];
        last[..self.rest.len()].copy_from_slice(self.rest);
        self.rest = &[];
        self.block = self.next_block;
        self.mask = mask(&last);
        (self.mask != 0).then_some(())
    }
}

/// Whether a byte ends a line.
#[inline]
fn ends_line(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// Whether any byte of the block ends a line. Compiled to vector instructions.
#[inline]
fn holds_line_end(block: &[u8; BLOCK]) -> bool {
    block
        .iter()
        .fold(false, |found, byte| found | ends_line(*byte))
}

/// One bit for each byte: whether it ends a line; the first byte is the lowest bit.
#[inline]
fn mask(block: &[u8; BLOCK]) -> u64 {
    let flags = block.map(|byte| u8::from(ends_line(byte)));
    let (words, _) = flags.as_chunks::<8>();
    words.iter().rev().fold(0, |mask, word| {
        // Every byte is 0 or 1: the product moves them next to each other into the top byte.
        mask << 8 | u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}
