//! Time in which this process did not run: it was stopped (Ctrl-Z), or the machine was frozen.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How late a beat is that no busy machine explains. What is less is a fact of the figures, and
/// told as the process's own lag.
const STANDSTILL: Duration = Duration::from_secs(1);

/// Beats every few milliseconds while the process runs.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<Beats>);

#[derive(Clone, Copy, Debug, Default)]
struct Beats {
    last: Option<Instant>,
    stood: Duration,
}

impl Pulse {
    /// The process runs.
    pub(crate) fn beat(&self, now: Instant) {
        let mut beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *beats = Beats { last: Some(now), stood: beats.stood_by(now) };
    }

    /// For how long the process has stood still in all, though nothing has beaten since.
    fn stood_by(&self, now: Instant) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).stood_by(now)
    }
}

impl Beats {
    fn stood_by(self, now: Instant) -> Duration {
        let pause = self.last.map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        if pause < STANDSTILL { self.stood } else { self.stood + pause }
    }
}

/// For how long the process has stood still since a moment.
#[derive(Clone, Debug)]
pub(crate) struct Standstill {
    pulse: Arc<Pulse>,
    before: Duration,
}

impl Standstill {
    pub(crate) fn since(pulse: &Arc<Pulse>, now: Instant) -> Self {
        Self { pulse: pulse.clone(), before: pulse.stood_by(now) }
    }

    pub(crate) fn until(&self, now: Instant) -> Duration {
        self.pulse.stood_by(now).saturating_sub(self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Beats as milliseconds after the start, at the first of which somebody begins to ask; what
    /// has stood still 5 s after the start.
    #[track_caller]
    fn check(beats: &[u64], expected: u64) {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let pulse = Arc::new(Pulse::default());
        let standstill = Standstill::since(&pulse, start);
        for beat in beats {
            pulse.beat(at(*beat));
        }
        assert_eq!(standstill.until(at(5000)), Duration::from_millis(expected), "{beats:?}");
    }

    #[test]
    fn a_beat_that_is_a_little_late_is_no_standstill() {
        check(&[0, 900, 1800, 2700, 3600, 4500], 0);
    }

    #[test]
    fn a_pause_counts_whole() {
        check(&[0, 10, 3010, 4010, 4020], 4000);
    }

    #[test]
    fn what_asks_before_the_next_beat_hears_of_the_pause() {
        check(&[0, 500], 4500);
    }

    #[test]
    fn what_never_beats_does_not_stand_still() {
        check(&[], 0);
    }

    #[test]
    fn what_was_before_does_not_count() {
        let start = Instant::now();
        let pulse = Arc::new(Pulse::default());
        pulse.beat(start);
        let later = start + 3 * STANDSTILL;
        pulse.beat(later);
        assert_eq!(Standstill::since(&pulse, later).until(later), Duration::ZERO);
    }
}
