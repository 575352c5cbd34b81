//! Takes up a run again that ended early.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;

use fluxloop_plan::Case;
use fluxloop_trace::{CaseId, Summary, Trace};

use crate::record;
use crate::shared::Shared;

/// What an earlier part of a run has left: for [`Runner::resume`](crate::Runner::resume).
pub struct Past {
    /// Its summary, as far as the run goes on from there: when it began, how long it was under
    /// way. The figures of its cases follow from their records.
    pub summary: Summary,
    /// How many cases are closed.
    pub closed: u64,
    /// Their records, in any order.
    pub records: Records,
    /// How a case is told to be one of them.
    pub same: Same,
}

/// The records of closed cases, one after the other.
pub type Records = Box<dyn Iterator<Item = Result<Trace, Box<dyn Error + Send + Sync>>> + Send>;

/// How a case is told to be one that is closed already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Same {
    /// By its place in the order of the run, which is the one of then.
    Place,
    /// By its name, because the order may be another.
    Name,
}

impl Past {
    /// How many of so many cases are left, at most.
    pub(crate) fn left(&self, total: u64) -> u64 {
        match self.same {
            Same::Place => total.saturating_sub(self.closed),
            Same::Name => total,
        }
    }
}

impl fmt::Debug for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Past")
            .field("closed", &self.closed)
            .field("same", &self.same)
            .finish_non_exhaustive()
    }
}

/// The cases that are closed already.
#[derive(Debug)]
pub(crate) enum Closed {
    /// One bit for each place: a large run must not grow for having been resumed.
    Places(Vec<u64>),
    Names(HashSet<CaseId>),
}

impl Closed {
    pub(crate) fn new(same: Same) -> Self {
        match same {
            Same::Place => Self::Places(Vec::new()),
            Same::Name => Self::Names(HashSet::new()),
        }
    }

    /// Notes a closed case.
    pub(crate) fn note(&mut self, trace: &Trace) {
        match self {
            Self::Places(words) => {
                let (word, bit) = place(trace.case_index);
                if words.len() <= word {
                    words.resize(word + 1, 0);
                }
                words[word] |= bit;
            }
            Self::Names(names) => {
                names.insert(trace.case_id.clone());
            }
        }
    }

    /// Whether a case is one of them.
    pub(crate) fn has(&self, shared: &Shared, case: &Case) -> bool {
        match self {
            Self::Places(words) => {
                let (word, bit) = place(case.index);
                words.get(word).is_some_and(|word| word & bit != 0)
            }
            Self::Names(names) if names.is_empty() => false,
            Self::Names(names) => names.contains(&record::case_id(shared, case)),
        }
    }
}

fn place(index: u64) -> (usize, u64) {
    (usize::try_from(index / 64).unwrap_or(usize::MAX), 1 << (index % 64))
}
