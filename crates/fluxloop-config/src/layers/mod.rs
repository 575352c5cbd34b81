//! The layers of a configuration, from the built-in defaults to the command line.
//!
//! [`read()`] collects them, each as a tree of what one source says, and [`merge()`] makes one tree of
//! them in which every value knows where it was written.

mod defaults;
mod file;
mod flags;
mod merge;
mod older_names;
mod outside;
mod project;
mod read;
mod set;
mod variables;

pub(crate) use defaults::default_of;
pub(crate) use file::shown;
pub(crate) use merge::merge;
pub(crate) use older_names::is_older_name;
pub(crate) use project::Project;
pub(crate) use read::{Layer, read};
pub(crate) use set::key_of as set_key;
