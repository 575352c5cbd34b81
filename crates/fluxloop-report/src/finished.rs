//! A closed case in one line.

use fluxloop_trace::{Failure, Outcome, Trace};

use crate::paint::Style;
use crate::units;

/// What came of a case, in words: `1.24 s, 231 characters in 45 events`.
pub(crate) fn detail(trace: &Trace, style: Style) -> String {
    let duration = style.duration(trace.duration_ms);
    match (&trace.error, trace.termination_reason) {
        (Some(failure), _) => format!("{duration}, {}", headline(failure, style)),
        (None, Some(guard)) => format!("{duration}, by `{guard}`, {}", amount(trace)),
        (None, None) => format!("{duration}, {}", amount(trace)),
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
