//! Reads YAML twice: for what it says, and for where it says so.
//!
//! [`serde_yaml`] decides what every scalar means. It knows no positions of values, so an
//! event-level parser draws an [`outline`] of the same text, and [`pair`] lays one over the other.
//! A text that the two read differently is refused; it could only surprise.

mod node;
mod outline;
mod pair;
mod parse;
mod text;
mod value;

pub(crate) use node::{Entry, Node, Shape, Text, TextPlace};
pub(crate) use outline::MAX_DEPTH;
pub(crate) use parse::parse;
pub(crate) use text::{read_beginning, read_text};

#[cfg(test)]
mod tests;
