//! The layers of a configuration, from the built-in defaults to the command line.
//!
//! [`Project`] finds the files, [`read()`] collects the layers, each as a tree of what one source
//! says, and [`merge()`] makes one tree of them in which every value knows where it was written.

mod merge;
mod outside;
mod project;
mod sources;

pub(crate) use merge::{is_older_name, merge, newer_name};
pub(crate) use outside::{
    key_of as set_key, parts as set_key_parts, set_spelling, variable_key, variable_spelling,
};
pub(crate) use project::{Project, near_file, shown};
pub(crate) use sources::{default_of, defaults, read};
