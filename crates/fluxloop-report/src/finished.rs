//! A closed case in one line.

use fluxloop_trace::{Failure, Outcome, Trace, UnmetExpectation};

use crate::paint::Style;
use crate::units;

/// What came of a case, in words: `1.24 s, 231 characters in 45 events`.
pub(crate) fn detail(trace: &Trace, style: Style) -> String {
    let duration = style.duration(trace.duration_ms);
    if let Some(open) = open(trace) {
        return format!("{duration}, {}", difference(open, style));
    }
    match (&trace.error, trace.termination_reason) {
        (Some(failure), _) => format!("{duration}, {}", headline(failure, style)),
        (None, Some(guard)) => format!("{duration}, by `{guard}`, {}", amount(trace)),
        (None, None) => format!("{duration}, {}", amount(trace)),
    }
}

/// A closed case in one line: its name, what came of it, and why.
pub fn case_line(trace: &Trace, style: Style) -> String {
    let label = paint_case(trace, label(trace), style);
    format!("{}  {label}  {}", style.case_id(&trace.case_id), detail(trace, style))
}

/// What a closed case is called: its outcome, or its verdict where it succeeded and did not pass.
pub(crate) fn label(trace: &Trace) -> &'static str {
    if trace.success && !trace.passed() { trace.verdict.name() } else { trace.outcome.name() }
}

/// Text about a closed case, in the color of what came of it.
pub(crate) fn paint_case(trace: &Trace, text: &str, style: Style) -> String {
    if trace.success && !trace.passed() {
        style.bad(text)
    } else {
        paint(trace.outcome, text, style)
    }
}

/// The expectation that keeps a success from passing.
pub(crate) fn open(trace: &Trace) -> Option<&UnmetExpectation> {
    trace.expectations.as_ref().filter(|_| trace.success)?.first_open()
}

/// What is not as expected, in one line: `equals: the text differs from its character 3 on`.
pub(crate) fn difference(open: &UnmetExpectation, style: Style) -> String {
    let message = style.one_line(open.message.as_str(), 160);
    match open.kind {
        Some(kind) => format!("{kind}: {message}"),
        None => message,
    }
}

/// The outcome, in the color of its importance.
pub(crate) fn paint(outcome: Outcome, text: &str, style: Style) -> String {
    match outcome {
        Outcome::Succeeded => style.good(text),
        Outcome::Failed => style.bad(text),
        Outcome::Stopped | Outcome::Interrupted => style.odd(text),
    }
}

/// A failure in one line: `no_text: no text was found in 12 events`.
pub(crate) fn headline(failure: &Failure, style: Style) -> String {
    format!("{}: {}", failure.kind, style.one_line(failure.message.as_str(), 160))
}

/// How much text came.
fn amount(trace: &Trace) -> String {
    let (characters, events) =
        trace.attempts().next_back().map_or((0, 0), |last| (last.characters, last.events));
    let characters = units::counted(characters, "character", "characters");
    match events {
        0 => characters,
        events => format!("{characters} in {}", units::counted(events, "event", "events")),
    }
}
