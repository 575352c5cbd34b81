//! Finds values in JSON text by path.

mod error;
mod found;
mod path;
mod path_set;

pub use error::{JsonError, PathError, TooManyMatches};
pub use found::Found;
pub use path::{JsonPath, Step};
pub use path_set::PathSet;

/// How many values a path with more than one `..` may visit in one document.
pub const MAX_VISITS: usize = 1 << 24;
