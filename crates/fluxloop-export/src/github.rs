//! GitHub Actions: annotations as workflow commands, and a job summary in Markdown.
//!
//! The runner reads each line of a step's output that begins with `::` as a command, so no text from
//! outside begins a line here, and every text in a command is escaped as `@actions/core` does.

use std::fmt::Write as _;
use std::io::Write;

use fluxloop_report::{code_span, visible};
use fluxloop_trace::{Bound, RunStatus, Summary, ThresholdResult, Trace};

use crate::problem::{About, Problem};
use crate::{ExportError, Exporter, Run};

/// How many annotations of each kind a step shows; the runner drops those above.
const MOST: usize = 10;

/// How many cases the summary names.
const NAMED: usize = 50;

/// How many characters of a message are shown.
const CHARACTERS: usize = 500;

/// Writes annotations: an `error` for each threshold that is not met and each case that did not
/// succeed, a `warning` for each case with an expectation that is not met or could not be judged.
pub(crate) struct Annotations<W> {
    out: W,
    errors: usize,
    warnings: usize,
}

impl<W: Write> Annotations<W> {
    /// Writes what concerns the whole run.
    pub(crate) fn begin(run: &Run, out: W) -> Result<Self, ExportError> {
        let mut annotations = Self { out, errors: 0, warnings: 0 };
        for missed in run.thresholds.iter().filter(|threshold| !threshold.met) {
            annotations.error("threshold", &missed_words(missed))?;
        }
        Ok(annotations)
    }

    fn error(&mut self, title: &str, message: &str) -> Result<(), ExportError> {
        self.errors += 1;
        // The last one says how many there are.
        if self.errors < MOST { command(&mut self.out, "error", title, message) } else { Ok(()) }
    }

    fn warning(&mut self, title: &str, message: &str) -> Result<(), ExportError> {
        self.warnings += 1;
        if self.warnings < MOST {
            command(&mut self.out, "warning", title, message)
        } else {
            Ok(())
        }
    }
}

impl<W: Write> Exporter for Annotations<W> {
    fn case(&mut self, trace: &Trace) -> Result<(), ExportError> {
        let Some(problem) = Problem::of(trace) else { return Ok(()) };
        let title = format!("{}: {}", trace.case_id, problem.kind);
        match problem.about {
            About::Outcome => self.error(&title, &problem.message),
            About::Verdict => self.warning(&title, &problem.message),
        }
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        for (kind, count) in [("error", self.errors), ("warning", self.warnings)] {
            if count >= MOST {
                let more = count - (MOST - 1);
                let title = format!("{more} more");
                command(&mut self.out, kind, &title, "see the report of the run for all of them")?;
            }
        }
        Ok(self.out.flush()?)
    }
}

/// One workflow command.
fn command(
    out: &mut impl Write,
    kind: &str,
    title: &str,
    message: &str,
) -> Result<(), ExportError> {
    let message = match message.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    };
    let (title, message) = (property(&visible(title)), data(&visible(&message)));
    Ok(writeln!(out, "::{kind} title={title}::{message}")?)
}

/// Escapes the text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The job summary of a run, as Markdown.
///
/// Text from outside stands in code spans alone: there it makes no link, no image and no element,
/// and mentions nobody.
#[derive(Debug)]
pub struct JobSummary {
    page: String,
    problems: usize,
}

impl JobSummary {
    /// Begins with the figures.
    pub fn begin(run: &Run) -> Self {
        let mut page = format!("## {}: {}\n\n", code_span(run.name.as_str()), sentence(run));
        page += "| outcome | cases |\n| --- | --: |\n";
        for (outcome, count) in &run.outcomes {
            line(&mut page, format_args!("| {outcome} | {count} |"));
        }
        for (verdict, count) in &run.verdicts {
            line(&mut page, format_args!("| verdict `{verdict}` | {count} |"));
        }
        percentiles(&mut page, run);
        for (place, threshold) in run.thresholds.iter().enumerate() {
            let gap = if place == 0 { "\n" } else { "" };
            let mark = if threshold.met { "met" } else { "**not met**" };
            line(&mut page, format_args!("{gap}- {mark}: {}", threshold_words(threshold)));
        }
        Self { page, problems: 0 }
    }

    /// Adds a case, if it did not pass.
    pub fn case(&mut self, trace: &Trace) {
        let Some(problem) = Problem::of(trace) else { return };
        if self.problems == 0 {
            self.page += "\n### Cases that did not pass\n\n";
        }
        self.problems += 1;
        if self.problems <= NAMED {
            let id = code_span(&trace.case_id.to_string());
            let message = code_span(&problem.message);
            line(&mut self.page, format_args!("- {id}: `{}` {message}", problem.kind));
        }
    }

    /// The whole page.
    #[must_use]
    pub fn finish(mut self) -> String {
        if let Some(more) = self.problems.checked_sub(NAMED).filter(|more| *more > 0) {
            line(&mut self.page, format_args!("\nand {more} more"));
        }
        self.page
    }
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(page, "{text}").expect("writing to a string cannot fail");
}

fn sentence(run: &Summary) -> String {
    let passed = run.shares.passed;
    let state = match run.status {
        RunStatus::Complete => "",
        RunStatus::Running => ", and the run is under way",
        RunStatus::Interrupted => ", and the run was interrupted",
        RunStatus::EndedEarly => ", and a limit ended the run",
        RunStatus::Partial => ", and cases are missing",
    };
    format!("{} of {} cases passed{state}", passed.cases, passed.of)
}

fn percentiles(page: &mut String, run: &Summary) {
    let all = &run.percentiles;
    let rows = [
        ("time to first token", all.first_token_ms),
        ("gap between pieces of text", all.chunk_gap_ms),
        ("duration", all.duration_ms),
    ];
    if rows.iter().all(|(_, times)| times.is_none()) {
        return;
    }
    *page += "\n| milliseconds | p50 | p90 | p95 | p99 | max |\n";
    *page += "| --- | --: | --: | --: | --: | --: |\n";
    for (label, times) in rows {
        let Some(times) = times else { continue };
        let cells = [times.p50, times.p90, times.p95, times.p99, times.max]
            .map(|time| format!("{:.1}", time.as_millis()));
        line(page, format_args!("| {label} | {} |", cells.join(" | ")));
    }
}

fn threshold_words(threshold: &ThresholdResult) -> String {
    let ThresholdResult { metric, bound, limit, value, .. } = threshold;
    let bound = match bound {
        Bound::AtLeast => "at least",
        Bound::AtMost => "at most",
    };
    let value = value.map_or_else(|| "no data".to_owned(), |value| value.as_f64().to_string());
    format!("`{metric}` is {value}, {bound} {}", limit.as_f64())
}

fn missed_words(threshold: &ThresholdResult) -> String {
    threshold_words(threshold).replace('`', "")
}

#[cfg(test)]
mod tests {
    use fluxloop_trace::ExportKind;

    use super::*;
    use crate::sample::{self, export};

    #[test]
    fn outcomes_are_errors_and_verdicts_are_warnings() {
        insta::assert_snapshot!(export(ExportKind::Github, &sample::cases()));
    }

    #[test]
    fn the_summary_begins_with_what_passed() {
        let cases = sample::cases();
        let mut summary = JobSummary::begin(&sample::run(&cases));
        for trace in &cases {
            summary.case(trace);
        }
        insta::assert_snapshot!(summary.finish());
    }

    #[test]
    fn ten_annotations_of_a_kind_are_written_and_the_last_one_counts() {
        let failed = sample::cases().swap_remove(1);
        let cases: Vec<_> = (0..25).map(|_| failed.clone()).collect();
        let written = export(ExportKind::Github, &cases);
        let errors: Vec<_> = written.lines().filter(|it| it.starts_with("::error")).collect();
        assert_eq!(errors.len(), MOST);
        assert!(errors[MOST - 1].starts_with("::error title=17 more::"), "{written}");
    }

    #[test]
    fn no_text_begins_a_command() {
        let mut out = Vec::new();
        command(&mut out, "error", "a,b: c", "x\n::error::y%0A\r").expect("memory takes it");
        let written = String::from_utf8(out).expect("it is text");
        assert_eq!(written, "::error title=a%2Cb%3A c::x%0A::error::y%250A\\u{d}\n");
    }
}
