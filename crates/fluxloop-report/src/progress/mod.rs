//! Progress on a terminal: a bar, what is under way, what was closed last.

mod board;
mod reporter;
mod screen;

pub use reporter::ProgressReporter;
