//! The inputs of a run.

use std::fmt;
use std::sync::Arc;

use fluxloop_plan::Input;

use super::entry::Rules;
use super::stream::StreamFile;
use super::{InputError, InputIter};

/// The inputs of a run, after the selection of personas.
///
/// JSON Lines and CSV files stay on disk and are read again by every [`iter`](Self::iter), so that
/// memory does not grow with their length.
#[derive(Clone)]
pub struct Inputs {
    pub(super) source: Source,
    pub(super) rules: Arc<Rules>,
    pub(super) total: u64,
    pub(super) hash: String,
}

/// Where inputs come from.
#[derive(Clone)]
pub(super) enum Source {
    /// They were read as a whole.
    Memory(Arc<[Arc<Input>]>),
    /// A file that is read as a stream.
    Stream(Arc<StreamFile>),
}

impl Inputs {
    /// How many inputs there are, after the selection of personas.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// A hash of the inputs as they were written, and of what is done to them: equal hashes mean
    /// equal inputs in the same order.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether [`iter`](Self::iter) reads no file.
    pub fn are_in_memory(&self) -> bool {
        matches!(self.source, Source::Memory(_))
    }

    /// All inputs, in their order; may be called as often as one likes.
    ///
    /// An error ends the iteration: the file has changed since it was checked, or is gone.
    pub fn iter(&self) -> InputIter {
        match &self.source {
            Source::Memory(inputs) => InputIter::memory(Arc::clone(inputs)),
            Source::Stream(file) => InputIter::stream(file, Arc::clone(&self.rules)),
        }
    }
}

/// None of the values: an input may quote a secret.
impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs")
            .field("total", &self.total)
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

impl IntoIterator for &Inputs {
    type Item = Result<Arc<Input>, InputError>;
    type IntoIter = InputIter;

    fn into_iter(self) -> InputIter {
        self.iter()
    }
}
