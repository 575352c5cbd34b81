//! The figures that runs are compared by.

use std::fmt;

use fluxloop_statistics::{Pairs, Percentile, Sample, Shift, share_shift};
use fluxloop_trace::{Milliseconds, TokensPerSecond};

use crate::comparison::Pair;
use crate::facts::{Facts, Run};

/// A figure of a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Metric {
    /// A share of all cases.
    Share(ShareOf),
    /// A percentile over the cases that succeeded.
    Percentile(Quantity, Percentile),
}

/// What the cases of a share have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ShareOf {
    /// They passed.
    Passed,
    /// They count as a success.
    Success,
}

/// What is measured of a case.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Quantity {
    /// The time to first token, in milliseconds.
    FirstToken,
    /// The time to the first output of any channel, in milliseconds.
    FirstOutput,
    /// The whole case, in milliseconds.
    Duration,
    /// Output tokens in each second.
    TokensPerSecond,
    /// Output tokens.
    OutputTokens,
}

/// In what a figure is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unit {
    /// A part of all, from 0 to 1.
    Share,
    /// Milliseconds.
    Milliseconds,
    /// Tokens in each second.
    TokensPerSecond,
    /// Tokens.
    Tokens,
}

/// Which direction is the better one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither is.
    Neither,
}

/// The percentiles that a name can end with.
const PERCENTILES: [(&str, Percentile); 4] = [
    ("_p50", Percentile::P50),
    ("_p90", Percentile::P90),
    ("_p95", Percentile::P95),
    ("_p99", Percentile::P99),
];

impl Quantity {
    /// Every quantity.
    pub const ALL: [Self; 5] = [
        Self::FirstToken,
        Self::FirstOutput,
        Self::Duration,
        Self::TokensPerSecond,
        Self::OutputTokens,
    ];

    /// The name, without a percentile.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstToken => "first_token",
            Self::FirstOutput => "first_output",
            Self::Duration => "duration",
            Self::TokensPerSecond => "tokens_per_second",
            Self::OutputTokens => "output_tokens",
        }
    }

    /// The value of a case, if it has one.
    pub(crate) fn of(self, facts: &Facts) -> Option<f64> {
        match self {
            Self::FirstToken => facts.first_token.map(Milliseconds::as_millis),
            Self::FirstOutput => facts.first_output.map(Milliseconds::as_millis),
            Self::Duration => Some(facts.duration.as_millis()),
            Self::TokensPerSecond => facts.tokens_per_second.map(TokensPerSecond::as_tokens),
            Self::OutputTokens => facts.output_tokens.map(|tokens| tokens as f64),
        }
    }

    /// The values of both runs, of joined inputs.
    pub(crate) fn pairs(self, pairs: &[Pair], a: &Run, b: &Run) -> Pairs {
        let sample = |input: &dyn Fn(&Pair) -> u32, run: &Run| {
            Sample::new((0..).zip(pairs).flat_map(|(number, pair)| {
                let cases = &run.inputs()[input(pair) as usize].cases;
                let succeeded = cases.iter().filter(|case| case.success);
                succeeded.filter_map(move |case| Some((number, self.of(case)?)))
            }))
        };
        Pairs::new(sample(&|pair| pair.a, a), sample(&|pair| pair.b, b))
    }
}

impl Metric {
    /// The share that decides whether a run is better: what passed.
    pub const PRIMARY: Self = Self::Share(ShareOf::Passed);

    /// The metrics of every comparison, the primary one first.
    pub const SHOWN: [Self; 10] = [
        Self::PRIMARY,
        Self::Share(ShareOf::Success),
        Self::Percentile(Quantity::FirstToken, Percentile::P50),
        Self::Percentile(Quantity::FirstToken, Percentile::P95),
        Self::Percentile(Quantity::FirstOutput, Percentile::P50),
        Self::Percentile(Quantity::FirstOutput, Percentile::P95),
        Self::Percentile(Quantity::Duration, Percentile::P50),
        Self::Percentile(Quantity::Duration, Percentile::P95),
        Self::Percentile(Quantity::TokensPerSecond, Percentile::P50),
        Self::Percentile(Quantity::OutputTokens, Percentile::P50),
    ];

    /// The metric of this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|metric| metric.to_string() == name)
    }

    /// Every metric that has a name.
    pub fn all() -> impl Iterator<Item = Self> {
        let shares = [ShareOf::Passed, ShareOf::Success].map(Self::Share);
        let percentiles = Quantity::ALL.into_iter().flat_map(|quantity| {
            PERCENTILES.map(|(_, percentile)| Self::Percentile(quantity, percentile))
        });
        shares.into_iter().chain(percentiles)
    }

    /// In what it is counted.
    pub fn unit(self) -> Unit {
        match self {
            Self::Share(_) => Unit::Share,
            Self::Percentile(quantity, _) => match quantity {
                Quantity::FirstToken | Quantity::FirstOutput | Quantity::Duration => {
                    Unit::Milliseconds
                }
                Quantity::TokensPerSecond => Unit::TokensPerSecond,
                Quantity::OutputTokens => Unit::Tokens,
            },
        }
    }

    /// Which direction is the better one.
    pub fn better(self) -> Direction {
        match self.unit() {
            Unit::Share | Unit::TokensPerSecond => Direction::Up,
            Unit::Milliseconds => Direction::Down,
            Unit::Tokens => Direction::Neither,
        }
    }

    /// How many inputs have it in both runs, and how many an interval takes.
    pub(crate) fn inputs(self, pairs: &[Pair], (a, b): (&Run, &Run)) -> (u64, u64) {
        match self {
            Self::Share(_) => (pairs.len() as u64, 1),
            Self::Percentile(quantity, percentile) => {
                (quantity.pairs(pairs, a, b).a().inputs(), percentile.needed())
            }
        }
    }

    /// How it differs between two runs; `None` where too few inputs have it in both.
    pub(crate) fn shift(self, pairs: &[Pair], (a, b): (&Run, &Run), seed: u64) -> Option<Shift> {
        match self {
            Self::Share(of) => {
                let has = |case: &Facts| match of {
                    ShareOf::Passed => case.passed,
                    ShareOf::Success => case.success,
                };
                let shares = pairs.iter().filter_map(|pair| {
                    let (one, other) = pair.inputs(a, b);
                    Some((one.share(has)?, other.share(has)?))
                });
                share_shift(&shares.collect::<Vec<_>>(), seed)
            }
            Self::Percentile(quantity, percentile) => {
                quantity.pairs(pairs, a, b).shift(percentile, seed)
            }
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(ShareOf::Passed) => f.pad("passed"),
            Self::Share(ShareOf::Success) => f.pad("success"),
            Self::Percentile(quantity, percentile) => {
                let ending = PERCENTILES.iter().find(|(_, it)| it == percentile);
                let ending = ending.map_or("", |(ending, _)| ending);
                f.pad(&format!("{}{ending}", quantity.name()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_found_by_its_name() {
        for metric in Metric::all() {
            assert_eq!(Metric::named(&metric.to_string()), Some(metric));
        }
        assert_eq!(Metric::named("duration"), None);
        assert_eq!(Metric::all().count(), 22);
        assert_eq!(Metric::SHOWN[3].to_string(), "first_token_p95");
    }
}
