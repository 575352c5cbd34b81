//! What can be wrong with a configuration, and what is odd about one.

use std::fmt::Display;

use fluxloop_redact::MASK;
use fluxloop_redact::naming::evident;

use crate::Origin;

mod config_errors;
mod fault;
mod finding;
mod remedy;
mod warning;
mod yaml_fault;

pub use config_errors::ConfigErrors;
pub(crate) use config_errors::{ConfigError, WhyNot};
pub(crate) use fault::{Fault, io_message};
pub use finding::{Finding, Quote};
pub use warning::{ConfigWarning, Oddity};
pub(crate) use warning::{counted, inputs};
pub(crate) use yaml_fault::YamlFault;

/// A message with its place and key, on one line, whatever it quotes: a line break in the name of a
/// key could forge another message.
fn message(origin: Option<&Origin>, key: &str, what: &dyn Display) -> String {
    let place = origin.map(|origin| format!("{origin}: ")).unwrap_or_default();
    let is_named = key.is_empty() || origin.is_some_and(|origin| origin.names(key));
    let key = if is_named { String::new() } else { format!("{key}: ") };
    format!("{place}{key}{what}").replace('\n', "\\n")
}

/// A text without what has the known form of a key, such as a cell where a file of inputs has no line
/// of names.
pub(crate) fn without_keys(mut text: String) -> String {
    for range in evident(&text).into_iter().rev() {
        text.replace_range(range, MASK);
    }
    text
}

/// Names in quotes.
pub(crate) fn quoted(names: &[impl AsRef<str>], separator: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(separator)
}
