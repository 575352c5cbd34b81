//! `failures.md`: why a case fails, from the kinds themselves and from the rows of the fault matrix.

use std::collections::BTreeSet;

use fluxloop_explain::{clock_key, remedy};
use fluxloop_matrix::{End, Row, WHOLE, rows};
use fluxloop_mock::FaultDoc;
use fluxloop_trace::{Clock, Completeness, FailureKind, GuardKind, Outcome, Phase};

use super::page::code;
use super::{Page, faults};

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("Outcomes and failures");
    page.block(INTRODUCTION);
    page.heading("Outcomes");
    page.table(
        ["outcome", "meaning"],
        Outcome::ALL.map(|outcome| [code(outcome), outcome_meaning(outcome).to_owned()]),
    );
    page.heading("Kinds of failure");
    page.block(HOW_TO_READ);
    for &kind in FailureKind::ALL {
        failure(&mut page, kind);
    }
    page.heading("Phases");
    page.block("How far the last attempt came, as `phase` in the record.");
    page.table(
        ["phase", "the attempt ended"],
        PHASES.map(|it| [code(it.name()), it.words().into()]),
    );
    page.heading("Clocks");
    page.block("A `timeout` names the clock that ran out, by the key that sets it.");
    let clocks = [Clock::Attempt, Clock::Connect, Clock::Idle, Clock::Event];
    page.table(
        ["clock", "runs"],
        clocks.map(|clock| {
            [
                code(format_args!("runner.http.{}", clock_key(clock))),
                clock_meaning(clock).to_owned(),
            ]
        }),
    );
    guards(&mut page);
    successes(&mut page);
    mock(&mut page);
    page
}

const INTRODUCTION: &str = "\
Every case has one outcome; a failed one has a kind from a closed list.
The names are stable: scripts may rely on them.

What this page says is tested: every row of its tables is a run of the program against its own mock, which plays the fault and whose text is `one two three four`, in four pieces.
`fluxloop mock --fault RULE` plays it for you; [the rules](#faults-that-the-mock-plays) are at the end.";

const HOW_TO_READ: &str = "\
Look for the message that you see; names, numbers and addresses are those of the examples.
Below it stands what to change, and what leads to it: what happened at the server, with the settings that matter, how far the last attempt came, how often it was tried (two retries are the default), and which text is kept.";

const PHASES: [Phase; 7] = [
    Phase::BeforeConnect,
    Phase::Connect,
    Phase::Sent,
    Phase::Status,
    Phase::BeforeText,
    Phase::AfterText,
    Phase::Complete,
];

/// A kind: what it means, what is done about it, what to change, and each of its messages.
fn failure(page: &mut Page, kind: FailureKind) {
    let of_kind: Vec<_> = rows().filter(|row| row.end == End::Failed(kind)).collect();
    page.block(&format!("### `{kind}`"));
    page.block(&format!("{}{}", sentences(kind.meaning()), done_about(&of_kind)));
    page.block(&format!("What to do: {}.", sentences(remedy(kind))));
    let mut told = Vec::new();
    for row in &of_kind {
        let says = (row.message, row.hint());
        if !told.contains(&says) {
            told.push(says);
            let alike = of_kind.iter().copied().filter(|row| (row.message, row.hint()) == says);
            message(page, kind, says, alike);
        }
    }
}

/// What is done about failures of a kind where the settings leave it alone.
fn done_about(of_kind: &[&Row]) -> &'static str {
    let is_left_alone = |row: &&&Row| {
        !row.set.iter().any(|set| set.contains(".retry.") || set.contains(".guards."))
    };
    let retried: BTreeSet<_> =
        of_kind.iter().filter(is_left_alone).map(|row| row.attempts > 1).collect();
    match (retried.contains(&true), retried.contains(&false)) {
        (true, false) => "\nIt is retried.",
        (false, true) => "\nIt is not retried.",
        (true, true) => "\nWhether it is retried depends on what came, as told below.",
        (false, false) => "",
    }
}

/// A message, and what leads to it.
fn message<'r>(
    page: &mut Page,
    kind: FailureKind,
    (message, hint): (&str, &str),
    rows: impl Iterator<Item = &'r Row> + Clone,
) {
    let advice = match visible(hint) {
        hint if hint == remedy(kind) => String::new(),
        hint => format!("\n>\n> What to do: {hint}."),
    };
    page.block(&format!("> {}{advice}", visible(message)));
    if rows.clone().all(|row| row.set.is_empty()) {
        table(page, ["what happened", "phase", "attempts", "kept"], rows, |row| {
            [happened(row), code(row.phase.name()), attempts(row), kept(row)]
        });
    } else {
        table(page, ["what happened", "settings", "phase", "attempts", "kept"], rows, |row| {
            [happened(row), settings(row), code(row.phase.name()), attempts(row), kept(row)]
        });
    }
}

fn guards(page: &mut Page) {
    page.heading("Guards");
    page.block("A guard ends a case as the user asked: the case is `stopped`, never retried.");
    page.table(
        ["guard", "fires when", "counts as success"],
        GuardKind::ALL.map(|guard| {
            let success = if guard.counts_as_success() { "yes" } else { "no" };
            [code(guard), guard_meaning(guard).to_owned(), success.to_owned()]
        }),
    );
    let stopped = rows().filter(|row| matches!(row.end, End::Stopped(_)));
    table(page, ["what happened", "settings", "phase", "kept"], stopped, |row| {
        [happened(row), settings(row), code(row.phase.name()), kept(row)]
    });
}

/// What goes wrong and is no failure.
fn successes(page: &mut Page) {
    let succeeded = || rows().filter(|row| row.end == End::Succeeded);
    let is_mended = |row: &Row| row.attempts > 1 || row.resends > 0;
    let is_short = |row: &Row| row.completeness != Some(Completeness::Done);
    page.heading("What is no failure");
    page.block("### Mended by another attempt");
    page.block(
        "A request is sent once more at once, over a fresh connection, if the kept HTTP/1.1 \
         connection that it went out on died before an answer, or if the server says over HTTP/2 \
         that it did not process it; that is a resend, and not a retry.",
    );
    let mended = succeeded().filter(|row| is_mended(row));
    table(page, ["what happened", "settings", "attempts", "text"], mended, |row| {
        [happened(row), settings(row), attempts(row), kept(row)]
    });
    page.block("### Perhaps not whole");
    page.block(
        "The answer ended without `stream_done`, so that nobody can tell whether text is missing: \
         `completeness` in the record says how much is known, and the summary counts these.\n\
         `runner.http.require_done: true` makes them failures.",
    );
    let short = succeeded().filter(|row| is_short(row));
    table(page, ["what happened", "settings", "completeness", "text"], short, |row| {
        let known = match row.completeness {
            Some(Completeness::Framed) => "framed",
            _ => "unverified",
        };
        [happened(row), settings(row), code(known), kept(row)]
    });
    page.block("### Without any effect");
    let harmless = succeeded().filter(|row| !is_mended(row) && !is_short(row));
    table(page, ["what happened", "settings", "text"], harmless, |row| {
        [happened(row), settings(row), kept(row)]
    });
}

fn mock(page: &mut Page) {
    page.heading("Faults that the mock plays");
    page.block(
        "A rule of `fluxloop mock --fault RULE` is one of these, or several joined by `+`; behind \
         it may stand `@30%` (by chance, with `--seed`), `@2` or `@2-4` (by the number of the \
         request).",
    );
    page.table(
        ["fault", "meaning"],
        FaultDoc::all().map(|doc| [code(doc.usage), doc.meaning.to_owned()]),
    );
    page.block("`POS`, where an answer breaks, is one of these.");
    page.table(
        ["position", "meaning"],
        FaultDoc::POSITIONS.iter().map(|(at, meaning)| [code(at), (*meaning).to_owned()]),
    );
}

/// A table of rows, each line once: what differs in the API alone reads the same.
fn table<'r, const COLUMNS: usize>(
    page: &mut Page,
    head: [&str; COLUMNS],
    rows: impl Iterator<Item = &'r Row>,
    cells: impl Fn(&Row) -> [String; COLUMNS],
) {
    let mut told = BTreeSet::new();
    page.table(head, rows.map(cells).filter(|line| told.insert(line.clone())));
}

/// What goes wrong, and how the mock is told to play it.
fn happened(row: &Row) -> String {
    if row.fault.is_empty() {
        return row.what.to_owned();
    }
    let rule = code(row.fault);
    if row.what.is_empty() {
        let words = faults::words(&row.fault.parse().expect("a test plays the rule"));
        format!("{words}: {rule}")
    } else {
        format!("{}: {rule}", row.what)
    }
}

fn settings(row: &Row) -> String {
    let settings: Vec<_> = row.set.iter().map(|set| code(visible(set))).collect();
    settings.join(", ")
}

fn attempts(row: &Row) -> String {
    let resent = match row.resends {
        0 => String::new(),
        resends if resends == row.attempts && resends > 1 => ", each sent twice".to_owned(),
        1 => ", one sent twice".to_owned(),
        resends => format!(", {resends} sent twice"),
    };
    format!("{}{resent}", row.attempts)
}

fn kept(row: &Row) -> String {
    match row.output {
        "" => "nothing".to_owned(),
        WHOLE if row.end == End::Succeeded => "all".to_owned(),
        text => code(text.replace('\0', "␀")),
    }
}

/// The address of the mock, as in its documentation.
fn visible(text: &str) -> String {
    text.replace("{address}", "127.0.0.1:8000")
}

/// One sentence a line.
fn sentences(text: &str) -> String {
    text.replace(". ", ".\n")
}
fn outcome_meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "the answer came, whole as far as can be known",
        Outcome::Failed => "no attempt gave an answer; the record says why",
        Outcome::Stopped => "a guard ended it; the text so far is kept",
        Outcome::Interrupted => "the run was ended while the case was under way",
    }
}

fn clock_meaning(clock: Clock) -> &'static str {
    match clock {
        Clock::Attempt => "over one attempt, from the first connect to the end of the answer",
        Clock::Connect => "over name lookup, TCP and TLS",
        Clock::Idle => "between two bytes of the body; comments count as bytes",
        Clock::Event => "between two events; comments do not count",
    }
}

fn guard_meaning(guard: GuardKind) -> &'static str {
    match guard {
        GuardKind::MaxDuration => "the case takes longer, all attempts and waits together",
        GuardKind::OutputCharLimit => {
            "the text grows beyond so many characters (Unicode scalar values), where it is cut"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_mock_is_in_a_row() {
        let names: BTreeSet<_> =
            rows().flat_map(|row| row.fault.split(['+', '=', ':', ',', '@'])).collect();
        let missing: Vec<_> =
            FaultDoc::all().map(|doc| doc.name).filter(|name| !names.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn every_kind_is_in_a_row_but_those_that_no_server_can_cause() {
        let missing: Vec<_> = FailureKind::ALL
            .iter()
            .filter(|kind| rows().all(|row| row.end != End::Failed(**kind)))
            .collect();
        assert_eq!(
            missing,
            [&FailureKind::Local, &FailureKind::NotRecorded, &FailureKind::Internal]
        );
    }

    #[test]
    fn every_row_says_what_happened() {
        for row in rows() {
            assert!(!row.fault.is_empty() || !row.what.is_empty(), "{row:?}");
        }
    }
}
