//! Gives up on a server that was never there.

use fluxloop_redact::Masked;
use fluxloop_trace::{Clock, Failure, FailureKind, Trace};

/// How many cases in a row may fail to reach the server, or be turned away by it, before the run
/// ends: enough to rule out chance, few enough not to waste an hour on a typing error.
const FAILURES_IN_A_ROW: u32 = 20;

/// Watches for a target that never lets anything succeed.
#[derive(Debug, Default)]
pub(crate) struct DeadTarget {
    in_a_row: u32,
    alive: bool,
}

impl DeadTarget {
    /// Judges a closed case; says why to give up when it is time to.
    pub(crate) fn judge(&mut self, trace: &Trace) -> Option<Masked> {
        let failure = trace.failure.as_ref();
        if trace.success || !failure.is_none_or(is_hopeless) {
            // Any other failure came from a server that is there and lets us in.
            self.alive = true;
        }
        if self.alive || failure.is_none() {
            return None;
        }
        self.in_a_row += 1;
        (self.in_a_row == FAILURES_IN_A_ROW).then(|| reason(failure))
    }
}

fn is_hopeless(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::Connect | FailureKind::Dns | FailureKind::Tls | FailureKind::Proxy => true,
        FailureKind::Timeout => failure.clock == Some(Clock::Connect),
        FailureKind::Status => failure.status == Some(401),
        _ => false,
    }
}

fn reason(failure: Option<&Failure>) -> Masked {
    let message = failure.map(|failure| failure.message.clone()).unwrap_or_default();
    Masked::concat([
        &Masked::from_static("the run ends early: the first 20 cases all failed in the same way: "),
        &message,
    ])
}
