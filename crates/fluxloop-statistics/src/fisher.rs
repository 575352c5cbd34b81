//! Whether the rate of a single input fell.

use crate::Share;
use crate::binomial::hypergeometric;
use crate::interval::ALPHA;

/// The largest p-value of a fall. Three hits of three and then none of three have exactly 5 %, which
/// rounding must not turn into more.
const LEVEL: f64 = ALPHA * (1.0 + 1e-9);

/// The chance that the second share is as low as it is, or lower, if both have the same rate: the
/// exact test of Fisher (1935), one-sided, given how many hits both have together.
pub fn fisher(first: Share, second: Share) -> f64 {
    tail(first, second, second.hits())
}

/// Whether the second share is lower than the first by more than chance: whether [`fisher`] gives at
/// most 5 %. Below three repeats each it never is.
pub fn falls(first: Share, second: Share) -> bool {
    fisher(first, second) <= LEVEL
}

/// The chance that [`falls`] holds for two shares of this size with as many hits, if both have the
/// same rate. Few repeats allow few p-values, so it is often far below 5 %.
pub fn false_falls(first: Share, second: Share) -> f64 {
    let tails = (0..=second.of()).map(|found| tail(first, second, found));
    tails.take_while(|&tail| tail <= LEVEL).last().unwrap_or(0.0)
}

/// The chance that at most `found` of the hits of both fall on the second.
fn tail(first: Share, second: Share, found: u64) -> f64 {
    let hits = first.hits() + second.hits();
    let misses = first.of() + second.of() - hits;
    let chances = (0..=found).map(|found| hypergeometric(found, second.of(), hits, misses));
    chances.sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(hits: u64, of: u64) -> Share {
        Share::new(hits, of).expect("it is a share")
    }

    #[track_caller]
    fn check(first: (u64, u64), second: (u64, u64), expected: f64, is_fall: bool) {
        let (first, second) = (share(first.0, first.1), share(second.0, second.1));
        let found = fisher(first, second);
        assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
        assert_eq!(falls(first, second), is_fall);
    }

    #[test]
    fn every_way_to_deal_the_hits_is_counted() {
        check((3, 3), (0, 3), 1.0 / 20.0, true);
        check((2, 2), (0, 2), 1.0 / 6.0, false);
        check((2, 3), (1, 3), 10.0 / 20.0, false);
        check((5, 5), (1, 5), 6.0 / 252.0, true);
        check((1, 1), (0, 1), 0.5, false);
    }

    #[test]
    fn no_fall_is_certain_chance() {
        check((0, 3), (3, 3), 1.0, false);
        check((0, 3), (0, 3), 1.0, false);
        check((3, 3), (3, 3), 1.0, false);
    }

    #[test]
    fn few_repeats_reach_few_levels() {
        let check = |hits, of, expected: f64| {
            let found = false_falls(share(hits, of), share(0, of));
            assert!((found - expected).abs() < 1e-12, "{hits} of {of}: {found}");
        };
        check(3, 3, 1.0 / 20.0);
        check(2, 2, 0.0);
        // Five hits in ten places: none (1 of 252) or one (25) on the second half is 26 of 252.
        check(5, 5, 1.0 / 252.0);
    }
}
