//! `failures.md`: why a case fails.

use fluxloop_trace::{Clock, FailureKind, GuardKind, Outcome};

use super::Page;
use super::page::code;

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("Outcomes and failures");
    page.block(
        "Every case has one outcome; a failed one has a kind from a closed list.\n\
         The names are stable: scripts may rely on them.",
    );
    page.heading("Outcomes");
    page.table(
        ["outcome", "meaning"],
        Outcome::ALL.map(|outcome| [code(outcome), outcome_meaning(outcome).to_owned()]),
    );
    page.heading("Kinds of failure");
    for &kind in FailureKind::ALL {
        page.block(&format!("### `{kind}`"));
        page.block(&sentences(kind.cause()));
        page.block(&format!("What to do: {}.", sentences(kind.remedy())));
    }
    page.heading("Clocks");
    page.block("A `timeout` names the clock that ran out, by the key that sets it.");
    let clocks = [Clock::Attempt, Clock::Connect, Clock::Idle, Clock::Event];
    page.table(
        ["clock", "runs"],
        clocks.map(|clock| {
            [code(format_args!("runner.http.{}", clock.key())), clock_meaning(clock).to_owned()]
        }),
    );
    page.heading("Guards");
    page.block("A guard ends a case as the user asked: the case is `stopped`, never retried.");
    page.table(
        ["guard", "fires when", "counts as success"],
        GuardKind::ALL.map(|guard| {
            let success = if guard.counts_as_success() { "yes" } else { "no" };
            [code(guard), guard_meaning(guard).to_owned(), success.to_owned()]
        }),
    );
    page
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
