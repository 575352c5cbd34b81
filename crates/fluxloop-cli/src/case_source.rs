//! Gives the runner the cases of a run. A file is read by a thread of its own.

use std::{iter, panic};

use fluxloop_config::{InputError, Inputs};
use fluxloop_plan::{Case, Plan, cases};
use fluxloop_runner::CaseSource;
use tokio::sync::mpsc::{self, Receiver};
use tokio::task::{JoinHandle, spawn_blocking};

/// How many cases are handed over at once. Three batches may be in memory: one is taken from, one
/// waits, one is being read.
const BATCH: usize = 32;

type Read = Result<Case, InputError>;

/// The cases of the inputs, each input as often as the plan says.
pub(crate) struct InputCases {
    ready: Box<dyn Iterator<Item = Read> + Send>,
    reader: Option<Reader>,
    total: u64,
}

/// Reads the cases of a file.
struct Reader {
    batches: Receiver<Vec<Read>>,
    thread: JoinHandle<()>,
}

impl InputCases {
    /// Needs a tokio runtime when the inputs are in a file.
    pub(crate) fn new(inputs: &Inputs, plan: &Plan) -> Self {
        let all = cases(inputs.iter(), plan.iterations);
        let total = total(inputs, plan);
        if inputs.are_in_memory() {
            Self { ready: Box::new(all), reader: None, total }
        } else {
            let reader = Some(Reader::start(all));
            Self { ready: Box::new(iter::empty()), reader, total }
        }
    }
}

impl CaseSource for InputCases {
    type Error = InputError;

    async fn next(&mut self) -> Option<Read> {
        loop {
            if let Some(case) = self.ready.next() {
                return Some(case);
            }
            self.ready = Box::new(self.reader.as_mut()?.batch().await?.into_iter());
        }
    }

    fn total(&self) -> Option<u64> {
        Some(self.total)
    }
}

/// How many cases a run has.
pub(crate) fn total(inputs: &Inputs, plan: &Plan) -> u64 {
    inputs.total() * u64::from(plan.iterations.get())
}

impl Reader {
    fn start(mut cases: impl Iterator<Item = Read> + Send + 'static) -> Self {
        let (sender, batches) = mpsc::channel(1);
        let thread = spawn_blocking(move || {
            loop {
                let batch: Vec<Read> = cases.by_ref().take(BATCH).collect();
                // The run may end before its cases.
                if batch.is_empty() || sender.blocking_send(batch).is_err() {
                    return;
                }
            }
        });
        Self { batches, thread }
    }

    /// The next batch. A panic of the thread goes on here: it must not look like the end.
    async fn batch(&mut self) -> Option<Vec<Read>> {
        let batch = self.batches.recv().await;
        if batch.is_none()
            && let Err(error) = (&mut self.thread).await
            && let Ok(payload) = error.try_into_panic()
        {
            panic::resume_unwind(payload);
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_plan::Input;

    use super::*;

    /// The cases with these indices.
    fn cases(indices: impl Iterator<Item = u64>) -> impl Iterator<Item = Read> {
        indices.map(|index| Ok(Case { index, iteration: 0, input: Input::default().into() }))
    }

    /// The indices that come from a thread which reads these cases.
    async fn read(indices: impl Iterator<Item = u64> + Send + 'static) -> Vec<u64> {
        let reader = Some(Reader::start(cases(indices)));
        let mut source = InputCases { ready: Box::new(iter::empty()), reader, total: 0 };
        let mut indices = Vec::new();
        while let Some(case) = source.next().await {
            indices.push(case.expect("it can be read").index);
        }
        indices
    }

    #[tokio::test]
    async fn cases_of_several_batches_keep_their_order() {
        for count in [0, 1, BATCH as u64, 3 * BATCH as u64 + 1] {
            assert_eq!(read(0..count).await, (0..count).collect::<Vec<_>>());
        }
    }

    #[tokio::test]
    #[should_panic(expected = "the reader broke")]
    async fn a_panic_of_the_reader_is_not_the_end() {
        read((0..3).inspect(|index| assert!(*index < 2, "the reader broke"))).await;
    }

    #[tokio::test]
    async fn the_reader_ends_with_the_run() {
        let mut reader = Reader::start(cases(0..));
        assert!(reader.batch().await.is_some());
        let Reader { batches, thread } = reader;
        drop(batches);
        thread.await.expect("it did not panic");
    }
}
