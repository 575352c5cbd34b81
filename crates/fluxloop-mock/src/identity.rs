//! Ids and times that a seed decides.

use fastrand::Rng;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";

/// What makes one answer differ from the next: chance of its own, and the time of its creation.
pub(crate) struct Identity {
    rng: Rng,
    /// In seconds since 1970.
    pub(crate) created: u64,
}

impl Identity {
    /// The identity of the request of this number.
    pub(crate) fn new(seed: u64, number: u64, created: u64) -> Self {
        Self { rng: rng(seed, number, 1), created }
    }

    /// A prefix and so many letters and digits.
    pub(crate) fn alphanumeric(&mut self, prefix: &str, length: usize) -> String {
        self.id(prefix, length, ALPHANUMERIC)
    }

    /// A prefix and so many hexadecimal digits.
    pub(crate) fn hex(&mut self, prefix: &str, length: usize) -> String {
        self.id(prefix, length, HEXADECIMAL)
    }

    fn id(&mut self, prefix: &str, length: usize, alphabet: &[u8]) -> String {
        let mut id = String::with_capacity(prefix.len() + length);
        id.push_str(prefix);
        for _ in 0..length {
            id.push(char::from(alphabet[self.rng.usize(..alphabet.len())]));
        }
        id
    }
}

/// Chance for one purpose of one request, independent of the order in which requests are served.
pub(crate) fn rng(seed: u64, number: u64, purpose: u64) -> Rng {
    // Odd constants of SplitMix64: neighboring seeds and numbers give unrelated streams.
    let mixed = seed
        ^ number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ purpose.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    Rng::with_seed(mixed)
}
