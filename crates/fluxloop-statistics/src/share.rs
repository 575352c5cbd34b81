//! Shares, and exact figures about them.

use crate::{Interval, binomial};

/// The 97.5 % quantile of the normal distribution: what a 95 % interval leaves out above.
const Z: f64 = 1.959_963_984_540_054;

/// How many of a number of cases are hits, such as passed cases. There is at least one case.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Share {
    hits: u64,
    of: u64,
}

impl Share {
    /// `hits` in `of` cases; `None` without cases, and for more hits than cases.
    pub fn new(hits: u64, of: u64) -> Option<Self> {
        (of > 0 && hits <= of).then_some(Self { hits, of })
    }

    /// How many cases are hits.
    pub fn hits(self) -> u64 {
        self.hits
    }

    /// How many cases there are; at least 1.
    pub fn of(self) -> u64 {
        self.of
    }

    /// The share, from 0 to 1.
    pub fn value(self) -> f64 {
        self.hits as f64 / self.of as f64
    }

    /// The share of the cases of all shares; `None` without a share.
    pub fn sum(shares: impl IntoIterator<Item = Self>) -> Option<Self> {
        shares
            .into_iter()
            .reduce(|sum, share| Self { hits: sum.hits + share.hits, of: sum.of + share.of })
    }
}

/// The interval of a share of independent cases: Wilson's score interval (1927), without correction
/// for continuity.
///
/// Unlike the textbook's interval it is right for few cases and for shares near 0 and 1 (Brown, Cai
/// and Das Gupta, "Interval Estimation for a Binomial Proportion", 2001).
pub fn wilson(share: Share) -> Interval {
    let (n, p) = (share.of as f64, share.value());
    let square = Z * Z;
    let scale = 1.0 / (1.0 + square / n);
    let center = scale * (p + square / (2.0 * n));
    let half = scale * Z * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
    // Both ends are exact where rounding would leave a trace of the other term.
    let low = if share.hits == 0 { 0.0 } else { (center - half).max(0.0) };
    let high = if share.hits == share.of { 1.0 } else { (center + half).min(1.0) };
    Interval { low, high }
}

/// The chance that pairs which differ in one direction or the other do so as unevenly as
/// `only_first` to `only_second`, or more, if both directions are alike: McNemar's exact test
/// (1947), two-sided. 1 where no pair differs.
pub fn mcnemar(only_first: u64, only_second: u64) -> f64 {
    let fewer = only_first.min(only_second);
    (2.0 * binomial::at_most(fewer, only_first + only_second, 0.5)).min(1.0)
}

/// Pairs of outcomes, counted: the fourfold table of a comparison without repeats.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Flips {
    /// Pairs of two hits.
    pub both: u64,
    /// Pairs in which only the first is a hit.
    pub only_first: u64,
    /// Pairs in which only the second is a hit.
    pub only_second: u64,
    /// Pairs without a hit.
    pub neither: u64,
}

/// The interval of the second share less the first: method 10 of Newcombe, "Improved Confidence
/// Intervals for the Difference between Binomial Proportions Based on Paired Data" (1998). `None`
/// without pairs.
///
/// It has a width where no pair differs: twenty pairs without a flip do not prove that the next
/// thousand pairs have no flip.
pub fn newcombe(flips: Flips) -> Option<Interval> {
    let Flips { both, only_first, only_second, neither } = flips;
    let n = both + only_first + only_second + neither;
    let first = Share::new(both + only_first, n)?;
    let second = Share::new(both + only_second, n)?;
    let (within_first, within_second) = (wilson(first), wilson(second));
    let phi = correlation(flips);
    let half = |first: f64, second: f64| {
        (first * first - 2.0 * phi * first * second + second * second).max(0.0).sqrt()
    };
    let shift = second.value() - first.value();
    let low = half(within_first.high - first.value(), second.value() - within_second.low);
    let high = half(first.value() - within_first.low, within_second.high - second.value());
    Some(Interval { low: shift - low, high: shift + high })
}

/// How the two outcomes of a pair go together, from -1 to 1, as Newcombe's method 10 corrects it.
fn correlation(Flips { both, only_first, only_second, neither }: Flips) -> f64 {
    let [a, b, c, d] = [both, only_first, only_second, neither].map(|count| count as f64);
    let margins = (a + b) * (c + d) * (a + c) * (b + d);
    if margins <= 0.0 {
        return 0.0;
    }
    let product = a * d - b * c;
    let corrected =
        if product > 0.0 { (product - (a + b + c + d) / 2.0).max(0.0) } else { product };
    corrected / margins.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Interval, low: f64, high: f64) {
        let close = |found: f64, expected: f64| (found - expected).abs() < 5e-5;
        assert!(close(found.low, low) && close(found.high, high), "{found:?}");
    }

    fn share(hits: u64, of: u64) -> Share {
        Share::new(hits, of).expect("it is a share")
    }

    #[test]
    fn a_share_is_of_something() {
        assert_eq!(Share::new(0, 0), None);
        assert_eq!(Share::new(3, 2), None);
        assert_eq!(Share::sum([]), None);
        assert_eq!(Share::sum([share(1, 2), share(2, 3)]), Some(share(3, 5)));
    }

    #[test]
    fn wilson_agrees_with_published_intervals() {
        // Newcombe, "Two-Sided Confidence Intervals for the Single Proportion" (1998), table I.
        check(wilson(share(81, 263)), 0.2553, 0.3662);
        check(wilson(share(15, 148)), 0.0624, 0.1605);
        check(wilson(share(0, 20)), 0.0, 0.1611);
        check(wilson(share(1, 29)), 0.0061, 0.1718);
        check(wilson(share(20, 20)), 0.8389, 1.0);
    }

    #[test]
    fn newcombe_agrees_with_published_intervals() {
        // Newcombe (1998), table II, the first column, method 10, with the sign of `second - first`.
        let flips = Flips { both: 36, only_first: 12, only_second: 2, neither: 0 };
        check(newcombe(flips).expect("there are pairs"), -0.3404, -0.0569);
    }

    #[test]
    fn pairs_without_a_flip_prove_little() {
        let flips = Flips { both: 20, ..Flips::default() };
        check(newcombe(flips).expect("there are pairs"), -0.1611, 0.1611);
        assert_eq!(newcombe(Flips::default()), None);
    }

    #[test]
    fn mcnemar_counts_coins() {
        for (one, other, expected) in [(0, 0, 1.0), (0, 7, 1.0 / 64.0), (1, 5, 14.0 / 64.0)] {
            assert!((mcnemar(one, other) - expected).abs() < 1e-12, "{one} and {other}");
            assert!((mcnemar(other, one) - expected).abs() < 1e-12, "{other} and {one}");
        }
        assert!((mcnemar(50, 50) - 1.0).abs() < 1e-12);
    }
}
