//! Joins the runner's events with the store and the reporters.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fluxloop_redact::Redactor;
use fluxloop_report::Reporter;
use fluxloop_runner::{Sink, SinkError};
use fluxloop_store::{RunDirectory, StoreError};
use fluxloop_trace::{RunEvent, TimedEvent};

use crate::errors::Ended;
use crate::exit::Exit;
use crate::signals::UnderWay;
use crate::{output, report_command};

/// Stores a run.
pub(crate) struct Store {
    open: Option<(RunDirectory, UnderWay)>,
    /// Masks what the page about the run shows; `None` where no page is written.
    report: Option<Arc<Redactor>>,
    /// Who ends the run on disk, if that is not this sink.
    heir: Option<Handed>,
}

/// Where the folder of a run is handed over once its cases are closed.
pub(crate) type Handed = Arc<Mutex<Option<(RunDirectory, UnderWay)>>>;

impl Store {
    pub(crate) fn new(directory: RunDirectory, under_way: UnderWay) -> Self {
        Self { open: Some((directory, under_way)), report: None, heir: None }
    }

    /// Writes the page about the run, too.
    #[must_use]
    pub(crate) fn with_report(self, report: Option<Arc<Redactor>>) -> Self {
        Self { report, ..self }
    }

    /// Leaves it to somebody else to end the run on disk.
    #[must_use]
    pub(crate) fn handing_over(self, to: Handed) -> Self {
        Self { heir: Some(to), ..self }
    }
}

impl Sink for Store {
    fn events(&mut self, events: &[TimedEvent]) -> Result<(), SinkError> {
        let closed = events.iter().filter_map(|timed| match &timed.event {
            RunEvent::CaseFinished(trace) => Some(&**trace),
            _ => None,
        });
        if let Some((directory, _)) = &mut self.open {
            directory.append(closed)?;
        }
        let finished = events.iter().find_map(|timed| match &timed.event {
            RunEvent::RunFinished(summary) => Some(summary),
            _ => None,
        });
        let Some((summary, open)) = finished.and_then(|it| Some((it, self.open.take()?))) else {
            return Ok(());
        };
        if let Some(heir) = &self.heir {
            *heir.lock().unwrap_or_else(PoisonError::into_inner) = Some(open);
        } else {
            let (directory, _under_way) = open;
            let folder = directory.path().to_owned();
            directory.finish(summary)?;
            report_command::at_end(&folder, self.report.as_ref());
        }
        Ok(())
    }
}

/// Shows a run.
pub(crate) struct Show<R> {
    reporter: R,
    shows: Shows,
}

/// What is shown.
enum Shows {
    Progress,
    /// What came of it, on standard output.
    Result {
        terminal: bool,
    },
}

/// Standard output did not take the results.
#[derive(Debug, thiserror::Error)]
#[error("could not write to standard output")]
struct NotShown(#[source] io::Error);

impl<R: Reporter> Show<R> {
    /// Shows what is going on; whether anybody sees it does not matter to the run.
    pub(crate) fn progress(reporter: R) -> Self {
        Self { reporter, shows: Shows::Progress }
    }

    /// Shows on standard output what came of it. A reader that has gone away (`| head`) is no
    /// fault; a disk that is full is one.
    pub(crate) fn result(reporter: R) -> Self {
        // A terminal that has gone is none any more, so it is asked now.
        Self { reporter, shows: Shows::Result { terminal: output::stdout_is_terminal() } }
    }
}

impl<R: Reporter + Send> Sink for Show<R> {
    fn events(&mut self, events: &[TimedEvent]) -> Result<(), SinkError> {
        match (self.reporter.events(events), &self.shows) {
            (Err(error), Shows::Result { terminal }) if !output::is_gone(&error, *terminal) => {
                Err(NotShown(error).into())
            }
            _ => Ok(()),
        }
    }

    fn wants_text(&self) -> bool {
        self.reporter.wants_text()
    }
}

/// What to do about a sink that failed.
pub(crate) fn hint(error: &SinkError, folder: &Path) -> String {
    let folder = folder.display();
    // It is the last of them, and what it shows is written when the files are.
    if error.is::<NotShown>() {
        return format!("the run itself is done, and its files are complete: `{folder}`");
    }
    let remedy = error.downcast_ref::<StoreError>().and_then(StoreError::hint);
    let remedy = remedy.map_or_else(String::new, |remedy| format!("{remedy}; then "));
    format!("{remedy}the same command with `--resume {folder}` goes on with the run")
}

/// Shows something of a run that is over.
pub(crate) fn show_event(show: &mut impl Sink, event: RunEvent) -> Result<(), Ended> {
    let event = TimedEvent::new(Duration::ZERO, event);
    show.events(&[event]).map_err(|error| Ended::new(Exit::Failure, &*error))
}
