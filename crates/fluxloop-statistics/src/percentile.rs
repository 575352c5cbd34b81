//! Percentiles, and the ranks between which that of the population lies.

use crate::binomial::{at_least, at_most};
use crate::interval::ALPHA;

/// Which percentile, in whole thousandths, so that ranks are exact.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Percentile(u16);

impl Percentile {
    /// The median.
    pub const P50: Self = Self(500);
    /// The ninetieth percentile.
    pub const P90: Self = Self(900);
    /// The ninety-fifth percentile.
    pub const P95: Self = Self(950);
    /// The ninety-ninth percentile.
    pub const P99: Self = Self(990);

    /// The percentile of this many thousandths; `None` for 0 and from 1,000 on, which are the least
    /// and the largest value and no percentiles.
    pub fn from_thousandths(thousandths: u16) -> Option<Self> {
        (1..1_000).contains(&thousandths).then_some(Self(thousandths))
    }

    /// The percentile in thousandths.
    pub fn thousandths(self) -> u16 {
        self.0
    }

    /// The part of all values that is at most the percentile, between 0 and 1.
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }

    /// The rank of the percentile among `count` values, from 1: the nearest rank, which is that of
    /// the smallest value that is at least as large as this part of all values. 0 of no values.
    pub fn rank(self, count: u64) -> u64 {
        let thousandths = u128::from(count) * u128::from(self.0);
        u64::try_from(thousandths.div_ceil(1_000)).unwrap_or(count)
    }

    /// How many values an interval of this percentile needs at least.
    ///
    /// The widest interval reaches from the least to the largest value. It misses the percentile
    /// when all values lie on one side of it, with a chance of `q^n + (1 - q)^n`, which has to be at
    /// most 5 %.
    pub fn needed(self) -> u64 {
        first(|count| self.missed(count).iter().sum::<f64>() <= ALPHA)
    }

    /// The ranks, from 1, of the two values between which the percentile of the population lies with
    /// 95 % confidence, in a sample of `count` values; `None` when there are too few.
    ///
    /// How many values lie below the percentile is binomial, whatever the distribution of the values
    /// (David and Nagaraja, "Order Statistics", 2003, section 7.1). Each end of the interval fails
    /// with at most 2.5 %. Where even the outermost value fails more often, it is the end, and the
    /// other end takes what is left of the 5 %.
    pub fn ranks(self, count: u64) -> Option<(u64, u64)> {
        let q = self.fraction();
        let [missed_below, missed_above] = self.missed(count);
        if missed_below + missed_above > ALPHA {
            return None;
        }
        let side = ALPHA / 2.0;
        let left = |other: f64| if other > side { ALPHA - other } else { side };
        let low = first(|rank| at_most(rank, count, q) > left(missed_above));
        let high = first(|rank| at_least(rank, count, q) <= left(missed_below));
        Some((low.max(1), high.min(count)))
    }

    /// The chances that the smallest of `count` values lies above the percentile, and that the
    /// largest value lies below it.
    fn missed(self, count: u64) -> [f64; 2] {
        [at_most(0, count, self.fraction()), at_least(count, count, self.fraction())]
    }
}

/// The first number, from 0, for which something holds that holds for all larger ones too.
fn first(holds: impl Fn(u64) -> bool) -> u64 {
    let mut end = 1;
    while !holds(end - 1) {
        end *= 2;
    }
    // It holds for `end - 1`, and does not for `start - 1`.
    let mut start = end / 2;
    while end - start > 1 {
        let middle = u64::midpoint(start, end);
        *(if holds(middle - 1) { &mut end } else { &mut start }) = middle;
    }
    end - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_percentiles_are_exact() {
        assert_eq!(Percentile::P50.rank(200), 100);
        assert_eq!(Percentile::P50.rank(1), 1);
        assert_eq!(Percentile::P95.rank(200), 190);
        assert_eq!(Percentile::P99.rank(201), 199);
        assert_eq!(Percentile::P99.rank(0), 0);
        let odd = Percentile::from_thousandths(550).expect("it is a percentile");
        assert_eq!(odd.rank(100), 55);
        assert_eq!(Percentile::from_thousandths(1_000), None);
    }

    #[test]
    fn too_few_values_are_known_exactly() {
        // 0.99^299 is the first power below 5 %; of the median, both sides count.
        assert_eq!(Percentile::P99.needed(), 299);
        assert_eq!(Percentile::P95.needed(), 59);
        assert_eq!(Percentile::P90.needed(), 29);
        assert_eq!(Percentile::P50.needed(), 6);
        assert_eq!(Percentile::P99.ranks(298), None);
        assert_eq!(Percentile::P50.ranks(0), None);
    }

    #[test]
    fn an_interval_exists_from_there_on() {
        let (low, high) = Percentile::P99.ranks(299).expect("there are enough");
        // Nearly all of the 5 % belongs to the upper end, and the lower one lies far down.
        assert_eq!((low, high), (289, 299));
    }

    /// Both ends fail with at most 2.5 %, and would fail more often if they were one rank closer.
    #[track_caller]
    fn check_narrow(percentile: Percentile, count: u64) {
        let (low, high) = percentile.ranks(count).expect("there are enough");
        let q = percentile.fraction();
        assert!(at_most(low - 1, count, q) <= ALPHA / 2.0);
        assert!(at_most(low, count, q) > ALPHA / 2.0);
        assert!(at_least(high, count, q) <= ALPHA / 2.0);
        assert!(at_least(high - 1, count, q) > ALPHA / 2.0);
    }

    #[test]
    fn intervals_are_as_narrow_as_they_can_be() {
        check_narrow(Percentile::P50, 6);
        check_narrow(Percentile::P50, 200);
        check_narrow(Percentile::P95, 100_000);
        check_narrow(Percentile::P99, 400);
        assert_eq!(Percentile::P50.ranks(100), Some((40, 61)));
    }
}
