//! Takes up a run again that ended early.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use fluxloop_plan::Case;
use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{CaseId, Summary, Trace};

use crate::record;

/// What an earlier part of a run has left: for [`Runner::resume`](crate::Runner::resume).
pub struct Past {
    /// Its summary, as far as the run goes on from there: when it began, how long it was under
    /// way. The figures of its cases follow from their records.
    pub summary: Summary,
    /// How many cases are closed.
    pub closed: u64,
    /// Their records, in any order.
    pub records: Records,
}

/// The records of closed cases, one after the other.
pub type Records = Box<dyn Iterator<Item = Result<Trace, Box<dyn Error + Send + Sync>>> + Send>;

impl fmt::Debug for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Past").field("closed", &self.closed).finish_non_exhaustive()
    }
}

/// A set of cases, which are told apart by their names and by what they ask: an input that was
/// exchanged under the same name is another case.
///
/// It holds 16 bytes for each, whatever they hold.
#[derive(Debug, Default)]
pub struct CaseSet(HashSet<u128>);

impl CaseSet {
    /// These cases, as their records tell them: masked by `redactor`.
    ///
    /// # Errors
    ///
    /// That of the first case that cannot be read.
    pub fn of<E>(
        cases: impl IntoIterator<Item = Result<Case, E>>,
        redactor: &Redactor,
    ) -> Result<Self, E> {
        cases
            .into_iter()
            .map(|case| Ok(of_case(&case?, redactor)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the case of a record is one of them.
    pub fn has(&self, trace: &Trace) -> bool {
        self.0.contains(&of_record(trace))
    }

    pub(crate) fn has_case(&self, case: &Case, redactor: &Redactor) -> bool {
        !self.0.is_empty() && self.0.contains(&of_case(case, redactor))
    }

    pub(crate) fn add(&mut self, trace: &Trace) {
        self.0.insert(of_record(trace));
    }
}

fn of_record(trace: &Trace) -> u128 {
    let persona = trace.persona.as_ref().map(Masked::as_str);
    key(&trace.case_id, trace.input.as_str(), persona)
}

fn of_case(case: &Case, redactor: &Redactor) -> u128 {
    // Masked when it was recorded, and when the record was read.
    let mask = |text: &str| redactor.mask(redactor.mask(text).as_str());
    let persona = case.input.persona.as_deref().map(mask);
    let persona = persona.as_ref().map(Masked::as_str);
    key(&record::case_id(redactor, case), mask(&case.input.input).as_str(), persona)
}

/// So long that no two cases have the same by chance.
fn key(case_id: &CaseId, input: &str, persona: Option<&str>) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, case_id, input, persona).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}
