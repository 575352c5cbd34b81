//! One line per closed case: for logs, and for programs that read what FluxLoop prints.

use std::io::{self, Write};

use fluxloop_trace::{RunEvent, Trace};

use crate::finished;
use crate::paint::Style;
use crate::reporter::Reporter;

/// How many failures are shown as they happen; the summary knows them all.
const SHOWN_FAILURES: u64 = 10;

/// One line per closed case. `[fluxloop] running NAME (N total runs)` and
/// `[fluxloop] run progress i/N` have exactly this form, because programs read it.
#[derive(Debug)]
pub struct LineReporter<W> {
    out: W,
    total: u64,
    closed: u64,
    failures: u64,
}

impl<W: Write> LineReporter<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, total: 0, closed: 0, failures: 0 }
    }

    fn closed(&mut self, trace: &Trace) -> io::Result<()> {
        self.closed += 1;
        if !trace.success {
            self.failure(trace)?;
        }
        writeln!(self.out, "[fluxloop] run progress {}/{}", self.closed, self.total)
    }

    fn failure(&mut self, trace: &Trace) -> io::Result<()> {
        self.failures += 1;
        if self.failures > SHOWN_FAILURES + 1 {
            return Ok(());
        }
        if self.failures > SHOWN_FAILURES {
            return writeln!(self.out, "[fluxloop] … and more failures, which the summary counts");
        }
        let style = Style { unicode: true, ..Style::default() };
        let id = style.case_id(&trace.case_id);
        let outcome = trace.outcome;
        match (&trace.failure, trace.termination_reason) {
            (Some(failure), _) => {
                let failure = finished::headline(failure, style);
                writeln!(self.out, "[fluxloop] {outcome} {id} {failure}")
            }
            (None, Some(guard)) => writeln!(self.out, "[fluxloop] {outcome} {id} by `{guard}`"),
            (None, None) => writeln!(self.out, "[fluxloop] {outcome} {id}"),
        }
    }
}

impl<W: Write> Reporter for LineReporter<W> {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        let style = Style::default();
        match event {
            RunEvent::RunStarted { name, total } => {
                self.total = *total;
                let name = style.one_line(name.as_str(), usize::MAX);
                writeln!(self.out, "[fluxloop] running {name} ({total} total runs)")?;
            }
            RunEvent::CaseFinished(trace) => self.closed(trace)?,
            RunEvent::Warning(message) => {
                let message = style.one_line(message.as_str(), usize::MAX);
                writeln!(self.out, "[fluxloop] warning: {message}")?;
            }
            _ => return Ok(()),
        }
        self.out.flush()
    }
}
