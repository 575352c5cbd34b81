//! How long to wait.

use std::time::Duration;

use fastrand::Rng;

use crate::{MockOptions, identity};

pub(crate) struct Pace {
    gap: Duration,
    jitter: f64,
    rng: Rng,
}

impl Pace {
    pub(crate) fn new(options: &MockOptions, number: u64) -> Self {
        let jitter = options.jitter.clamp(0.0, 1.0);
        Self { gap: options.chunk_gap, jitter, rng: identity::rng(options.seed, number, 2) }
    }

    /// The wait before the next delta, if there is one.
    pub(crate) fn gap(&mut self) -> Option<Duration> {
        let gap = self.gap;
        (!gap.is_zero()).then(|| self.vary(gap))
    }

    /// A wait of about this long.
    pub(crate) fn vary(&mut self, wait: Duration) -> Duration {
        if self.jitter == 0.0 {
            return wait;
        }
        wait.mul_f64(1.0 + self.jitter * (2.0 * self.rng.f64() - 1.0))
    }
}
