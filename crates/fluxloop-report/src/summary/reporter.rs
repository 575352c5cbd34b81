//! Collects during the run and writes one page at its end.

use std::io::{self, Write};
use std::path::PathBuf;

use fluxloop_trace::{RunEvent, Summary, TimedEvent};

use super::digest::Digest;
use super::{certainty, failures, figures, next, verdict};
use crate::page::Page;
use crate::paint::Style;
use crate::reporter::Reporter;

/// Writes one page when the run is over: verdicts and thresholds, outcomes, failures with what to do
/// about them, what is not as expected, latencies, some of the outputs, and where the artifacts are.
#[derive(Debug)]
pub struct SummaryReporter<W> {
    out: W,
    style: Style,
    artifacts: Option<PathBuf>,
    digest: Digest,
    has_report: bool,
}

impl<W: Write> SummaryReporter<W> {
    /// Writes to `out`. `artifacts` is the run's folder, if it has one; it is shown as it is given.
    pub fn new(out: W, style: Style, artifacts: Option<PathBuf>) -> Self {
        Self { out, style, artifacts, digest: Digest::default(), has_report: false }
    }

    /// The answers were recorded earlier and nothing was sent, so nothing can be sent again.
    #[must_use]
    pub fn of_replay(mut self) -> Self {
        self.digest.is_replay = true;
        self
    }

    /// Names `report.html` among the artifacts, if it is there.
    #[must_use]
    pub fn with_report(mut self, has_report: bool) -> Self {
        self.has_report = has_report;
        self
    }

    fn page(&self, summary: &Summary) -> Page {
        let mut page = Page::new(self.style);
        figures::headline(&mut page, &self.digest, summary);
        verdict::verdict(&mut page, summary);
        figures::figures(&mut page, &self.digest, summary);
        figures::latencies(&mut page, summary);
        certainty::certainty(&mut page, summary);
        failures::failures(&mut page, &self.digest);
        verdict::open(&mut page, &self.digest);
        next::outputs(&mut page, &self.digest);
        let artifacts = self.artifacts.as_deref().map(std::path::Path::to_string_lossy);
        next::artifacts(&mut page, artifacts.as_deref(), summary, self.has_report);
        next::steps(&mut page, artifacts.as_deref(), &self.digest, summary);
        page
    }
}

impl<W: Write> Reporter for SummaryReporter<W> {
    fn events(&mut self, events: &[TimedEvent]) -> io::Result<()> {
        for timed in events {
            match &timed.event {
                RunEvent::RunStarted { total, .. } => self.digest.planned = *total,
                RunEvent::CaseRestored(trace) | RunEvent::CaseFinished(trace) => {
                    self.digest.add(trace);
                }
                RunEvent::RunFinished(summary) => {
                    let page = self.page(summary).finish();
                    self.out.write_all(page.as_bytes())?;
                    self.out.flush()?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
