//! Takes up a run again that ended early.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use fluxloop_plan::{Case, Plan};
use fluxloop_redact::{MASK, Redactor};
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

/// Where the cases of today stand, told apart by their names and by what they ask: an input that was
/// exchanged under the same name is another case.
///
/// A record of yesterday is a case of today by its place alone, as long as configuration and inputs
/// are the same: names and texts are masked, and so can be those of another one.
///
/// It holds 32 bytes for each, whatever they hold.
#[derive(Debug, Default)]
pub struct CasePlaces(HashMap<u128, Option<u64>>);

impl CasePlaces {
    /// The places of these cases. What cannot be told apart has none.
    ///
    /// # Errors
    ///
    /// That of the first case that cannot be read.
    pub fn of<E>(cases: impl IntoIterator<Item = Result<Case, E>>, plan: &Plan) -> Result<Self, E> {
        let mut places = HashMap::new();
        for case in cases {
            let case = case?;
            let redactor = &*plan.redactor_for(&case);
            let hash = case.input.fingerprint(redactor).to_string();
            places
                .entry(key(&record::case_id(redactor, &case), &hash))
                .and_modify(|place| *place = None)
                .or_insert(Some(case.index));
        }
        Ok(Self(places))
    }

    /// Gives the case of a record its place, if it is one of them and no other record has it.
    pub fn take(&mut self, trace: &Trace) -> Option<u64> {
        self.0.remove(&key(&trace.case_id, &trace.input_hash)).flatten()
    }
}

/// Whether a record is that of this case: the same place, name and input. What was masked then or
/// is masked today counts as the same, because the secrets may be others.
///
/// `unmasking` masks nothing.
pub fn is_record_of(trace: &Trace, case: &Case, plan: &Plan, unmasking: &Redactor) -> bool {
    let redactor = &*plan.redactor_for(case);
    let hash = |redactor| case.input.fingerprint(redactor).to_string();
    let today = hash(redactor);
    let id = record::case_id(redactor, case);
    let was_masked = trace.redactions > 0 || trace.case_id.input_id.as_str().contains(MASK);
    let is_masked = today != hash(unmasking) || id.input_id.as_str() != case.input.id;
    let is_alike = trace.case_id == id
        && trace.input_hash == today
        && trace.input.as_str() == case.input.input;
    let is_place = trace.case_index == case.index && trace.iteration == case.iteration;
    is_place && (is_alike || was_masked || is_masked)
}

/// So long that no two cases have the same by chance.
fn key(case_id: &CaseId, input_hash: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, case_id, input_hash).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}
