//! Drives one case to its end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use fluxloop_plan::{Case, RequestSpec};
use fluxloop_trace::{CaseId, FailureKind, GuardKind, Phase, RunEvent, Trace};
use tokio::time::Instant;

use crate::attempt::{self, AttemptEnd, AttemptResult};
use crate::failure::Fault;
use crate::panics::caught;
use crate::record::{self, CaseEnd, Ended};
use crate::retry::{self, Verdict};
use crate::shared::Shared;
use crate::sink::Events;
use crate::{Stage, Stop};

/// Drives one case to its end: at most `1 + retry.attempts` attempts, one after the other. It
/// counts from when it was `due`, or from now; its guard begins now.
///
/// The trace is large, and the runtime moves what a task may return each time it polls the task,
/// for each chunk: so it is behind a pointer.
pub(crate) async fn drive(
    shared: Arc<Shared>,
    case: Case,
    due: Option<Instant>,
    events: Events,
    stop: Stop,
) -> Arc<Trace> {
    let case_id = record::case_id(&shared.plan.redactor, &case);
    events.send(RunEvent::CaseStarted { case_id: case_id.clone() }).await;
    // What it takes to tell is not the server's time.
    let begun = Instant::now();
    let scheduled = due.unwrap_or(begun);
    let guard = shared.plan.guards.max_duration.map(|limit| begun + limit);
    let rng = fastrand::Rng::with_seed(shared.seed ^ case.index.wrapping_mul(GOLDEN));
    let mut driver = Driver { shared, case_id, events, stop, guard, rng, attempts: Vec::new() };
    let end = caught(pin!(driver.drive(&case)))
        .await
        .unwrap_or_else(|panic| CaseEnd::Broken(Box::new(panic.into_fault(Phase::BeforeConnect))));
    let Driver { shared, case_id, attempts, .. } = driver;
    Arc::new(record::close(&shared, &case, &case_id, Ended { end, scheduled, attempts }))
}

/// Spreads the seeds of neighboring cases (2^64 divided by the golden ratio, as `SplitMix64`
/// does).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// One case under way.
struct Driver {
    shared: Arc<Shared>,
    case_id: CaseId,
    events: Events,
    stop: Stop,
    /// When `max_duration` is over.
    guard: Option<Instant>,
    rng: fastrand::Rng,
    attempts: Vec<AttemptResult>,
}

impl Driver {
    /// Makes the request and sends it.
    async fn drive(&mut self, case: &Case) -> CaseEnd {
        let plan = &self.shared.plan;
        match plan.request.render(case, &plan.response) {
            Ok(request) => self.attempts(&request).await,
            Err(error) => CaseEnd::Broken(Box::new(Fault::from_template(&error))),
        }
    }

    /// Sends the request until it succeeds or nothing follows any more.
    async fn attempts(&mut self, request: &RequestSpec) -> CaseEnd {
        let mut wait = Duration::ZERO;
        loop {
            let waited = match self.hold(wait).await {
                Ok(waited) => waited,
                Err(end) => return end,
            };
            let result = self.attempt(request, waited).await;
            let next = match &result.end {
                AttemptEnd::Succeeded => Err(CaseEnd::Succeeded),
                AttemptEnd::Stopped(guard) => Err(CaseEnd::Stopped(*guard)),
                AttemptEnd::Interrupted => Err(CaseEnd::Interrupted),
                AttemptEnd::Failed(_) => Ok(()),
            };
            self.attempts.push(result);
            if let Err(end) = next {
                return end;
            }
            match self.follow_up().await {
                Some(pause) => wait = pause,
                None => return CaseEnd::Failed,
            }
        }
    }

    /// Waits until the attempt may begin: for its own backoff, and for the pause that a 429 asked
    /// of everybody. Tells how long that took, or how the case ends if it ends here.
    async fn hold(&mut self, wait: Duration) -> Result<Duration, CaseEnd> {
        let since = Instant::now();
        let mut due = since + wait;
        let mut now = since;
        loop {
            due = due.max(self.shared.gate.paused_until(now).unwrap_or(now));
            if due <= now {
                return Ok(now - since);
            }
            if self.guard.is_some_and(|at| at <= due) {
                // The wait would outlast the case: it is not begun.
                return Err(CaseEnd::Stopped(GuardKind::MaxDuration));
            }
            tokio::select! {
                biased;
                () = self.stop.reached(Stage::Ending) => return Err(CaseEnd::Interrupted),
                () = tokio::time::sleep_until(due) => now = Instant::now(),
            }
        }
    }

    async fn attempt(&mut self, request: &RequestSpec, waited: Duration) -> AttemptResult {
        let number = self.attempts.len() + 1;
        if number == 1 {
            self.shared.gate.note_first_request();
        }
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let case_id = self.case_id.clone();
        tracing::debug!(case = %case_id, number, ?waited, "attempt begins");
        self.events.send(RunEvent::AttemptStarted { case_id, number }).await;
        let result = attempt::run(attempt::Task {
            shared: &self.shared,
            case_id: &self.case_id,
            events: &self.events,
            stop: self.stop.clone(),
            guard: self.guard,
            request,
            waited,
        })
        .await;
        let AttemptResult { phase, status, bytes, resend, timings, .. } = &result;
        let (case, end, total) = (&self.case_id, result.end.name(), timings.total_ms.0);
        tracing::debug!(%case, number, end, ?phase, status, bytes, resend, total, "attempt ended");
        result
    }

    /// Where the attempt that came furthest failed, if that was not the last one: a server that dies
    /// in a stream and is then unreachable did not just refuse a connection.
    fn furthest(&self) -> Option<(usize, Phase, FailureKind)> {
        let faults = self.attempts.iter().zip(1..).filter_map(|(result, number)| {
            let AttemptEnd::Failed(fault) = &result.end else { return None };
            Some((number, fault.phase, fault.kind))
        });
        let (last, furthest) = (faults.clone().last()?, faults.max_by_key(|&(_, phase, _)| phase)?);
        (furthest.1 > last.1).then_some(furthest)
    }

    /// Decides what follows the failed attempt: the wait before the next one, or nothing.
    async fn follow_up(&mut self) -> Option<Duration> {
        let furthest = self.furthest();
        let number = u32::try_from(self.attempts.len()).unwrap_or(u32::MAX);
        let Some(AttemptResult { end: AttemptEnd::Failed(fault), .. }) = self.attempts.last_mut()
        else {
            return None;
        };
        let now = Instant::now();
        let left = self.guard.map(|at| at.saturating_duration_since(now));
        let shared = &self.shared;
        let chance = self.rng.f64();
        let verdict =
            retry::decide(&shared.plan.retry, &shared.backoff, fault, number, left, chance);
        if fault.status == Some(429) && fault.transient {
            // A server that says 429 to one would say it to all, whether this case goes on or not.
            let pause = match verdict {
                Verdict::Retry(wait) => wait,
                Verdict::GiveUp(_) => shared.backoff.wait(number, fault.retry_after, chance),
            };
            shared.gate.pause(now, pause.min(retry::LONGEST_RETRY_AFTER));
        }
        let wait = match verdict {
            Verdict::GiveUp(why) => {
                fault.amend(why, furthest);
                return None;
            }
            Verdict::Retry(_) if !shared.gate.take_retry() => {
                fault.budget_denied();
                return None;
            }
            Verdict::Retry(wait) => wait,
        };
        let event = RunEvent::RetryPlanned {
            case_id: self.case_id.clone(),
            number,
            cause: fault.kind,
            message: record::message(&shared.plan.redactor, fault),
            wait,
        };
        self.events.send(event).await;
        Some(wait)
    }
}
