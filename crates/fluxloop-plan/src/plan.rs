//! The whole description of a run.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use fluxloop_redact::Redactor;

use crate::{
    Clocks, Connection, Guards, Limits, Pace, RequestTemplate, ResponseRules, RetryPolicy,
};

/// The whole description of a run, but for its inputs.
#[derive(Debug)]
pub struct Plan {
    /// The name of the run.
    pub name: String,
    /// How often each input is sent.
    pub iterations: NonZeroU32,
    /// How many cases may be under way at once.
    pub parallelism: NonZeroUsize,
    /// The seed of everything that is left to chance (jitter, arrivals); drawn at random when
    /// absent.
    pub seed: Option<u64>,
    /// When cases begin.
    pub pace: Pace,
    /// What is sent.
    pub request: RequestTemplate,
    /// How the server is reached.
    pub connection: Connection,
    /// How long to wait for what.
    pub clocks: Clocks,
    /// When to try again.
    pub retry: RetryPolicy,
    /// How the answer is read.
    pub response: ResponseRules,
    /// When to stop a case.
    pub guards: Guards,
    /// How much to accept.
    pub limits: Limits,
    /// Knows the secrets that went into the plan.
    pub redactor: Arc<Redactor>,
}
