//! What a run has to reach.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Amount, Milliseconds, Objective, Percentiles, Share, Summary};

/// What a run has to reach: the thresholds of its figures, and the objectives of its cases.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// What the figures have to reach (`thresholds`).
    pub thresholds: Vec<Threshold>,
    /// What each case has to keep (`slo`).
    pub objectives: Vec<Objective>,
}

/// What a figure of a run has to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The figure.
    pub metric: Metric,
    /// The bound, in the unit of the metric.
    pub limit: Amount,
}

/// A figure of a run.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Metric {
    /// `shares.success`.
    Success,
    /// `shares.expectations`.
    Expectations,
    /// `shares.passed`.
    Passed,
    /// `slo.attainment`.
    SloAttainment,
    /// `slo.goodput_per_s`.
    Goodput,
    /// A percentile of a time or a rate.
    Percentile(Measured, Quantile),
}

/// What has percentiles.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Measured {
    /// `percentiles.first_byte_ms`.
    FirstByte,
    /// `percentiles.first_output_ms`.
    FirstOutput,
    /// `percentiles.first_token_ms`.
    FirstToken,
    /// `percentiles.chunk_gap_ms`.
    ChunkGap,
    /// `percentiles.tpot_ms`.
    Tpot,
    /// `percentiles.tokens_per_second`.
    TokensPerSecond,
    /// `percentiles.duration_ms`.
    Duration,
}

/// Which percentile.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Quantile {
    /// The median.
    P50,
    /// The 90th percentile.
    P90,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
    /// The largest.
    Max,
}

/// The unit of a metric.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MetricUnit {
    /// A share, 0 to 1.
    Share,
    /// A number for each second.
    PerSecond,
    /// Milliseconds.
    Milliseconds,
}

/// Which side of a limit is the right one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The value is at least the limit.
    AtLeast,
    /// The value is at most the limit.
    AtMost,
}

const MEASURED: [(Measured, &str); 7] = [
    (Measured::FirstByte, "first_byte"),
    (Measured::FirstOutput, "first_output"),
    (Measured::FirstToken, "first_token"),
    (Measured::ChunkGap, "chunk_gap"),
    (Measured::Tpot, "tpot"),
    (Measured::TokensPerSecond, "tokens_per_second"),
    (Measured::Duration, "duration"),
];

const QUANTILES: [(Quantile, &str); 5] = [
    (Quantile::P50, "p50"),
    (Quantile::P90, "p90"),
    (Quantile::P95, "p95"),
    (Quantile::P99, "p99"),
    (Quantile::Max, "max"),
];

impl Metric {
    const SHARES: [(Self, &str); 5] = [
        (Self::Success, "success"),
        (Self::Expectations, "expectations"),
        (Self::Passed, "passed"),
        (Self::SloAttainment, "slo_attainment"),
        (Self::Goodput, "goodput_per_s"),
    ];

    /// Every metric.
    pub fn all() -> impl Iterator<Item = Self> {
        let of = |(measured, _): (Measured, _)| {
            QUANTILES.map(|(quantile, _)| Self::Percentile(measured, quantile))
        };
        Self::SHARES.into_iter().map(|(metric, _)| metric).chain(MEASURED.into_iter().flat_map(of))
    }

    /// The metric of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|metric| metric.name() == name)
    }

    /// The stable name: `success`, `first_token_p95`.
    pub fn name(self) -> Cow<'static, str> {
        let word = |list: &[(Self, &'static str)]| {
            list.iter().find(|(metric, _)| *metric == self).map(|(_, name)| *name)
        };
        match self {
            Self::Percentile(measured, quantile) => {
                let measured = MEASURED.iter().find(|(it, _)| *it == measured);
                let quantile = QUANTILES.iter().find(|(it, _)| *it == quantile);
                let (measured, quantile) = (measured.map(|it| it.1), quantile.map(|it| it.1));
                format!("{}_{}", measured.unwrap_or_default(), quantile.unwrap_or_default()).into()
            }
            _ => word(&Self::SHARES).unwrap_or_default().into(),
        }
    }

    /// What it is measured in.
    pub fn unit(self) -> MetricUnit {
        match self {
            Self::Success | Self::Expectations | Self::Passed | Self::SloAttainment => {
                MetricUnit::Share
            }
            Self::Goodput | Self::Percentile(Measured::TokensPerSecond, _) => MetricUnit::PerSecond,
            Self::Percentile(..) => MetricUnit::Milliseconds,
        }
    }

    /// Which side of a limit is the right one: times are kept short, all else is kept high.
    pub fn bound(self) -> Bound {
        match self.unit() {
            MetricUnit::Milliseconds => Bound::AtMost,
            MetricUnit::Share | MetricUnit::PerSecond => Bound::AtLeast,
        }
    }

    /// What a run has of it, in its unit; `None` without data.
    pub fn value(self, summary: &Summary) -> Option<Amount> {
        let share = |share: Option<Share>| share.and_then(Share::to_amount);
        let slo = summary.slo.as_ref();
        match self {
            Self::Success => share(Some(summary.shares.success)),
            Self::Expectations => share(summary.shares.expectations),
            Self::Passed => share(Some(summary.shares.passed)),
            Self::SloAttainment => share(slo.and_then(|slo| slo.attainment)),
            Self::Goodput => {
                let counts = slo.filter(|slo| slo.attainment.is_some());
                counts.map(|slo| Amount::part(slo.goodput_per_s))
            }
            Self::Percentile(measured, quantile) => percentile(measured, quantile, summary),
        }
    }
}

fn percentile(measured: Measured, quantile: Quantile, summary: &Summary) -> Option<Amount> {
    let all = &summary.percentiles;
    let millis = |time: Milliseconds| Amount::from_millionths(time.as_nanos());
    let times = match measured {
        Measured::FirstByte => all.first_byte_ms,
        Measured::FirstOutput => all.first_output_ms,
        Measured::FirstToken => all.first_token_ms,
        Measured::ChunkGap => all.chunk_gap_ms,
        Measured::Tpot => all.tpot_ms,
        Measured::Duration => all.duration_ms,
        Measured::TokensPerSecond => {
            let rate = at(all.tokens_per_second?, quantile);
            return Some(Amount::from_millionths(rate.as_millionths()));
        }
    };
    times.map(|times| millis(at(times, quantile)))
}

fn at<T>(percentiles: Percentiles<T>, quantile: Quantile) -> T {
    match quantile {
        Quantile::P50 => percentiles.p50,
        Quantile::P90 => percentiles.p90,
        Quantile::P95 => percentiles.p95,
        Quantile::P99 => percentiles.p99,
        Quantile::Max => percentiles.max,
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

impl<'de> Deserialize<'de> for Metric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| serde::de::Error::custom("no metric has this name"))
    }
}

/// A threshold, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThresholdResult {
    /// The figure, as `thresholds` in the configuration names it.
    pub metric: Metric,
    /// Which side of the limit is the right one.
    pub bound: Bound,
    /// The limit: a share from 0 to 1, milliseconds, or a number for each second.
    pub limit: Amount,
    /// What came, in the same unit; absent without data, and then the threshold is not met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Amount>,
    /// Whether the threshold is met.
    pub met: bool,
}

impl Targets {
    /// What came of the thresholds. `success` and `expectations` have to be all of the cases unless
    /// they have a threshold of their own; where there is no data, that does not matter.
    pub fn judge(&self, summary: &Summary) -> Vec<ThresholdResult> {
        let all = Amount::count(1);
        let implicit = [Metric::Success, Metric::Expectations].into_iter().filter(|metric| {
            let is_set = self.thresholds.iter().any(|it| it.metric == *metric);
            !is_set && metric.value(summary).is_some()
        });
        let implicit = implicit.map(|metric| Threshold { metric, limit: all });
        let thresholds = implicit.chain(self.thresholds.iter().copied());
        thresholds.map(|threshold| threshold.judge(summary)).collect()
    }
}

impl Threshold {
    /// What came of it.
    pub fn judge(self, summary: &Summary) -> ThresholdResult {
        let Self { metric, limit } = self;
        let (bound, value) = (metric.bound(), metric.value(summary));
        let met = value.is_some_and(|value| match bound {
            Bound::AtLeast => value >= limit,
            Bound::AtMost => value <= limit,
        });
        ThresholdResult { metric, bound, limit, value, met }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fluxloop_redact::Masked;

    use super::*;
    use crate::{RunStatus, Shares, Tally};

    fn summary() -> Summary {
        let nothing = (Masked::default(), String::new());
        Tally::new().summary(nothing.0, nothing.1, RunStatus::Complete, Duration::ZERO)
    }

    #[test]
    fn every_metric_is_found_by_its_name() {
        for metric in Metric::all() {
            assert_eq!(Metric::named(&metric.name()), Some(metric));
        }
        assert_eq!(Metric::all().count(), 40);
        assert_eq!(Metric::named("first_token"), None);
    }

    /// The thresholds as they are written, shares of success and expectations, and what comes of it.
    #[track_caller]
    fn check(thresholds: &[(&str, f64)], shares: [(u64, u64); 2], expected: &[(&str, bool)]) {
        let thresholds = thresholds.iter().map(|(name, limit)| Threshold {
            metric: Metric::named(name).expect("a metric"),
            limit: Amount::part(*limit),
        });
        let targets = Targets { thresholds: thresholds.collect(), objectives: Vec::new() };
        let [success, expectations] = shares;
        let success = Share::new(success.0, success.1);
        let expectations = Share::of_some(expectations.0, expectations.1);
        let shares = Shares { success, expectations, passed: success };
        let found = targets.judge(&Summary { shares, ..summary() });
        let found: Vec<_> = found.iter().map(|it| (it.metric.name(), it.met)).collect();
        let found: Vec<_> = found.iter().map(|(name, met)| (&**name, *met)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn all_cases_have_to_succeed_and_to_be_met_unless_said_otherwise() {
        check(&[], [(10, 10), (10, 10)], &[("success", true), ("expectations", true)]);
        check(&[], [(9, 10), (8, 9)], &[("success", false), ("expectations", false)]);
        check(&[], [(9, 10), (0, 0)], &[("success", false)]);
        check(
            &[("success", 0.9)],
            [(9, 10), (8, 9)],
            &[("expectations", false), ("success", true)],
        );
        check(
            &[("first_token_p95", 500.0)],
            [(10, 10), (0, 0)],
            &[("success", true), ("first_token_p95", false)],
        );
    }

    #[test]
    fn a_threshold_without_data_is_not_met() {
        check(
            &[("expectations", 0.9)],
            [(10, 10), (0, 0)],
            &[("success", true), ("expectations", false)],
        );
    }
}
