//! Joins the runner's events with the store and the reporters.

use std::io::ErrorKind;

use fluxloop_report::Reporter;
use fluxloop_runner::{Sink, SinkError};
use fluxloop_store::RunDirectory;
use fluxloop_trace::RunEvent;

/// Stores a run.
pub(crate) struct Store(Option<RunDirectory>);

impl Store {
    pub(crate) fn new(directory: RunDirectory) -> Self {
        Self(Some(directory))
    }
}

impl Sink for Store {
    fn events(&mut self, events: &[RunEvent]) -> Result<(), SinkError> {
        let closed = events.iter().filter_map(|event| match event {
            RunEvent::CaseFinished(trace) => Some(&**trace),
            _ => None,
        });
        if let Some(directory) = &mut self.0 {
            directory.append(closed)?;
        }
        let finished = events.iter().find_map(|event| match event {
            RunEvent::RunFinished(summary) => Some(summary),
            _ => None,
        });
        match (finished, self.0.take_if(|_| finished.is_some())) {
            (Some(summary), Some(directory)) => Ok(directory.finish(summary)?),
            _ => Ok(()),
        }
    }
}

/// Shows a run.
pub(crate) struct Show<R> {
    reporter: R,
    is_result: bool,
}

impl<R: Reporter> Show<R> {
    /// Shows what is going on; whether anybody sees it does not matter to the run.
    pub(crate) fn progress(reporter: R) -> Self {
        Self { reporter, is_result: false }
    }

    /// Shows what came of it. A reader that has gone away (`| head`) is no fault; a disk that is
    /// full is one.
    pub(crate) fn result(reporter: R) -> Self {
        Self { reporter, is_result: true }
    }
}

impl<R: Reporter + Send> Sink for Show<R> {
    fn events(&mut self, events: &[RunEvent]) -> Result<(), SinkError> {
        match self.reporter.events(events) {
            Err(error) if self.is_result && error.kind() != ErrorKind::BrokenPipe => {
                Err(error.into())
            }
            _ => Ok(()),
        }
    }

    fn wants_text(&self) -> bool {
        self.reporter.wants_text()
    }
}
