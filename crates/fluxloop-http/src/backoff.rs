//! How long to wait before another attempt.

use std::time::Duration;

use ::backoff::ExponentialBackoff;
use ::backoff::backoff::Backoff as _;
use fluxloop_plan::RetryPolicy;

/// Half of an interval, each way.
const JITTER: f64 = 0.5;

/// How long to wait before another attempt: an interval that doubles, with ±50 % jitter.
///
/// Without jitter all workers that failed together would come back together.
///
/// ```
/// use std::time::Duration;
///
/// use fluxloop_http::Backoff;
/// use fluxloop_plan::RetryPolicy;
///
/// let backoff = Backoff::new(&RetryPolicy::default());
/// assert_eq!(backoff.wait(1, None, 0.5), Duration::from_millis(200));
/// assert_eq!(backoff.wait(2, None, 0.5), Duration::from_millis(400));
/// assert_eq!(backoff.wait(2, None, 0.0), Duration::from_millis(200));
/// assert_eq!(backoff.wait(1, Some(Duration::from_secs(7)), 0.5), Duration::from_secs(7));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    first: Duration,
    max: Duration,
}

impl Backoff {
    /// The schedule of a policy.
    pub fn new(policy: &RetryPolicy) -> Self {
        Self { first: policy.backoff.min(policy.max_backoff), max: policy.max_backoff }
    }

    /// How long to wait after the attempt `failed` (from 1), when the server asked for
    /// `retry_after`, which is a floor; `chance` is drawn evenly from 0 to 1.
    pub fn wait(&self, failed: u32, retry_after: Option<Duration>, chance: f64) -> Duration {
        let spread = 1.0 - JITTER + 2.0 * JITTER * chance.clamp(0.0, 1.0);
        let jittered = self.interval(failed).as_secs_f64() * spread;
        let wait = Duration::try_from_secs_f64(jittered).unwrap_or(self.max).min(self.max);
        wait.max(retry_after.unwrap_or_default())
    }

    /// The interval after the attempt `failed`, without jitter.
    ///
    /// The crate draws its own chance and gives up after 15 minutes: both are turned off.
    fn interval(&self, failed: u32) -> Duration {
        let mut schedule = ExponentialBackoff {
            current_interval: self.first,
            initial_interval: self.first,
            randomization_factor: 0.0,
            multiplier: 2.0,
            max_interval: self.max,
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        };
        // 64 doublings of a nanosecond are more than 500 years.
        let earlier = failed.saturating_sub(1).min(64);
        let mut intervals = std::iter::from_fn(|| schedule.next_backoff()).skip(earlier as usize);
        intervals.next().unwrap_or(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(first_ms: u64, max_ms: u64) -> RetryPolicy {
        RetryPolicy {
            backoff: Duration::from_millis(first_ms),
            max_backoff: Duration::from_millis(max_ms),
            ..RetryPolicy::default()
        }
    }

    #[track_caller]
    fn check(policy: &RetryPolicy, chance: f64, expected_ms: &[u64]) {
        let backoff = Backoff::new(policy);
        let waits: Vec<_> =
            (1..).take(expected_ms.len()).map(|n| backoff.wait(n, None, chance)).collect();
        let expected: Vec<_> = expected_ms.iter().copied().map(Duration::from_millis).collect();
        assert_eq!(waits, expected);
    }

    #[test]
    fn intervals_double_up_to_the_longest() {
        check(
            &policy(200, 30_000),
            0.5,
            &[200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000],
        );
    }

    #[test]
    fn jitter_is_half_an_interval_each_way() {
        check(&policy(200, 30_000), 0.0, &[100, 200, 400]);
        check(&policy(200, 30_000), 1.0, &[300, 600, 1_200]);
    }

    #[test]
    fn jitter_never_exceeds_the_longest() {
        check(&policy(800, 1_000), 1.0, &[1_000, 1_000]);
    }

    #[test]
    fn a_first_interval_above_the_longest_is_cut() {
        check(&policy(5_000, 1_000), 0.5, &[1_000, 1_000]);
    }

    #[test]
    fn no_backoff_is_no_wait() {
        check(&policy(0, 30_000), 1.0, &[0, 0, 0]);
    }

    #[test]
    fn many_attempts_stay_at_the_longest() {
        let backoff = Backoff::new(&RetryPolicy::default());
        assert_eq!(backoff.wait(u32::MAX, None, 0.5), Duration::from_secs(30));
    }

    #[test]
    fn retry_after_is_a_floor_and_not_a_ceiling() {
        let backoff = Backoff::new(&policy(1_000, 30_000));
        let wait = |asked| backoff.wait(1, Some(Duration::from_secs(asked)), 0.5);
        assert_eq!(wait(60), Duration::from_mins(1));
        assert_eq!(wait(0), Duration::from_secs(1));
    }
}
