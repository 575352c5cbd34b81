//! The bootstrap: how a figure varies when inputs are drawn again, with replacement (Efron, "Bootstrap
//! Methods: Another Look at the Jackknife", 1979).
//!
//! An input is drawn with all its repeats, and with its values in both runs: a cluster bootstrap
//! (Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8), paired.

mod percentile;
mod share;
mod urn;

pub use percentile::{Pairs, Sample};
pub use share::{share_interval, share_shift};

use crate::Interval;
use crate::interval::ALPHA;

/// How often inputs are drawn again for one figure.
///
/// A p-value below 0.1 % cannot be seen with it, which is enough for a family of fifty figures.
pub const DRAWS: usize = 2_000;

/// How a figure of the second of two runs differs from that of the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The figure of the first run.
    pub a: f64,
    /// The figure of the second run.
    pub b: f64,
    /// The interval of the second figure less the first, in their unit.
    pub difference: Interval,
    /// The interval of the same as a part of the first figure: 0.1 is 10 % more. `None` for shares,
    /// and where the first figure may be zero.
    pub relative: Option<Interval>,
    /// The chance of a shift at least as large in either direction, if there is none.
    pub p_value: f64,
}

/// The percentile interval: what lies between the outermost 2.5 % of draws on each side. `None` of no
/// draws.
fn interval(mut draws: Vec<f64>) -> Option<Interval> {
    draws.sort_unstable_by(f64::total_cmp);
    let left_out = (1..=draws.len()).take_while(|&rank| rank as f64 <= tail(draws.len())).count();
    let outermost = left_out.saturating_sub(1);
    let low = *draws.get(outermost)?;
    let high = *draws.get(draws.len() - 1 - outermost)?;
    Some(Interval { low, high })
}

/// How many draws lie on each side of an interval, its end included.
fn tail(draws: usize) -> f64 {
    (draws + 1) as f64 * ALPHA / 2.0
}

/// The two-sided p-value of a shift: twice the part of the draws that lie on the other side of zero.
/// The figure itself counts as a draw, so it is never zero (Davison and Hinkley, section 4.2).
///
/// It is at most 5 % exactly where the interval does not hold zero.
fn p_value(draws: &[f64]) -> f64 {
    let below = draws.iter().filter(|&&draw| draw <= 0.0).count();
    let above = draws.iter().filter(|&&draw| draw >= 0.0).count();
    (2.0 * (below.min(above) + 1) as f64 / (draws.len() + 1) as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws from 1 on, less some that lie at or below zero.
    fn draws(below: usize) -> Vec<f64> {
        let draw = |place: usize| place as f64 - below as f64 + 1.0;
        (0..DRAWS).map(draw).collect()
    }

    #[test]
    fn interval_and_p_value_agree() {
        for (below, is_shift) in [(0, true), (49, true), (50, false), (1_000, false)] {
            let interval = interval(draws(below)).expect("there are draws");
            assert_eq!(!interval.contains(0.0), is_shift, "{below} below: {interval:?}");
            assert_eq!(p_value(&draws(below)) <= ALPHA, is_shift, "{below} below");
        }
    }

    #[test]
    fn an_interval_leaves_out_as_much_on_both_sides() {
        let found = interval(draws(0));
        assert_eq!(found, Some(Interval { low: 50.0, high: 1_951.0 }));
        assert_eq!(interval(Vec::new()), None);
    }

    #[test]
    fn draws_of_zero_are_no_shift() {
        assert!(p_value(&[0.0; DRAWS]) >= 1.0);
    }
}
