//! Reading JSON text without building anything.
//!
//! [`scanner`] accepts exactly the documents that `serde_json` makes a `Value` of, and halves of
//! surrogate pairs; [`lookup`] walks a [`PathTree`] along with it, [`Tree`] keeps all of it for the
//! paths that need that, and [`Shape`] spares the reading of documents that are alike.

mod lookup;
mod scanner;
mod shape;
mod string;
mod tree;

pub(crate) use lookup::{Hits, Lookup, PathTree, Place};
pub(crate) use shape::Shape;
pub(crate) use string::unescape;
pub(crate) use tree::{Children, Tree};

/// How deep arrays and objects may be nested: the limit of `serde_json`.
pub const MAX_DEPTH: usize = 127;
