//! Words for what concerns a run as a whole.

use fluxloop_plan::Rate;

/// Why cases of an open loop began late.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LateBecause {
    /// The server answered 429, and nothing was sent for as long as it asked.
    Pause,
    /// The sinks took the results of earlier cases too slowly.
    Records,
    /// All cases that may be under way were under way.
    Room {
        /// How many may be.
        parallelism: usize,
        /// Whether this process was late itself.
        is_busy: bool,
    },
    /// The next input was not read yet.
    Inputs,
    /// This process was late itself.
    Turn,
}

/// That the schedule of an open loop was not kept: `late` of `begun` cases began up to `latest_ms`
/// later than they were due, and `reached` was the rate.
pub fn late_starts(
    [late, begun]: [u64; 2],
    latest_ms: u128,
    rate: &Rate,
    reached: &str,
    because: LateBecause,
) -> String {
    let why = match because {
        LateBecause::Pause => {
            "the server answered 429, and everybody waited as long as it asked; lower `rate`"
                .to_owned()
        }
        LateBecause::Records => {
            "what is shown or kept of earlier ones was not taken in time; look \
                                 for a slow terminal, pipe or disk"
                .to_owned()
        }
        LateBecause::Room { parallelism, is_busy } => {
            let full = format!("all {parallelism} that `parallelism` allows were under way");
            if is_busy {
                format!(
                    "{full}, and this process was late itself; give it more cores before you raise \
                     that, or lower `rate`"
                )
            } else {
                format!("{full}; raise it, or lower `rate`")
            }
        }
        LateBecause::Inputs => {
            "the inputs were not read in time; look at where they come from, or lower `rate`"
                .to_owned()
        }
        LateBecause::Turn => {
            "this process was late itself; give it more cores, or lower `rate`".to_owned()
        }
    };
    format!(
        "{late} of {begun} cases began later than they were due, by up to {latest_ms} ms (asked \
         for {rate}, reached {reached}): {why}"
    )
}

/// That the budget of a run denied retries to cases; both are counted or named in words.
pub fn retries_denied(cases: &str, names: &str) -> String {
    format!("`retry.budget` denied retries to {cases}: {names}")
}

/// That answers ended without their end; `answers` is their number in words.
pub fn unverified(answers: &str) -> String {
    format!(
        "{answers} ended without `stream_done`, and nothing else proves that all of the text came"
    )
}
