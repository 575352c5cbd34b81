//! What the cases of a run share.

use std::sync::Arc;

use fluxloop_aggregate::{PlainReader, StreamReader};
use fluxloop_http::{Backoff, Transport};
use fluxloop_plan::{PlainRules, Plan, ResponseRules, StreamRules};

use crate::clock::RunClock;
use crate::concurrency::Answering;
use crate::gate::Gate;
use crate::pulse::Pulse;

/// What every case needs.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) plan: Plan,
    pub(crate) transport: Transport,
    pub(crate) reader: AnswerReader,
    pub(crate) backoff: Backoff,
    pub(crate) clock: RunClock,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) gate: Gate,
    pub(crate) seed: u64,
    /// What the ids of this run's traces have in common: random, also in a run with a seed.
    pub(crate) trace_ids: u128,
    pub(crate) answering: Answering,
}

/// How the answer becomes text, and what it must have.
#[derive(Debug)]
pub(crate) enum AnswerReader {
    Stream(StreamReader, StreamRules),
    Plain(PlainReader, PlainRules),
}

impl AnswerReader {
    pub(crate) fn new(rules: &ResponseRules) -> Self {
        match rules {
            ResponseRules::EventStream(rules) => {
                Self::Stream(StreamReader::new(rules), rules.clone())
            }
            ResponseRules::Plain(rules) => Self::Plain(PlainReader::new(rules), rules.clone()),
        }
    }
}
