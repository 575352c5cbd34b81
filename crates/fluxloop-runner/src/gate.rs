//! What the cases of a run share: the pause after a 429, and the budget of retries.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fluxloop_plan::RetryBudget;
use tokio::sync::Notify;
use tokio::time::Instant;

/// The longest wait that a server may ask for. Above it the case ends and says when to come back:
/// a run that sleeps for minutes looks like one that hangs.
pub(crate) const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(2);

/// A pause that is shorter passes before anybody asks why nothing happens.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// Those who waited come back within half of what they waited for, as the jitter of a backoff has
/// it, and within a second.
const LONGEST_RAMP: Duration = Duration::from_secs(1);

/// What the cases of a run share. Plain counters: nobody waits for a lock here.
#[derive(Debug)]
pub(crate) struct Gate {
    started: Instant,
    budget: Option<RetryBudget>,
    /// Until when nothing is sent, in nanoseconds since `started`, as all times here.
    paused_until: AtomicU64,
    /// [`Pause::ramp`]. It may belong to a pause that was asked for at the same moment.
    ramp: AtomicU64,
    /// Until when the pause lasts that was told last.
    told_until: AtomicU64,
    closing: Notify,
    first_requests: AtomicU64,
    retries: AtomicU64,
}

/// A time during which nothing is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Pause {
    pub(crate) until: Instant,
    /// Within which time after that those who waited come back: all at once, they would be too
    /// many again.
    pub(crate) ramp: Duration,
}

impl Gate {
    pub(crate) fn new(started: Instant, budget: Option<RetryBudget>) -> Self {
        Self {
            started,
            budget,
            paused_until: AtomicU64::new(0),
            ramp: AtomicU64::new(0),
            told_until: AtomicU64::new(0),
            closing: Notify::new(),
            first_requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }

    /// Lets every case wait: a server that said 429 to one would say it to all. Tells whether that
    /// is worth a line to the user, who hears of each pause once, however many ask for it.
    pub(crate) fn close(&self, now: Instant, wait: Duration) -> bool {
        let until = self.since_start(now + wait);
        if self.paused_until.fetch_max(until, Ordering::Relaxed) < until {
            self.ramp.store(nanoseconds((wait / 2).min(LONGEST_RAMP)), Ordering::Relaxed);
            self.closing.notify_one();
        }
        wait > WORTH_TELLING
            && self.told_until.fetch_max(until, Ordering::Relaxed) <= self.since_start(now)
    }

    /// Waits until a pause begins, or becomes longer.
    pub(crate) async fn closes(&self) {
        self.closing.notified().await;
    }

    /// The pause that holds now.
    pub(crate) fn pause(&self, now: Instant) -> Option<Pause> {
        let until = Duration::from_nanos(self.paused_until.load(Ordering::Relaxed));
        let ramp = Duration::from_nanos(self.ramp.load(Ordering::Relaxed));
        Some(Pause { until: self.started + until, ramp }).filter(|pause| pause.until > now)
    }

    /// Whether there was any pause.
    pub(crate) fn was_closed(&self) -> bool {
        self.paused_until.load(Ordering::Relaxed) > 0
    }

    fn since_start(&self, at: Instant) -> u64 {
        nanoseconds(at.saturating_duration_since(self.started))
    }

    /// Counts the first request of a case.
    pub(crate) fn note_first_request(&self) {
        self.first_requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts the requests of a case that was closed before the run was taken up again.
    pub(crate) fn note_restored(&self, attempts: usize) {
        if let Some(retries) = attempts.checked_sub(1) {
            self.note_first_request();
            self.retries.fetch_add(retries as u64, Ordering::Relaxed);
        }
    }

    /// How many retries were sent, those of an earlier part of the run included.
    pub(crate) fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Takes one retry out of the budget, if there is one left.
    pub(crate) fn take_retry(&self) -> bool {
        let Some(budget) = self.budget else {
            self.retries.fetch_add(1, Ordering::Relaxed);
            return true;
        };
        let allowed = budget.allowed(self.first_requests.load(Ordering::Relaxed));
        self.retries
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |spent| {
                (spent < allowed).then_some(spent + 1)
            })
            .is_ok()
    }
}

/// A number has room for 584 years.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_small_run_may_always_retry_ten_times() {
        let gate = Gate::new(Instant::now(), Some(RetryBudget { share: 0.1 }));
        gate.note_first_request();
        assert_eq!((0..20).filter(|_| gate.take_retry()).count(), 10);
    }

    #[test]
    fn the_budget_grows_with_the_first_requests() {
        let gate = Gate::new(Instant::now(), Some(RetryBudget { share: 0.2 }));
        (0..100).for_each(|_| gate.note_first_request());
        assert_eq!((0..50).filter(|_| gate.take_retry()).count(), 20);
    }

    #[test]
    fn the_requests_of_an_earlier_day_count() {
        let gate = Gate::new(Instant::now(), Some(RetryBudget { share: 0.2 }));
        for attempts in (0..100).map(|case| usize::from(case < 90) * (1 + case % 2)) {
            gate.note_restored(attempts);
        }
        assert_eq!((0..50).filter(|_| gate.take_retry()).count(), 0, "45 of 18 were taken");
        (0..200).for_each(|_| gate.note_restored(1));
        assert_eq!((0..50).filter(|_| gate.take_retry()).count(), 58 - 45);
    }

    #[test]
    fn a_shorter_pause_does_not_end_a_longer_one() {
        let start = Instant::now();
        let gate = Gate::new(start, None);
        assert!(!gate.was_closed());
        gate.close(start, 5 * SECOND);
        gate.close(start, SECOND / 10);
        let pause = Pause { until: start + 5 * SECOND, ramp: SECOND };
        assert_eq!(gate.pause(start), Some(pause));
        assert_eq!(gate.pause(start + 5 * SECOND), None);
        assert!(gate.was_closed());
    }

    /// Pauses that are asked for at so many milliseconds since the start, and for so many: which of
    /// them are told.
    #[track_caller]
    fn check_told(asked: &[(u64, u64)], expected: &[bool]) {
        let start = Instant::now();
        let gate = Gate::new(start, None);
        let told = asked.iter().map(|&(at, wait)| {
            gate.close(start + Duration::from_millis(at), Duration::from_millis(wait))
        });
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_pause_is_told_once_when_it_is_long_enough_to_wonder() {
        check_told(&[(0, 1000), (10, 999)], &[false, false]);
        check_told(&[(0, 3000), (10, 3000), (20, 100)], &[true, false, false]);
        check_told(&[(0, 3000), (2900, 3000), (5800, 3000)], &[true, false, false]);
        check_told(&[(0, 3000), (3000, 3000)], &[true, true]);
        check_told(&[(0, 500), (100, 3000)], &[false, true]);
    }
}
