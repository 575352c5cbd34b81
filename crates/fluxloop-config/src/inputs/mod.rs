//! Reads inputs: what is sent, one entry after the other.
//!
//! [`load()`] checks all of them and gives [`Inputs`], whose iterators give them one by one.

mod census;
mod choice;
mod csv;
mod document;
mod entry;
mod error;
mod folder;
mod foreign;
mod format;
mod ids;
mod json_lines;
mod line;
mod list;
mod load;
mod members;
mod open;
mod pattern;
mod section;
mod source;
mod stream;

pub use error::{InputError, InputFault, NotFound};
pub(crate) use foreign::PRESETS;
pub(crate) use format::FORMATS;
pub(crate) use line::{in_place_of_section, with_misplaced};
pub use list::{InputIter, Inputs};
pub(crate) use load::{Found, load};
pub(crate) use members::TEXTS;

/// What stands for standard input in the place of a file.
pub(crate) const STANDARD_INPUT: &str = "-";

#[cfg(test)]
mod tests;
