//! Gives up on a server that was never there, or that asks everybody to come back much later.

use std::time::Duration;

use fluxloop_redact::Masked;
use fluxloop_trace::{Failure, FailureKind, Outcome, Phase, Trace, Warning, WarningCode};
use tokio::time::Instant;

use crate::gate::LONGEST_RETRY_AFTER;
use crate::shared::Shared;

/// How many cases in a row may fail to reach the server, or be turned away by it, before the run
/// ends: enough to rule out chance, few enough not to waste an hour on a typing error.
const FAILURES_IN_A_ROW: u32 = 20;

/// How many cases in a row may be asked to come back much later before the run ends: one may be
/// asked for a reason of its own.
const LATER_IN_A_ROW: u32 = 3;

/// Watches for a target that never lets anything succeed.
#[derive(Debug, Default)]
pub(crate) struct DeadTarget {
    in_a_row: u32,
    succeeded: bool,
    /// How many cases in a row were asked to come back much later.
    later: u32,
}

/// What a case says about the target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Evidence {
    /// Nothing: it never came to be sent, or the fault is ours.
    None,
    /// The server was not reached, or turned us away.
    Hopeless,
    /// The server is there, whatever it said.
    There,
    /// It answered.
    Success,
}

impl DeadTarget {
    /// A case of an earlier part of the run: its failures are past, and what made them may have
    /// been mended since, but where one succeeded the target was there.
    pub(crate) fn note_restored(&mut self, trace: &Trace) {
        self.succeeded |= trace.success;
    }

    /// Judges a closed case; says why to give up when it is time to.
    pub(crate) fn judge(&mut self, trace: &Trace, shared: &Shared) -> Option<Warning> {
        match evidence(trace) {
            Evidence::None => {}
            Evidence::Hopeless => self.in_a_row += 1,
            Evidence::There => self.in_a_row = 0,
            Evidence::Success => self.succeeded = true,
        }
        let dead = !self.succeeded && self.in_a_row == FAILURES_IN_A_ROW;
        let failure = trace.error.as_ref();
        let later = failure.and_then(|failure| later(failure, shared));
        self.later = if later.is_some() { self.later + 1 } else { 0 };
        let later = later.filter(|_| self.later == LATER_IN_A_ROW);
        let later = later.map(|words| Warning::new(WarningCode::AskedToWait, words));
        later.or_else(|| dead.then(|| Warning::new(WarningCode::DeadTarget, reason(failure))))
    }
}

/// Whether the server asks for a longer wait than anybody waits, by a 429.
fn later(failure: &Failure, shared: &Shared) -> Option<Masked> {
    let asked = failure.retry_after_ms.filter(|_| failure.status == Some(429))?;
    let wait = Duration::from(asked);
    if wait <= LONGEST_RETRY_AFTER {
        return None;
    }
    // A second for the part of one that is not shown: nobody shall come back too early.
    let until = shared.clock.wall_at(Instant::now() + wait + Duration::from_secs(1));
    Some(shared.plan.redactor.mask(&format!(
        "the run ends early: the server answered 429 to {LATER_IN_A_ROW} cases in a row, and asks \
         to wait until {until:.0}; go on with `--resume` then"
    )))
}

fn evidence(trace: &Trace) -> Evidence {
    let Some(last) = trace.attempts().next_back() else { return Evidence::None };
    let is_ours = |failure: &Failure| {
        matches!(failure.kind, FailureKind::Internal | FailureKind::Local | FailureKind::Template)
    };
    if trace.success {
        Evidence::Success
    } else if trace.outcome == Outcome::Interrupted || trace.error.as_ref().is_some_and(is_ours) {
        Evidence::None
    } else if last.phase <= Phase::Connect || matches!(last.status, Some(401 | 407)) {
        Evidence::Hopeless
    } else {
        Evidence::There
    }
}

fn reason(failure: Option<&Failure>) -> Masked {
    let message = failure.map(|failure| failure.message.clone()).unwrap_or_default();
    Masked::concat([
        &Masked::from_static(
            "the run ends early: 20 cases in a row did not reach the server, or were turned away: ",
        ),
        &message,
    ])
}
