//! The configuration as it was written, all layers merged.

mod as_written;
mod merged;
mod to_yaml;

pub(crate) use as_written::{Places, literal};
pub use merged::Settings;
