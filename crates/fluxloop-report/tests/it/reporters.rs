//! What each reporter writes, as snapshots.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use fluxloop_report::{
    LineReporter, ProgressReporter, Reporter, Style, SummaryReporter, VerboseReporter,
};
use fluxloop_trace::{CaseId, FailureKind, Phase, RunEvent, RunStatus, Tally, Trace};

use crate::progress::Terminal;
use crate::recording::{
    events, events_of, failed, failure, judged_events, nothing_seen, of_unknown_length, success,
    text, timed, traces,
};

const PLAIN: Style = Style { color: false, unicode: true, width: 100 };

/// Drives a reporter through a run.
fn drive(mut reporter: impl Reporter, events: &[RunEvent]) {
    let events = timed(events);
    let (first, rest) = events.split_at(events.len() / 2);
    reporter.events(first).expect("a vector takes everything");
    reporter.events(rest).expect("a vector takes everything");
}

fn lines(events: &[RunEvent]) -> String {
    let mut out = Vec::new();
    drive(LineReporter::new(&mut out), events);
    String::from_utf8(out).expect("reporters write UTF-8")
}

fn verbose(events: &[RunEvent], style: Style) -> String {
    let mut out = Vec::new();
    drive(VerboseReporter::new(&mut out, style), events);
    String::from_utf8(out).expect("reporters write UTF-8")
}

fn summary(traces: &[Trace], status: RunStatus, style: Style) -> String {
    let mut out = Vec::new();
    let folder = PathBuf::from("experiments/exp_20261121_101500");
    drive(SummaryReporter::new(&mut out, style, Some(folder)), &events(traces, status));
    String::from_utf8(out).expect("reporters write UTF-8")
}

#[test]
fn lines_are_those_that_programs_read() {
    insta::assert_snapshot!(lines(&events(&traces(), RunStatus::Complete)));
}

#[test]
fn what_is_not_as_expected_is_shown_by_every_reporter() {
    let events = judged_events();
    let mut page = Vec::new();
    drive(SummaryReporter::new(&mut page, PLAIN, Some("experiments/exp_1".into())), &events);
    let page = String::from_utf8(page).expect("reporters write UTF-8");
    let closed = |line: &&str| !line.contains("request") && !line.contains("first text");
    let verbose = verbose(&events, PLAIN);
    let verbose: Vec<&str> = verbose.lines().filter(closed).collect();
    insta::assert_snapshot!([page, lines(&events), verbose.join("\n")].join("\n---\n"));
}

#[test]
fn an_unknown_number_of_cases_is_not_shown_as_zero() {
    let events = of_unknown_length(events(&[success(0), success(1)], RunStatus::Interrupted));
    let lines = lines(&events);
    assert!(lines.starts_with("[fluxloop] running streaming smoke\n"), "{lines}");
    assert!(lines.ends_with("[fluxloop] run progress 1\n[fluxloop] run progress 2\n"), "{lines}");
    let verbose = verbose(&events, PLAIN);
    assert!(
        verbose.lines().next().is_some_and(|line| line.ends_with("streaming smoke")),
        "{verbose}"
    );
    let mut page = Vec::new();
    drive(SummaryReporter::new(&mut page, PLAIN, None), &events);
    let page = String::from_utf8(page).expect("reporters write UTF-8");
    assert!(page.contains("ended early after 4.21 s: 2 cases closed, 2 succeeded"), "{page}");
}

#[test]
fn after_ten_failures_only_the_progress_goes_on() {
    let many: Vec<_> = (0..13)
        .map(|place| failed(place, failure(FailureKind::Connect, Phase::Connect, "refused")))
        .collect();
    let written = lines(&events(&many, RunStatus::Complete));
    assert_eq!(written.matches("] failed ").count(), 10, "{written}");
    assert_eq!(written.matches("and more failures").count(), 1, "{written}");
    assert!(written.ends_with("[fluxloop] run progress 13/13\n"), "{written}");
}

#[test]
fn verbose_lines_tell_what_is_done() {
    insta::assert_snapshot!(verbose(&events(&traces(), RunStatus::Complete), PLAIN));
}

/// More text of a case.
fn more(case_id: &CaseId, piece: &str) -> RunEvent {
    RunEvent::Text { case_id: case_id.clone(), is_anew: false, text: text(piece) }
}

/// What is shown of a text that comes in these pieces, 60 columns wide.
#[track_caller]
fn check_text(pieces: &[&str], expected: &[&str]) {
    let trace = success(0);
    let case_id = trace.case_id.clone();
    let text = |piece: &&str| more(&case_id, piece);
    let mut events: Vec<_> = pieces.iter().map(text).collect();
    events.push(RunEvent::CaseFinished(trace.into()));
    let shown = verbose(&events, Style { width: 60, ..PLAIN });
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
}

const ENDED: &str = "   succeeded q-0/0  1.24 s, 24 characters in 45 events";

#[test]
fn text_is_shown_line_by_line_and_its_end_before_the_case() {
    check_text(
        &["The s", "ky\nis", " blue"],
        &["        text q-0/0  The sky", "        text q-0/0  is blue", ENDED],
    );
    check_text(&["a\n"], &["        text q-0/0  a", ENDED]);
    check_text(&[], &[ENDED]);
}

#[test]
fn no_text_can_pass_for_another_line() {
    check_text(
        &["\n   succeeded q-1/0  1 s\r\u{1b}[2K   succeeded q-2/0"],
        &[
            "        text q-0/0     succeeded q-1/0  1 s\\u{d}\\u{1b}[2K",
            "        text q-0/0  succeeded q-2/0",
            ENDED,
        ],
    );
    let wide = "x".repeat(40);
    check_text(
        &[&wide, "   failed q-1/0"],
        &[&format!("        text q-0/0  {wide}"), "        text q-0/0  failed q-1/0", ENDED],
    );
}

#[test]
fn text_that_is_shown_anew_has_a_line_of_its_own() {
    let case_id = success(0).case_id;
    let anew = RunEvent::Text { case_id: case_id.clone(), is_anew: true, text: text("two\n") };
    let shown = verbose(&[more(&case_id, "one"), anew], PLAIN);
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!((lines[0], lines[2]), ("        text q-0/0  one", "        text q-0/0  two"));
    assert!(lines[1].contains("again"), "{shown}");
}

#[test]
fn the_text_of_two_attempts_is_not_joined() {
    let trace = success(0);
    let case_id = trace.case_id.clone();
    let events = [
        more(&case_id, "first"),
        RunEvent::RetryPlanned {
            case_id: case_id.clone(),
            number: 1,
            cause: FailureKind::Truncated,
            status: None,
            message: text("gone"),
            wait: Duration::from_millis(210),
        },
        more(&case_id, "second\n"),
    ];
    let shown = verbose(&events, PLAIN);
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!((lines[0], lines[2]), ("        text q-0/0  first", "        text q-0/0  second"));
    assert!(lines[1].starts_with("       retry q-0/0 "), "{shown}");
}

#[test]
fn the_summary_of_a_mixed_run() {
    insta::assert_snapshot!(summary(&traces(), RunStatus::Complete, PLAIN));
}

#[test]
fn the_summary_fits_a_narrow_terminal_without_unicode() {
    let narrow = Style { color: false, unicode: false, width: 60 };
    let written = summary(&traces(), RunStatus::Complete, narrow);
    insta::assert_snapshot!(written);
}

#[test]
fn the_summary_in_color() {
    let colored = Style { color: true, ..PLAIN };
    let written = summary(&traces(), RunStatus::Complete, colored);
    insta::assert_snapshot!(written.replace('\u{1b}', "␛"));
}

#[test]
fn the_summary_of_iterations() {
    // Of three iterations of eight inputs, one of every third input fails.
    let cases = (0..24).map(|place| {
        let (input, iteration) = (place / 3, u32::try_from(place % 3).expect("it is small"));
        let fails = input % 3 == 0 && iteration == 1;
        let trace = if fails { failed(place, nothing_seen()) } else { success(place) };
        let case_id = CaseId::new(text(&format!("q-{input}")), iteration);
        Trace { case_id, iteration, ..trace }
    });
    let cases: Vec<_> = cases.collect();
    let events = events_of(Tally::new().with_iterations(3), &cases, RunStatus::Complete);
    let mut page = Vec::new();
    drive(SummaryReporter::new(&mut page, PLAIN, None), &events);
    insta::assert_snapshot!(String::from_utf8(page).expect("reporters write UTF-8"));
}

#[test]
fn the_summary_of_a_run_that_went_well() {
    let traces: Vec<_> = (0..2_000).map(success).collect();
    insta::assert_snapshot!(summary(&traces, RunStatus::Complete, PLAIN));
}

#[test]
fn the_summary_of_a_server_that_is_not_there() {
    let refused = failure(
        FailureKind::Connect,
        Phase::Connect,
        "nothing listens at 127.0.0.1:8000 (connection refused)",
    );
    let traces: Vec<_> = (0..7).map(|place| failed(place, refused.clone())).collect();
    insta::assert_snapshot!(summary(&traces, RunStatus::Interrupted, PLAIN));
}

#[test]
fn the_summary_of_an_empty_body_and_of_nothing() {
    let written = summary(&[failed(0, nothing_seen())], RunStatus::Complete, PLAIN);
    insta::assert_snapshot!(written);
    let written = summary(&[], RunStatus::Interrupted, PLAIN);
    assert!(
        written.starts_with("streaming smoke: ended early after 4.21 s: 0 of 20 cases"),
        "{written}"
    );
}

#[test]
fn no_reporter_lets_a_control_character_through() {
    let mut hostile =
        failed(0, failure(FailureKind::ApiError, Phase::AfterText, "\u{1b}[2J\u{9b}x"));
    let fault = hostile.error.as_mut().expect("the case failed");
    fault.hint = text("\u{1b}]52;c;\u{7}");
    fault.api_type = Some(text("\u{1b}c"));
    fault.body = Some(text("\r\u{8}\u{202e}"));
    let mut traces = traces();
    traces.push(hostile);
    let recorded = events(&traces, RunStatus::Complete);
    let terminal = Terminal::new(PLAIN.width);
    drive(ProgressReporter::new(terminal.clone(), PLAIN), &recorded);
    let texts = [
        lines(&recorded),
        verbose(&recorded, PLAIN),
        summary(&traces, RunStatus::Complete, PLAIN),
        terminal.history(),
    ];
    for written in texts {
        let leaked = written.chars().find(|&char| {
            (char.is_control() && char != '\n') || matches!(char, '\u{202a}'..='\u{202e}')
        });
        assert_eq!(leaked, None, "{written:?}");
    }
}

/// A writer whose reader is gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn a_closed_output_is_an_error_and_no_panic() {
    let recorded = timed(&events(&traces(), RunStatus::Complete));
    let reporters: Vec<Box<dyn Reporter>> = vec![
        Box::new(LineReporter::new(Closed)),
        Box::new(VerboseReporter::new(Closed, PLAIN)),
        Box::new(ProgressReporter::new(Closed, PLAIN)),
        Box::new(SummaryReporter::new(Closed, PLAIN, None)),
    ];
    for mut reporter in reporters {
        let errors = recorded.chunks(1).filter(|events| reporter.events(events).is_err()).count();
        assert!(errors > 0, "the writer's error must be told");
    }
}
