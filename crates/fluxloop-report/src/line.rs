//! One line per closed case: for logs, and for programs that read what FluxLoop prints.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use fluxloop_trace::{RunEvent, TimedEvent, Trace};

use crate::paint::Style;
use crate::reporter::{Reporter, write_lines};
use crate::{finished, units};

/// How many cases that did not pass are shown as they close; the summary knows them all.
const SHOWN_FAILURES: u64 = 10;

/// One line per closed case. `[fluxloop] running NAME (N total runs)` and
/// `[fluxloop] run progress i/N` have exactly this form, because programs read it. Where the number of
/// cases is not known beforehand, ` (N total runs)` and `/N` are missing.
#[derive(Debug)]
pub struct LineReporter<W> {
    out: W,
    /// What is to be written next: whole lines, by one write, because standard error has no buffer
    /// and lines of several threads must not mix.
    lines: String,
    total: Option<u64>,
    closed: u64,
    failures: u64,
}

impl<W: Write> LineReporter<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, lines: String::new(), total: None, closed: 0, failures: 0 }
    }

    fn say(&mut self, line: fmt::Arguments<'_>) {
        // A string takes everything.
        let _ = writeln!(self.lines, "{line}");
    }

    fn take(&mut self, event: &RunEvent) {
        let style = Style::default();
        match event {
            RunEvent::RunStarted { name, total, closed } => {
                (self.total, self.closed) = (*total, *closed);
                let name = style.one_line(name.as_str(), usize::MAX);
                match total {
                    Some(total) => {
                        let total = units::counted(*total, "total run", "total runs");
                        self.say(format_args!("[fluxloop] running {name} ({total})"));
                    }
                    None => self.say(format_args!("[fluxloop] running {name}")),
                }
                if *closed > 0 {
                    self.say(format_args!("[fluxloop] {closed} of them are done already"));
                }
            }
            RunEvent::CaseFinished(trace) => self.closed(trace),
            RunEvent::Warning(warning) => {
                let message = style.one_line(warning.message.as_str(), usize::MAX);
                self.say(format_args!("[fluxloop] warning: {message}"));
            }
            _ => {}
        }
    }

    fn closed(&mut self, trace: &Trace) {
        self.closed += 1;
        if !trace.passed() {
            self.failure(trace);
        }
        let closed = self.closed;
        match self.total {
            Some(total) => self.say(format_args!("[fluxloop] run progress {closed}/{total}")),
            None => self.say(format_args!("[fluxloop] run progress {closed}")),
        }
    }

    fn failure(&mut self, trace: &Trace) {
        self.failures += 1;
        if self.failures > SHOWN_FAILURES + 1 {
            return;
        }
        if self.failures > SHOWN_FAILURES {
            self.say(format_args!("[fluxloop] … and more failures, which the summary counts"));
            return;
        }
        let style = Style { unicode: true, ..Style::default() };
        let id = style.case_id(&trace.case_id);
        let outcome = finished::label(trace);
        if let Some(open) = finished::open(trace) {
            let difference = finished::difference(open, style);
            self.say(format_args!("[fluxloop] {outcome} {id} {difference}"));
            return;
        }
        match (&trace.error, trace.termination_reason) {
            (Some(failure), _) => {
                let failure = finished::headline(failure, style);
                self.say(format_args!("[fluxloop] {outcome} {id} {failure}"));
            }
            (None, Some(guard)) => self.say(format_args!("[fluxloop] {outcome} {id} by `{guard}`")),
            (None, None) => self.say(format_args!("[fluxloop] {outcome} {id}")),
        }
    }
}

impl<W: Write> Reporter for LineReporter<W> {
    fn events(&mut self, events: &[TimedEvent]) -> io::Result<()> {
        for timed in events {
            self.take(&timed.event);
        }
        write_lines(&mut self.out, &mut self.lines)
    }
}
