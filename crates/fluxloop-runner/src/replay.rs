//! Judges recorded cases by the rules of a plan, without a network: the same code that judges a live
//! answer reads the recorded pieces at their recorded times.

use std::sync::Arc;
use std::time::Duration;

use fluxloop_expect::Judging;
use fluxloop_plan::Plan;
use fluxloop_recording::{RecordedAttempt, RecordedCase};
use fluxloop_trace::{GaveUp, GiveUpReason, Outcome, Trace, Turn, WarningCode};
use tokio::time::Instant;

use crate::attempt::{self, AttemptEnd, AttemptResult, Recorded};
use crate::clock::RunClock;
use crate::endpoint::Endpoint;
use crate::record::{self, Asked, CaseEnd, Ended};
use crate::retry::{self, Verdict};
use crate::shared::Shared;

/// Judges recorded cases by the rules of a plan.
#[derive(Debug)]
pub struct Replayer {
    shared: Shared,
}

/// The recording is not that of the record.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the recording has other attempts than the record of the case")]
pub struct OtherAttempts;

impl Replayer {
    /// Takes the rules of this plan. Nothing is sent, whatever its endpoint is.
    pub fn new(plan: Plan) -> Self {
        Self { shared: Shared::new(plan, Endpoint::Recording, RunClock::of_records()) }
    }

    /// Judges each case by what is expected of its answer, too.
    #[must_use]
    pub fn judge_by(mut self, judging: Arc<Judging>) -> Self {
        self.shared.judging = judging;
        self
    }

    /// Rules of the plan's own schema that had work in no answer so far.
    pub fn unused_rules(&self) -> Vec<String> {
        self.shared.unused_rules()
    }

    /// Judges a case again. Under the rules by which it was judged, its record is the same, times
    /// included.
    ///
    /// The attempts are judged in order; the first that succeeds counts, or else the last. What the
    /// network did stays as it was. Where these rules would read on after the place at which the
    /// answer was cut, the case fails as `not_recorded`.
    ///
    /// # Errors
    ///
    /// [`OtherAttempts`] when the recording does not belong to the record.
    pub fn judge(&self, trace: &Trace, recorded: &RecordedCase) -> Result<Trace, OtherAttempts> {
        let Some(turn) = trace.last_turn() else { return Ok(trace.clone()) };
        if turn.attempts.len() != recorded.attempts.len() {
            return Err(OtherAttempts);
        }
        // The request could not be made.
        if turn.attempts.is_empty() {
            return Ok(trace.clone());
        }
        let due = self.shared.clock.started() + Duration::from_nanos(recorded.due);
        let mut attempts = self.attempts(turn, recorded, due);
        let is_last = attempts.len() == turn.attempts.len();
        let gave_up = self.gave_up(&mut attempts, turn.gave_up.filter(|_| is_last));
        let end = match attempts.last().map(|last| &last.end) {
            Some(AttemptEnd::Succeeded) => CaseEnd::Succeeded,
            Some(AttemptEnd::Stopped(guard)) => CaseEnd::Stopped(*guard),
            Some(AttemptEnd::Failed(_)) => CaseEnd::Failed,
            Some(AttemptEnd::Interrupted) | None => CaseEnd::Interrupted,
        };
        if let Some(last) = attempts.last_mut() {
            let stood = trace.warnings.iter().filter(|it| it.code == WarningCode::Standstill);
            last.warnings.extend(stood.map(|it| (it.code, it.message.as_str().to_owned())));
        }
        let ended = Ended {
            end,
            redactor: self.shared.plan.redactor.clone(),
            scheduled: due,
            closed: due + Duration::from_nanos(recorded.closed),
            attempts,
            gave_up,
        };
        Ok(record::close(&self.shared, &Asked::Record(trace), &ended).trace)
    }

    /// When the text of each attempt arrived: nanoseconds since the attempt began, and the length of
    /// the text by then, in units of UTF-16. What is read of an answer only as a whole gives none.
    pub fn arrivals(&self, recorded: &RecordedCase) -> Vec<Vec<(u64, u64)>> {
        let attempts = recorded.attempts.iter();
        attempts.map(|attempt| attempt::arrivals(&self.shared, attempt)).collect()
    }

    /// Judges the attempts, until one ends the case.
    fn attempts(&self, turn: &Turn, recorded: &RecordedCase, due: Instant) -> Vec<AttemptResult> {
        let after = |attempt: &RecordedAttempt| Duration::from_nanos(attempt.facts().started);
        let begun = recorded.attempts.first().map_or(due, |first| due + after(first));
        let guard = self.shared.plan.guards.max_duration.map(|limit| begun + limit);
        let mut results = Vec::with_capacity(turn.attempts.len());
        for (attempt, written) in recorded.attempts.iter().zip(&turn.attempts) {
            let is_last = results.len() + 1 == turn.attempts.len();
            let failure = turn.error.as_ref().filter(|_| is_last);
            let failed = Recorded::of(written, failure);
            let started = due + after(attempt);
            let result = attempt::replay(&self.shared, attempt, started, guard, failed);
            let is_over = !matches!(result.end, AttemptEnd::Failed(_));
            results.push(result);
            if is_over {
                break;
            }
        }
        results
    }

    /// Why nothing follows the last attempt, if it failed. `recorded` is what its record says.
    fn gave_up(&self, attempts: &mut [AttemptResult], recorded: Option<GaveUp>) -> Option<GaveUp> {
        let number = u32::try_from(attempts.len()).unwrap_or(u32::MAX);
        let last = attempts.last_mut()?;
        let AttemptEnd::Failed(fault) = &mut last.end else { return None };
        let is_as_recorded = fault.is_recorded();
        let gave_up = recorded.unwrap_or_else(|| {
            let Shared { plan, backoff, .. } = &self.shared;
            let reason = match retry::decide(&plan.retry, backoff, fault, number, None, 0.5) {
                Verdict::Retry(_) => GiveUpReason::Replay,
                Verdict::GiveUp(reason) => reason,
            };
            GaveUp { reason, wait_ms: None, furthest: None }
        });
        // Its words say so already.
        if !is_as_recorded {
            fault.give_up(&gave_up);
        }
        Some(gave_up)
    }
}

/// Whether a case can be judged again: it was closed, and not by the user.
pub fn is_replayable(trace: &Trace) -> bool {
    trace.outcome != Outcome::Interrupted
}
