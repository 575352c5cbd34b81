//! What can be wrong with a configuration, and what is odd about one.

mod config_errors;
mod fault;
mod warning;

pub use config_errors::ConfigErrors;
pub(crate) use config_errors::{ConfigError, WhyNot};
pub(crate) use fault::{Fault, io_message};
pub use warning::{ConfigWarning, Oddity};

/// A message on one line, whatever it quotes: a line break in the name of a key could forge another
/// message.
fn one_line(message: &str) -> String {
    message.replace('\n', "\\n")
}
