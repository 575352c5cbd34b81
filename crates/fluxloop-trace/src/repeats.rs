//! What the iterations of the same inputs say.

use std::collections::BTreeMap;

use fluxloop_redact::Masked;
use fluxloop_statistics as statistics;
use serde::{Deserialize, Serialize};

use crate::{Trace, Verdict};

/// How many flaky inputs a summary names; it counts them all.
const NAMED_INPUTS: usize = 100;

/// What the iterations of the same inputs say.
///
/// Cases that say nothing about the agent are left out: those that never reached the server
/// (`connect`, `dns`, `tls`), those that this machine failed (`local`), and interrupted ones. An
/// input with such a case has fewer iterations than the others.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RepeatFacts {
    /// How many iterations each input has.
    pub iterations: u32,
    /// Inputs of which an iteration counts.
    pub inputs: u64,
    /// Inputs that passed in some iterations and not in others.
    pub flaky: u64,
    /// The ids of the first hundred of them, in the order of the inputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaky_inputs: Vec<Masked>,
    /// How often a single iteration passes; absent where no iteration counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one: Option<PassChances>,
    /// How often as many iterations pass as the input with the most of them has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<PassChances>,
}

/// The chances that k iterations of an input pass, averaged over inputs.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PassChances {
    /// How many iterations.
    pub k: u64,
    /// pass@k: the chance that at least one of k iterations passes, `1 - C(n-c, k) / C(n, k)` for c
    /// passed iterations of n.
    pub pass_at_k: f64,
    /// pass^k: the chance that all of k iterations pass, `C(c, k) / C(n, k)`.
    pub pass_hat_k: f64,
    /// Inputs that have k iterations; the others are left out of the average.
    pub inputs: u64,
}

impl From<statistics::Repeats> for PassChances {
    fn from(repeats: statistics::Repeats) -> Self {
        let statistics::Repeats { k, pass_at_k, pass_hat_k, inputs } = repeats;
        Self { k, pass_at_k: rounded(pass_at_k), pass_hat_k: rounded(pass_hat_k), inputs }
    }
}

/// A number with six decimals, as records have them.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

/// Counts the cases of each input.
#[derive(Clone, Debug, Default)]
pub(crate) struct RepeatTally(BTreeMap<Masked, Counts>);

/// The cases of one input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    /// The place of its first case.
    order: u64,
    closed: u32,
    successful: u32,
    judged: u32,
    met: u32,
    passed: u32,
    /// Cases that say something about the agent, and how many of these passed.
    repeats: u32,
    passed_repeats: u32,
}

/// Which of the cases of an input count, and which of these are hits.
pub(crate) type Shares = fn(&Counts) -> (u32, u32);

/// Cases that succeeded, of those that are closed.
pub(crate) const SUCCESS: Shares = |counts| (counts.successful, counts.closed);
/// Cases that are met, of those that are judged.
pub(crate) const EXPECTATIONS: Shares = |counts| (counts.met, counts.judged);
/// Cases that passed, of those that are closed.
pub(crate) const PASSED: Shares = |counts| (counts.passed, counts.closed);

impl RepeatTally {
    /// Counts a closed case.
    pub(crate) fn add(&mut self, trace: &Trace) {
        let is = u32::from;
        let counts = Counts {
            order: trace.case_index,
            closed: 1,
            successful: is(trace.success),
            judged: is(trace.verdict != Verdict::None),
            met: is(trace.verdict == Verdict::Met),
            passed: is(trace.passed()),
            repeats: is(trace.is_repeat()),
            passed_repeats: is(trace.is_repeat() && trace.passed()),
        };
        self.count(&trace.case_id.input_id, counts);
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (input, counts) in &other.0 {
            self.count(input, *counts);
        }
    }

    fn count(&mut self, input: &Masked, more: Counts) {
        let Some(counts) = self.0.get_mut(input) else {
            self.0.insert(input.clone(), more);
            return;
        };
        counts.order = counts.order.min(more.order);
        counts.closed += more.closed;
        counts.successful += more.successful;
        counts.judged += more.judged;
        counts.met += more.met;
        counts.passed += more.passed;
        counts.repeats += more.repeats;
        counts.passed_repeats += more.passed_repeats;
    }

    /// A share of each input that has one.
    pub(crate) fn shares(&self, of: Shares) -> Vec<statistics::Share> {
        let share = |counts: &Counts| {
            let (hits, all) = of(counts);
            statistics::Share::new(hits.into(), all.into())
        };
        self.0.values().filter_map(share).collect()
    }

    /// What the repeats say.
    pub(crate) fn facts(&self, iterations: u32) -> RepeatFacts {
        let of_repeats: Shares = |counts| (counts.passed_repeats, counts.repeats);
        let figures = statistics::RepeatFigures::of(&self.shares(of_repeats));
        let mut flaky: Vec<_> = self.0.iter().filter(|(_, counts)| counts.is_flaky()).collect();
        flaky.sort_by_key(|(_, counts)| counts.order);
        RepeatFacts {
            iterations,
            inputs: figures.inputs,
            flaky: figures.flaky,
            flaky_inputs: flaky.iter().take(NAMED_INPUTS).map(|(id, _)| (*id).clone()).collect(),
            one: figures.one.map(PassChances::from),
            all: figures.all.map(PassChances::from),
        }
    }
}

impl Counts {
    fn is_flaky(&self) -> bool {
        0 < self.passed_repeats && self.passed_repeats < self.repeats
    }
}
