//! The clocks of one attempt.

use fluxloop_plan::Clocks;
use fluxloop_trace::Clock;
use tokio::time::Instant;

/// What ran out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Expired {
    /// A clock of the attempt.
    Clock(Clock),
    /// The guard over the whole case.
    MaxDuration,
}

/// The clocks of one attempt, and the guard over the case: one timer serves them all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadlines {
    clocks: Clocks,
    attempt: Instant,
    guard: Option<Instant>,
    /// The last byte of the body, and the last event of an event stream; `None` until the headers
    /// have come, because silence is counted within the body.
    last_byte: Option<Instant>,
    last_event: Option<Instant>,
}

impl Deadlines {
    /// Starts the attempt's clock. `guard` is when the case's time is over.
    pub(crate) fn start(clocks: Clocks, now: Instant, guard: Option<Instant>) -> Self {
        Self { clocks, attempt: now + clocks.attempt, guard, last_byte: None, last_event: None }
    }

    /// The body begins.
    pub(crate) fn body_begins(&mut self, at: Instant) {
        self.last_byte = Some(at);
    }

    /// The body is an event stream, and its events are waited for.
    pub(crate) fn events_begin(&mut self, at: Instant) {
        self.last_event = Some(at);
    }

    /// Bytes came.
    pub(crate) fn bytes_came(&mut self, at: Instant) {
        self.last_byte = Some(at);
    }

    /// An event came.
    pub(crate) fn event_came(&mut self, at: Instant) {
        self.last_event = Some(at);
    }

    /// When the next of them runs out.
    pub(crate) fn next(&self) -> Instant {
        let (at, _) = self.earliest();
        at
    }

    /// Which of them has run out by now.
    pub(crate) fn expired(&self, now: Instant) -> Option<Expired> {
        let (at, what) = self.earliest();
        (at <= now).then_some(what)
    }

    /// The first to run out. At the same moment the guard wins: it is what the user asked for.
    fn earliest(&self) -> (Instant, Expired) {
        let after = |last: Option<Instant>, limit| Some(last? + limit?);
        let candidates = [
            (self.guard, Expired::MaxDuration),
            (Some(self.attempt), Expired::Clock(Clock::Attempt)),
            (after(self.last_event, self.clocks.event), Expired::Clock(Clock::Event)),
            (after(self.last_byte, self.clocks.idle), Expired::Clock(Clock::Idle)),
        ];
        candidates
            .into_iter()
            .filter_map(|(at, what)| Some((at?, what)))
            .min_by_key(|&(at, _)| at)
            .expect("the attempt's clock always runs")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn clocks() -> Clocks {
        Clocks {
            attempt: 10 * SECOND,
            connect: SECOND,
            idle: Some(2 * SECOND),
            event: Some(3 * SECOND),
        }
    }

    /// Bytes and events as seconds after the start; what expires first, and when.
    #[track_caller]
    fn check(guard: Option<u32>, bytes: &[u32], events: &[u32], expected: (u32, Expired)) {
        let start = Instant::now();
        let mut deadlines =
            Deadlines::start(clocks(), start, guard.map(|after| start + after * SECOND));
        if !bytes.is_empty() {
            deadlines.body_begins(start);
            deadlines.events_begin(start);
        }
        for &at in bytes {
            deadlines.bytes_came(start + at * SECOND);
        }
        for &at in events {
            deadlines.event_came(start + at * SECOND);
        }
        let (at, what) = expected;
        assert_eq!(deadlines.next(), start + at * SECOND);
        assert_eq!(deadlines.expired(start + at * SECOND), Some(what));
        assert_eq!(deadlines.expired(start + at * SECOND - Duration::from_millis(1)), None);
    }

    #[test]
    fn before_the_body_only_the_attempt_counts() {
        check(None, &[], &[], (10, Expired::Clock(Clock::Attempt)));
    }

    #[test]
    fn silence_trips_the_idle_clock() {
        check(None, &[0, 1], &[1], (3, Expired::Clock(Clock::Idle)));
    }

    #[test]
    fn comments_hold_off_the_idle_clock_and_not_the_event_clock() {
        check(None, &[0, 1, 2], &[], (3, Expired::Clock(Clock::Event)));
    }

    #[test]
    fn a_slow_drip_trips_the_attempt_clock() {
        check(None, &[0, 5, 9], &[9], (10, Expired::Clock(Clock::Attempt)));
    }

    #[test]
    fn the_guard_wins_at_the_same_moment() {
        check(Some(10), &[0, 9], &[9], (10, Expired::MaxDuration));
        check(Some(1), &[0], &[], (1, Expired::MaxDuration));
    }
}
