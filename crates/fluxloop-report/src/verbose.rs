//! What is done, line by line.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use fluxloop_trace::{CaseId, RunEvent, TimedEvent};
use unicode_width::UnicodeWidthStr;

use crate::lines::Lines;
use crate::paint::Style;
use crate::reporter::{Reporter, write_lines};
use crate::{finished, units};

/// The column where the text of a line begins.
const INDENT: usize = 13;
/// Columns that text has even on a terminal that is too narrow for it.
const LEAST_COLUMNS: usize = 20;

/// What is done, line by line: each request, when its first text came, its text, why and when it
/// is tried again, and how each case ended.
///
/// Text is shown as soon as a line of it is whole. Each line of it names its case and is no wider
/// than the terminal, so that no text can pass for a line of another kind.
#[derive(Debug)]
pub struct VerboseReporter<W> {
    out: W,
    style: Style,
    /// What is to be written next.
    lines: String,
    /// The last line of the text of each case under way, as far as it came.
    texts: HashMap<CaseId, Lines>,
}

impl<W: Write> VerboseReporter<W> {
    /// Writes to `out`.
    pub fn new(out: W, style: Style) -> Self {
        Self { out, style, lines: String::new(), texts: HashMap::new() }
    }

    /// One line: what happened, as a verb in its column, and to what.
    fn line(&mut self, verb: &str, paint: fn(Style, &str) -> String, text: &str) {
        self.painted(&paint(self.style, &format!("{verb:>12}")), text);
    }

    fn painted(&mut self, verb: &str, text: &str) {
        // A string takes everything.
        let _ = writeln!(self.lines, "{verb} {text}");
    }

    /// More text of a case.
    fn text(&mut self, case_id: &CaseId, text: &str) {
        let id = self.style.case_id(case_id);
        let columns = self.style.columns().saturating_sub(INDENT + id.width() + 2);
        let lines = self.texts.entry(case_id.clone()).or_default();
        for line in lines.push(text, columns.max(LEAST_COLUMNS)) {
            self.line("text", Style::dim, &format!("{id}  {line}"));
        }
    }

    /// The text of an attempt is over.
    fn end_text(&mut self, case_id: &CaseId) {
        if self.texts.contains_key(case_id) {
            self.text(case_id, "\n");
            self.texts.remove(case_id);
        }
    }

    fn take(&mut self, event: &RunEvent) {
        let style = self.style;
        match event {
            RunEvent::RunStarted { name, total, closed } => {
                let name = style.one_line(name.as_str(), 80);
                let cases =
                    total.map(|total| format!(", {}", units::counted(total, "case", "cases")));
                let cases = cases.unwrap_or_default();
                let done = match closed {
                    0 => String::new(),
                    closed => format!(", {} of them done already", units::count(*closed)),
                };
                self.line("running", Style::bold, &format!("{name}{cases}{done}"));
            }
            RunEvent::AttemptStarted { case_id, number } => {
                let text = format!("{}  attempt {number}", style.case_id(case_id));
                self.line("request", Style::dim, &text);
            }
            RunEvent::FirstText { case_id, after } => {
                let text = format!("{}  after {}", style.case_id(case_id), style.duration(*after));
                self.line("first text", Style::dim, &text);
            }
            RunEvent::Text { case_id, is_anew, text } => {
                if *is_anew {
                    self.end_text(case_id);
                    let text = format!(
                        "{}  the whole text again, because a part of it changed",
                        style.case_id(case_id)
                    );
                    self.line("text", Style::odd, &text);
                }
                self.text(case_id, text.as_str());
            }
            RunEvent::RetryPlanned { case_id, number, cause, message, wait, .. } => {
                self.end_text(case_id);
                let text = format!(
                    "{}  in {}, because attempt {number} failed: {cause}: {}",
                    style.case_id(case_id),
                    style.duration(*wait),
                    style.one_line(message.as_str(), 160),
                );
                self.line("retry", Style::odd, &text);
            }
            RunEvent::CaseFinished(trace) => {
                self.end_text(&trace.case_id);
                let verb = format!("{:>12}", finished::label(trace));
                let verb = finished::paint_case(trace, &verb, style);
                let id = style.case_id(&trace.case_id);
                self.painted(&verb, &format!("{id}  {}", finished::detail(trace, style)));
            }
            RunEvent::Warning(warning) => {
                let words = style.one_line(warning.message.as_str(), 400);
                self.line("warning", Style::odd, &words);
            }
            _ => {}
        }
    }
}

impl<W: Write> Reporter for VerboseReporter<W> {
    fn events(&mut self, events: &[TimedEvent]) -> io::Result<()> {
        for timed in events {
            self.take(&timed.event);
        }
        write_lines(&mut self.out, &mut self.lines)
    }

    fn wants_text(&self) -> bool {
        true
    }
}
