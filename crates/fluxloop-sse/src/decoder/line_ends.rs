//! Finds the line ends of a chunk.

/// How many bytes are looked at together.
const WINDOW: usize = 32;

/// The positions of all CR and LF of a chunk, in order.
///
/// Starting a vector search for every line costs more than the lines that are short, and at least
/// every other one is: the blank one. So a search finds the next line end, however far it is, and
/// then those that follow closely are taken together, as a bit mask.
#[derive(Debug)]
pub(super) struct LineEnds<'a> {
    chunk: &'a [u8],
    /// Where the search goes on: everything before it was looked at.
    next: usize,
    /// Where the window begins in the chunk.
    window: usize,
    /// One bit for each byte of the window: whether it ends a line and was not returned yet.
    mask: u32,
}

impl<'a> LineEnds<'a> {
    #[inline]
    pub(super) fn new(chunk: &'a [u8]) -> Self {
        Self { chunk, next: 0, window: 0, mask: 0 }
    }

    /// The position of the next CR or LF.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        if self.mask == 0 {
            self.search()?;
        }
        let bit = self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(self.window + bit)
    }

    /// Skips the next line end, which follows the last one at once.
    #[inline]
    pub(super) fn skip(&mut self) {
        if self.mask == 0 {
            // It lies just beyond the window.
            self.next += 1;
        } else {
            self.mask &= self.mask - 1;
        }
    }

    /// Moves the window to the next line end.
    #[inline]
    fn search(&mut self) -> Option<()> {
        if self.next == self.chunk.len() {
            return None;
        }
        let found = self.next + memchr::memchr2(b'\n', b'\r', &self.chunk[self.next..])?;
        if let Some(window) = self.chunk[found..].first_chunk() {
            (self.window, self.mask) = (found, mask(window));
        } else {
            self.end_search(found);
        }
        self.next = self.chunk.len().min(found + WINDOW);
        Some(())
    }

    /// Moves the window to the end of the chunk, where `found` is the first new line end.
    fn end_search(&mut self, found: usize) {
        if let Some(window) = self.chunk.last_chunk() {
            self.window = self.chunk.len() - WINDOW;
            self.mask = mask(window) & u32::MAX << (found - self.window);
        } else {
            let mut window = [0; WINDOW];
            window[..self.chunk.len()].copy_from_slice(self.chunk);
            self.window = 0;
            self.mask = mask(&window) & u32::MAX << found;
        }
    }
}

/// One bit for each byte: whether it ends a line; the first byte is the lowest bit.
///
/// Written as plain loops, which compile to vector instructions.
#[inline]
fn mask(window: &[u8; WINDOW]) -> u32 {
    let mut flags = [0; WINDOW];
    for (index, flag) in flags.iter_mut().enumerate() {
        let ends_line = window[index] == b'\n' || window[index] == b'\r';
        *flag = u8::from(ends_line) << (index % 8);
    }
    let (words, _) = flags.as_chunks::<8>();
    words.iter().rev().fold(0, |mask, word| {
        // No two bytes of the word have a bit in common: their sum joins them in the top byte.
        let sum = u64::from_le_bytes(*word).wrapping_mul(0x0101_0101_0101_0101) >> 56;
        mask << 8 | sum as u32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(chunk: &[u8]) {
        let mut ends = LineEnds::new(chunk);
        let found: Vec<_> = std::iter::from_fn(|| ends.next()).collect();
        let expected: Vec<_> = memchr::memchr2_iter(b'\n', b'\r', chunk).collect();
        assert_eq!(found, expected, "{chunk:?}");
    }

    #[test]
    fn every_line_end_is_found_once_wherever_it_is() {
        let mut random = fastrand::Rng::with_seed(7);
        for length in 0..200 {
            for one_in in [1, 2, 5, 30, 100] {
                let byte = |random: &mut fastrand::Rng| match random.u32(0..one_in) {
                    0 => *random.choice(b"\r\n").unwrap(),
                    // The neighbors of LF and CR, with and without the high bit.
                    _ => *random.choice(b"\x09\x0B\x0C\x0E\x8A\x8Dx\0").unwrap(),
                };
                check(&(0..length).map(|_| byte(&mut random)).collect::<Vec<_>>());
            }
        }
    }
}
