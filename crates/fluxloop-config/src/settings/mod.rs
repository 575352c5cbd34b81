//! The configuration as it was written, all layers merged.

mod as_written;
mod merged;

pub use merged::Settings;
