//! Errors, with their places.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use thiserror::Error;

use super::{Fault, one_line};
use crate::Origin;

/// How many faults are shown: whoever has more mends the first ones first.
const MAX_SHOWN: usize = 50;

/// Why there is no plan, split by what the caller can do about it.
#[derive(Debug, Error)]
pub enum ConfigErrors {
    /// There is no configuration where one was looked for.
    #[error("no configuration found; looked for {}", paths(.0))]
    NotFound(Vec<PathBuf>),
    /// There is no project of that name, but one with a similar name.
    #[error("no configuration found; looked for {}; did you mean `--project {near}`?", paths(.looked))]
    NoSuchProject {
        /// Where it was looked for.
        looked: Vec<PathBuf>,
        /// The similar name.
        near: String,
    },
    /// The configuration has faults; the first of them are shown.
    #[error("{}", lines(.0))]
    Faults(Vec<ConfigError>),
    /// The configuration is sound, but says nothing about what to send.
    #[error("{config}: no inputs: neither `inputs_file` nor `base_inputs` is set")]
    NoInputs {
        /// The configuration.
        config: Origin,
    },
}

impl ConfigErrors {
    /// What to do about it; the hints of single faults stand with them.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotFound(_) => Some(
                "write `configs/simulation.yaml`, or name a file with `--config FILE` or a project \
                 with `--project NAME`",
            ),
            Self::Faults(_) | Self::NoSuchProject { .. } => None,
            Self::NoInputs { .. } => {
                Some("the smallest thing to write is `base_inputs: [\"Hello\"]`")
            }
        }
    }

    /// The single faults, in the order of files and lines; empty for the other kinds.
    pub fn faults(&self) -> &[ConfigError] {
        match self {
            Self::Faults(faults) => faults,
            Self::NotFound(_) | Self::NoSuchProject { .. } | Self::NoInputs { .. } => &[],
        }
    }

    /// Whether the command line itself cannot be read (`--set` without `=`), so that its user, and
    /// no file, is to blame.
    pub fn is_usage(&self) -> bool {
        let is_usage = |fault: &Fault| matches!(fault, Fault::SetSyntax | Fault::SetEmptyPart);
        self.faults().iter().any(|error| is_usage(&error.fault))
    }
}

/// One fault of a configuration. Shows as `file:line:column: key: what is wrong; what is right`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfigError {
    /// Where it was written.
    pub origin: Origin,
    /// The key, from the root (`runner.http.url`); empty where a file as a whole is at fault.
    pub key: String,
    /// What is wrong.
    pub fault: Fault,
}

impl ConfigError {
    /// What would be right.
    pub fn hint(&self) -> Option<String> {
        self.fault.hint()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = format!("{}: ", self.origin);
        if !self.key.is_empty() && !self.origin.names(&self.key) {
            write!(line, "{}: ", self.key)?;
        }
        write!(line, "{}", self.fault)?;
        if let Some(hint) = self.hint() {
            write!(line, "; {hint}")?;
        }
        f.write_str(&one_line(&line))
    }
}

impl std::error::Error for ConfigError {}

fn paths(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    shown.join(", ")
}

fn lines(errors: &[ConfigError]) -> String {
    let mut shown: Vec<String> =
        errors.iter().take(MAX_SHOWN).map(ConfigError::to_string).collect();
    if let more @ 1.. = errors.len().saturating_sub(MAX_SHOWN) {
        shown.push(format!("and {more} more"));
    }
    shown.join("\n")
}
