//! A `JUnit` report, as Jenkins and GitLab read it.
//!
//! A case is a test case of the class that is its input. A case that did not succeed is an `error`, a
//! case that succeeded and has an expectation that is not met, or that could not be judged, is a
//! `failure`.

use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;

use fluxloop_report::{visible, visible_line};
use fluxloop_trace::Trace;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::problem::{About, Problem};
use crate::{ExportError, Exporter, Run};

/// How many characters of a text are kept: memory holds the report until its counts are known.
const CHARACTERS: usize = 2_000;

/// Writes the report.
pub(crate) struct Junit<W> {
    out: W,
    name: String,
    duration: Duration,
    suite: TestSuite,
}

impl<W: Write> Junit<W> {
    /// Begins the report.
    pub(crate) fn begin(run: &Run, out: W) -> Self {
        let name = line(run.name.as_str());
        let mut suite = TestSuite::new(&*name);
        suite.add_property(Property::new("date", line(&run.date)));
        let seconds = Duration::try_from_secs_f64(run.results.duration_seconds);
        Self { out, name, duration: seconds.unwrap_or_default(), suite }
    }
}

impl<W: Write> Exporter for Junit<W> {
    fn case(&mut self, trace: &Trace) -> Result<(), ExportError> {
        let mut status = TestCaseStatus::success();
        if let Some(problem) = Problem::of(trace) {
            status = TestCaseStatus::non_success(match problem.about {
                About::Outcome => NonSuccessKind::Error,
                About::Verdict => NonSuccessKind::Failure,
            });
            status.set_type(problem.kind);
            status.set_message(line(&problem.message));
            status.set_description(details(trace, &problem));
        }
        let mut case = TestCase::new(line(&trace.case_id.to_string()), status);
        case.set_classname(line(trace.case_id.input_id.as_str()));
        case.set_time(trace.duration_ms.into());
        self.suite.add_test_case(case);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        let mut report = Report::new(&*self.name);
        report.set_time(self.duration);
        self.suite.set_time(self.duration);
        report.add_test_suite(self.suite);
        report.serialize(&mut self.out).map_err(ExportError::form("JUnit XML"))?;
        Ok(self.out.flush()?)
    }
}

/// What a person needs to know of a case that did not pass.
fn details(trace: &Trace, problem: &Problem<'_>) -> String {
    let mut text = format!("{}\n", block(&problem.message));
    let mut add = |label: &str, value: &str| {
        writeln!(text, "{label}: {}", block(value)).expect("writing to a string cannot fail");
    };
    if let Some(open) = problem.open {
        let notes = [
            ("channel", &open.channel),
            ("path", &open.path),
            ("expected", &open.expected),
            ("actual", &open.actual),
        ];
        for (label, value) in notes {
            if let Some(value) = value {
                add(label, value.as_str());
            }
        }
    }
    if let Some(hint) = problem.hint {
        add("hint", hint);
    }
    add("input", trace.input.as_str());
    if !trace.output.is_empty() {
        add("output", trace.output.as_str());
    }
    text
}

/// Text for an attribute: on one line.
fn line(text: &str) -> String {
    legal(&visible_line(beginning(text)))
}

/// Text for an element.
fn block(text: &str) -> String {
    legal(&visible(beginning(text)))
}

/// What XML 1.0 cannot hold is shown as an escape; `visible` has done that for control characters.
/// The library drops tabs, together with control sequences.
fn legal(text: &str) -> String {
    text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}").replace('\t', "\\t")
}

fn beginning(text: &str) -> &str {
    text.char_indices().nth(CHARACTERS).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use fluxloop_trace::ExportKind;

    use super::*;
    use crate::sample::{self, export};

    #[test]
    fn outcomes_are_errors_and_verdicts_are_failures() {
        insta::assert_snapshot!(export(ExportKind::Junit, &sample::cases()));
    }

    #[test]
    fn a_run_without_cases_is_a_report() {
        insta::assert_snapshot!(export(ExportKind::Junit, &[]));
    }

    #[test]
    fn xml_holds_only_legal_characters() {
        assert_eq!(line("a\0\u{1b}[2J\u{fffe}\tb\nc"), "a\\u{0}\\u{1b}[2J\\u{fffe}\\tb\\nc");
        assert_eq!(block("a\r\nb"), "a\\u{d}\nb");
        assert_eq!(line(&"x".repeat(5_000)).len(), CHARACTERS);
    }
}
