//! Reads inputs: what is sent, one entry after the other.
//!
//! [`load()`] checks all of them and gives [`Inputs`], whose iterators give them one by one.

mod csv;
mod document;
mod entry;
mod error;
mod ids;
mod iter;
mod json_lines;
mod list;
mod load;
mod stream;

pub use error::{InputError, InputFault};
pub use iter::InputIter;
pub use list::Inputs;
pub(crate) use load::{Found, load};

#[cfg(test)]
mod tests;
