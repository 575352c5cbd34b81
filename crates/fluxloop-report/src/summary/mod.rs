//! The end of a run, for a person: what came of it, how fast it was, what failed and what to do,
//! some of the outputs, and where everything is.

mod certainty;
mod digest;
mod failures;
mod figures;
mod next;
mod reporter;
mod verdict;

pub use reporter::SummaryReporter;
pub(crate) use verdict::notes as expectation_notes;
