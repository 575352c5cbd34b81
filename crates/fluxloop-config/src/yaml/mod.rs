//! Reads YAML: what stands where, and what it means.
//!
//! [`parse`] makes values with their places of the events of one parser. [`serde_yaml`] knows no
//! places of values, but decides what every scalar means: [`settle`] asks it. A text that the two
//! read differently is refused; it could only surprise.

mod diagnosis;
mod node;
mod other;
mod parse;
mod settle;
mod text;

pub(crate) use node::{Entry, Node, Shape, Text, TextPlace};
pub(crate) use other::format;
pub(crate) use parse::{MAX_DEPTH, parse};
pub(crate) use text::{read_beginning, read_lossy, read_text};

#[cfg(test)]
mod tests;
