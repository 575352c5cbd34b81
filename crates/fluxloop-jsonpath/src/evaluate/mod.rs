//! What a path finds in a document that is there as a whole (RFC 9535, section 2).
//!
//! One evaluator serves both kinds of document, a [`Tree`](crate::scan::Tree) that remembers its
//! text and a `serde_json::Value`, so that a path cannot mean two things.

mod compare;
mod document;
mod select;

pub(crate) use select::select;
