//! A value that must not be seen.

use std::fmt;

use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};

/// A value that must not be seen: a key, a token, a password.
///
/// It can be compared and cloned, but neither displayed nor serialized. Its memory is wiped when
/// it is dropped.
///
/// What shows it shows nothing:
///
/// ```
/// # let secret = fluxloop_redact::Secret::new("hunter2-hunter2");
/// assert_eq!(format!("{secret:?}"), "Secret(***)");
/// ```
///
/// and what would show it does not compile:
///
/// ```compile_fail
/// # let secret = fluxloop_redact::Secret::new("hunter2-hunter2");
/// assert_eq!(format!("{secret}"), "Secret(***)");
/// ```
///
/// ```compile_fail
/// # let secret = fluxloop_redact::Secret::new("hunter2-hunter2");
/// serde_json::to_string(&secret).unwrap();
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a value into custody.
    pub fn new(value: impl Into<String>) -> Self {
        let mut value = value.into();
        // A copy of the exact size: a string with room to spare would be moved into one, and what it
        // left behind would not be wiped.
        let secret = SecretString::from(value.as_str());
        value.zeroize();
        Self(secret)
    }

    /// The value itself, for the one place that has to send it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_value() {
        let secret = Secret::new("hunter2-hunter2");
        assert!(!format!("{secret:?} {:#?}", Some(&secret)).contains("hunter2"));
    }
}
