//! Shares of cases, and what came of objectives.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Amount, Objective, Outcome, Quantity, Trace};

/// A share of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Share {
    /// The share, 0 to 1; 0 of nothing.
    pub share: f64,
    /// How many cases it counts.
    pub cases: u64,
    /// Of how many.
    pub of: u64,
}

impl Share {
    /// So many cases of so many.
    pub fn new(cases: u64, of: u64) -> Self {
        Self { share: cases as f64 / of.max(1) as f64, cases, of }
    }

    /// The share in millionths, never rounded up to a limit that it does not reach; `None` of nothing.
    pub(crate) fn to_amount(self) -> Option<Amount> {
        let millionths = u128::from(self.cases) * 1_000_000 / u128::from(self.of).max(1);
        let millionths = u64::try_from(millionths).ok()?;
        (self.of > 0).then(|| Amount::from_millionths(millionths))
    }

    /// The same, unless it is a share of nothing.
    pub fn of_some(cases: u64, of: u64) -> Option<Self> {
        (of > 0).then(|| Self::new(cases, of))
    }
}

/// Shares of the cases of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Shares {
    /// Cases that succeeded, of those that are closed.
    pub success: Share,
    /// Cases whose verdict is `met`, of those that are judged: met, unmet and unjudged; absent where
    /// nothing was expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectations: Option<Share>,
    /// Cases that passed, of those that are closed: they succeeded, and their verdict is `met` or
    /// `none`.
    pub passed: Share,
}

/// An interval in which the true figure lies with 95 % confidence, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FigureInterval {
    /// The lower end: a share from 0 to 1, milliseconds, or a number for each second.
    pub low: Amount,
    /// The upper end, in the same unit.
    pub high: Amount,
}

impl From<fluxloop_statistics::Interval> for FigureInterval {
    fn from(fluxloop_statistics::Interval { low, high }: fluxloop_statistics::Interval) -> Self {
        Self { low: Amount::part(low), high: Amount::part(high) }
    }
}

/// What came of the objectives of a run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Slo {
    /// Cases that succeeded and kept every objective, for each second of the run.
    pub goodput_per_s: f64,
    /// Cases that succeeded and kept every objective, of those that count. Cases that failed or were
    /// stopped miss every objective; cases that the end of the run interrupted, and cases for which
    /// nothing was measured, do not count. Absent where no case counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attainment: Option<Share>,
    /// The same of each objective.
    pub objectives: BTreeMap<Quantity, ObjectiveShare>,
}

/// What came of one objective.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObjectiveShare {
    /// The longest time in milliseconds, or the lowest rate.
    pub limit: Amount,
    /// Cases that kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Share>,
}

/// Counts the cases that keep objectives.
#[derive(Clone, Debug, Default)]
pub(crate) struct SloTally {
    objectives: Vec<Objective>,
    /// Cases that kept all of them, and cases that count.
    all: Kept,
    each: Vec<Kept>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    kept: u64,
    of: u64,
}

impl Kept {
    fn note(&mut self, is_kept: Option<bool>) {
        self.of += u64::from(is_kept.is_some());
        self.kept += u64::from(is_kept == Some(true));
    }

    fn merge(&mut self, other: Self) {
        self.kept += other.kept;
        self.of += other.of;
    }
}

impl SloTally {
    pub(crate) fn new(objectives: Vec<Objective>) -> Self {
        let each = vec![Kept::default(); objectives.len()];
        Self { objectives, all: Kept::default(), each }
    }

    /// Counts a closed case.
    pub(crate) fn add(&mut self, trace: &Trace) {
        if self.objectives.is_empty() || trace.outcome == Outcome::Interrupted {
            return;
        }
        let mut keeps_all = None;
        for (objective, each) in self.objectives.iter().zip(&mut self.each) {
            let is_kept = if trace.success { objective.is_kept(trace) } else { Some(false) };
            each.note(is_kept);
            keeps_all = match (keeps_all, is_kept) {
                (Some(all), Some(this)) => Some(all && this),
                (all, this) => all.or(this),
            };
        }
        self.all.note(keeps_all);
    }

    /// Adds what was counted elsewhere, by the same objectives.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.all.merge(other.all);
        for (each, other) in self.each.iter_mut().zip(&other.each) {
            each.merge(*other);
        }
    }

    /// The figures of a run that took so many seconds; `None` without objectives.
    pub(crate) fn figures(&self, seconds: f64) -> Option<Slo> {
        let objectives = self.objectives.iter().zip(&self.each).map(|(objective, each)| {
            let kept = Share::of_some(each.kept, each.of);
            (objective.quantity, ObjectiveShare { limit: objective.limit, kept })
        });
        (!self.objectives.is_empty()).then(|| Slo {
            goodput_per_s: if seconds > 0.0 { self.all.kept as f64 / seconds } else { 0.0 },
            attainment: Share::of_some(self.all.kept, self.all.of),
            objectives: objectives.collect(),
        })
    }
}
