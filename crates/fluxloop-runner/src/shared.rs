//! What the cases of a run share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fluxloop_aggregate::AnswerReader;
use fluxloop_http::Backoff;
use fluxloop_plan::Plan;

use crate::clock::{Pulse, RunClock};
use crate::concurrency::Answering;
use crate::endpoint::Endpoint;
use crate::gate::Gate;

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
    /// Whether an answer of this run showed its end.
    pub(crate) end_known: AtomicBool,
}

impl Shared {
    /// An answer of this run showed its end, so the server sends one.
    pub(crate) fn note_shown_end(&self) {
        // Almost every answer shows it: a line of memory that is only read stays with each core.
        if !self.is_end_known() {
            self.end_known.store(true, Ordering::Relaxed);
        }
    }

    /// Whether an answer of this run showed its end.
    pub(crate) fn is_end_known(&self) -> bool {
        self.end_known.load(Ordering::Relaxed)
    }
}
