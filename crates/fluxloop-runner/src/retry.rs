//! Whether a failed attempt is followed by another one.

use std::time::Duration;

use fluxloop_http::Backoff;
use fluxloop_plan::{OnPartial, RetryPolicy};
use fluxloop_trace::{Clock, FailureKind, GiveUpReason as GiveUp, Phase};

use crate::failure::Fault;
use crate::gate::LONGEST_RETRY_AFTER;

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// Another attempt, after this wait.
    Retry(Duration),
    /// Nothing.
    GiveUp(GiveUp),
}

/// Decides after the attempt `number` (from 1). `left` is the case's remaining time, `chance` a
/// number from 0 to 1.
pub(crate) fn decide(
    policy: &RetryPolicy,
    backoff: &Backoff,
    fault: &Fault,
    number: u32,
    left: Option<Duration>,
    chance: f64,
) -> Verdict {
    let asks_too_much = fault.retry_after.is_some_and(|wait| wait > LONGEST_RETRY_AFTER);
    let has_text = fault.phase >= Phase::AfterText;
    if !is_retried(policy, fault) {
        Verdict::GiveUp(GiveUp::Final)
    } else if has_text && policy.on_partial == OnPartial::Fail {
        Verdict::GiveUp(GiveUp::Partial)
    } else if asks_too_much {
        Verdict::GiveUp(GiveUp::AskedToWait)
    } else if policy.attempts == 0 {
        Verdict::GiveUp(GiveUp::Off)
    } else if number > policy.attempts {
        Verdict::GiveUp(GiveUp::Spent)
    } else {
        let wait = backoff.wait(number, fault.retry_after, chance);
        match left {
            Some(left) if wait >= left => Verdict::GiveUp(GiveUp::NoTime),
            _ => Verdict::Retry(wait),
        }
    }
}

/// Whether failures of this sort are retried at all.
fn is_retried(policy: &RetryPolicy, fault: &Fault) -> bool {
    match fault.kind {
        FailureKind::ApiError
        | FailureKind::Connect
        | FailureKind::Dns
        | FailureKind::Incomplete
        | FailureKind::MalformedEvent
        | FailureKind::Proxy => fault.transient,
        FailureKind::Timeout => match fault.clock() {
            // A slow answer that is paid for is not bought again.
            Some(Clock::Attempt) => fault.phase < Phase::Status,
            Some(Clock::Connect | Clock::Idle | Clock::Event) | None => true,
        },
        FailureKind::Status | FailureKind::RateLimited => {
            fault.transient
                && fault.status.is_some_and(|status| policy.status_codes.contains(&status))
        }
        FailureKind::Truncated => true,
        FailureKind::Cancelled
        | FailureKind::ContentType
        | FailureKind::Decode
        | FailureKind::Internal
        | FailureKind::NotRecorded
        | FailureKind::Local
        | FailureKind::NoText
        | FailureKind::Protocol
        | FailureKind::Redirect
        | FailureKind::Template
        | FailureKind::Tls
        | FailureKind::TooLarge
        | FailureKind::Withheld => false,
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_explain::{Reason, Scene};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn policy() -> RetryPolicy {
        RetryPolicy { backoff: SECOND, ..RetryPolicy::default() }
    }

    fn fault(kind: FailureKind, phase: Phase) -> Fault {
        Fault { kind, transient: true, ..failed(Reason::Panic("it failed".to_owned()), phase) }
    }

    fn failed(reason: Reason, phase: Phase) -> Fault {
        let url = "http://localhost".parse().expect("it is a URL");
        Fault::new(reason, &Scene { phase, ..Scene::new(&url) })
    }

    #[track_caller]
    fn check(policy: &RetryPolicy, fault: &Fault, expected: bool) {
        let backoff = Backoff::new(policy);
        let verdict = decide(policy, &backoff, fault, 1, None, 0.5);
        assert_eq!(matches!(verdict, Verdict::Retry(_)), expected, "{verdict:?}");
    }

    fn timeout(clock: Clock, phase: Phase) -> Fault {
        failed(Reason::Clock { clock, limit: SECOND }, phase)
    }

    fn status(kind: FailureKind, status: u16) -> Fault {
        Fault { status: Some(status), ..fault(kind, Phase::Status) }
    }

    #[test]
    fn a_refused_connection_is_retried() {
        check(&policy(), &fault(FailureKind::Connect, Phase::Connect), true);
    }

    #[test]
    fn a_certificate_is_never_retried() {
        check(&policy(), &fault(FailureKind::Tls, Phase::Connect), false);
    }

    #[test]
    fn only_listed_statuses_are_retried() {
        check(&policy(), &status(FailureKind::Status, 503), true);
        check(&policy(), &status(FailureKind::Status, 500), false);
        check(&policy(), &status(FailureKind::RateLimited, 429), true);
    }

    #[test]
    fn an_exhausted_quota_is_not_retried() {
        let quota = Fault { transient: false, ..status(FailureKind::RateLimited, 429) };
        check(&policy(), &quota, false);
    }

    #[test]
    fn the_attempt_clock_is_retried_only_before_an_answer() {
        check(&policy(), &timeout(Clock::Attempt, Phase::Sent), true);
        check(&policy(), &timeout(Clock::Attempt, Phase::BeforeText), false);
    }

    #[test]
    fn a_broken_stream_is_retried_as_on_partial_says() {
        let fail = RetryPolicy { on_partial: OnPartial::Fail, ..policy() };
        for broken in [
            fault(FailureKind::Truncated, Phase::AfterText),
            timeout(Clock::Idle, Phase::AfterText),
            timeout(Clock::Event, Phase::AfterText),
            fault(FailureKind::ApiError, Phase::AfterText),
        ] {
            check(&policy(), &broken, true);
            check(&fail, &broken, false);
        }
        check(&fail, &fault(FailureKind::Truncated, Phase::BeforeText), true);
    }

    #[test]
    fn attempts_means_retries() {
        let (policy, fault) = (policy(), fault(FailureKind::Connect, Phase::Connect));
        let backoff = Backoff::new(&policy);
        let verdict = |number| decide(&policy, &backoff, &fault, number, None, 0.5);
        assert!(matches!(verdict(2), Verdict::Retry(_)));
        assert_eq!(verdict(3), Verdict::GiveUp(GiveUp::Spent));
    }

    #[test]
    fn a_longer_wait_than_two_minutes_is_not_waited_for() {
        let policy = policy();
        let patient =
            |wait| Fault { retry_after: Some(wait), ..status(FailureKind::RateLimited, 429) };
        let verdict = |wait| decide(&policy, &Backoff::new(&policy), &patient(wait), 1, None, 0.5);
        assert_eq!(verdict(120 * SECOND), Verdict::Retry(120 * SECOND));
        assert_eq!(verdict(121 * SECOND), Verdict::GiveUp(GiveUp::AskedToWait));
    }

    #[test]
    fn a_wait_that_outlasts_the_case_is_not_begun() {
        let (policy, fault) = (policy(), fault(FailureKind::Connect, Phase::Connect));
        let backoff = Backoff::new(&policy);
        let verdict = decide(&policy, &backoff, &fault, 1, Some(SECOND / 4), 0.5);
        assert_eq!(verdict, Verdict::GiveUp(GiveUp::NoTime));
    }
}
