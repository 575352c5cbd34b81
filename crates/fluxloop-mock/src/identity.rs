//! Ids that a seed decides.

use fastrand::Rng;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(crate) fn id(rng: &mut Rng, length: usize) -> String {
    (0..length).map(|_| char::from(ALPHANUMERIC[rng.usize(..ALPHANUMERIC.len())])).collect()
}

/// Chance for one purpose of one request, independent of the order in which requests are served.
pub(crate) fn rng(seed: u64, number: u64, purpose: u64) -> Rng {
    // Odd constants of SplitMix64: neighboring seeds and numbers give unrelated streams.
    let mixed = seed
        ^ number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ purpose.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    Rng::with_seed(mixed)
}
