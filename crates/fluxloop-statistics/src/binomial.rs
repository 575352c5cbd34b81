//! Chances of the binomial and of the hypergeometric distribution.
//!
//! A chance is computed by the saddle-point expansion of Loader, "Fast and Accurate Computation of
//! Binomial Probabilities" (2000), which R uses too: it keeps about 14 digits for any number of
//! trials, where differences of logarithms of factorials lose them.

use std::f64::consts::TAU;

/// The chance of at most `hits` in `trials`, when each is a hit with the chance `p`.
///
/// `p` is between 0 and 1, both included; `hits` beyond `trials` count as `trials`.
pub fn at_most(hits: u64, trials: u64, p: f64) -> f64 {
    if hits >= trials {
        return 1.0;
    }
    // The shorter tail is summed: the sum of the longer tail rounds to 1 where the rest is tiny.
    if hits as f64 > trials as f64 * p {
        return 1.0 - upper_tail(hits + 1, trials, p);
    }
    lower_tail(hits, trials, p)
}

/// The chance of at least `hits` in `trials`, when each is a hit with the chance `p`.
///
/// `p` is between 0 and 1, both included.
pub fn at_least(hits: u64, trials: u64, p: f64) -> f64 {
    if hits == 0 {
        return 1.0;
    }
    if hits > trials {
        return 0.0;
    }
    if (hits as f64) < trials as f64 * p {
        return 1.0 - lower_tail(hits - 1, trials, p);
    }
    upper_tail(hits, trials, p)
}

/// The sum of the chances of `hits`, `hits - 1`, … 0, which fall from there on.
fn lower_tail(hits: u64, trials: u64, p: f64) -> f64 {
    let mut term = chance(hits, trials, p);
    let mut sum = term;
    for hits in (1..=hits).rev() {
        term *= hits as f64 * (1.0 - p) / ((trials - hits + 1) as f64 * p);
        sum += term;
        if term < sum * f64::EPSILON / 16.0 {
            break;
        }
    }
    sum.min(1.0)
}

/// The sum of the chances of `hits`, `hits + 1`, … `trials`, which fall from there on.
fn upper_tail(hits: u64, trials: u64, p: f64) -> f64 {
    lower_tail(trials - hits, trials, 1.0 - p)
}

/// The chance of exactly `hits` in `trials`, when each is a hit with the chance `p`.
pub(crate) fn chance(hits: u64, trials: u64, p: f64) -> f64 {
    let (x, n, q) = (hits as f64, trials as f64, 1.0 - p);
    if hits > trials {
        0.0
    } else if hits == 0 {
        (n * (-p).ln_1p()).exp().min(1.0)
    } else if hits == trials {
        (n * p.ln()).exp()
    } else if p <= 0.0 || q <= 0.0 {
        0.0
    } else {
        let rest = n - x;
        let exponent = stirling_error(trials)
            - stirling_error(hits)
            - stirling_error(trials - hits)
            - deviance(x, n * p)
            - deviance(rest, n * q);
        exponent.exp() * (n / (TAU * x * rest)).sqrt()
    }
}

/// The chance that `drawn` cases, drawn without replacement from `hits` hits and `misses` others,
/// have exactly `found` hits.
///
/// This is the quotient of binomial chances that Loader (2000) gives. The chance of a hit cancels
/// out of it; `p` below is the most accurate choice.
pub(crate) fn hypergeometric(found: u64, drawn: u64, hits: u64, misses: u64) -> f64 {
    if found > drawn || found > hits || drawn - found > misses {
        return 0.0;
    }
    if drawn == 0 || drawn == hits + misses {
        return 1.0;
    }
    let p = drawn as f64 / (hits + misses) as f64;
    chance(found, hits, p) * chance(drawn - found, misses, p) / chance(drawn, hits + misses, p)
}

/// `ln(n!)` less Stirling's formula for it.
fn stirling_error(n: u64) -> f64 {
    let x = n as f64;
    if n <= 15 {
        // 15! has fewer than 53 bits, so the logarithm is of the exact number.
        let factorial: u64 = (1..=n).product();
        return (factorial as f64).ln() - (0.5 * (TAU * x).ln() + x * x.ln() - x);
    }
    // Abramowitz and Stegun 6.1.41; from 16 on, the next term is below the last bit.
    let square = 1.0 / (x * x);
    let series = 1.0 / 1680.0 - square / 1188.0;
    let series = 1.0 / 1260.0 - square * series;
    let series = 1.0 / 360.0 - square * series;
    (1.0 / 12.0 - square * series) / x
}

/// `x ln(x / mean) + mean - x`, without the loss of digits where both are near each other.
fn deviance(x: f64, mean: f64) -> f64 {
    let difference = x - mean;
    if difference.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() - difference;
    }
    let ratio = difference / (x + mean);
    let mut sum = difference * ratio;
    let mut power = 2.0 * x * ratio;
    // At most a tenth, squared: every term adds two digits.
    for odd in (3_u32..).step_by(2) {
        power *= ratio * ratio;
        let next = sum + power / f64::from(odd);
        if next.to_bits() == sum.to_bits() {
            break;
        }
        sum = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: f64, expected: f64) {
        let error = (found - expected).abs();
        assert!(error <= 1e-12 * expected.abs(), "{found:e} instead of {expected:e}");
    }

    #[test]
    fn few_trials_are_exact() {
        check(chance(0, 0, 0.3), 1.0);
        check(chance(1, 4, 0.5), 4.0 / 16.0);
        check(chance(2, 4, 0.5), 6.0 / 16.0);
        check(chance(4, 4, 0.5), 1.0 / 16.0);
        check(at_most(1, 4, 0.5), 5.0 / 16.0);
        check(at_least(3, 4, 0.5), 5.0 / 16.0);
        check(at_most(3, 4, 0.5), 15.0 / 16.0);
        check(chance(3, 20, 0.25), 1_140.0 * 129_140_163.0 / 4.0_f64.powi(20));
    }

    #[test]
    fn certain_hits_and_misses_are_exact() {
        for (hits, p, expected) in [(0, 0.0, 1.0), (5, 1.0, 1.0), (2, 0.0, 0.0), (2, 1.0, 0.0)] {
            check(chance(hits, 5, p), expected);
        }
        check(at_most(4, 5, 1.0), 0.0);
        check(at_most(0, 5, 0.0), 1.0);
        check(at_least(1, 5, 0.0), 0.0);
        check(at_least(6, 5, 0.9), 0.0);
        check(at_most(9, 5, 0.9), 1.0);
    }

    #[test]
    fn chances_of_many_trials_add_up_to_one() {
        for (trials, p) in [(15, 0.4), (16, 0.4), (1_000, 0.01), (100_000, 0.5)] {
            let sum: f64 = (0..=trials).map(|hits| chance(hits, trials, p)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{trials} trials: {sum}");
        }
    }

    #[test]
    fn both_tails_add_up_to_one() {
        for hits in [0, 1, 480, 500, 501, 999] {
            let sum = at_most(hits, 1_000, 0.5) + at_least(hits + 1, 1_000, 0.5);
            assert!((sum - 1.0).abs() < 1e-12, "{hits}: {sum}");
        }
    }

    #[test]
    fn draws_without_replacement_are_exact() {
        // Of 3 hits and 2 misses, 2 are drawn: 10 ways.
        check(hypergeometric(0, 2, 3, 2), 1.0 / 10.0);
        check(hypergeometric(1, 2, 3, 2), 6.0 / 10.0);
        check(hypergeometric(2, 2, 3, 2), 3.0 / 10.0);
        check(hypergeometric(3, 2, 3, 2), 0.0);
        check(hypergeometric(0, 3, 3, 2), 0.0);
        check(hypergeometric(3, 5, 3, 2), 1.0);
        check(hypergeometric(0, 0, 3, 2), 1.0);
    }
}
