//! Sends the first case alone: a configuration that is wrong costs one request, not all of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fluxloop_trace::{EndedBy, Failure, FailureKind, Trace};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::limits::{Cause, Likeness, Reached};

/// How long the others wait for a case that goes alone and does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many times as many inputs have to fail alike where the failure may be the fault of each of
/// them: three inputs that an agent refuses say little about the others.
const OF_INPUTS: u64 = 2;

/// In a smaller run the first case tells as much as all of them.
pub(crate) const FEWEST_CASES: u64 = 20;

/// Whether an answer of this run has given anything: text, another channel, or a call of a tool. A
/// frame alone may be one in which no text is found.
#[derive(Debug, Default)]
pub(crate) struct FirstOutput {
    came: AtomicBool,
    news: Notify,
}

impl FirstOutput {
    pub(crate) fn note(&self) {
        // Every answer comes here: a line of memory that is only read stays with each core.
        if !self.came.load(Ordering::Relaxed) && !self.came.swap(true, Ordering::Relaxed) {
            self.news.notify_one();
        }
    }

    /// Waits until the first output comes. It is told once.
    pub(crate) async fn comes(&self) {
        self.news.notified().await;
    }
}

/// Cases that go one by one at the start of a run.
#[derive(Debug)]
pub(crate) enum FirstCases {
    /// All may begin.
    Open,
    /// The next one goes alone.
    Alone {
        /// How many have to fail alike.
        limit: u64,
        /// Those that have failed.
        row: Option<Row>,
        /// Until when the others wait for the one that is under way.
        until: Option<Instant>,
    },
}

/// First cases that have failed alike, one after the other.
#[derive(Debug)]
pub(crate) struct Row {
    fault: Fault,
    cases: u64,
    /// How many inputs they are of, and the last of them.
    inputs: u64,
    last_input: u64,
}

/// A failure that the next case will have, too.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fault {
    likeness: Likeness,
    /// Whether the input may be the cause, and not the configuration.
    may_be_of_input: bool,
}

impl FirstCases {
    /// The run begins; where `limit` is absent, with all of its cases.
    pub(crate) fn start(limit: Option<u64>) -> Self {
        limit.map_or(Self::Open, |limit| Self::Alone { limit, row: None, until: None })
    }

    pub(crate) fn is_alone(&self) -> bool {
        matches!(self, Self::Alone { .. })
    }

    /// When the others begin, whatever comes.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        if let Self::Alone { until, .. } = self { *until } else { None }
    }

    /// A case begins.
    pub(crate) fn note_start(&mut self, now: Instant) {
        if let Self::Alone { until, .. } = self {
            *until = Some(now + PATIENCE);
        }
    }

    /// A case is closed. Tells when the last one of the first cases has failed like the others.
    pub(crate) fn judge(&mut self, trace: &Trace) -> Option<Reached> {
        let fault = trace.error.as_ref().and_then(Fault::of);
        // Cases go input by input, all iterations of one before the next.
        let input = trace.case_index - u64::from(trace.iteration);
        let reached = self.count(fault, input)?;
        Some(Reached { cause: Cause::of(trace), ..reached })
    }

    /// A case failed in this way, or ended in another way. `input` is the place of the first case of
    /// its input.
    fn count(&mut self, fault: Option<Fault>, input: u64) -> Option<Reached> {
        let Self::Alone { limit, row, until } = self else { return None };
        let row = match (fault, row) {
            (Some(fault), Some(row)) if row.fault == fault => row,
            (Some(fault), row @ None) => {
                row.insert(Row { fault, cases: 0, inputs: 0, last_input: input })
            }
            _ => {
                *self = Self::Open;
                return None;
            }
        };
        *until = None;
        row.cases += 1;
        if row.inputs == 0 || row.last_input != input {
            row.inputs += 1;
            row.last_input = input;
        }
        let is_reached = if row.fault.may_be_of_input {
            row.inputs >= limit.saturating_mul(OF_INPUTS)
        } else {
            row.cases >= *limit
        };
        is_reached.then(|| Reached::count(EndedBy::FirstCases, *limit, row.cases))
    }
}

impl Fault {
    fn of(failure: &Failure) -> Option<Self> {
        use FailureKind::{ContentType, Dns, NoText, Status, Template, Tls};
        let may_be_of_input = match (failure.kind, failure.status) {
            (ContentType | Dns | NoText | Tls, _) | (Status, Some(401 | 403 | 404 | 405 | 415)) => {
                false
            }
            (Template, _) | (Status, Some(400 | 422)) => true,
            _ => return None,
        };
        Some(Self { likeness: (failure.kind, failure.status), may_be_of_input })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: Option<Fault> = Some(fault(404, false));
    const DENIED: Option<Fault> = Some(fault(401, false));
    const REFUSED: Option<Fault> = Some(fault(422, true));

    const fn fault(status: u16, may_be_of_input: bool) -> Fault {
        Fault { likeness: (FailureKind::Status, Some(status)), may_be_of_input }
    }

    /// How cases of different inputs end one after the other: whether the next one goes alone after
    /// each, and whether the last one ends the run.
    #[track_caller]
    fn check(ends: &[Option<Fault>], alone: &[bool], reached: bool) {
        let inputs: Vec<u64> = (0..ends.len() as u64).collect();
        check_inputs(ends, &inputs, alone, reached);
    }

    #[track_caller]
    fn check_inputs(ends: &[Option<Fault>], inputs: &[u64], alone: &[bool], reached: bool) {
        let mut first = FirstCases::start(Some(3));
        for (place, ((end, input), alone)) in ends.iter().zip(inputs).zip(alone).enumerate() {
            let found = first.count(*end, *input);
            assert_eq!(first.is_alone(), *alone, "after case {place}");
            assert_eq!(found.is_some(), reached && place + 1 == ends.len(), "after case {place}");
        }
    }

    #[test]
    fn three_that_fail_alike_end_the_run() {
        check(&[MISSING; 3], &[true; 3], true);
        check_inputs(&[MISSING; 3], &[0; 3], &[true; 3], true);
    }

    #[test]
    fn another_end_lets_all_begin() {
        check(&[None, MISSING, MISSING, MISSING], &[false; 4], false);
        check(&[MISSING, None], &[true, false], false);
        check(&[MISSING, MISSING, DENIED], &[true, true, false], false);
        check(&[REFUSED, REFUSED, REFUSED, None], &[true, true, true, false], false);
    }

    #[test]
    fn what_may_be_the_fault_of_inputs_needs_six_of_them() {
        check(&[REFUSED; 6], &[true; 6], true);
        let inputs = [0, 0, 0, 3, 3, 6, 9, 12, 15];
        check_inputs(&[REFUSED; 9], &inputs, &[true; 9], true);
    }

    #[test]
    fn without_a_limit_nothing_goes_alone() {
        assert!(!FirstCases::start(None).is_alone());
    }

    #[tokio::test(start_paused = true)]
    async fn each_case_is_waited_for_anew() {
        let mut first = FirstCases::start(Some(3));
        assert_eq!(first.deadline(), None);
        first.note_start(Instant::now());
        assert_eq!(first.deadline(), Some(Instant::now() + PATIENCE));
        first.count(MISSING, 0);
        assert_eq!(first.deadline(), None);
    }
}
