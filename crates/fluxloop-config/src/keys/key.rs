//! One key, and how to find it.

use super::{KeyKind, table};

/// One key of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The way from the root: `runner.http.timeout`.
    pub path: &'static str,
    /// What may be written there.
    pub kind: KeyKind,
    /// What holds when nothing is written, in YAML.
    pub default: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
}

/// Every key of the configuration, in the order in which a reader needs them.
pub fn keys() -> &'static [Key] {
    table::KEYS
}

/// The key at this path, if there is one.
pub(crate) fn key_at(path: &str) -> Option<&'static Key> {
    keys().iter().find(|key| key.path == path)
}

/// The key at this path, which must be in the table.
pub(crate) fn key(path: &str) -> &'static Key {
    keys().iter().find(|key| key.path == path).expect("the table holds every key that is read")
}
