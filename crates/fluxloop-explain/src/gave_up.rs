//! Words for why a failed attempt is not followed by another one.

use std::time::Duration;

use fluxloop_trace::{Clock, Furthest, GaveUp, GiveUpReason};

/// What is said of it: a note that follows the message, and a hint that replaces the failure's.
///
/// `clock` is the clock that ran out, if one did; `longest` is the longest wait that a server may
/// ask for.
pub fn gave_up(
    gave_up: &GaveUp,
    clock: Option<Clock>,
    longest: Duration,
) -> (String, Option<&'static str>) {
    let GaveUp { reason, wait_ms, furthest } = gave_up;
    let furthest = furthest.map_or_else(String::new, |Furthest { attempt, phase, kind }| {
        format!("; attempt {attempt} had come further: `{kind}` {}", phase.words())
    });
    let (why, hint) = match reason {
        // The number of attempts says it.
        GiveUpReason::Spent => (String::new(), None),
        // What is paid for is not bought twice.
        GiveUpReason::Final if clock == Some(Clock::Attempt) => {
            ("; not retried, because an answer had begun".to_owned(), None)
        }
        GiveUpReason::Final => ("; not retried".to_owned(), None),
        GiveUpReason::Off => ("; not retried (`retry.attempts: 0`)".to_owned(), None),
        GiveUpReason::Partial => (
            "; not retried (`retry.on_partial: fail`)".to_owned(),
            Some(
                "set `runner.http.retry.on_partial: restart` to have another answer instead of \
                 this text",
            ),
        ),
        GiveUpReason::AskedToWait => {
            let asked = wait_ms.map(Duration::from).unwrap_or_default().as_secs_f64().ceil();
            let longest = longest.as_secs();
            let why = format!(
                "; not retried: the server asks for a wait of {asked} s, longer than {longest} s"
            );
            (why, Some("run it again after the wait that the server asks for"))
        }
        GiveUpReason::NoTime => {
            ("; not retried: the wait before it would outlast `max_duration`".to_owned(), None)
        }
        GiveUpReason::Replay => {
            ("; another attempt was not recorded, and a replay sends nothing".to_owned(), None)
        }
        GiveUpReason::Budget => ("; not retried: `retry.budget` is used up".to_owned(), None),
    };
    (furthest + &why, hint)
}
