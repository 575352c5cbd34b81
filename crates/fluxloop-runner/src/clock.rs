//! The clocks of a run: wall-clock times that agree with monotonic ones, time in which this process
//! did not run (it was stopped, or the machine was frozen), and how late this process is itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fluxloop_trace::OwnLag;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

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

    /// A clock whose beginning is 1970, for times that were recorded.
    pub(crate) fn of_records() -> Self {
        Self { instant: Instant::now(), wall: Timestamp::UNIX_EPOCH }
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

/// How often it is measured.
const INTERVAL: Duration = Duration::from_millis(10);

/// Measures until it is asked, on a task of its own: a run that waits for its sinks is not late.
pub(crate) struct LagMeter {
    stop: oneshot::Sender<()>,
    measuring: JoinHandle<OwnLag>,
}

impl LagMeter {
    /// The ticks are the pulse of the process, too.
    pub(crate) fn start(pulse: Arc<Pulse>) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { stop, measuring: tokio::spawn(measure(stopped, pulse)) }
    }

    /// What was measured.
    pub(crate) async fn stop(self) -> OwnLag {
        drop(self.stop);
        // Without a runtime that still runs it there is nothing to tell.
        self.measuring.await.unwrap_or_default()
    }
}

async fn measure(mut stopped: oneshot::Receiver<()>, pulse: Arc<Pulse>) -> OwnLag {
    let mut lag = OwnLag::default();
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = &mut stopped => return lag,
            due = ticks.tick() => {
                lag.note(due.elapsed());
                pulse.beat(Instant::now());
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
