//! What ends a run before its last case, and what goes alone at its start.

use std::collections::HashSet;
use std::iter;
use std::num::NonZeroUsize;
use std::time::Duration;

use fluxloop_plan::{FailureLimit, Pace, Plan, Rate, RateUnit, StopLimits};
use fluxloop_runner::{Past, Runner, stop_signal};
use fluxloop_trace::{
    Amount, EndedBy, EndedEarly, FailureKind, Outcome, RunEvent, RunStatus, WarningCode,
};

use super::{Seen, cases, echo, plan, run, scripted};

/// Nothing answers there.
const NOWHERE: &str = "http://127.0.0.1:1/";

/// An answer with a text.
const GOOD: &str = r#"{"steps": [{"event": {"type": "message", "data": {"delta": "ok"}}}]}"#;

/// A mock whose answers follow each other; the last one repeats.
async fn answers(answers: &[&str]) -> fluxloop_mock::MockAgent {
    scripted(&format!(r#"{{"answers": [{}]}}"#, answers.join(", "))).await
}

fn status(status: u16) -> String {
    format!(r#"{{"status": {status}, "steps": []}}"#)
}

fn limited(url: &str, stop: StopLimits) -> Plan {
    Plan { stop, ..plan(url) }
}

fn at_once(plan: Plan, parallelism: usize) -> Plan {
    Plan { parallelism: NonZeroUsize::new(parallelism).expect("not 0"), ..plan }
}

#[track_caller]
fn check_ended(seen: &Seen, by: EndedBy, [limit, value, after_cases]: [u64; 3]) {
    let summary = seen.summary();
    assert_eq!(summary.status, RunStatus::EndedEarly);
    let [limit, value] = [limit, value].map(Amount::count);
    assert_eq!(summary.ended_early, Some(EndedEarly { after_cases, by, limit, value }));
    let codes: Vec<_> = seen.warnings().iter().map(|warning| warning.code).collect();
    assert_eq!(codes, [WarningCode::EndedEarly]);
    let warnings = seen.events.iter().filter(|event| matches!(event, RunEvent::Warning(_)));
    assert_eq!(warnings.count(), 1, "the user is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_never_there_ends_the_run() {
    let seen = run(plan(NOWHERE), 100, |_, _| Ok(())).await;
    assert_eq!(seen.traces().len(), 20);
    assert!(seen.traces().iter().all(|trace| {
        trace.error.as_ref().is_some_and(|failure| failure.kind == FailureKind::Connect)
    }));
    check_ended(&seen, EndedBy::NeverSucceeded, [20, 20, 20]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_before_the_run_was_taken_up_again_counts() {
    let mock = echo().await;
    let first = run(plan(&mock.url()), 1, |_, _| Ok(())).await;
    let record = first.traces()[0].clone();
    let past = Past {
        summary: first.summary().clone(),
        closed: 1,
        records: Box::new(iter::once(Ok(record))),
    };
    let (_handle, stop) = stop_signal();
    let limits = StopLimits { same_failures: None, ..StopLimits::default() };
    let runner = Runner::new(limited(NOWHERE, limits)).expect("a good plan").resume(past);
    let summary = runner.run(cases(26), Vec::new(), stop).await.expect("it was done");
    assert_eq!(summary.outcomes[&Outcome::Failed], 25);
    assert_eq!((summary.status, summary.ended_early), (RunStatus::Complete, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_alike_end_a_run_that_had_succeeded() {
    let mock = answers(&[GOOD, &status(500)]).await;
    let seen = run(plan(&mock.url()), 40, |_, _| Ok(())).await;
    check_ended(&seen, EndedBy::SameFailures, [20, 20, 21]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_last_case_reaches_a_limit_is_complete() {
    let mock = answers(&[GOOD, &status(500)]).await;
    let seen = run(plan(&mock.url()), 21, |_, _| Ok(())).await;
    assert_eq!((seen.summary().status, seen.summary().ended_early), (RunStatus::Complete, None));
    assert!(seen.warnings().is_empty(), "{:?}", seen.warnings());
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_failures_end_a_run() {
    let mock = answers(&[GOOD, &status(500), GOOD, &status(503), GOOD]).await;
    let failures = Some(FailureLimit::Count(2));
    let limits = StopLimits { failures, ..StopLimits::default() };
    let seen = run(limited(&mock.url(), limits), 40, |_, _| Ok(())).await;
    check_ended(&seen, EndedBy::Failures, [2, 2, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_count_as_requests() {
    let mock = answers(&[GOOD, &status(503), GOOD]).await;
    let limits = StopLimits { requests: Some(10), ..StopLimits::default() };
    let mut plan = limited(&mock.url(), limits);
    (plan.retry.attempts, plan.retry.backoff) = (1, Duration::from_millis(1));
    let seen = run(plan, 40, |_, _| Ok(())).await;
    check_ended(&seen, EndedBy::Requests, [10, 10, 8]);
    assert_eq!(mock.served().requests, 10);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_run_may_be_limited() {
    let duration = Some(Duration::from_secs(10));
    let limits = StopLimits { duration, never_succeeded: None, ..StopLimits::default() };
    let pace = Pace::Spaced(Duration::from_secs(4));
    let seen = run(Plan { pace, ..limited(NOWHERE, limits) }, 40, |_, _| Ok(())).await;
    check_ended(&seen, EndedBy::Duration, [10, 10, 3]);
}

/// A wrong path, a wrong key, a wrong place of the text.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_costs_three_requests() {
    let other = r#"{"steps": [{"event": {"type": "message", "data": {"answer": "ok"}}}]}"#;
    for answer in [&status(404), &status(401), other] {
        let mock = answers(&[answer]).await;
        let seen = run(at_once(plan(&mock.url()), 50), 300, |_, _| Ok(())).await;
        check_ended(&seen, EndedBy::FirstCases, [3, 3, 3]);
        assert_eq!(mock.served().requests, 3, "{answer}");
    }
}

/// Each input may be what an agent refuses, and not all of them.
#[tokio::test(flavor = "multi_thread")]
async fn what_inputs_may_cause_costs_six_requests() {
    for refused in [&status(422), &status(400)] {
        let mock = answers(&[refused]).await;
        let seen = run(at_once(plan(&mock.url()), 50), 300, |_, _| Ok(())).await;
        check_ended(&seen, EndedBy::FirstCases, [3, 6, 6]);
        let mock = answers(&[refused, refused, refused, GOOD]).await;
        let seen = run(at_once(plan(&mock.url()), 50), 30, |_, _| Ok(())).await;
        assert_eq!(seen.summary().status, RunStatus::Complete);
        assert_eq!(seen.summary().results.successful, 27);
    }
}

/// How many cases had begun when the first one was closed.
fn begun_before_an_end(seen: &Seen) -> usize {
    let ended = |event: &&RunEvent| !matches!(event, RunEvent::CaseFinished(_));
    let before = seen.events.iter().take_while(ended);
    before.filter(|event| matches!(event, RunEvent::CaseStarted { .. })).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_failure_of_the_first_case_lets_the_others_begin() {
    let mock = answers(&[&status(503), GOOD]).await;
    let seen = run(at_once(plan(&mock.url()), 50), 30, |_, _| Ok(())).await;
    assert_eq!(begun_before_an_end(&seen), 1);
    assert_eq!(seen.summary().results.successful, 29);
    assert_eq!(seen.summary().status, RunStatus::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_output_lets_the_others_begin() {
    let first = r#"{"steps": [{"event": {"type": "message", "data": {"delta": "a"}}}, "stall"]}"#;
    let mock = answers(&[first, GOOD]).await;
    let mut plan = at_once(plan(&mock.url()), 50);
    plan.clocks.attempt = Duration::from_secs(2);
    let seen = run(plan, 30, |_, _| Ok(())).await;
    let started = |event: &RunEvent| matches!(event, RunEvent::CaseStarted { .. });
    let texts = seen.events.iter().position(|it| matches!(it, RunEvent::FirstText { .. }));
    let before = &seen.events[..texts.expect("there is text")];
    assert_eq!(before.iter().filter(|event| started(event)).count(), 1);
    let last = seen.traces().last().map(|trace| trace.case_index);
    assert_eq!(last, Some(0), "the others did not wait for its end");
}

/// Listens, and never answers.
#[tokio::test(start_paused = true)]
async fn a_first_case_without_an_answer_is_waited_for_five_seconds() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", silent.local_addr().expect("an address"));
    let limits = StopLimits { never_succeeded: None, same_failures: None, ..StopLimits::default() };
    let seen = run(at_once(limited(&url, limits), 20), 20, |_, _| Ok(())).await;
    let at = |time: &String| time.parse::<jiff::Timestamp>().expect("a time").as_second();
    let mut times: Vec<_> =
        seen.traces().iter().map(|trace| at(&trace.turns[0].timings.scheduled_at)).collect();
    times.sort_unstable();
    let waits: HashSet<_> = times.iter().skip(1).map(|time| time - times[0]).collect();
    assert_eq!(waits, HashSet::from([5]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_alone_in_a_small_run_or_an_open_loop() {
    let rate = Rate::new(100_000.0, RateUnit::Second).expect("a rate");
    let open = Pace::Open { rate, arrival: fluxloop_plan::Arrival::Constant };
    let off = StopLimits { first_cases: None, ..StopLimits::default() };
    let usual = StopLimits::default();
    for (count, pace, stop) in
        [(19, Pace::default(), usual), (20, open, usual), (20, Pace::default(), off)]
    {
        let mock = answers(&[&status(404)]).await;
        let plan = Plan { pace, ..at_once(limited(&mock.url(), stop), 20) };
        let seen = run(plan, count, |_, _| Ok(())).await;
        assert_eq!(seen.traces().len() as u64, count);
    }
}
