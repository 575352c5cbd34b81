//! The pause that a 429 asks of everybody.

use std::num::NonZeroUsize;
use std::time::Duration;

use fluxloop_plan::{Guards, Plan, RetryPolicy};
use fluxloop_trace::{Outcome, RunEvent, RunStatus};

use crate::{Seen, plan, run, scripted};

/// A server that says 429 to its second request, and asks for so many seconds; the first one failed
/// for another reason. Two cases at once; a retry waits for 300 to 900 ms by itself.
async fn asked_to_wait(seconds: &str, guard: Option<Duration>, count: u64) -> Seen {
    let script = r#"{"answers": [
        {"status": 503, "steps": []},
        {"status": 429, "headers": {"retry-after": "SECONDS"}, "steps": []},
        {"steps": [{"event": {"type": "message", "data": {"delta": "ok"}}}]}]}"#;
    let mock = scripted(&script.replace("SECONDS", seconds)).await;
    let retry =
        RetryPolicy { attempts: 2, backoff: Duration::from_millis(600), ..plan("http://x/").retry };
    let parallelism = NonZeroUsize::new(2).expect("not 0");
    let guards = Guards { max_duration: guard, ..Guards::default() };
    let plan = Plan { parallelism, retry, guards, ..plan(&mock.url()) };
    run(plan, count, |event, handle| {
        if matches!(event, RunEvent::Warning(text) if text.message.as_str().ends_with("for 60.0 s"))
        {
            handle.drain();
        }
        Ok(())
    })
    .await
}

/// How often cases ended so.
fn count(seen: &Seen, outcome: Outcome) -> usize {
    seen.outcomes().iter().filter(|it| **it == outcome).count()
}

fn warnings(seen: &Seen) -> Vec<&str> {
    let warnings = seen.events.iter().filter_map(|event| match event {
        RunEvent::Warning(text) => Some(text.message.as_str()),
        _ => None,
    });
    warnings.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_the_server_uses_up_the_guard_of_no_case_that_has_not_begun() {
    let guard = Duration::from_millis(1200);
    let seen = asked_to_wait("1.5", Some(guard), 5).await;
    assert_eq!(count(&seen, Outcome::Succeeded), 3, "{:?}", seen.outcomes());
    assert!(seen.traces().iter().all(|trace| trace.attempts().count() == 1), "{:?}", seen.traces());
    // The retry of the first case would have been in time, but for the pause.
    let failed = seen.traces().into_iter().filter_map(|trace| trace.error.as_ref());
    let mut failed: Vec<_> =
        failed.map(|failure| (failure.status, failure.message.as_str())).collect();
    failed.sort_unstable();
    assert_eq!(
        failed.iter().map(|(status, _)| *status).collect::<Vec<_>>(),
        [Some(429), Some(503)]
    );
    assert!(failed.iter().all(|(_, message)| message.contains("would outlast `max_duration`")));
    // A busy machine adds a warning of its own.
    assert_eq!(warnings(&seen)[0], "the server answered 429: nothing is sent for 1.5 s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_asked_to_end_does_not_wait_for_the_end_of_a_pause() {
    let began = tokio::time::Instant::now();
    let seen = asked_to_wait("60", None, 5).await;
    assert_eq!(seen.outcomes(), [Outcome::Interrupted, Outcome::Interrupted]);
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    assert_eq!(seen.summary().status, RunStatus::Interrupted);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_case_that_shall_come_back_much_later_holds_nobody_up() {
    let seen = asked_to_wait("600", None, 5).await;
    assert_eq!(count(&seen, Outcome::Failed), 1, "{:?}", seen.outcomes());
    assert_eq!(count(&seen, Outcome::Succeeded), 4, "{:?}", seen.outcomes());
    assert_eq!(seen.summary().status, RunStatus::Complete);
    assert!(!warnings(&seen).iter().any(|text| text.contains("429")), "{:?}", warnings(&seen));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_everybody_to_come_back_much_later_ends_the_run() {
    let script = r#"{"answers": [
        {"status": 429, "headers": {"retry-after": "600"}, "steps": []}]}"#;
    let mock = scripted(script).await;
    let plan = Plan { parallelism: NonZeroUsize::MIN, ..plan(&mock.url()) };
    let seen = run(plan, 5, |_, _| Ok(())).await;
    assert_eq!(seen.outcomes(), [Outcome::Failed; 3]);
    assert_eq!(seen.summary().status, RunStatus::EndedEarly);
    let [warning, ..] = warnings(&seen)[..] else { panic!("nothing was told") };
    assert!(
        warning.contains("429 to 3 cases in a row (`stop.late_429: 3`), and asks to wait until 2"),
        "{warning}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_case_ends_no_run_early() {
    let script = r#"{"answers": [
        {"status": 429, "headers": {"retry-after": "600"}, "steps": []}]}"#;
    let mock = scripted(script).await;
    let seen = run(plan(&mock.url()), 1, |_, _| Ok(())).await;
    assert_eq!(seen.outcomes(), [Outcome::Failed]);
    assert_eq!(seen.summary().status, RunStatus::Complete);
    let warnings = warnings(&seen);
    assert!(!warnings.iter().any(|text| text.contains("ends early")), "{warnings:?}");
}
