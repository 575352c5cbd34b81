//! The one table of keys: it drives reading, suggestions, and the reference.

mod foreign;
mod key;
mod kind;
mod synonyms;
mod table;
mod unknown;

pub(crate) use foreign::is_foreign;
pub(crate) use key::key;
pub use key::{Key, keys};
pub use kind::KeyKind;
pub(crate) use unknown::{check, is_known, variable_of};
