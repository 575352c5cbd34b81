//! A run in figures.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    CaseId, Completeness, EndedEarly, FailureKind, FigureInterval, GuardKind, JudgeTotal, Metric,
    Milliseconds, Outcome, RepeatFacts, Shares, Slo, ThresholdResult, TokensPerSecond, Verdict,
    Warning,
};

/// How far a run came.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It goes on, or it was killed.
    Running,
    /// A signal, or a failure of this machine, ended it; it can be resumed.
    Interrupted,
    /// A limit of `stop` ended it, and cases are left; it can be resumed.
    EndedEarly,
    /// Every case is closed.
    Complete,
    /// Cases are missing, and cannot be sent: a replay of a run of which not everything was recorded.
    Partial,
}

impl RunStatus {
    /// The stable name, as files spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::EndedEarly => "ended_early",
            Self::Complete => "complete",
            Self::Partial => "partial",
        }
    }
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

/// Percentiles of a quantity: of a duration in milliseconds, if nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Percentiles<T = Milliseconds> {
    /// The median.
    pub p50: T,
    /// The 90th percentile.
    pub p90: T,
    /// The 95th percentile.
    pub p95: T,
    /// The 99th percentile.
    pub p99: T,
    /// The largest.
    pub max: T,
}

/// Percentiles over successful cases. A quantity that no case had is absent.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SummaryPercentiles {
    /// Until the first byte of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<Percentiles>,
    /// Until the first output of any channel, or the first call of a tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_output_ms: Option<Percentiles>,
    /// Until the first frame that carried text (time to first token).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<Percentiles>,
    /// The gaps between frames that carried text: the median of each case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk_gap_ms: Option<Percentiles>,
    /// The time for each output token after the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tpot_ms: Option<Percentiles>,
    /// Output tokens in each second of a case, from its first output to the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_second: Option<Percentiles<TokensPerSecond>>,
    /// The whole case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<Percentiles>,
}

/// Tokens of all cases whose provider counted them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenTotal {
    /// Cases whose provider counted.
    pub cases: u64,
    /// Tokens of the requests, cached tokens included.
    pub input: u64,
    /// Tokens of the answers, reasoning included.
    pub output: u64,
    /// Both together, or what the provider says.
    pub total: u64,
    /// Tokens of the reasoning, where providers count them apart.
    pub reasoning: u64,
    /// Tokens of the requests that came from a cache, where providers count them apart.
    pub cached: u64,
}

/// What came of one channel in all cases.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChannelTotal {
    /// Cases in which something came.
    pub cases: u64,
    /// How many characters (Unicode scalar values) came.
    pub characters: u64,
}

/// The calls of tools in all cases.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ToolCallTotal {
    /// Cases in which the model called a tool.
    pub cases: u64,
    /// Calls.
    pub calls: u64,
    /// Calls of which the answer says that the tool failed.
    pub failed: u64,
}

/// The warnings of one code in all cases: how many cases have it, and that of the first of them in
/// the order of the inputs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaseWarnings {
    /// Cases that have it.
    pub cases: u64,
    /// The first of them.
    pub case_id: CaseId,
    /// Its warning.
    #[serde(flatten, deserialize_with = "crate::flattened::read")]
    pub first: Warning,
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
    /// The limit that ended it before its last case; absent with any other `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_early: Option<EndedEarly>,
    /// When it was resumed, each time (ISO 8601, UTC).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resumed_at: Vec<String>,
    /// The figures of FluxLoop's own summary.
    pub results: Results,
    /// Cases by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Cases by what their expectations make of them.
    #[serde(default)]
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Shares of the cases.
    #[serde(default)]
    pub shares: Shares,
    /// The 95 % interval of each share and percentile, by the names of `thresholds`; null where there
    /// are too few cases for it. Shares have Wilson's interval, or with `iterations` that of 2,000
    /// bootstrap draws of inputs. Percentiles have order statistics, in which each input counts once.
    #[serde(default)]
    pub intervals: BTreeMap<Metric, Option<FigureInterval>>,
    /// What the iterations of the same inputs say; absent with one iteration. Interrupted cases and
    /// failures of the kinds `connect`, `dns`, `tls` and `local` say nothing about the agent and do
    /// not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<RepeatFacts>,
    /// What the figures have to reach (`thresholds`), and whether they do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<ThresholdResult>,
    /// What came of the objectives (`slo`); absent without objectives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slo: Option<Slo>,
    /// What came of the judge (`judge`); absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<JudgeTotal>,
    /// Failed cases by kind.
    pub failures: BTreeMap<FailureKind, u64>,
    /// Stopped cases by guard.
    pub stopped: BTreeMap<GuardKind, u64>,
    /// Attempts, retries included.
    pub attempts: u64,
    /// Retries, by the reason of the attempt before: the status that was answered, or else the kind
    /// of the failure.
    #[serde(default)]
    pub retries: BTreeMap<String, u64>,
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
    /// Frames.
    pub events: u64,
    /// What came of each channel; without the channels of which nothing came.
    pub channels: BTreeMap<Masked, ChannelTotal>,
    /// The calls of tools.
    pub tool_calls: ToolCallTotal,
    /// Characters of all channels that servers took back (`reset`).
    pub discarded: u64,
    /// Tokens, as providers counted them; `token_usage` of each case.
    pub tokens: TokenTotal,
    /// Cases that succeeded, by how sure it is that the answer is whole.
    pub completeness: BTreeMap<Completeness, u64>,
    /// Cases whose agent waits for a person; they succeeded.
    pub needs_input: u64,
    /// Durations over successful cases.
    pub percentiles: SummaryPercentiles,
    /// The most cases that were under way at once.
    pub achieved_parallelism: u64,
    /// What was recorded of the answers; absent when nothing was to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<RecordingFacts>,
    /// How late this process itself was, in milliseconds; absent when it was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_lag_ms: Option<Percentiles>,
    /// What concerns the run as a whole, and a reader of the figures should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// The warnings of cases, by code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub case_warnings: Vec<CaseWarnings>,
    /// What made the record.
    pub versions: Versions,
}

/// What was recorded of the answers of a run (`record`).
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordingFacts {
    /// Cases that are in the recording.
    pub cases: u64,
    /// Its size on disk, in bytes.
    pub bytes: u64,
    /// Cases that were left out although they were to be recorded: a secret in them could not be
    /// masked for certain, or all answers under way together were too large to be held.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub withheld: u64,
    /// Why recording ended before the run did; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<RecordingStop>,
}

impl RecordingFacts {
    /// Counts those of another part of the run.
    pub(crate) fn add(&mut self, more: &Self) {
        self.cases += more.cases;
        self.bytes += more.bytes;
        self.withheld += more.withheld;
        let stops = self.stopped.take().into_iter().chain(more.stopped.clone());
        self.stopped = stops.min();
    }
}

/// Why recording ended before the run did.
#[derive(Clone, Debug, Eq, Ord, PartialOrd, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordingStop {
    /// The reason, from the closed list.
    pub reason: RecordingStopReason,
    /// The first case that is not recorded for it.
    pub case_id: CaseId,
}

/// Why recording ended before the run did. The list is closed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialOrd, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordingStopReason {
    /// The file could not be written: most often the disk is full.
    Disk,
}

impl RecordingStopReason {
    /// What happened, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Disk => "the recording could not be written",
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Summary {
    /// Whether every case is closed and every threshold is met.
    pub fn is_good(&self) -> bool {
        self.status == RunStatus::Complete && self.thresholds.iter().all(|it| it.met)
    }

    /// The same with the verdicts of another one, which was folded from the same cases after they were
    /// judged again.
    #[must_use]
    pub fn judged_as(self, judged: Self) -> Self {
        let Self { verdicts, shares, intervals, repeats, thresholds, slo, judge, .. } = judged;
        Self { verdicts, shares, intervals, repeats, thresholds, slo, judge, ..self }
    }

    /// How many cases did not pass.
    pub fn open(&self) -> u64 {
        self.shares.passed.of.saturating_sub(self.shares.passed.cases)
    }
}

/// The run in figures, as one JSON object: `summary.json`.
///
/// The file is replaced as a whole, so that a reader never sees half of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SummaryFile {
    /// The figures.
    #[serde(flatten, deserialize_with = "crate::flattened::read")]
    pub summary: Summary,
    /// `results.total_runs`, where FluxLoop's `status experiments` reads it.
    pub total_runs: u64,
    /// `results.success_rate`, where FluxLoop's `status experiments` reads it.
    pub success_rate: f64,
    /// `results.avg_duration_ms`, where FluxLoop's `status experiments` reads it.
    pub avg_duration_ms: Milliseconds,
    /// The first cases that did not pass, where FluxLoop's bridge to pytest reads them; all of them
    /// stand in `errors.json`.
    pub errors: Vec<FirstError>,
    /// `true` when the mock agent answered (`--mock`); absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mock: bool,
    /// The run that this one was made from without sending anything; absent where requests were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<RunSource>,
    /// The proxy between this machine and the server, without its user and password; absent without a
    /// proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Masked>,
    /// Shows `--resume` whether the configuration is the same: a hash of `config` without name,
    /// folders, parallelism, rate, pauses, `stop`, and what judges the answers.
    pub config_hash: String,
    /// The same of the inputs, hashed thousands of times with `config_hash`: to try guesses of a
    /// secret that they hold takes milliseconds for each. Runs of the same configuration and inputs
    /// have the same.
    pub inputs_hash: String,
    /// The configuration as resolved, `${NAME}` kept as written.
    pub config: Value,
}

/// The run that another one was made from.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunSource {
    /// The name of its folder.
    pub run: Masked,
    /// How it was made.
    pub kind: RunSourceKind,
    /// Cases of that run that are not in this one, because their answers were not recorded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missing: u64,
    /// The first hundred of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_cases: Vec<CaseId>,
}

/// How a run was made from another one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunSourceKind {
    /// Recorded answers were judged again.
    Replay,
}

/// A case that did not pass, in short.
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
    /// The kind of the failure, or the verdict; absent when a guard or the user ended the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ProblemKind>,
}

/// Why a case did not pass.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ProblemKind {
    /// It failed.
    Failure(FailureKind),
    /// It succeeded, and an expectation is not met, or could not be judged.
    Verdict(Verdict),
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
