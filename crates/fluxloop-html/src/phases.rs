//! What a case was waiting for, moment by moment.

use fluxloop_trace::{Attempt, Milliseconds, Trace, Turn};
use jiff::Timestamp;

/// What happened during a part of a case.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Phase {
    /// Nothing of the answer came: before the first request, or after the last output.
    Idle,
    /// A connection was opened.
    Connect,
    /// The request was sent, and nothing came.
    Wait,
    /// Reasoning came, or output of another channel.
    Reasoning,
    /// Calls of tools came.
    Tools,
    /// Text came.
    Text,
    /// The pause before another attempt.
    Backoff,
}

impl Phase {
    /// The names, by number.
    pub(crate) const NAMES: [&str; 7] =
        ["idle", "connect", "wait", "reasoning", "tools", "text", "backoff"];

    pub(crate) fn number(self) -> u64 {
        self as u64
    }
}

/// A phase and how long it took, in nanoseconds.
pub(crate) type Part = (Phase, u64);

/// When the case was due, in nanoseconds since 1970; zero where the record does not say it.
pub(crate) fn due(trace: &Trace) -> u64 {
    trace.turns.first().map_or(0, |turn| nanos_of(&turn.timings.scheduled_at))
}

fn nanos_of(time: &str) -> u64 {
    let time = time.parse::<Timestamp>().map(Timestamp::as_nanosecond);
    time.ok().and_then(|time| u64::try_from(time).ok()).unwrap_or(0)
}

/// The phases of a case, one after the other, since it was due.
pub(crate) fn phases(trace: &Trace) -> Vec<Part> {
    let due = due(trace);
    let mut line = Line::default();
    for turn in &trace.turns {
        let count = turn.attempts.len();
        for (number, attempt) in (1..).zip(&turn.attempts) {
            let start = nanos_of(&attempt.started_at).saturating_sub(due);
            line.until(start, if number == 1 { Phase::Idle } else { Phase::Backoff });
            line.attempt(start, attempt, (number == count).then_some(turn));
        }
    }
    line.until(trace.duration_ms.as_nanos(), Phase::Idle);
    line.parts
}

/// Parts without gaps.
#[derive(Default)]
struct Line {
    parts: Vec<Part>,
    end: u64,
}

impl Line {
    /// What happened until a moment; nothing where that has passed.
    fn until(&mut self, at: u64, phase: Phase) {
        let Some(took) = at.checked_sub(self.end).filter(|took| *took > 0) else { return };
        self.end = at;
        match self.parts.last_mut() {
            Some((last, so_far)) if *last == phase => *so_far += took,
            _ => self.parts.push((phase, took)),
        }
    }

    /// An attempt; of the last one of a turn, the turn knows when each channel came.
    fn attempt(&mut self, start: u64, attempt: &Attempt, turn: Option<&Turn>) {
        let times = &attempt.timings;
        let at = |time: Milliseconds| start + time.as_nanos();
        if let Some(connect) = times.connect_ms {
            self.until(at(connect), Phase::Connect);
        }
        let outputs = turn.map(outputs).filter(|outputs| !outputs.is_empty());
        let outputs = outputs.unwrap_or_else(|| {
            let text = times.first_token_ms.zip(times.last_token_ms);
            let before = times.first_output_ms.zip(times.first_token_ms.or(times.last_token_ms));
            let before = before.map(|(from, to)| (Phase::Reasoning, from, to));
            before.into_iter().chain(text.map(|(from, to)| (Phase::Text, from, to))).collect()
        });
        let mut moments: Vec<_> = outputs.iter().flat_map(|&(_, from, to)| [from, to]).collect();
        moments.sort_unstable();
        let Some(&first) = moments.first() else {
            self.until(at(times.total_ms), Phase::Wait);
            return;
        };
        self.until(at(first), Phase::Wait);
        for pair in moments.windows(2) {
            let under_way =
                outputs.iter().filter(|(_, from, to)| *from <= pair[0] && *to >= pair[1]);
            let phase = under_way.map(|(phase, ..)| *phase).max().unwrap_or(Phase::Wait);
            self.until(at(pair[1]), phase);
        }
        self.until(at(times.total_ms), Phase::Idle);
    }
}

/// From when to when what came, since the attempt began.
fn outputs(turn: &Turn) -> Vec<(Phase, Milliseconds, Milliseconds)> {
    let channels = turn.channels.iter().filter_map(|(name, channel)| {
        let phase = match name.as_str() {
            "text" | "refusal" => Phase::Text,
            _ => Phase::Reasoning,
        };
        Some((phase, channel.first_ms?, channel.last_ms?))
    });
    let tools = turn.tool_calls.iter().map(|call| (Phase::Tools, call.first_ms, call.done_ms));
    channels.chain(tools).filter(|(_, from, to)| from <= to).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::example::record;

    #[track_caller]
    fn check(attempts: &Value, channels: &Value, expected: &str) {
        let parts = phases(&record(0, attempts, channels)).into_iter();
        let shown: Vec<_> = parts
            .map(|(phase, nanos)| format!("{} {}", Phase::NAMES[phase as usize], nanos / 1_000_000))
            .collect();
        assert_eq!(shown.join(", "), expected);
    }

    #[test]
    fn a_case_has_its_phases_in_order() {
        let timings = json!({"connect_ms": 20, "first_output_ms": 100, "first_token_ms": 200,
            "last_token_ms": 700, "total_ms": 900});
        check(
            &json!([{"at": 50, "timings": timings}]),
            &json!({"reasoning": {"characters": 9, "first_ms": 100, "last_ms": 150},
                "text": {"characters": 9, "first_ms": 200, "last_ms": 700}}),
            "idle 50, connect 20, wait 80, reasoning 50, wait 50, text 500, idle 250",
        );
    }

    #[test]
    fn a_pause_between_attempts_is_a_phase() {
        let failed = json!({"total_ms": 100});
        let timings = json!({"first_output_ms": 50, "first_token_ms": 50, "last_token_ms": 60,
            "total_ms": 100});
        check(
            &json!([{"at": 0, "timings": failed}, {"at": 400, "timings": timings}]),
            &json!({}),
            "wait 100, backoff 300, wait 50, text 10, idle 540",
        );
    }

    #[test]
    fn a_case_without_a_request_is_idle() {
        check(&json!([]), &json!({}), "idle 1000");
    }
}
