//! What the page needs beside the figures, collected in bounded memory. What is kept does not
//! depend on the order in which cases were closed: of many, the first in input order.

use std::collections::BTreeMap;

use fluxloop_trace::{
    CaseId, ExpectationKind, Failure, FailureKind, GuardKind, Outcome, Trace, UnmetExpectation,
};

use crate::finished;

/// How many cases are named per group.
const NAMED_CASES: usize = 5;
/// How many outputs are shown.
const SHOWN_OUTPUTS: usize = 3;
/// How much of an input or an output is kept, in characters.
const KEPT_CHARS: usize = 2_000;

/// What the page needs beside the figures.
#[derive(Debug, Default)]
pub(super) struct Digest {
    /// How many cases the run has.
    pub(super) planned: Option<u64>,
    /// Whether the answers were recorded earlier and nothing was sent.
    pub(super) is_replay: bool,
    pub(super) failures: BTreeMap<FailureKind, FailureGroup>,
    /// Cases that succeeded and did not pass, by the first expectation that keeps them from it.
    pub(super) open: BTreeMap<Open, OpenGroup>,
    pub(super) stopped: BTreeMap<GuardKind, Cases>,
    pub(super) interrupted: Cases,
    pub(super) outputs: First<Exchange>,
}

/// Which expectations are open: whether they could not be judged, and what they ask.
pub(super) type Open = (bool, Option<ExpectationKind>);

/// Cases with an open expectation of one kind.
#[derive(Debug, Default)]
pub(super) struct OpenGroup {
    pub(super) cases: Cases,
    pub(super) example: First<(CaseId, UnmetExpectation)>,
}

/// The failures of one kind.
#[derive(Debug, Default)]
pub(super) struct FailureGroup {
    pub(super) cases: Cases,
    pub(super) example: First<Example>,
}

/// A failure in full.
#[derive(Debug)]
pub(super) struct Example {
    pub(super) case_id: CaseId,
    pub(super) failure: Failure,
    pub(super) attempts: usize,
}

/// A question and the beginning of its answer.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) case_id: CaseId,
    pub(super) input: String,
    pub(super) output: String,
}

impl Digest {
    /// Takes what is needed of a closed case.
    pub(super) fn add(&mut self, trace: &Trace) {
        let place = trace.case_index;
        if let Some(failure) = &trace.error {
            let group = self.failures.entry(failure.kind).or_default();
            group.cases.add(place, &trace.case_id);
            group.example.offer(place, 1, || Example {
                case_id: trace.case_id.clone(),
                failure: failure.clone(),
                attempts: trace.attempts().count(),
            });
        }
        if let Some(open) = finished::open(trace) {
            let is_unjudged = trace.expectations.as_ref().is_some_and(|all| all.unmet.is_empty());
            let group = self.open.entry((is_unjudged, open.kind)).or_default();
            group.cases.add(place, &trace.case_id);
            group.example.offer(place, 1, || (trace.case_id.clone(), open.clone()));
        }
        if let Some(guard) = trace.termination_reason {
            self.stopped.entry(guard).or_default().add(place, &trace.case_id);
        }
        if trace.outcome == Outcome::Interrupted {
            self.interrupted.add(place, &trace.case_id);
        }
        if trace.success {
            self.outputs.offer(place, SHOWN_OUTPUTS, || Exchange {
                case_id: trace.case_id.clone(),
                input: beginning(trace.input.as_str()),
                output: beginning(trace.output.as_str()),
            });
        }
    }
}

/// A number of cases, the first of them by name.
#[derive(Debug, Default)]
pub(super) struct Cases {
    pub(super) count: u64,
    pub(super) named: First<CaseId>,
}

impl Cases {
    fn add(&mut self, place: u64, case_id: &CaseId) {
        self.count += 1;
        self.named.offer(place, NAMED_CASES, || case_id.clone());
    }
}

/// The first few in input order.
#[derive(Debug)]
pub(super) struct First<T>(BTreeMap<u64, T>);

impl<T> First<T> {
    /// Takes the value of a place, if it is among the first `few` so far.
    fn offer(&mut self, place: u64, few: usize, value: impl FnOnce() -> T) {
        if self.0.len() == few && self.0.last_key_value().is_some_and(|(&last, _)| last < place) {
            return;
        }
        self.0.insert(place, value());
        if self.0.len() > few {
            self.0.pop_last();
        }
    }

    /// The values, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.values()
    }
}

impl<T> Default for First<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

/// The beginning of a text that may have megabytes.
fn beginning(text: &str) -> String {
    text.chars().take(KEPT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_in_input_order_stay_whatever_came_first() {
        let mut first = First::default();
        for place in [7, 3, 9, 1, 8, 2] {
            first.offer(place, 3, || place);
        }
        assert_eq!(first.iter().copied().collect::<Vec<_>>(), [1, 2, 3]);
    }
}
