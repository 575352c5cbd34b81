//! Percentiles of inputs that are drawn again.
//!
//! The percentile of a draw lies near the percentile of the sample: its rank varies by about the
//! square root of the number of cases. So only the values in a window around it are counted one by
//! one. Of any other input, only the number of values below the window matters.
//!
//! Shifts are shifts of smoothed percentiles: the mean of the values whose ranks are near the rank of
//! the percentile (a kernel estimator with a uniform kernel; Sheather and Marron, "Kernel Quantile
//! Estimators", 1990). The value at a single rank jumps from draw to draw, so its bootstrap finds
//! fewer shifts: with 200 pairs, a 10 % shift of the 95th percentile three quarters as often.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use fastrand::Rng;

use super::urn::{Drawn, Urn};
use super::{DRAWS, Shift, interval, p_value};
use crate::{Interval, Percentile};

/// How many standard deviations a window reaches to each side. A draw lies beyond it less than once
/// in 10^8 times, and then counts as the window's end.
const REACH: f64 = 6.0;

/// A value, and which input it belongs to.
#[derive(Clone, Copy, Debug)]
struct Value {
    value: f64,
    input: u32,
}

/// Values of inputs, sorted once for all percentiles that are asked of them.
#[derive(Clone, Debug)]
pub struct Sample {
    /// From the least to the largest.
    values: Vec<Value>,
}

impl Sample {
    /// Each value with the number of its input. Several values of an input are its repeats. Numbers
    /// of inputs should be small: memory grows with the largest.
    pub fn new(values: impl IntoIterator<Item = (u32, f64)>) -> Self {
        Self::sorted(values.into_iter().map(|(input, value)| Value { value, input }).collect())
    }

    fn sorted(mut values: Vec<Value>) -> Self {
        values.sort_unstable_by(|one, other| {
            one.value.total_cmp(&other.value).then(one.input.cmp(&other.input))
        });
        Self { values }
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.values.len() as u64
    }

    /// A percentile of the values, by nearest rank; `None` of no values.
    pub fn percentile(&self, percentile: Percentile) -> Option<f64> {
        self.at(percentile.rank(self.count()))
    }

    /// The interval of a percentile; `None` where there are fewer inputs than
    /// [`Percentile::needed`].
    ///
    /// It comes from order statistics ([`Percentile::ranks`]) where every input has one value, else
    /// from a bootstrap that draws inputs.
    pub fn interval(&self, percentile: Percentile, seed: u64) -> Option<Interval> {
        if self.inputs() == self.count() {
            let (low, high) = percentile.ranks(self.count())?;
            return Some(Interval { low: self.at(low)?, high: self.at(high)? });
        }
        if self.inputs() < percentile.needed() {
            return None;
        }
        let draws = draws([self], percentile, 0, seed);
        interval(draws.into_iter().map(|[value]| value).collect())
    }

    /// A percentile of the values, smoothed: the mean of the values around it, as many on both sides;
    /// `None` of no values.
    pub fn smoothed(&self, percentile: Percentile) -> Option<f64> {
        let count = self.count();
        let ranks = near(percentile, count, breadth(percentile, count));
        let values: Vec<f64> = ranks.filter_map(|rank| self.at(rank)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// The value at a rank, from 1.
    fn at(&self, rank: u64) -> Option<f64> {
        let place = usize::try_from(rank).ok()?.checked_sub(1)?;
        self.values.get(place).map(|value| value.value)
    }

    /// How many inputs have a value.
    pub fn inputs(&self) -> u64 {
        self.repeats().iter().filter(|&&count| count > 0).count() as u64
    }

    /// How many values each input has.
    fn repeats(&self) -> Vec<u32> {
        count(&self.values)
    }
}

/// The values of two runs of the same inputs.
#[derive(Clone, Debug)]
pub struct Pairs {
    a: Sample,
    b: Sample,
}

impl Pairs {
    /// The values of both runs, without those of inputs that have values in one run alone.
    pub fn new(mut a: Sample, mut b: Sample) -> Self {
        let (in_a, in_b) = (a.repeats(), b.repeats());
        let has = |counts: &[u32], value: &Value| {
            counts.get(value.input as usize).is_some_and(|&count| count > 0)
        };
        a.values.retain(|value| has(&in_b, value));
        b.values.retain(|value| has(&in_a, value));
        Self { a, b }
    }

    /// The values of the first run.
    pub fn a(&self) -> &Sample {
        &self.a
    }

    /// The values of the second run.
    pub fn b(&self) -> &Sample {
        &self.b
    }

    /// How a smoothed percentile of the second run differs from that of the first, by a bootstrap
    /// that draws inputs with their values in both; `None` where there are fewer inputs than
    /// [`Percentile::needed`].
    pub fn shift(&self, percentile: Percentile, seed: u64) -> Option<Shift> {
        if self.a.inputs() < percentile.needed() {
            return None;
        }
        let a = self.a.smoothed(percentile)?;
        let b = self.b.smoothed(percentile)?;
        let breadth = breadth(percentile, self.a.count().min(self.b.count()));
        let draws = draws([&self.a, &self.b], percentile, breadth, seed);
        let differences: Vec<f64> = draws.iter().map(|[a, b]| b - a).collect();
        let p_value = p_value(&differences);
        let has_ratio = draws.iter().all(|&[a, _]| a > 0.0);
        let ratios = || interval(draws.iter().map(|[a, b]| b / a - 1.0).collect());
        let relative = has_ratio.then(ratios).flatten();
        Some(Shift { a, b, difference: interval(differences)?, relative, p_value })
    }
}

/// How many of these values each input has.
fn count(values: &[Value]) -> Vec<u32> {
    let inputs = values.iter().map(|value| value.input as usize + 1).max().unwrap_or_default();
    let mut counts = vec![0; inputs];
    for value in values {
        counts[value.input as usize] += 1;
    }
    counts
}

/// How many ranks on each side of a percentile are averaged: one and a half standard deviations of
/// how many values lie below it, which is about as broad as the estimator of Harrell and Davis (1982).
fn breadth(percentile: Percentile, count: u64) -> u64 {
    let thousandths = u128::from(percentile.thousandths());
    let variance = u128::from(count) * thousandths * (1_000 - thousandths);
    u64::try_from((9 * variance / 4_000_000).isqrt()).unwrap_or(count)
}

/// The ranks that are averaged: as many on both sides, as far as there are.
fn near(percentile: Percentile, count: u64, breadth: u64) -> RangeInclusive<u64> {
    let rank = percentile.rank(count);
    let breadth = breadth.min(rank.saturating_sub(1)).min(count - rank);
    rank - breadth..=rank + breadth
}

/// A percentile of each sample, of the same drawn inputs, drawn again and again. Every input has a
/// value in every sample.
fn draws<const N: usize>(
    samples: [&Sample; N],
    percentile: Percentile,
    breadth: u64,
    seed: u64,
) -> Vec<[f64; N]> {
    let windows = samples.map(|sample| window(sample, percentile, breadth));
    let layout = Layout::new(samples, &windows);
    let mut drawn = layout.urn.nothing();
    let mut rng = Rng::with_seed(seed);
    let mut draw = || {
        layout.urn.draw(&mut rng, &mut drawn);
        std::array::from_fn(|side| {
            let (below, count) = layout.drawn(side, &drawn);
            layout.mean(side, below, near(percentile, count, breadth), &drawn)
        })
    };
    (0..DRAWS).map(|_| draw()).collect()
}

/// The places of the values among which the percentile of a draw lies.
///
/// A place lies below the percentile of a draw if the drawn inputs have fewer values there than the
/// percentile asks for. That excess is a sum over drawn inputs, so its variance is the sum of the
/// squares of what each input contributes at the percentile of the sample.
fn window(sample: &Sample, percentile: Percentile, breadth: u64) -> Range<usize> {
    let places = sample.values.len();
    let rank = usize::try_from(percentile.rank(sample.count())).unwrap_or(places);
    let below = count(&sample.values[..rank]);
    let excess = |(input, &repeats): (usize, &u32)| {
        let below = f64::from(below.get(input).copied().unwrap_or_default());
        (below - percentile.fraction() * f64::from(repeats)).powi(2)
    };
    let variance: f64 = sample.repeats().iter().enumerate().map(excess).sum();
    let reach = REACH * (variance.sqrt() + 1.0) + breadth as f64;
    let within = (0..places).take_while(|&step| step as f64 <= reach).count();
    rank.saturating_sub(within)..(rank + within).min(places)
}

/// What an input brings to a sample when it is drawn.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Part {
    /// How many values lie below the window.
    below: u32,
    /// How many values it has.
    values: u32,
}

/// The inputs, sorted into those that have a value in a window and groups of the others.
struct Layout<const N: usize> {
    urn: Urn,
    groups: Vec<[Part; N]>,
    singles: Vec<[Part; N]>,
    /// The values of each window, each with the place of its input among the single ones.
    windows: [Vec<(f64, u32)>; N],
}

impl<const N: usize> Layout<N> {
    fn new(samples: [&Sample; N], windows: &[Range<usize>; N]) -> Self {
        let values = samples.map(Sample::repeats);
        let below: [Vec<u32>; N] =
            std::array::from_fn(|side| count(&samples[side].values[..windows[side].start]));
        let inputs = values.iter().map(Vec::len).max().unwrap_or_default();
        let mut is_single = vec![false; inputs];
        for (sample, window) in samples.iter().zip(windows) {
            for value in &sample.values[window.clone()] {
                is_single[value.input as usize] = true;
            }
        }
        let mut groups: BTreeMap<[Part; N], u64> = BTreeMap::new();
        let (mut singles, mut places) = (Vec::new(), vec![0; inputs]);
        for input in 0..inputs {
            let at = |counts: &Vec<u32>| counts.get(input).copied().unwrap_or_default();
            let parts = std::array::from_fn(|side| Part {
                below: at(&below[side]),
                values: at(&values[side]),
            });
            if is_single[input] {
                places[input] = u32::try_from(singles.len()).unwrap_or(u32::MAX);
                singles.push(parts);
            } else if parts.iter().any(|part| part.values > 0) {
                *groups.entry(parts).or_default() += 1;
            }
        }
        let windows = std::array::from_fn(|side| {
            let values = &samples[side].values[windows[side].clone()];
            values.iter().map(|value| (value.value, places[value.input as usize])).collect()
        });
        let urn = Urn {
            groups: groups.values().copied().collect(),
            singles: u32::try_from(singles.len()).unwrap_or(u32::MAX),
        };
        Self { urn, groups: groups.into_keys().collect(), singles, windows }
    }

    /// How many values of the drawn inputs lie below the window of a sample, and how many values
    /// they have.
    fn drawn(&self, side: usize, drawn: &Drawn) -> (u64, u64) {
        let groups = self.groups.iter().zip(drawn.groups.iter().copied());
        let singles = self.singles.iter().zip(drawn.singles.iter().copied().map(u64::from));
        groups.chain(singles).fold((0, 0), |(below, values), (parts, count)| {
            let part = parts[side];
            (below + count * u64::from(part.below), values + count * u64::from(part.values))
        })
    }

    /// The mean of the drawn values of a sample that have these ranks.
    fn mean(&self, side: usize, below: u64, ranks: RangeInclusive<u64>, drawn: &Drawn) -> f64 {
        let (first, last) = ranks.into_inner();
        // Ranks below the window count as its first value.
        let mut seen = below.min(first - 1);
        let mut sum = 0.0;
        let window = &self.windows[side];
        for &(value, single) in window {
            let end = (seen + u64::from(drawn.singles[single as usize])).min(last);
            if end >= first {
                sum += value * (end + 1 - first.max(seen + 1)) as f64;
            }
            seen = end;
            if seen == last {
                break;
            }
        }
        // Ranks above the window count as its last value.
        let largest = window.last().map_or(f64::NAN, |&(value, _)| value);
        (sum + largest * (last - seen.max(first - 1)) as f64) / (last + 1 - first) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of single inputs, in no order.
    fn sample(count: u32, value: impl Fn(f64) -> f64) -> Sample {
        Sample::new((0..count).map(|input| (input, value(f64::from(input * 7_919 % count)))))
    }

    /// The same draws without windows and groups.
    fn plain(samples: [&Sample; 2], percentile: Percentile) -> Vec<f64> {
        let inputs = samples[0].repeats().len();
        let mut rng = Rng::with_seed(11);
        let mut draw = || {
            let mut counts = vec![0_u64; inputs];
            (0..inputs).for_each(|_| counts[rng.usize(..inputs)] += 1);
            let [a, b] = samples.map(|sample| {
                let times = |value: &Value| counts[value.input as usize];
                let drawn = sample.values.iter().flat_map(|value| {
                    let times = usize::try_from(times(value)).expect("it is small");
                    std::iter::repeat_n((value.input, value.value), times)
                });
                Sample::new(drawn).smoothed(percentile).expect("there are values")
            });
            b - a
        };
        (0..DRAWS).map(|_| draw()).collect()
    }

    /// Both kinds of draws have the same mean and spread, up to chance.
    #[track_caller]
    fn check_windows(a: &Sample, b: &Sample, percentile: Percentile) {
        let breadth = breadth(percentile, a.count());
        let differences = draws([a, b], percentile, breadth, 3).into_iter().map(|[a, b]| b - a);
        let moments = |draws: &[f64]| {
            let mean = draws.iter().sum::<f64>() / DRAWS as f64;
            let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>();
            (mean, (variance / DRAWS as f64).sqrt())
        };
        let (mean, spread) = moments(&differences.collect::<Vec<_>>());
        let (plain_mean, plain_spread) = moments(&plain([a, b], percentile));
        let error = plain_spread / (DRAWS as f64).sqrt();
        assert!((mean - plain_mean).abs() < 7.0 * error, "{mean} and {plain_mean}");
        assert!((spread / plain_spread - 1.0).abs() < 0.1, "{spread} and {plain_spread}");
    }

    #[test]
    fn windows_draw_what_single_draws_do() {
        let a = sample(3_000, |value| value);
        let b = sample(3_000, |value| (value * 31.0) % 3_000.0 * 1.1);
        check_windows(&a, &b, Percentile::P50);
        check_windows(&a, &b, Percentile::P99);
    }

    #[test]
    fn windows_draw_repeats_together() {
        let repeated = |factor: f64| {
            Sample::new((0..3_000_u32).map(|case| {
                let (input, repeat) = (case / 5, f64::from(case % 5));
                (input, factor * f64::from(input * 389 % 600) + repeat)
            }))
        };
        check_windows(&repeated(1.0), &repeated(1.2), Percentile::P50);
        check_windows(&repeated(1.0), &repeated(1.2), Percentile::P95);
    }

    #[test]
    fn most_inputs_of_a_large_run_are_drawn_in_groups() {
        let a = sample(100_000, |value| value);
        let windows = [window(&a, Percentile::P50, 0)];
        let layout = Layout::new([&a], &windows);
        assert_eq!(layout.groups.len(), 2);
        assert!(layout.singles.len() < 3_000, "{}", layout.singles.len());
    }

    #[test]
    fn equal_runs_have_no_shift() {
        let a = sample(200, |value| value + 1.0);
        let shift = Pairs::new(a.clone(), a).shift(Percentile::P50, 1).expect("there are pairs");
        let none = Interval { low: 0.0, high: 0.0 };
        assert_eq!((shift.difference, shift.relative), (none, Some(none)));
        assert!(shift.p_value >= 1.0);
    }

    #[test]
    fn a_shift_of_every_value_is_found_exactly() {
        let (a, b) =
            (sample(200, |value| value + 100.0), sample(200, |value| 1.1 * (value + 100.0)));
        let shift = Pairs::new(a, b).shift(Percentile::P95, 1).expect("there are pairs");
        let relative = shift.relative.expect("no value is zero");
        assert!((relative.low - 0.1).abs() < 1e-9 && (relative.high - 0.1).abs() < 1e-9);
        assert!(shift.p_value < 0.002, "{shift:?}");
    }

    #[test]
    fn values_that_may_be_zero_have_no_relative_shift() {
        let (a, b) = (sample(9, |value| value.min(1.0) - 1.0), sample(9, |value| value));
        let shift = Pairs::new(a, b).shift(Percentile::P50, 1).expect("there are pairs");
        assert_eq!(shift.relative, None);
    }

    #[test]
    fn inputs_of_one_run_alone_are_left_out() {
        let a = Sample::new([(0, 1.0), (1, 2.0), (7, 9.0)]);
        let b = Sample::new([(1, 3.0), (0, 1.0), (2, 8.0)]);
        let pairs = Pairs::new(a, b);
        assert_eq!((pairs.a().count(), pairs.b().count()), (2, 2));
        assert_eq!(pairs.b().percentile(Percentile::P95), Some(3.0));
        let [empty, alone] = [Sample::new([]), Sample::new([(0, 1.0)])];
        assert_eq!(Pairs::new(empty, alone).shift(Percentile::P50, 1), None);
    }

    #[test]
    fn single_values_have_an_interval_of_order_statistics() {
        let values = sample(100, |value| value + 1.0);
        let interval = values.interval(Percentile::P50, 1);
        assert_eq!(interval, Some(Interval { low: 40.0, high: 61.0 }));
        assert_eq!(values.interval(Percentile::P99, 1), None);
    }

    #[test]
    fn repeats_count_as_their_input() {
        // Ten equal repeats of each of a hundred inputs prove what the inputs prove.
        let values = Sample::new((0..1_000_u32).map(|case| (case / 10, f64::from(case / 10 + 1))));
        let interval = values.interval(Percentile::P50, 1).expect("there are enough inputs");
        assert!((38.0..=42.0).contains(&interval.low), "{interval:?}");
        assert!((59.0..=63.0).contains(&interval.high), "{interval:?}");
        assert_eq!(values.interval(Percentile::P99, 1), None);
    }
}
