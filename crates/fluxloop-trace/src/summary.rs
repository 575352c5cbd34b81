//! A run in figures.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CaseId, FailureKind, GuardKind, Milliseconds, Outcome, Warning};

/// How far a run came.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It goes on, or it was killed.
    Running,
    /// The user ended it, or it gave up; it can be resumed.
    Interrupted,
    /// Every case is closed.
    Complete,
}

/// The figures of FluxLoop's own summary.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Results {
    /// Cases closed.
    pub total_runs: u64,
    /// Those that count as a success.
    pub successful: u64,
    /// The others, interrupted ones too.
    pub failed: u64,
    /// `successful` in `total_runs`, 0 to 1.
    pub success_rate: f64,
    /// The mean duration of the successes.
    pub avg_duration_ms: Milliseconds,
    /// The whole run, in seconds; of one that was resumed, the time that it was under way.
    pub duration_seconds: f64,
}

/// Percentiles of a duration over successful cases, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Percentiles {
    /// The median.
    pub p50: Milliseconds,
    /// The 90th percentile.
    pub p90: Milliseconds,
    /// The 95th percentile.
    pub p95: Milliseconds,
    /// The 99th percentile.
    pub p99: Milliseconds,
    /// The largest.
    pub max: Milliseconds,
}

/// Percentiles over successful cases. A quantity that no case had is absent.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SummaryPercentiles {
    /// Until the first byte of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<Percentiles>,
    /// Until the first event that carried text (time to first token).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<Percentiles>,
    /// The gaps between events that carried text: the median of each case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk_gap_ms: Option<Percentiles>,
    /// The whole case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<Percentiles>,
}

/// What made the record.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Versions {
    /// This tool.
    pub fluxloop: Cow<'static, str>,
    /// The layout of the artifacts.
    pub artifacts: u32,
}

impl Versions {
    /// The layout of the artifacts that this version writes and reads back; a change that a reader
    /// could trip over raises it.
    pub const ARTIFACTS: u32 = 2;
}

/// A run in figures: the first part of `summary.json`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// The name of the run.
    pub name: Masked,
    /// When it began (ISO 8601, UTC).
    pub date: String,
    /// How far it came.
    pub status: RunStatus,
    /// When it was resumed, each time (ISO 8601, UTC).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resumed_at: Vec<String>,
    /// The figures of FluxLoop's own summary.
    pub results: Results,
    /// Cases by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Failed cases by kind.
    pub failures: BTreeMap<FailureKind, u64>,
    /// Stopped cases by guard.
    pub stopped: BTreeMap<GuardKind, u64>,
    /// Attempts, retries included.
    pub attempts: u64,
    /// Requests that were sent a second time at once: a kept connection broke before an answer
    /// began, or the server reported that it did not process the request.
    pub resends: u64,
    /// Redirects that were followed, each by a further request.
    pub redirects: u64,
    /// Cases that `retry.budget` denied a retry.
    pub retries_denied: u64,
    /// The first hundred of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retries_denied_to: Vec<CaseId>,
    /// Bytes of bodies, after decompression.
    pub bytes: u64,
    /// Events.
    pub events: u64,
    /// Durations over successful cases.
    pub percentiles: SummaryPercentiles,
    /// The most cases that were under way at once.
    pub achieved_parallelism: u64,
    /// How late this process itself was, in milliseconds; absent when it was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_lag_ms: Option<Percentiles>,
    /// What concerns the run as a whole, and a reader of the figures should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// What made the record.
    pub versions: Versions,
}

impl Summary {
    /// Whether every case counts as a success.
    pub fn all_succeeded(&self) -> bool {
        self.status == RunStatus::Complete && self.results.failed == 0
    }
}

/// The run in figures, as one JSON object: `summary.json`.
///
/// The file is replaced as a whole, so that a reader never sees half of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SummaryFile {
    /// The figures.
    #[serde(flatten)]
    pub summary: Summary,
    /// `results.total_runs`, where FluxLoop's `status experiments` reads it.
    pub total_runs: u64,
    /// `results.success_rate`, where FluxLoop's `status experiments` reads it.
    pub success_rate: f64,
    /// `results.avg_duration_ms`, where FluxLoop's `status experiments` reads it.
    pub avg_duration_ms: Milliseconds,
    /// The first cases that did not succeed, where FluxLoop's bridge to pytest reads them; all of
    /// them stand in `errors.json`.
    pub errors: Vec<FirstError>,
    /// `true` when the mock agent answered (`--mock`); absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mock: bool,
    /// Shows `--resume` whether the configuration is the same: a hash of `config` without name,
    /// folders, parallelism, rate and pauses.
    pub config_hash: String,
    /// The same of the inputs.
    pub inputs_hash: String,
    /// The configuration as resolved, `${NAME}` kept as written.
    pub config: Value,
}

/// A case that did not succeed, in short.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FirstError {
    /// The case.
    pub case_id: CaseId,
    /// The iteration, from 0.
    pub iteration: u32,
    /// The persona of the input, or null.
    pub persona: Option<Masked>,
    /// The beginning of the input's text.
    pub input: Masked,
    /// What happened.
    pub error: Masked,
    /// The kind of the failure; absent when a guard or the user ended the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<FailureKind>,
}

impl FirstError {
    /// How many cases `summary.json` names.
    pub const MOST: usize = 10;

    /// How many characters of a text stand there.
    const CHARS: usize = 200;

    /// The same with the beginnings of long texts.
    #[must_use]
    pub fn shortened(self) -> Self {
        let (input, error) = (self.input.excerpt(Self::CHARS), self.error.excerpt(Self::CHARS));
        Self { input, error, ..self }
    }
}
