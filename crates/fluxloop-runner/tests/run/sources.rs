//! Runs whose cases do not all lie ready.

use std::future;

use fluxloop_runner::{CaseSource, Runner, Sink, SinkError, Stop, StopHandle, stop_signal};

use super::*;

/// Gives one case, and then has the run wait for the next one.
struct Silent {
    first: Option<Case>,
}

impl CaseSource for Silent {
    type Error = Infallible;

    async fn next(&mut self) -> Option<Result<Case, Infallible>> {
        match self.first.take() {
            Some(case) => Some(Ok(case)),
            None => future::pending().await,
        }
    }

    fn total(&self) -> Option<u64> {
        None
    }
}

/// Ends the run when its first case is closed.
struct Ender(StopHandle);

impl Sink for Ender {
    fn events(&mut self, events: &[TimedEvent]) -> Result<(), SinkError> {
        if events.iter().any(|timed| matches!(timed.event, RunEvent::CaseFinished(_))) {
            self.0.end();
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_ends_while_its_source_is_silent() {
    let mock = echo().await;
    let (handle, stop): (StopHandle, Stop) = stop_signal();
    let runner = Runner::new(plan(&mock.url())).expect("the plan can be run");
    let source = Silent { first: Some(case(0)) };
    let summary = runner.run(source, vec![Box::new(Ender(handle))], stop).await;
    let summary = summary.expect("it was done");
    assert_eq!(summary.status, RunStatus::Interrupted);
    assert_eq!(summary.outcomes[&Outcome::Succeeded], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn inputs_that_cannot_be_read_end_the_run_after_what_was_begun() {
    let mock = echo().await;
    let cases = [Ok(case(0)), Ok(case(1)), Err("the file is gone")];
    let (_handle, stop) = stop_signal();
    let runner = Runner::new(plan(&mock.url())).expect("the plan can be run");
    let ended = runner.run(CaseList::new(3, cases), Vec::new(), stop).await;
    assert!(matches!(ended, Err(RunError::Inputs(_))), "{ended:?}");
    assert_eq!(mock.served().requests, 2);
}

/// Gives each case only after a while.
struct Slow {
    cases: std::ops::Range<u64>,
    wait: Duration,
}

impl CaseSource for Slow {
    type Error = Infallible;

    async fn next(&mut self) -> Option<Result<Case, Infallible>> {
        tokio::time::sleep(self.wait).await;
        self.cases.next().map(|index| Ok(case(index)))
    }

    fn total(&self) -> Option<u64> {
        None
    }
}

/// What a run is warned of whose source gives a case every 400 ms.
async fn warnings_of_a_slow_source(pace: Pace) -> Vec<String> {
    let mock = echo().await;
    let (_handle, stop) = stop_signal();
    let parallelism = NonZeroUsize::new(4).expect("not 0");
    let runner = Runner::new(Plan { pace, parallelism, ..plan(&mock.url()) }).expect("a plan");
    let source = Slow { cases: 0..4, wait: Duration::from_millis(400) };
    let summary = runner.run(source, Vec::new(), stop).await.expect("it was done");
    assert_eq!(summary.outcomes[&Outcome::Succeeded], 4);
    let own = summary.warnings.iter().filter(|warning| !is_of_machine(warning));
    own.map(|warning| warning.message.as_str().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_source_is_named_as_the_reason_of_late_starts() {
    let rate = Rate::new(100.0, RateUnit::Second).expect("a rate");
    let pace = Pace::Open { rate, arrival: Arrival::Constant };
    let warnings = warnings_of_a_slow_source(pace).await;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("the inputs were not read in time"), "{warnings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_source_is_not_low_parallelism_of_this_process() {
    assert_eq!(warnings_of_a_slow_source(Pace::default()).await, Vec::<String>::new());
}
