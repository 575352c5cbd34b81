//! A stable hash, to tell whether something is still the same.

use std::fmt;

use sha2::{Digest, Sha256};

/// SHA-256: the same on every machine and in every version, and nobody finds two things that have the
/// same. It keeps no secret, because guesses can be tried: what it is made of has to be masked, or
/// [sealed](sealed).
#[derive(Clone, Default)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// The fingerprint of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut fingerprint = Self::default();
        fingerprint.add(bytes);
        fingerprint
    }

    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.clone().finalize().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// As it is written.
impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How often a hash is hashed again to seal it: some milliseconds, which a run does not notice and
/// somebody who tries guesses does. What one build has sealed, any other can check.
const ROUNDS: u32 = if cfg!(debug_assertions) { 100 } else { 20_000 };

/// What is written is not trusted to be quick.
const MOST_ROUNDS: u32 = 1_000_000;

/// Seals a hash of something that may hold a secret: each guess of the secret takes milliseconds to
/// check, and that work is of no use where `salt` is another.
pub fn sealed(hash: &str, salt: &str) -> String {
    seal(hash, salt, ROUNDS)
}

/// Whether it is this hash that was sealed.
pub fn is_sealed(hash: &str, salt: &str, sealed: &str) -> bool {
    let rounds = sealed.split(':').nth(1).and_then(|rounds| rounds.parse().ok());
    rounds.is_some_and(|rounds| rounds <= MOST_ROUNDS && seal(hash, salt, rounds) == sealed)
}

fn seal(hash: &str, salt: &str, rounds: u32) -> String {
    let mut sealed = Fingerprint::of(hash.as_bytes());
    for _ in 0..rounds {
        let digest = sealed.0.finalize();
        sealed = Fingerprint(Sha256::new().chain_update(salt).chain_update(digest));
    }
    format!("sealed:{rounds}:{sealed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of FIPS 180-4.
    #[test]
    fn it_is_sha_256() {
        let expected = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Fingerprint::of(b"abc").to_string(), expected);
    }

    #[test]
    fn a_sealed_hash_can_be_checked_and_differs_by_its_salt() {
        let once = sealed("sha256:00", "a");
        assert!(is_sealed("sha256:00", "a", &once), "{once}");
        for (hash, salt) in [("sha256:01", "a"), ("sha256:00", "b")] {
            assert!(!is_sealed(hash, salt, &once), "{once}");
        }
        for broken in ["", "sha256:00", "sealed:1", "sealed:9999999:sha256:00"] {
            assert!(!is_sealed("sha256:00", "a", broken), "{broken}");
        }
    }
}
