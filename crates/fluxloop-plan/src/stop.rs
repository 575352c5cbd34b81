//! When a run ends before its last case.

use std::time::Duration;

/// When a run ends before its last case (`stop`). What is `None` is off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopLimits {
    /// How many cases at the start of the run go one by one, and end it when all of them fail alike
    /// with a failure that the configuration causes.
    pub first_cases: Option<u64>,
    /// How many cases in a row may fail alike: with the same kind and status.
    pub same_failures: Option<u64>,
    /// How many cases may fail before any case has succeeded.
    pub never_succeeded: Option<u64>,
    /// How many cases in a row may be asked by a 429 to wait longer than the run waits.
    pub late_429: Option<u64>,
    /// At how many failed cases the run ends.
    pub failures: Option<FailureLimit>,
    /// At how many requests, retries included, no further case begins.
    pub requests: Option<u64>,
    /// After which time no further case begins.
    pub duration: Option<Duration>,
}

impl Default for StopLimits {
    fn default() -> Self {
        Self {
            first_cases: Some(3),
            same_failures: Some(20),
            never_succeeded: Some(20),
            late_429: Some(3),
            failures: None,
            requests: None,
            duration: None,
        }
    }
}

/// At how many failed cases a run ends (`stop.failures`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FailureLimit {
    /// At so many.
    Count(u64),
    /// At more than this share of the cases that are closed: `5%` is 0.05.
    Share(f64),
}

impl FailureLimit {
    /// Of fewer closed cases a share says too little.
    pub const FEWEST: u64 = 100;

    /// Whether the run ends at so many failed cases, of so many `closed` ones. A share is also
    /// reached as soon as it will be exceeded when all of `total` cases are closed.
    pub fn is_reached(self, failed: u64, closed: u64, total: u64) -> bool {
        match self {
            Self::Count(most) => failed >= most,
            Self::Share(most) => {
                let exceeds = |cases: u64| failed as f64 > most * cases as f64;
                closed >= Self::FEWEST && exceeds(closed) || exceeds(total)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limit: FailureLimit, [failed, closed, total]: [u64; 3], expected: bool) {
        assert_eq!(limit.is_reached(failed, closed, total), expected, "{failed} of {closed}");
    }

    #[test]
    fn a_count_is_reached_by_that_many() {
        check(FailureLimit::Count(2), [1, 9, 9], false);
        check(FailureLimit::Count(2), [2, 2, 9], true);
    }

    #[test]
    fn a_share_counts_from_a_hundred_cases() {
        check(FailureLimit::Share(0.05), [6, 99, 1_000], false);
        check(FailureLimit::Share(0.05), [6, 100, 1_000], true);
        check(FailureLimit::Share(0.05), [5, 100, 1_000], false);
    }

    #[test]
    fn a_share_counts_before_when_it_cannot_be_kept() {
        check(FailureLimit::Share(0.05), [2, 2, 40], false);
        check(FailureLimit::Share(0.05), [3, 3, 40], true);
        check(FailureLimit::Share(0.05), [3, 3, u64::MAX], false);
    }
}
