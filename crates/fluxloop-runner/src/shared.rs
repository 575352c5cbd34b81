//! What the cases of a run share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use fluxloop_aggregate::AnswerReader;
use fluxloop_expect::Judging;
use fluxloop_http::Backoff;
use fluxloop_plan::Plan;

use crate::clock::{Pulse, RunClock};
use crate::concurrency::Answering;
use crate::endpoint::Endpoint;
use crate::first_cases::FirstOutput;
use crate::gate::Gate;
use crate::recording::Recording;

/// What every case needs.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) plan: Plan,
    pub(crate) endpoint: Endpoint,
    pub(crate) reader: AnswerReader,
    pub(crate) backoff: Backoff,
    pub(crate) clock: RunClock,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) gate: Gate,
    pub(crate) seed: u64,
    /// What the ids of this run's traces have in common: random, also in a run with a seed.
    pub(crate) trace_ids: u128,
    pub(crate) answering: Answering,
    pub(crate) first_output: FirstOutput,
    /// Where answers are recorded, if they are.
    pub(crate) recording: Option<Arc<Recording>>,
    /// Whether an answer of this run showed its end.
    pub(crate) end_known: AtomicBool,
    /// The rules that had work in any answer, as bits.
    pub(crate) used_rules: Mutex<Vec<u64>>,
    /// What judges the cases.
    pub(crate) judging: Arc<Judging>,
}

impl Shared {
    pub(crate) fn new(plan: Plan, endpoint: Endpoint, clock: RunClock) -> Self {
        Self {
            endpoint,
            reader: AnswerReader::new(&plan.response),
            backoff: Backoff::new(&plan.retry),
            gate: Gate::new(clock.started(), plan.retry.budget),
            clock,
            pulse: Arc::default(),
            seed: plan.seed.unwrap_or_else(|| fastrand::u64(..)),
            trace_ids: uuid::Uuid::new_v4().as_u128(),
            answering: Answering::default(),
            first_output: FirstOutput::default(),
            recording: None,
            end_known: AtomicBool::new(false),
            used_rules: Mutex::default(),
            judging: Arc::default(),
            plan,
        }
    }

    /// An answer of this run showed its end, so the server sends one.
    pub(crate) fn note_shown_end(&self) {
        // Almost every answer shows it: a line of memory that is only read stays with each core.
        if !self.is_end_known() {
            self.end_known.store(true, Ordering::Relaxed);
        }
    }

    /// An answer had work for these rules.
    pub(crate) fn note_used_rules(&self, used: &[u64]) {
        if used.is_empty() {
            return;
        }
        let mut known = self.used_rules.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < used.len() {
            known.resize(used.len(), 0);
        }
        known.iter_mut().zip(used).for_each(|(known, more)| *known |= more);
    }

    /// Rules of a schema of one's own that had work in no answer of this run.
    pub(crate) fn unused_rules(&self) -> Vec<String> {
        let used = self.used_rules.lock().unwrap_or_else(PoisonError::into_inner);
        // Where no answer was read, nothing is known about rules.
        let is_known = !used.is_empty();
        let unused = self.reader.unused_rules(&used).into_iter().filter(|_| is_known);
        unused.map(str::to_owned).collect()
    }

    /// Whether an answer of this run showed its end.
    pub(crate) fn is_end_known(&self) -> bool {
        self.end_known.load(Ordering::Relaxed)
    }
}
