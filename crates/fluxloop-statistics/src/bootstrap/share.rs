//! Shares with repeats.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::urn::Urn;
use super::{DRAWS, Shift, interval, p_value};
use crate::{Flips, Interval, Share, mcnemar, newcombe, wilson};

/// The interval of the share of all cases, from the share of each input; `None` without inputs.
///
/// Where every input counts once, it is [`wilson`]'s. Otherwise a bootstrap draws inputs. Where all
/// cases agree, every draw agrees too, and the bootstrap would give an interval without width; there
/// the interval is Wilson's, with each input counted once.
pub fn share_interval(inputs: &[Share], seed: u64) -> Option<Interval> {
    let all = Share::sum(inputs.iter().copied())?;
    let count = inputs.len() as u64;
    if all.of() == count {
        return Some(wilson(all));
    }
    if all.hits() == 0 || all.hits() == all.of() {
        return Share::new(if all.hits() == 0 { 0 } else { count }, count).map(wilson);
    }
    let groups = groups(inputs.iter().map(|&input| [input]));
    interval(draws(&groups, seed, |[share]| share))
}

/// How the share of all cases of the second run differs from that of the first, from the shares of
/// each input in both; `None` without inputs.
///
/// Where every input counts once in both runs, the p-value is that of [`mcnemar`], and the interval is
/// [`newcombe`]'s. Otherwise both come from a bootstrap that draws inputs. Where no input differs, the
/// bootstrap would give an interval without width; there the interval is Newcombe's, with each input
/// counted once.
pub fn share_shift(pairs: &[(Share, Share)], seed: u64) -> Option<Shift> {
    let a = Share::sum(pairs.iter().map(|&(a, _)| a))?;
    let b = Share::sum(pairs.iter().map(|&(_, b)| b))?;
    let shift = |difference, p_value| {
        let (a, b) = (a.value(), b.value());
        Shift { a, b, difference, relative: None, p_value }
    };
    let count = pairs.len() as u64;
    let flips = flips(pairs);
    if a.of() == count && b.of() == count {
        return Some(shift(newcombe(flips)?, mcnemar(flips.only_first, flips.only_second)));
    }
    if pairs.iter().all(|(a, b)| a == b) {
        return Some(shift(newcombe(flips)?, 1.0));
    }
    let groups = groups(pairs.iter().map(|&(a, b)| [a, b]));
    let draws = draws(&groups, seed, |[a, b]| b - a);
    let p_value = p_value(&draws);
    Some(shift(interval(draws)?, p_value))
}

/// The fourfold table of inputs that always hit, or do not.
fn flips(pairs: &[(Share, Share)]) -> Flips {
    let mut flips = Flips::default();
    for (a, b) in pairs {
        let always = [a, b].map(|share| share.hits() == share.of());
        let count = match always {
            [true, true] => &mut flips.both,
            [true, false] => &mut flips.only_first,
            [false, true] => &mut flips.only_second,
            [false, false] => &mut flips.neither,
        };
        *count += 1;
    }
    flips
}

/// Inputs that are alike, counted.
fn groups<const N: usize>(inputs: impl Iterator<Item = [Share; N]>) -> Vec<([Share; N], u64)> {
    let mut groups = BTreeMap::new();
    inputs.for_each(|input| *groups.entry(input).or_default() += 1);
    groups.into_iter().collect()
}

/// A figure of the shares of drawn inputs, drawn again and again.
fn draws<const N: usize>(
    groups: &[([Share; N], u64)],
    seed: u64,
    figure: impl Fn([f64; N]) -> f64,
) -> Vec<f64> {
    let urn = Urn { groups: groups.iter().map(|&(_, size)| size).collect(), singles: 0 };
    let mut drawn = urn.nothing();
    let mut rng = Rng::with_seed(seed);
    let mut draw = || {
        urn.draw(&mut rng, &mut drawn);
        let (mut hits, mut of) = ([0; N], [0; N]);
        for ((shares, _), count) in groups.iter().zip(&drawn.groups) {
            for (side, share) in shares.iter().enumerate() {
                hits[side] += share.hits() * count;
                of[side] += share.of() * count;
            }
        }
        figure(std::array::from_fn(|side| hits[side] as f64 / of[side] as f64))
    };
    (0..DRAWS).map(|_| draw()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(hits: u64, of: u64) -> Share {
        Share::new(hits, of).expect("it is a share")
    }

    fn repeated(share: Share, times: usize) -> impl Iterator<Item = Share> {
        std::iter::repeat_n(share, times)
    }

    #[test]
    fn single_cases_have_wilsons_interval() {
        let inputs: Vec<_> = repeated(share(1, 1), 15).chain(repeated(share(0, 1), 5)).collect();
        assert_eq!(share_interval(&inputs, 1), Some(wilson(share(15, 20))));
        assert_eq!(share_interval(&[], 1), None);
    }

    #[test]
    fn repeats_that_agree_prove_no_more_than_one() {
        // Ten repeats of each input, all alike: the interval is about that of the inputs.
        let inputs: Vec<_> =
            repeated(share(10, 10), 150).chain(repeated(share(0, 10), 50)).collect();
        let (found, one) = (share_interval(&inputs, 1).expect("inputs"), wilson(share(150, 200)));
        assert!((found.low - one.low).abs() < 0.01, "{found:?} and {one:?}");
        assert!((found.high - one.high).abs() < 0.01, "{found:?} and {one:?}");
        let all: Vec<_> = repeated(share(10, 10), 20).collect();
        assert_eq!(share_interval(&all, 1), Some(wilson(share(20, 20))));
    }

    #[test]
    fn repeats_that_vary_prove_as_much_as_cases() {
        // Five of ten passed for each input: only the repeats vary, and the bootstrap sees no chance
        // among inputs.
        let inputs: Vec<_> = repeated(share(4, 10), 50).chain(repeated(share(6, 10), 50)).collect();
        let found = share_interval(&inputs, 1).expect("inputs");
        assert!(found.low > 0.47 && found.high < 0.53, "{found:?}");
    }

    #[test]
    fn single_cases_are_judged_exactly() {
        let mut pairs = vec![(share(1, 1), share(1, 1)); 190];
        pairs.extend([(share(1, 1), share(0, 1)); 8]);
        pairs.extend([(share(0, 1), share(1, 1)); 2]);
        let shift = share_shift(&pairs, 1).expect("pairs");
        let flips = Flips { both: 190, only_first: 8, only_second: 2, neither: 0 };
        assert_eq!(shift.p_value.to_bits(), mcnemar(8, 2).to_bits());
        assert_eq!(Some(shift.difference), newcombe(flips));
        assert_eq!(share_shift(&[], 1), None);
    }

    #[test]
    fn rates_that_fall_everywhere_are_found() {
        let pairs = vec![(share(5, 5), share(4, 5)); 30];
        let shift = share_shift(&pairs, 1).expect("pairs");
        assert!(shift.p_value < 0.01 && shift.difference.high < -0.19, "{shift:?}");
    }

    #[test]
    fn rates_of_few_inputs_prove_little() {
        let mut pairs = vec![(share(5, 5), share(5, 5)); 28];
        pairs.extend([(share(5, 5), share(0, 5)), (share(0, 5), share(5, 5))]);
        let shift = share_shift(&pairs, 1).expect("pairs");
        assert!(shift.p_value > 0.5, "{shift:?}");
        let shift = share_shift(&pairs[..28], 1).expect("pairs");
        assert!(shift.p_value >= 1.0 && shift.difference.low < -0.1, "{shift:?}");
    }
}
