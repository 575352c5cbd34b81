//! Wall-clock times that agree with monotonic ones.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Joins the two clocks once, at the start of a run: every time of a record is the start plus a
/// monotonic duration, so that a clock that jumps or a machine that sleeps cannot bend it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunClock {
    instant: Instant,
    wall: Timestamp,
}

impl RunClock {
    pub(crate) fn start() -> Self {
        Self { instant: Instant::now(), wall: Timestamp::now() }
    }

    /// When the run began, for people.
    pub(crate) fn wall(&self) -> Timestamp {
        self.wall
    }

    /// When the run began.
    pub(crate) fn started(&self) -> Instant {
        self.instant
    }

    /// A time as records write it: ISO 8601, UTC, to the microsecond.
    pub(crate) fn iso(&self, at: Instant) -> String {
        format!("{:.6}", self.wall_at(at))
    }

    /// A time for people.
    pub(crate) fn wall_at(&self, at: Instant) -> Timestamp {
        let since = SignedDuration::try_from(at.saturating_duration_since(self.instant))
            .unwrap_or(SignedDuration::MAX);
        self.wall.checked_add(since).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_time_is_the_start_plus_what_has_passed() {
        let clock = RunClock {
            instant: Instant::now(),
            wall: "2026-01-02T03:04:05Z".parse().expect("a valid time"),
        };
        let later = clock.started() + Duration::from_millis(1500);
        assert_eq!(clock.iso(later), "2026-01-02T03:04:06.500000Z");
    }
}
