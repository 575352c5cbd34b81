//! What is done, line by line.

use std::fmt::Write as _;
use std::io::{self, Write};

use fluxloop_trace::RunEvent;

use crate::paint::Style;
use crate::reporter::{Reporter, write_lines};
use crate::{finished, units};

/// What is done, line by line: each request, when its first text came, why and when it is tried
/// again, and how each case ended.
#[derive(Debug)]
pub struct VerboseReporter<W> {
    out: W,
    style: Style,
    /// What is to be written next.
    lines: String,
}

impl<W: Write> VerboseReporter<W> {
    /// Writes to `out`.
    pub fn new(out: W, style: Style) -> Self {
        Self { out, style, lines: String::new() }
    }

    /// One line: what happened, as a verb in its column, and to what.
    fn line(&mut self, verb: &str, paint: fn(Style, &str) -> String, text: &str) {
        self.painted(&paint(self.style, &format!("{verb:>12}")), text);
    }

    fn painted(&mut self, verb: &str, text: &str) {
        // A string takes everything.
        let _ = writeln!(self.lines, "{verb} {text}");
    }

    fn take(&mut self, event: &RunEvent) {
        let style = self.style;
        match event {
            RunEvent::RunStarted { name, total } => {
                let name = style.one_line(name.as_str(), 80);
                let cases = units::counted(*total, "case", "cases");
                self.line("running", Style::bold, &format!("{name}, {cases}"));
            }
            RunEvent::AttemptStarted { case_id, number } => {
                let text = format!("{}  attempt {number}", style.case_id(case_id));
                self.line("request", Style::dim, &text);
            }
            RunEvent::FirstText { case_id, after } => {
                let text = format!("{}  after {}", style.case_id(case_id), style.duration(*after));
                self.line("first text", Style::dim, &text);
            }
            RunEvent::RetryPlanned { case_id, number, cause, message, wait } => {
                let text = format!(
                    "{}  in {}, because attempt {number} failed: {cause}: {}",
                    style.case_id(case_id),
                    style.duration(*wait),
                    style.one_line(message.as_str(), 160),
                );
                self.line("retry", Style::odd, &text);
            }
            RunEvent::CaseFinished(trace) => {
                let verb = finished::paint(trace.outcome, &format!("{:>12}", trace.outcome), style);
                let id = style.case_id(&trace.case_id);
                self.painted(&verb, &format!("{id}  {}", finished::detail(trace, style)));
            }
            RunEvent::Warning(message) => {
                self.line("warning", Style::odd, &style.one_line(message.as_str(), 400));
            }
            _ => {}
        }
    }
}

impl<W: Write> Reporter for VerboseReporter<W> {
    fn events(&mut self, events: &[RunEvent]) -> io::Result<()> {
        for event in events {
            self.take(event);
        }
        write_lines(&mut self.out, &mut self.lines)
    }
}
