//! Where a value was written.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A place in a text file; line and column count from 1, columns in characters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Where a value was written. Shows as the beginning of a message: `configs/simulation.yaml:3:5`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Origin {
    /// A file.
    File {
        /// The path as it was opened, shortened to the current folder where it lies inside.
        path: Arc<Path>,
        /// The place in the file, where one is to blame.
        position: Option<Position>,
    },
    /// An environment variable of the layer `FLUXLOOP__…`.
    Variable(String),
    /// `--set`, with the key as typed.
    Set(String),
    /// Another flag of the command line, such as `--iterations`.
    Flag(&'static str),
    /// Nowhere: it is built in.
    Default,
}

impl Origin {
    /// A place in a file.
    pub(crate) fn at(path: &Arc<Path>, line: usize, column: usize) -> Self {
        Self::File { path: Arc::clone(path), position: Some(Position { line, column }) }
    }

    /// A file as a whole.
    pub(crate) fn file(path: &Path) -> Self {
        Self::File { path: path.into(), position: None }
    }

    /// Whether it says itself which key it is about: `--set KEY`, or a flag.
    pub(crate) fn names(&self, key: &str) -> bool {
        match self {
            Self::Set(set) => set == key,
            Self::Flag(_) => true,
            Self::File { .. } | Self::Variable(_) | Self::Default => false,
        }
    }

    /// The same origin at another place, where it is a file.
    pub(crate) fn moved(&self, to: Option<Position>) -> Self {
        match (self, to) {
            (Self::File { path, .. }, Some(position)) => {
                Self::File { path: Arc::clone(path), position: Some(position) }
            }
            _ => self.clone(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, position: None } => write!(f, "{}", path.display()),
            Self::File { path, position: Some(Position { line, column }) } => {
                write!(f, "{}:{line}:{column}", path.display())
            }
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Set(key) => write!(f, "--set {key}"),
            Self::Flag(flag) => f.write_str(flag),
            Self::Default => f.write_str("default"),
        }
    }
}
