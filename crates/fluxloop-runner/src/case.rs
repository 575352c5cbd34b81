//! Drives one case to its end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use fluxloop_explain::Reason;
use fluxloop_plan::{Case, RequestSpec};
use fluxloop_redact::Redactor;
use fluxloop_trace::{
    CaseId, Furthest, GaveUp, GiveUpReason as GiveUp, RunEvent, Trace, Warning, WarningCode,
};
use tokio::time::Instant;

use crate::attempt::{self, AttemptEnd, AttemptResult};
use crate::gate::{LONGEST_RETRY_AFTER, Pause};
use crate::panics::caught;
use crate::record::{self, Asked, CaseEnd, Ended};
use crate::recording::{self, between, since_epoch};
use crate::retry::{self, Verdict};
use crate::shared::Shared;
use crate::sink::Events;
use crate::stop::DRAIN;
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
    let redactor = shared.plan.redactor_for(&case);
    let case_id = record::case_id(&redactor, &case);
    events.send(RunEvent::CaseStarted { case_id: case_id.clone() }).await;
    // What it takes to tell is not the server's time.
    let begun = Instant::now();
    let scheduled = due.unwrap_or(begun);
    let guard = shared.plan.guards.max_duration.map(|limit| begun + limit);
    let rng = fastrand::Rng::with_seed(shared.seed ^ case.index.wrapping_mul(GOLDEN));
    let (attempts, gave_up) = (Vec::new(), None);
    let mut driver =
        Driver { shared, redactor, case_id, events, stop, guard, rng, attempts, gave_up };
    let ended = caught(pin!(driver.drive(&case))).await;
    let end = ended.unwrap_or_else(|panic| CaseEnd::broken(panic.into_reason(), &driver.shared));
    let Driver { shared, redactor, case_id, attempts, gave_up, .. } = driver;
    let closed = Instant::now();
    let mut ended = Ended { end, redactor, scheduled, closed, attempts, gave_up };
    let closed = record::close(&shared, &Asked::Case(&case, &case_id), &ended);
    record(&shared, &case, &mut ended, &closed);
    Arc::new(closed.trace)
}

/// Hands a closed case to the recording.
fn record(shared: &Shared, case: &Case, ended: &mut Ended, closed: &record::Closed) {
    let Some(recording) = &shared.recording else { return };
    let due = ended.scheduled;
    let attempts = ended.attempts.iter_mut();
    let attempts = attempts.map(|it| (between(due, it.started), it.recording.take())).collect();
    let closed = recording::Closed {
        trace: &closed.trace,
        trace_id: record::trace_id(shared.trace_ids, case.index).as_u128(),
        due: since_epoch(shared.clock.wall_at(due)),
        took: between(due, ended.closed),
        redactor: &ended.redactor,
        masked_places: closed.masked_places,
    };
    recording.offer(&closed, attempts);
}

/// Spreads the seeds of neighboring cases (2^64 divided by the golden ratio, as `SplitMix64`
/// does).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// One case under way.
struct Driver {
    shared: Arc<Shared>,
    /// Knows the secrets of this case, too.
    redactor: Arc<Redactor>,
    case_id: CaseId,
    events: Events,
    stop: Stop,
    /// When `max_duration` is over.
    guard: Option<Instant>,
    rng: fastrand::Rng,
    attempts: Vec<AttemptResult>,
    /// Why nothing follows the last attempt, which failed.
    gave_up: Option<GaveUp>,
}

impl Driver {
    /// Makes the request and sends it.
    async fn drive(&mut self, case: &Case) -> CaseEnd {
        let plan = &self.shared.plan;
        match plan.request.render(case, &plan.response) {
            Ok(request) => self.attempts(&request).await,
            Err(error) => CaseEnd::broken(Reason::Template(error), &self.shared),
        }
    }

    /// Sends the request until it succeeds or nothing follows any more. No case begins in a pause,
    /// so the first attempt waits for nothing.
    async fn attempts(&mut self, request: &RequestSpec) -> CaseEnd {
        let mut waited = Duration::ZERO;
        loop {
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
            let Some(wait) = self.follow_up().await else { return CaseEnd::Failed };
            waited = match self.hold(wait).await {
                Ok(waited) => waited,
                Err(end) => return end,
            };
        }
    }

    /// Waits until the next attempt may begin: for its own backoff, and for the pause that a 429
    /// asked of everybody. Tells how long that took, or how the case ends if it ends here.
    async fn hold(&mut self, wait: Duration) -> Result<Duration, CaseEnd> {
        let since = Instant::now();
        let chance = self.rng.f64();
        let (mut now, mut due) = (since, since + wait);
        loop {
            // What is due later has a jitter of its own.
            if let Some(pause) = self.shared.gate.pause(now).filter(|pause| pause.until > due) {
                due = pause.until + self.ramp(pause).mul_f64(chance);
            }
            if due <= now {
                return Ok(now - since);
            }
            // Nothing is on its way: a run that ends does not wait for a wait that is longer.
            let asked = self.stop.stage();
            if asked == Stage::Ending || (asked == Stage::Draining && now + DRAIN < due) {
                return Err(CaseEnd::Interrupted);
            }
            if self.guard.is_some_and(|at| at <= due) {
                // Another case may have brought this wait about; the fault that began it is ours.
                self.give_up(GiveUp::NoTime);
                return Err(CaseEnd::Failed);
            }
            let more = if asked == Stage::Running { Stage::Draining } else { Stage::Ending };
            tokio::select! {
                biased;
                () = self.stop.reached(more) => {}
                () = tokio::time::sleep_until(due) => {}
            }
            now = Instant::now();
        }
    }

    /// Within which time after a pause this case goes on: half of what its guard leaves then is for
    /// the attempt.
    fn ramp(&self, pause: Pause) -> Duration {
        let left = self.guard.map(|at| at.saturating_duration_since(pause.until));
        left.map_or(pause.ramp, |left| pause.ramp.min(left / 2))
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
            redactor: &self.redactor,
            case_id: &self.case_id,
            events: &self.events,
            stop: self.stop.clone(),
            guard: self.guard,
            request,
            waited,
        })
        .await;
        let AttemptResult { phase, status, resend, started, ended, .. } = &result;
        let (case, end, bytes) = (&self.case_id, result.end.name(), result.answer.bytes);
        let took = *ended - *started;
        tracing::debug!(%case, number, end, ?phase, status, bytes, resend, ?took, "attempt ended");
        result
    }

    /// Where the attempt that came furthest failed, if that was not the last one: a server that dies
    /// in a stream and is then unreachable did not just refuse a connection.
    fn furthest(&self) -> Option<Furthest> {
        let faults = self.attempts.iter().zip(1..).filter_map(|(result, number)| {
            let AttemptEnd::Failed(fault) = &result.end else { return None };
            Some(Furthest { attempt: number, phase: fault.phase, kind: fault.kind })
        });
        let (last, furthest) = (faults.clone().last()?, faults.max_by_key(|fault| fault.phase)?);
        (furthest.phase > last.phase).then_some(furthest)
    }

    /// Says of the last fault why nothing follows it.
    fn give_up(&mut self, reason: GiveUp) {
        let furthest = self.furthest();
        if let Some(AttemptEnd::Failed(fault)) = self.attempts.last_mut().map(|last| &mut last.end)
        {
            let wait = fault.retry_after.filter(|_| reason == GiveUp::AskedToWait);
            let gave_up = GaveUp { reason, wait_ms: wait.map(Into::into), furthest };
            fault.give_up(&gave_up);
            self.gave_up = Some(gave_up);
        }
    }

    /// Decides what follows the failed attempt: the case's own wait before the next one, or nothing.
    async fn follow_up(&mut self) -> Option<Duration> {
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
        let asks_everybody = fault.status == Some(429) && fault.transient;
        if asks_everybody {
            // A server that says 429 to one would say it to all, whether this case goes on or not.
            let pause = match verdict {
                Verdict::Retry(wait) => wait,
                Verdict::GiveUp(_) => shared.backoff.wait(number, fault.retry_after, chance),
            };
            // For longer nobody waits, and whether everybody is meant, others will be told.
            if pause <= LONGEST_RETRY_AFTER && shared.gate.close(now, pause) {
                let seconds = pause.as_secs_f64();
                let warning =
                    format!("the server answered 429: nothing is sent for {seconds:.1} s");
                let warning = shared.plan.redactor.mask(&warning);
                let warning = Warning::new(WarningCode::RateLimitPause, warning);
                self.events.send(RunEvent::Warning(warning)).await;
            }
        }
        let wait = match verdict {
            Verdict::GiveUp(why) => {
                self.give_up(why);
                return None;
            }
            Verdict::Retry(_) if !shared.gate.take_retry() => {
                self.give_up(GiveUp::Budget);
                return None;
            }
            Verdict::Retry(wait) => wait,
        };
        let event = RunEvent::RetryPlanned {
            case_id: self.case_id.clone(),
            number,
            cause: fault.kind,
            status: fault.status,
            message: record::message(&self.redactor, fault),
            wait,
        };
        // The pause that the server asks for is everybody's, and the gate keeps it.
        let waits_at_gate = asks_everybody && fault.retry_after == Some(wait);
        self.events.send(event).await;
        Some(if waits_at_gate { Duration::ZERO } else { wait })
    }
}
