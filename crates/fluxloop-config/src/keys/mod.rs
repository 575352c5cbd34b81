//! The one table of keys: it drives reading, suggestions, and the reference.

mod foreign;
mod key;
mod kind;
mod synonyms;
mod table;
mod unknown;

pub(crate) use foreign::{FOREIGN, FOREIGN_RUNNER, is_foreign};
pub use key::{Key, keys};
pub(crate) use key::{key, key_at};
pub use kind::KeyKind;
pub(crate) use unknown::{check, is_container, is_known, nearest_keys, variable_of};
