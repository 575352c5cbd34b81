//! When the cases of an open loop are due.

use std::time::Duration;

use fastrand::Rng;
use fluxloop_plan::{Arrival, Rate};

/// Keeps the arrivals apart from the jitter of the first case, which has the seed of the run.
const ARRIVALS: u64 = 0x6172_7269_7661_6c73;

/// When the cases of an open loop are due, as times since the run began: what follows from rate,
/// arrival and seed alone, whatever becomes of the answers. The first one is due at once.
#[derive(Debug)]
pub(crate) struct Schedule {
    rate: Rate,
    arrival: Arrival,
    chance: Rng,
    /// How many starts the rate has before the next case: a number to divide once, so that no
    /// error of rounding adds up.
    starts: f64,
}

impl Schedule {
    pub(crate) fn new(rate: Rate, arrival: Arrival, seed: u64) -> Self {
        Self { rate, arrival, chance: Rng::with_seed(seed ^ ARRIVALS), starts: 0.0 }
    }
}

impl Iterator for Schedule {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let due = self.rate.time_for(self.starts);
        self.starts += match self.arrival {
            Arrival::Constant => 1.0,
            // The inverse of the exponential distribution with mean 1, which is finite: the
            // chance is below 1.
            Arrival::Poisson => -(1.0 - self.chance.f64()).ln(),
        };
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_plan::RateUnit;

    use super::*;

    fn schedule(starts: f64, per: RateUnit, arrival: Arrival, seed: u64) -> Schedule {
        Schedule::new(Rate::new(starts, per).expect("a rate"), arrival, seed)
    }

    fn poisson(seed: u64) -> Schedule {
        schedule(50.0, RateUnit::Second, Arrival::Poisson, seed)
    }

    /// When the case of this number is due at a constant rate, in nanoseconds.
    #[track_caller]
    fn check(starts: f64, per: RateUnit, case: usize, expected: u64) {
        let due = schedule(starts, per, Arrival::Constant, 1).nth(case);
        assert_eq!(due, Some(Duration::from_nanos(expected)));
    }

    #[test]
    fn a_constant_rate_has_equal_gaps_which_do_not_drift() {
        check(50.0, RateUnit::Second, 0, 0);
        check(50.0, RateUnit::Second, 1, 20_000_000);
        check(50.0, RateUnit::Second, 9, 180_000_000);
        check(600.0, RateUnit::Minute, 3, 300_000_000);
        check(3.0, RateUnit::Second, 1, 333_333_333);
        check(3.0, RateUnit::Second, 300_000, 100_000_000_000_000);
        check(1.0, RateUnit::Hour, 2, 7_200_000_000_000);
    }

    #[test]
    fn poisson_arrivals_have_the_rate_as_their_mean_and_exponential_gaps() {
        let due: Vec<f64> = poisson(7).take(20_001).map(|due| due.as_secs_f64()).collect();
        assert!(due[0].abs() < f64::EPSILON, "the first one is due at once");
        let gaps: Vec<f64> = due.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / 20_000.0;
        assert!((0.0195..0.0205).contains(&mean), "{mean}");
        // An exponential distribution has its mean as its deviation too, and e^-1 above it.
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!((0.019..0.021).contains(&variance.sqrt()), "{variance}");
        let above = gaps.iter().filter(|gap| **gap > mean).count() as f64 / 20_000.0;
        assert!((above - (-1.0_f64).exp()).abs() < 0.01, "{above}");
    }

    #[test]
    fn a_seed_repeats_the_arrivals_and_another_one_does_not() {
        let first: Vec<_> = poisson(7).take(100).collect();
        assert_eq!(first, poisson(7).take(100).collect::<Vec<_>>());
        assert_ne!(first, poisson(8).take(100).collect::<Vec<_>>());
    }
}
