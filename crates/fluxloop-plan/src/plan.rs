//! The whole description of a run.

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use fluxloop_aggregate::AnswerRules;
use fluxloop_redact::Redactor;

use crate::{Clocks, Connection, Guards, Limits, Pace, RequestTemplate, RetryPolicy, StopLimits};

/// Which answers are recorded as they came.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RecordMode {
    /// All, until the recording has 256 MiB; then those of cases that did not succeed, and every
    /// hundredth of the others.
    #[default]
    Auto,
    /// All.
    All,
    /// Those of cases that did not succeed.
    Failures,
    /// None.
    Off,
}

/// The whole description of a run, but for its inputs.
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
    pub response: AnswerRules,
    /// Whether a record keeps the texts of channels, not only how long they are.
    pub keeps_channels: bool,
    /// Which answers are recorded as they came.
    pub record: RecordMode,
    /// When to stop a case.
    pub guards: Guards,
    /// When to end the run before its last case.
    pub stop: StopLimits,
    /// How much to accept.
    pub limits: Limits,
    /// Knows the secrets that went into the plan.
    pub redactor: Arc<Redactor>,
}

/// Of the texts that are shown, secrets are masked.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let response = self.redactor.mask(&format!("{:?}", self.response));
        f.debug_struct("Plan")
            .field("name", &self.redactor.mask(&self.name))
            .field("iterations", &self.iterations)
            .field("parallelism", &self.parallelism)
            .field("seed", &self.seed)
            .field("pace", &self.pace)
            .field("request", &self.request)
            .field("connection", &self.connection)
            .field("clocks", &self.clocks)
            .field("retry", &self.retry)
            .field("response", &format_args!("{response}"))
            .field("keeps_channels", &self.keeps_channels)
            .field("record", &self.record)
            .field("guards", &self.guards)
            .field("stop", &self.stop)
            .field("limits", &self.limits)
            .field("redactor", &self.redactor)
            .finish()
    }
}
