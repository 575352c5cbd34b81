//! Why a path was refused, and why a document was.

use std::fmt;

/// Why a path was refused.
///
/// Shows as `<what is wrong> at character <position>`; [`hint`](Self::hint) says what would be
/// right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    pub(crate) position: usize,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl PathError {
    /// Where the fault is: 0-based, in characters of the path as written. At the end of the path
    /// it is the path's length.
    pub fn position(&self) -> usize {
        self.position
    }

    /// What is wrong, without the position.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What would be right, if there is something to say.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.message, self.position + 1)
    }
}

impl std::error::Error for PathError {}

/// Why nothing could be looked up in a document. Offsets are in bytes, 0-based.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The text is not JSON (RFC 8259).
    #[error("invalid JSON at byte {offset}: expected {expected}")]
    Syntax {
        /// Where the fault is.
        offset: usize,
        /// What would have been right there.
        expected: &'static str,
    },
    /// Arrays and objects are nested deeper than 127 levels.
    #[error("JSON nested deeper than 127 levels at byte {offset}")]
    TooDeep {
        /// The bracket or brace that is one too many.
        offset: usize,
    },
    /// A number does not fit into a double (`1e999`).
    #[error("number out of range at byte {offset}")]
    NumberOutOfRange {
        /// Where the number begins.
        offset: usize,
    },
    /// The path would multiply its matches beyond all use.
    #[error(transparent)]
    TooManyMatches(#[from] TooManyMatches),
}

impl JsonError {
    /// The byte at which the document is wrong; `None` if the document is not at fault.
    pub fn offset(&self) -> Option<usize> {
        match *self {
            Self::Syntax { offset, .. }
            | Self::TooDeep { offset }
            | Self::NumberOutOfRange { offset } => Some(offset),
            Self::TooManyMatches(_) => None,
        }
    }
}

/// A path with more than one `..` visits the same values again and again, and this document makes
/// it do so more than [`MAX_VISITS`](crate::MAX_VISITS) times.
///
/// No path with at most one `..` ever gives this error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path repeats `..` and would find too many values")]
pub struct TooManyMatches;
