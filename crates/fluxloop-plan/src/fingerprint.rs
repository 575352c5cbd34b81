//! A stable hash, to tell whether something is still the same.

use std::fmt;

/// FNV-1a with 64 bits: the same on every machine and in every version, and fast enough for files
/// of inputs. It tells changes from sameness; it keeps no secret and resists no attack.
///
/// Source: the IETF draft draft-eastlake-fnv, sections 2 and 5 (offset basis and prime).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut fingerprint = Self::default();
        fingerprint.add(bytes);
        fingerprint
    }

    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// The number itself.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// The fingerprint of nothing.
impl Default for Fingerprint {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fnv1a64:{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fnv_1a() {
        assert_eq!(Fingerprint::of(b"").to_string(), "fnv1a64:cbf29ce484222325");
        assert_eq!(Fingerprint::of(b"foobar").to_string(), "fnv1a64:85944171f73967e8");
    }
}
