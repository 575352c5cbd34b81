//! Tells fast that a text holds no secret, which is what most texts hold.

use std::ops::Range;

use secrecy::zeroize::Zeroizing;

use crate::forms::Form;

/// Bytes of a piece. No form is shorter.
pub(crate) const PIECE: usize = 8;

/// How far apart a text is looked at, at most: farther, and the table outgrows the fastest cache.
const LONGEST_STRIDE: usize = 8;

/// Pieces of the forms, so close together that one of them stands at a multiple of `stride` in
/// every text that holds a form.
///
/// An automaton takes a step for each byte, and most steps wait for the one before; this looks
/// once at every few bytes (the idea of Wu and Manber, "A fast algorithm for multi-pattern
/// searching", 1994). Vector searchers such as Teddy would be as fast, but take 64 patterns at
/// most, and a handful of keys has more forms.
pub(crate) struct Samples {
    stride: usize,
    /// A hash table with open addresses, at most half full; 0 is no piece.
    table: Zeroizing<Vec<u64>>,
    /// How many bits of a product are no part of the address.
    shift: u32,
}

impl Samples {
    /// Takes pieces of the forms, of which there is at least one.
    pub(crate) fn of(forms: &[Form]) -> Self {
        let shortest = forms.iter().map(|form| form.len()).min().unwrap_or_default().max(PIECE);
        let stride = (shortest - PIECE + 1).min(LONGEST_STRIDE);
        Self::new(forms, stride, stride)
    }

    /// Takes all pieces of the forms, of which there is at least one.
    pub(crate) fn all_of(forms: &[Form]) -> Self {
        Self::new(forms, usize::MAX, 1)
    }

    /// Takes so many pieces of each form.
    fn new(forms: &[Form], pieces: usize, stride: usize) -> Self {
        let taken = || forms.iter().flat_map(|form| form.as_bytes().array_windows().take(pieces));
        let size = (2 * taken().count()).next_power_of_two();
        let table = Zeroizing::new(vec![0; size]);
        let mut samples = Self { stride, table, shift: u64::BITS - size.ilog2() };
        for piece in taken() {
            samples.add(folded(*piece));
        }
        samples
    }

    /// How many bytes of a form are noticed wherever they stand, if they are its first ones.
    pub(crate) fn reach(&self) -> usize {
        self.stride + PIECE - 1
    }

    /// Whether a text may hold a form, or as much of its beginning as [`Samples::reach`] says. It
    /// need not, if this says so; it does not, if this denies it.
    pub(crate) fn may_stand_in(&self, text: &[u8]) -> bool {
        let mut rest = text;
        while let Some(piece) = rest.first_chunk() {
            if self.knows(folded(*piece)) {
                return true;
            }
            rest = rest.get(self.stride..).unwrap_or_default();
        }
        false
    }

    /// Tells where the pieces stand, in order.
    pub(crate) fn find(&self, text: &[u8], mut found: impl FnMut(Range<usize>)) {
        for (start, piece) in text.array_windows().enumerate() {
            if self.knows(folded(*piece)) {
                found(start..start + PIECE);
            }
        }
    }

    /// Whether a form may begin as this does, of which there are at least [`PIECE`] bytes.
    pub(crate) fn may_begin(&self, beginning: &[u8]) -> bool {
        beginning.first_chunk().is_some_and(|piece| self.knows(folded(*piece)))
    }

    fn add(&mut self, piece: u64) {
        let slot = self.slot(piece);
        self.table[slot] = piece;
    }

    fn knows(&self, piece: u64) -> bool {
        self.table[self.slot(piece)] != 0
    }

    /// Where a piece stands in the table, or would stand.
    fn slot(&self, piece: u64) -> usize {
        // The upper bits of a product with an odd number depend on all bits (2^64 divided by the
        // golden ratio: Knuth, "The Art of Computer Programming", volume 3, section 6.4).
        #[expect(clippy::cast_possible_truncation, reason = "a table has few bits of addresses")]
        let mut slot = (piece.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize;
        while self.table[slot] != 0 && self.table[slot] != piece {
            slot = (slot + 1) & (self.table.len() - 1);
        }
        slot
    }
}

/// A piece as a number, never 0. Letters in either case are one, and so are some other bytes: what
/// may be found by that is looked at again.
fn folded(piece: [u8; PIECE]) -> u64 {
    u64::from_le_bytes(piece) | u64::from_le_bytes([b' '; PIECE])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(forms: &[&str]) -> Samples {
        Samples::of(&forms.iter().map(|form| Form::new((*form).to_owned())).collect::<Vec<_>>())
    }

    #[track_caller]
    fn check(forms: &[&str], text: &str, expected: bool) {
        assert_eq!(samples(forms).may_stand_in(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn a_form_is_noticed_wherever_it_begins() {
        let (short, long) = ("abcdefgh", "zyxwvutsrqponmlkjihgfedcba");
        for before in 0..40 {
            for form in [short, long] {
                let text = format!("{}{form}", ".".repeat(before));
                check(&[form], &text, true);
                check(&[short, long], &text, true);
                check(&[form], &text.to_uppercase(), true);
                check(&[form], &text[..text.len() - form.len() + 7], false);
            }
        }
    }

    #[test]
    fn what_is_none_of_the_forms_is_seldom_looked_at_again() {
        let keys = ["sk-bench-5f0c1a9e7d3b2468", "correct+horse/battery"];
        check(&keys, "The sky is blue because air scatters blue light more than red.", false);
        check(&keys, "correct horse, battery", false);
        check(&keys, "", false);
    }

    #[test]
    fn a_beginning_is_one_of_a_form() {
        let samples = samples(&["abcdefghijklmnopqrst"]);
        assert!(samples.may_begin(b"abcdefgh") && samples.may_begin(b"ABCDEFGH and more"));
        assert!(!samples.may_begin(b"abcdefgx") && !samples.may_begin(b"abcdefg"));
    }
}
