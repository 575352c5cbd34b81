//! Ends a run before its last case, by the limits of `stop`.

use std::time::Duration;

use fluxloop_plan::{FailureLimit, StopLimits};
use fluxloop_redact::Masked;
use fluxloop_trace::{Amount, EndedBy, FailureKind, Outcome, Trace};
use tokio::time::Instant;

use crate::gate::LONGEST_RETRY_AFTER;

/// A limit of `stop` that was reached.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reached {
    pub(crate) by: EndedBy,
    pub(crate) limit: Amount,
    pub(crate) value: Amount,
    /// How the case failed that reached it.
    pub(crate) cause: Option<Cause>,
    /// Until when the server asks to wait (`late_429`).
    pub(crate) until: Option<Instant>,
}

impl Reached {
    pub(crate) fn count(by: EndedBy, limit: u64, value: u64) -> Self {
        let (limit, value) = (Amount::count(limit), Amount::count(value));
        Self { by, limit, value, cause: None, until: None }
    }
}

/// The failure of the case that reached a limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cause {
    /// What happened.
    pub(crate) message: Masked,
    /// What to do about it.
    pub(crate) hint: Masked,
}

impl Cause {
    pub(crate) fn of(trace: &Trace) -> Option<Self> {
        let failure = trace.error.as_ref()?;
        Some(Self { message: failure.message.clone(), hint: failure.hint.clone() })
    }
}

/// By what failures are alike.
pub(crate) type Likeness = (FailureKind, Option<u16>);

/// What a closed case says about the run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Evidence {
    /// Nothing: a fault of the input or of this machine, a guard of the user, or its end.
    Nothing,
    /// The target works. An answer that the provider withholds is its answer.
    Works,
    /// It failed.
    Failed(Likeness),
}

impl Evidence {
    pub(crate) fn of(trace: &Trace) -> Self {
        let Some(failure) = trace.error.as_ref() else {
            return if trace.success { Self::Works } else { Self::Nothing };
        };
        match failure.kind {
            FailureKind::Internal
            | FailureKind::Local
            | FailureKind::NotRecorded
            | FailureKind::Template => Self::Nothing,
            FailureKind::Withheld => Self::Works,
            kind => Self::Failed((kind, failure.status)),
        }
    }
}

/// Cases that failed alike, with no other end between them.
#[derive(Debug)]
struct Row {
    likeness: Likeness,
    cases: u64,
    /// The last case that had begun when the first of them was closed: what was under way then failed
    /// by the same event.
    begun: u64,
}

/// Watches the limits of `stop`, from the start of this part of the run: failures of an earlier part
/// are past, and what made them may have been mended since.
#[derive(Debug)]
pub(crate) struct Limits {
    policy: StopLimits,
    started: Instant,
    /// How many cases are to be closed.
    total: u64,
    closed: u64,
    failed: u64,
    has_succeeded: bool,
    failed_before: u64,
    row: Option<Row>,
    later: u64,
}

impl Limits {
    pub(crate) fn start(limits: StopLimits, total: u64, now: Instant) -> Self {
        Self {
            policy: limits,
            started: now,
            total,
            closed: 0,
            failed: 0,
            has_succeeded: false,
            failed_before: 0,
            row: None,
            later: 0,
        }
    }

    /// The records of an earlier part of the run were read; this part begins now.
    pub(crate) fn start_again(&mut self, now: Instant) {
        self.started = now;
    }

    /// A case of an earlier part of the run: where one succeeded the target was there.
    pub(crate) fn note_restored(&mut self, trace: &Trace) {
        self.has_succeeded |= trace.success;
    }

    /// When `stop.duration` is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.policy.duration.map(|duration| self.started + duration)
    }

    /// Whether no further case may begin, after so many requests.
    pub(crate) fn before_case(&self, requests: u64, now: Instant) -> Option<Reached> {
        let spent = self.policy.requests.filter(|most| requests >= *most);
        let spent = spent.map(|most| Reached::count(EndedBy::Requests, most, requests));
        spent.or_else(|| {
            let most = self.policy.duration?;
            let took = now - self.started;
            let seconds = |time: Duration| Amount::part(time.as_secs_f64());
            (took >= most).then(|| Reached {
                limit: seconds(most),
                value: seconds(took),
                ..Reached::count(EndedBy::Duration, 0, 0)
            })
        })
    }

    /// Counts a closed case. `begun` is the last one that has begun. Tells which limit it reaches.
    pub(crate) fn judge(&mut self, trace: &Trace, begun: u64, now: Instant) -> Option<Reached> {
        let until = asked_later(trace).map(|wait| now + wait);
        let failed = !trace.success && trace.outcome != Outcome::Interrupted;
        let reached =
            self.count(Evidence::of(trace), failed, until.is_some(), trace.case_index, begun);
        reached.map(|reached| Reached { cause: Cause::of(trace), until, ..reached })
    }

    fn count(
        &mut self,
        evidence: Evidence,
        failed: bool,
        is_asked_later: bool,
        place: u64,
        begun: u64,
    ) -> Option<Reached> {
        self.closed += 1;
        self.failed += u64::from(failed);
        self.later = if is_asked_later { self.later + 1 } else { 0 };
        match evidence {
            Evidence::Nothing => {}
            Evidence::Works => (self.has_succeeded, self.row) = (true, None),
            Evidence::Failed(likeness) => self.note_failed(likeness, place, begun),
        }
        self.reached(matches!(evidence, Evidence::Failed(_)))
    }

    fn note_failed(&mut self, likeness: Likeness, place: u64, begun: u64) {
        self.failed_before += u64::from(!self.has_succeeded);
        match &mut self.row {
            Some(row) if row.likeness == likeness => row.cases += u64::from(place > row.begun),
            row => *row = Some(Row { likeness, cases: 1, begun }),
        }
    }

    /// The first limit that is reached. Rows and sums of failures grow only by a case that `counts`.
    fn reached(&self, counts: bool) -> Option<Reached> {
        let limits = &self.policy;
        let row = self.row.as_ref().filter(|_| counts).map_or(0, |row| row.cases);
        let before = if self.has_succeeded || !counts { 0 } else { self.failed_before };
        let counts = [
            (EndedBy::Late429, limits.late_429, self.later),
            (EndedBy::NeverSucceeded, limits.never_succeeded, before),
            (EndedBy::SameFailures, limits.same_failures, row),
        ];
        let mut reached = counts.into_iter().filter_map(|(by, limit, value)| {
            let limit = limit.filter(|limit| value >= *limit)?;
            Some(Reached::count(by, limit, value))
        });
        reached.next().or_else(|| self.too_many_failures())
    }

    fn too_many_failures(&self) -> Option<Reached> {
        let limit = self.policy.failures?;
        if !limit.is_reached(self.failed, self.closed, self.total) {
            return None;
        }
        let by = EndedBy::Failures;
        Some(match limit {
            FailureLimit::Count(limit) => Reached::count(by, limit, self.failed),
            FailureLimit::Share(limit) => Reached {
                limit: Amount::part(limit),
                value: Amount::part(self.failed as f64 / self.closed as f64),
                ..Reached::count(by, 0, 0)
            },
        })
    }
}

/// How long the server asks to wait by a 429, if nobody waits so long.
fn asked_later(trace: &Trace) -> Option<Duration> {
    let failure = trace.error.as_ref().filter(|failure| failure.status == Some(429))?;
    failure.retry_after_ms.map(Duration::from).filter(|wait| *wait > LONGEST_RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use Evidence::{Failed, Nothing, Works};
    use FailureKind::{ApiError, Status, Timeout};

    use super::*;

    const BROKEN: Evidence = Failed((Status, Some(500)));

    /// The limits of three, and what cases say that are closed one after the other, each of them
    /// begun when the one before it was closed: which limit the last one reaches, and no other one.
    #[track_caller]
    fn check(cases: &[Evidence], expected: Option<EndedBy>) {
        check_begun(cases, |place| place, expected);
    }

    #[track_caller]
    fn check_begun(cases: &[Evidence], begun: fn(u64) -> u64, expected: Option<EndedBy>) {
        let limits = StopLimits {
            same_failures: Some(3),
            never_succeeded: Some(4),
            ..StopLimits::default()
        };
        let mut limits = Limits::start(limits, u64::MAX, Instant::now());
        let last = cases.len() - 1;
        for (place, evidence) in cases.iter().enumerate() {
            let at = place as u64;
            let reached = limits.count(*evidence, *evidence != Works, false, at, begun(at));
            let by = reached.map(|reached| reached.by);
            assert_eq!(by, expected.filter(|_| place == last), "case {place}");
        }
    }

    #[test]
    fn failures_alike_in_a_row_end_a_run() {
        check(&[Works, BROKEN, BROKEN, BROKEN], Some(EndedBy::SameFailures));
        check(&[BROKEN, BROKEN, Works, BROKEN, BROKEN], None);
        check(&[Works, BROKEN, BROKEN, Failed((Status, Some(502))), BROKEN], None);
        check(&[Works, BROKEN, Nothing, BROKEN, Nothing, BROKEN], Some(EndedBy::SameFailures));
    }

    #[test]
    fn a_run_without_a_success_ends_whatever_fails() {
        let (late, api) = (Failed((Timeout, None)), Failed((ApiError, Some(200))));
        check(&[BROKEN, late, api, BROKEN], Some(EndedBy::NeverSucceeded));
        check(&[BROKEN, late, Nothing, api], None);
        check(&[BROKEN, late, Works, api, BROKEN, late, api], None);
    }

    #[test]
    fn what_was_under_way_together_fails_once() {
        let row = [Works, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN];
        check_begun(&row, |_| 4, Some(EndedBy::SameFailures));
    }

    #[test]
    fn failures_may_be_limited_by_their_number() {
        let limits = StopLimits { failures: Some(FailureLimit::Count(2)), ..off() };
        let mut limits = Limits::start(limits, 9, Instant::now());
        assert_eq!(limits.count(Nothing, true, false, 0, 0), None);
        assert_eq!(limits.count(Works, false, false, 1, 1), None);
        let reached = limits.count(BROKEN, true, false, 2, 2);
        assert_eq!(reached, Some(Reached::count(EndedBy::Failures, 2, 2)));
    }

    #[test]
    fn requests_and_time_are_asked_before_each_case() {
        let now = Instant::now();
        let duration = Some(Duration::from_secs(90));
        let limits = StopLimits { requests: Some(10), duration, ..off() };
        let limits = Limits::start(limits, 9, now);
        let (early, late) = (now + Duration::from_secs(89), now + Duration::from_secs(90));
        assert_eq!(limits.before_case(9, early), None);
        let by = |requests, at| limits.before_case(requests, at).map(|reached| reached.by);
        assert_eq!(by(10, early), Some(EndedBy::Requests));
        assert_eq!(by(0, late), Some(EndedBy::Duration));
        assert_eq!(limits.before_case(0, late).map(|it| it.limit), Some(Amount::count(90)));
    }

    #[test]
    fn what_is_off_ends_nothing() {
        let mut limits = Limits::start(off(), 9, Instant::now());
        assert!((0..99).all(|place| limits.count(BROKEN, true, true, place, place).is_none()));
    }

    fn off() -> StopLimits {
        StopLimits {
            first_cases: None,
            same_failures: None,
            never_succeeded: None,
            late_429: None,
            ..StopLimits::default()
        }
    }
}
