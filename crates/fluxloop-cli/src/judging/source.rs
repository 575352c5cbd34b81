//! Makes questions to a judge of the closed cases of a run, while they come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use fluxloop_expect::Questions;
use fluxloop_plan::Case;
use fluxloop_runner::CaseSource;
use fluxloop_store::{StoreError, StoredRecords};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::spawn_blocking;

use super::bench::Bench;

/// How many questions may wait.
const QUEUE: usize = 32;
/// How long to wait for the next closed case.
const PAUSE: Duration = Duration::from_millis(20);

type Read = Result<Case, StoreError>;

/// The closed cases of a run, by now and those that will follow.
pub(super) struct Waiting {
    pub(super) records: StoredRecords,
    /// Whether no more cases will be closed.
    pub(super) is_over: Arc<AtomicBool>,
}

/// Questions about the closed cases of a run.
pub(super) struct ClosedCases(Receiver<Read>);

impl ClosedCases {
    /// Reads the journal on a thread of its own.
    pub(super) fn read(mut cases: Waiting, bench: Bench, questions: Questions) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        spawn_blocking(move || {
            while let Some(next) = cases.next(&sender) {
                if !send(next, &bench, &questions, &sender) {
                    return;
                }
            }
        });
        Self(receiver)
    }
}

impl Waiting {
    /// The next case that is closed; `None` when no more will come, or nobody takes it.
    fn next(&mut self, sender: &Sender<Read>) -> Option<Result<fluxloop_trace::Trace, StoreError>> {
        loop {
            // Asked first: what is closed until then is in the journal.
            let is_over = self.is_over.load(Ordering::Acquire);
            match self.records.next() {
                Some(record) => return Some(record.map(|(_, trace)| trace)),
                None if is_over || sender.is_closed() => return None,
                None => thread::sleep(PAUSE),
            }
        }
    }
}

/// Sends the questions about a case, if there are any; says whether more can be sent.
fn send(
    record: Result<fluxloop_trace::Trace, StoreError>,
    bench: &Bench,
    questions: &Questions,
    sender: &Sender<Read>,
) -> bool {
    let trace = match record {
        Ok(trace) if trace.success => trace,
        Ok(_) => return true,
        Err(error) => {
            let _ = sender.blocking_send(Err(error));
            return false;
        }
    };
    let question = questions.question(0, &trace);
    let places = bench.begin(&trace, questions.hash(&question));
    places
        .into_iter()
        .all(|index| sender.blocking_send(Ok(Case { index, ..question.clone() })).is_ok())
}

impl CaseSource for ClosedCases {
    type Error = StoreError;

    async fn next(&mut self) -> Option<Read> {
        self.0.recv().await
    }

    fn total(&self) -> Option<u64> {
        None
    }
}
