//! The configuration as it was written, all layers merged.

mod as_written;
mod merged;
mod to_yaml;

pub(crate) use as_written::{Places, literal, shown_value, written};
pub use merged::Settings;
pub(crate) use to_yaml::shown_with_origins;
pub use to_yaml::to_yaml;
