//! What is recorded, and what is not.

use std::sync::{Arc, Mutex};

use fluxloop_plan::{Plan, RecordMode};
use fluxloop_recording::RecordedCase;
use fluxloop_redact::{Redactor, Secret};
use fluxloop_runner::{Recorder, Replayer, Runner, SinkError, stop_signal};
use fluxloop_trace::{Outcome, RecordingStopReason, Summary, WarningCode};

use super::{cases, echo, plan};

/// Keeps cases in memory, and fails when it has so many.
struct Kept {
    cases: Arc<Mutex<Vec<RecordedCase>>>,
    room: usize,
}

impl Recorder for Kept {
    fn keep(&mut self, case: &RecordedCase) -> Result<(), SinkError> {
        let mut cases = self.cases.lock().expect("nobody panicked");
        if cases.len() == self.room {
            return Err("the disk is full".into());
        }
        cases.push(case.clone());
        Ok(())
    }

    fn flush(&mut self) -> Result<u64, SinkError> {
        Ok(self.cases.lock().expect("nobody panicked").len() as u64)
    }

    fn finish(&mut self) -> Result<u64, SinkError> {
        self.flush()
    }
}

/// Records a run of so many cases, where so many have room.
async fn record(plan: Plan, count: u64, room: usize) -> (Arc<Summary>, Vec<RecordedCase>) {
    let recorded = Arc::new(Mutex::new(Vec::new()));
    let kept = Kept { cases: Arc::clone(&recorded), room };
    let runner = Runner::new(plan).expect("the plan can be run");
    let runner = runner.record(Box::new(kept)).expect("a thread can be started");
    let (_handle, stop) = stop_signal();
    let summary = runner.run(cases(count), Vec::new(), stop).await.expect("it was done");
    let recorded = recorded.lock().expect("nobody panicked").clone();
    (summary, recorded)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_recorded_with_its_times() {
    let mock = echo().await;
    let plan = Plan { record: RecordMode::All, ..plan(&mock.url()) };
    let (summary, recorded) = record(plan, 5, 100).await;
    let facts = summary.recording.as_ref().expect("something was recorded");
    assert_eq!((facts.cases, facts.withheld), (5, 0));
    assert_eq!(recorded.len(), 5);
    for case in &recorded {
        let [attempt] = case.attempts.as_slice() else { panic!("one attempt") };
        let head = attempt.head().expect("an answer came");
        assert_eq!((head.status, head.media_type.as_deref()), (200, Some("text/event-stream")));
        let times: Vec<_> = attempt.chunks().map(|(at, _)| at).collect();
        assert!(times.is_sorted() && times[0] >= head.at, "{times:?}");
        assert!(times.last() <= Some(&attempt.facts().ended));
    }
}

/// The disk is full after two cases: the others are sent all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_fails_does_not_end_the_run() {
    let mock = echo().await;
    let plan = Plan { record: RecordMode::All, ..plan(&mock.url()) };
    let (summary, recorded) = record(plan, 20, 2).await;
    assert_eq!(summary.outcomes.get(&Outcome::Succeeded), Some(&20));
    assert_eq!(recorded.len(), 2);
    let facts = summary.recording.as_ref().expect("something was recorded");
    let stopped = facts.stopped.as_ref().expect("it was stopped");
    assert_eq!(stopped.reason, RecordingStopReason::Disk);
    let codes: Vec<_> = summary.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, [WarningCode::RecordingIncomplete]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_comes_back_is_not_recorded() {
    let mock = echo().await;
    let key = Redactor::builder().secret("KEY", &Secret::new("input 0 and more")).build();
    let plan = Plan {
        record: RecordMode::All,
        redactor: Arc::new(key),
        ..plan(&format!("{}?say=input%200%20and%20more", mock.url()))
    };
    let (_, recorded) = record(plan, 2, 100).await;
    let text = |case: &RecordedCase| String::from_utf8_lossy(case.attempts[0].body()).into_owned();
    assert!(recorded.iter().all(|case| !text(case).contains("and more")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_of_other_attempts_is_refused() {
    let mock = echo().await;
    let plan = || Plan { record: RecordMode::All, ..plan(&mock.url()) };
    let (_, recorded) = record(plan(), 1, 100).await;
    let seen = super::run(plan(), 1, |_, _| Ok(())).await;
    let mut other = recorded[0].clone();
    other.attempts.clear();
    assert!(Replayer::new(plan()).judge(seen.traces()[0], &other).is_err());
}
