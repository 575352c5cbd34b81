//! Makes new inputs of old ones.

use fastrand::Rng;

use super::MAX_BYTES;

/// The most changes that one mutation makes.
const MAX_CHANGES: usize = 6;

/// An input that comes from a few changes of one that is kept.
pub(super) fn mutate(kept: &[Vec<u8>], tokens: &[&str], random: &mut Rng) -> Vec<u8> {
    let mut input = random.choice(kept).cloned().unwrap_or_default();
    for _ in 0..random.usize(1..=MAX_CHANGES) {
        match random.u8(0..6) {
            0 => replace(&mut input, &[random.u8(..)], random),
            1 => delete(&mut input, random),
            2 => repeat(&mut input, random),
            3 => splice(&mut input, kept, random),
            _ => insert_token(&mut input, tokens, random),
        }
    }
    input.truncate(MAX_BYTES);
    input
}

/// A part of the input, most often a short one.
fn range(input: &[u8], random: &mut Rng) -> std::ops::Range<usize> {
    let start = random.usize(..=input.len());
    let longest = if random.bool() { 4 } else { input.len() };
    start..(start + random.usize(..=longest)).min(input.len())
}

fn replace(input: &mut [u8], by: &[u8], random: &mut Rng) {
    let start = random.usize(..=input.len());
    for (byte, new) in input[start..].iter_mut().zip(by) {
        *byte = *new;
    }
}

fn delete(input: &mut Vec<u8>, random: &mut Rng) {
    let range = range(input, random);
    input.drain(range);
}

fn repeat(input: &mut Vec<u8>, random: &mut Rng) {
    let range = range(input, random);
    let part = input[range.clone()].repeat(random.usize(1..4));
    input.splice(range.end..range.end, part);
}

fn splice(input: &mut Vec<u8>, kept: &[Vec<u8>], random: &mut Rng) {
    if let Some(other) = random.choice(kept) {
        let part = other[range(other, random)].to_vec();
        let range = range(input, random);
        input.splice(range, part);
    }
}

fn insert_token(input: &mut Vec<u8>, tokens: &[&str], random: &mut Rng) {
    if let Some(token) = random.choice(tokens) {
        let at = random.usize(..=input.len());
        input.splice(at..at, token.bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn some(seed: u64) -> Vec<Vec<u8>> {
        let kept = [b"data: x\n\n".to_vec(), Vec::new(), vec![b'y'; MAX_BYTES]];
        let mut random = Rng::with_seed(seed);
        (0..500).map(|_| mutate(&kept, &["id: ", "\n"], &mut random)).collect()
    }

    #[test]
    fn mutations_differ_and_stay_small() {
        let different: BTreeSet<Vec<u8>> = some(1).into_iter().collect();
        assert!(different.len() > 300);
        assert!(different.iter().all(|input| input.len() <= MAX_BYTES));
    }

    #[test]
    fn a_seed_gives_the_same_mutations_again() {
        assert_eq!(some(1), some(1));
        assert_ne!(some(1), some(2));
    }
}
