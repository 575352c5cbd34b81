//! Paths in documents: what is found is what a walk over the whole document finds.
//!
//! The input is text: the first line has paths, separated by tabs, every further line a document.

mod document;
mod halves;
mod path;
mod property;

pub(crate) use property::TOKENS;
pub use property::jsonpath;
