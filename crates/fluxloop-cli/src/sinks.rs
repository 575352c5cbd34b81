//! Joins the runner's events with the store and the reporters.

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
    fn event(&mut self, event: &RunEvent) -> Result<(), SinkError> {
        match event {
            RunEvent::CaseFinished(trace) => {
                if let Some(directory) = &mut self.0 {
                    directory.append(trace)?;
                }
            }
            RunEvent::RunFinished(summary) => {
                if let Some(directory) = self.0.take() {
                    directory.finish(summary)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Shows a run. A reader that has gone away is no reason to lose the run.
pub(crate) struct Show<R>(pub(crate) R);

impl<R: Reporter + Send> Sink for Show<R> {
    fn event(&mut self, event: &RunEvent) -> Result<(), SinkError> {
        let _ = self.0.event(event);
        Ok(())
    }
}
