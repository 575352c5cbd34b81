//! When to try again.

use std::collections::BTreeSet;
use std::time::Duration;

/// When to try again (`runner.http.retry`).
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// How many **re**-tries: 2 means at most three requests.
    pub attempts: u32,
    /// The first interval; it doubles, with ±50 % jitter.
    pub backoff: Duration,
    /// The longest interval.
    pub max_backoff: Duration,
    /// Statuses that are retried, and no others.
    pub status_codes: BTreeSet<u16>,
    /// What becomes of a stream that broke after text had come.
    pub on_partial: OnPartial,
    /// The retries that the whole run may spend.
    pub budget: Option<RetryBudget>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 2,
            backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(30),
            status_codes: [408, 429, 502, 503, 504, 529].into(),
            on_partial: OnPartial::default(),
            budget: None,
        }
    }
}

/// What becomes of a stream that broke after text had come (`retry.on_partial`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OnPartial {
    /// Start over; the partial text stays with its attempt and is never joined.
    #[default]
    Restart,
    /// Give up and keep it.
    Fail,
}

/// The retries that a whole run may spend (`retry.budget`): a share of the first requests sent so
/// far, and never fewer than [`RetryBudget::FLOOR`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryBudget {
    /// The share: `20%` is 0.2.
    pub share: f64,
}

impl RetryBudget {
    /// A small run may always try this often.
    pub const FLOOR: u64 = 10;

    /// How many retries are allowed after so many first requests.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count of requests is a small positive number"
    )]
    pub fn allowed(self, first_requests: u64) -> u64 {
        ((first_requests as f64 * self.share) as u64).max(Self::FLOOR)
    }
}
