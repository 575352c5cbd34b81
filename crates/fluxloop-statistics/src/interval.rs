//! Intervals, and how sure they are.

/// How often an interval of this crate holds the true value, were the run repeated very often.
pub const CONFIDENCE: f64 = 0.95;

/// Chance that the true value lies outside of an interval.
pub(crate) const ALPHA: f64 = 1.0 - CONFIDENCE;

/// The two ends of an interval, both included; `low` is at most `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether a value lies in the interval.
    pub fn contains(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}
