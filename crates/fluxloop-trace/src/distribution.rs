//! How a time or a rate is distributed over cases, in constant memory.

use fluxloop_statistics::Percentile;
use hdrhistogram::Histogram;

use crate::{Amount, FigureInterval, Milliseconds, Percentiles, Quantile, TokensPerSecond};

/// A histogram of thousandths with three significant digits: a fixed size, whatever is recorded. A
/// count of 32 bits is enough, and a run has a dozen of them.
#[derive(Clone, Debug)]
pub(crate) struct Distribution {
    values: Histogram<u32>,
    /// How many cases have a value; each of several turns has a value of its own.
    cases: u64,
}

/// The percentiles that have intervals.
const PERCENTILES: [(Quantile, Percentile); 4] = [
    (Quantile::P50, Percentile::P50),
    (Quantile::P90, Percentile::P90),
    (Quantile::P95, Percentile::P95),
    (Quantile::P99, Percentile::P99),
];

impl Distribution {
    /// One day: longer durations count as one day. Of tokens for each second, 86,400,000.
    const HIGHEST: u64 = 24 * 3600 * 1_000_000;

    /// Notes the durations of a case, in thousandths of a millisecond.
    pub(crate) fn record(&mut self, values: impl IntoIterator<Item = Option<Milliseconds>>) {
        self.record_millionths(values.into_iter().map(|value| value.map(Milliseconds::as_nanos)));
    }

    /// Notes the rates of a case, in thousandths of a token for each second.
    pub(crate) fn record_rates(
        &mut self,
        rates: impl IntoIterator<Item = Option<TokensPerSecond>>,
    ) {
        let millionths = |rate: Option<TokensPerSecond>| rate.map(TokensPerSecond::as_millionths);
        self.record_millionths(rates.into_iter().map(millionths));
    }

    fn record_millionths(&mut self, values: impl Iterator<Item = Option<u64>>) {
        let mut has_value = false;
        for millionths in values.flatten() {
            self.values.saturating_record(millionths.saturating_add(500) / 1_000);
            has_value = true;
        }
        self.cases += u64::from(has_value);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.values.add(&other.values).expect("every histogram has the same bounds");
        self.cases += other.cases;
    }

    pub(crate) fn percentiles(&self) -> Option<Percentiles> {
        self.at_quantiles(Milliseconds::from_nanos)
    }

    pub(crate) fn rates(&self) -> Option<Percentiles<TokensPerSecond>> {
        self.at_quantiles(TokensPerSecond::from_millionths)
    }

    fn at_quantiles<T>(&self, of_millionths: impl Fn(u64) -> T) -> Option<Percentiles<T>> {
        if self.values.is_empty() {
            return None;
        }
        let at = |quantile| of_millionths(self.values.value_at_quantile(quantile) * 1_000);
        Some(Percentiles {
            p50: at(0.50),
            p90: at(0.90),
            p95: at(0.95),
            p99: at(0.99),
            max: of_millionths(self.values.max() * 1_000),
        })
    }

    /// The intervals of the percentiles by order statistics; `None` where there are too few cases.
    /// Nothing without a value.
    ///
    /// Values of the same input are alike, so the turns of a case count once, and of `iterations` an
    /// input counts once. At least one of `iterations` cases belongs to another input, so the number
    /// of inputs is never taken for more than it is, and the interval is rather too wide.
    pub(crate) fn intervals(
        &self,
        iterations: u64,
    ) -> impl Iterator<Item = (Quantile, Option<FigureInterval>)> {
        let independent = self.cases.div_ceil(iterations.max(1));
        let percentiles = PERCENTILES.into_iter().filter(move |_| independent > 0);
        percentiles.map(move |(quantile, percentile)| {
            let ranks = percentile.ranks(independent);
            (quantile, ranks.map(|(low, high)| self.between(low, high, independent)))
        })
    }

    /// What lies between two ranks, from 1, of `count` values that stand for all of them.
    fn between(&self, low: u64, high: u64, count: u64) -> FigureInterval {
        let scaled = |rank: u64| u128::from(rank) * u128::from(self.values.len());
        let at = |rank: u128| {
            // The middle of the rank, so that rounding does not lead to its neighbor.
            let quantile = (rank as f64 - 0.5) / self.values.len() as f64;
            Amount::from_millionths(self.values.value_at_quantile(quantile) * 1_000)
        };
        let count = u128::from(count);
        FigureInterval {
            low: at((scaled(low - 1) / count) + 1),
            high: at(scaled(high).div_ceil(count)),
        }
    }
}

impl Default for Distribution {
    fn default() -> Self {
        let values = Histogram::new_with_max(Self::HIGHEST, 3)
            .expect("the bounds of the histogram are constants that it accepts");
        Self { values, cases: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases of 1 ms, 2 ms, and so on, each repeated.
    fn distribution(cases: u32, repeats: usize) -> Distribution {
        let mut distribution = Distribution::default();
        for ms in 1..=cases {
            for _ in 0..repeats {
                distribution.record([Some(Milliseconds::from_millis(f64::from(ms)))]);
            }
        }
        distribution
    }

    #[test]
    fn percentiles_are_good_to_three_digits() {
        let percentiles = distribution(100, 1).percentiles().expect("values were recorded");
        assert!((percentiles.p50.as_millis() - 50.0).abs() < 0.1, "{percentiles:?}");
        assert!((percentiles.max.as_millis() - 100.0).abs() < 0.1, "{percentiles:?}");
    }

    /// The ends of the intervals in whole milliseconds, of the percentiles that have one.
    #[track_caller]
    fn check(distribution: &Distribution, iterations: u64, expected: [Option<(f64, f64)>; 4]) {
        let ends = |interval: FigureInterval| {
            (interval.low.as_f64().round(), interval.high.as_f64().round())
        };
        let found = distribution.intervals(iterations);
        let found: Vec<_> = found.map(|(_, interval)| interval.map(ends)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn intervals_lie_between_order_statistics() {
        check(&distribution(5, 1), 1, [None; 4]);
        check(&distribution(6, 1), 1, [Some((1.0, 6.0)), None, None, None]);
        let hundred = [Some((40.0, 61.0)), Some((84.0, 96.0)), Some((90.0, 100.0)), None];
        check(&distribution(100, 1), 1, hundred);
    }

    #[test]
    fn iterations_of_an_input_count_once() {
        let hundred = [Some((40.0, 61.0)), Some((84.0, 96.0)), Some((90.0, 100.0)), None];
        check(&distribution(100, 5), 5, hundred);
        check(&distribution(5, 100), 100, [None; 4]);
    }

    #[test]
    fn turns_of_a_case_count_once() {
        let mut distribution = Distribution::default();
        for _ in 0..5 {
            distribution.record([1.0, 2.0, 3.0].map(|ms| Some(Milliseconds::from_millis(ms))));
        }
        check(&distribution, 1, [None; 4]);
        assert_eq!(Distribution::default().intervals(1).count(), 0);
    }
}
