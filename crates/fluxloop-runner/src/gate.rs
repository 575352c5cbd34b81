//! What the cases of a run share: the pause after a 429, and the budget of retries.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fluxloop_plan::RetryBudget;
use tokio::time::Instant;

/// What the cases of a run share. Plain counters: nothing here is a lock.
#[derive(Debug)]
pub(crate) struct Gate {
    started: Instant,
    budget: Option<RetryBudget>,
    /// Until when nothing is sent, in milliseconds since `started`.
    paused_until_ms: AtomicU64,
    first_requests: AtomicU64,
    retries: AtomicU64,
}

impl Gate {
    pub(crate) fn new(started: Instant, budget: Option<RetryBudget>) -> Self {
        Self {
            started,
            budget,
            paused_until_ms: AtomicU64::new(0),
            first_requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }

    /// Lets every case wait: a server that said 429 to one would say it to all.
    pub(crate) fn pause(&self, now: Instant, wait: Duration) {
        let until = (now + wait).saturating_duration_since(self.started);
        let until = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
        self.paused_until_ms.fetch_max(until, Ordering::Relaxed);
    }

    /// Until when nothing may be sent, if that is in the future.
    pub(crate) fn paused_until(&self, now: Instant) -> Option<Instant> {
        let until = self.paused_until_ms.load(Ordering::Relaxed);
        let until = self.started + Duration::from_millis(until);
        (until > now).then_some(until)
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

    /// Takes one retry out of the budget, if there is one left.
    pub(crate) fn take_retry(&self) -> bool {
        let Some(budget) = self.budget else { return true };
        let allowed = budget.allowed(self.first_requests.load(Ordering::Relaxed));
        self.retries
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |spent| {
                (spent < allowed).then_some(spent + 1)
            })
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        gate.pause(start, Duration::from_secs(5));
        gate.pause(start, Duration::from_secs(1));
        assert_eq!(gate.paused_until(start), Some(start + Duration::from_secs(5)));
        assert_eq!(gate.paused_until(start + Duration::from_secs(5)), None);
    }
}
