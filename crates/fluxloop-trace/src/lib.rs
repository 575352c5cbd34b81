//! Defines what a run leaves behind.
//!
//! A run tells what happens as [`RunEvent`]s and closes each case with a [`Trace`]: one record
//! with the output, the timing, every attempt and, where something went wrong, the failure. A
//! [`Tally`] folds traces into a [`Summary`]. Serialized, a `Trace` is one line of
//! `traces.jsonl`, and a `Summary` is `summary.json`; both are described in
//! `docs/reference/artifacts.md`.
//!
//! Call order: make a `Tally`, [`Tally::add`] each trace as it closes, [`Tally::summary`] at the
//! end (or at any time before).
//!
//! ```
//! use fluxloop_trace::FailureKind;
//!
//! let kind = FailureKind::NoText;
//! assert_eq!(kind.name(), "no_text");
//! assert_eq!(kind.meaning(), "The answer came, and no text was found in it.");
//! ```
//!
//! **Invariant:** text that came from outside is [`Masked`](fluxloop_redact::Masked) here, always:
//! whoever reads a record needs no redactor.
//!
//! With the feature `schema`, which only the generator of the reference and tests turn on, every
//! serializable type has a JSON Schema made of its declaration.
//!
//! **Invariant:** no I/O, no clock, no HTTP type. A serializable type here is a promise to users.

mod attempt;
mod case_id;
mod closed_list;
mod conversation;
mod distribution;
mod ended_early;
mod event;
mod failure;
mod flattened;
mod gave_up;
mod judgement;
mod metadata;
mod outcome;
mod quantity;
mod quoted;
mod repeats;
#[cfg(feature = "schema")]
mod schema;
mod share;
mod stream;
mod summary;
mod tally;
mod threshold;
mod timings;
mod trace;
mod warning;
mod written;

pub use attempt::{Attempt, AttemptOutcome, Phase, WaitSource, WrittenAttempt};
pub use case_id::CaseId;
pub use conversation::{Conversation, ConversationState, ConversationTurn, Empty, Role, Source};
pub use ended_early::{Amount, EndedBy, EndedEarly};
pub use event::{RunEvent, TimedEvent};
pub use failure::{Clock, Failure, FailureKind, WrittenFailure};
pub use gave_up::{Furthest, GaveUp, GiveUpReason};
pub use judgement::{
    ExpectationKind, Expectations, JudgeTotal, Judgement, UnmetExpectation, Verdict, Votes,
    WrittenExpectations, WrittenUnmet,
};
pub use metadata::MaskedJson;
pub use outcome::{GuardKind, Outcome};
pub use quantity::{Objective, Quantity};
pub use quoted::Quoted;
pub use repeats::{PassChances, RepeatFacts};
#[cfg(feature = "schema")]
pub use schema::schemas;
pub use share::{FigureInterval, ObjectiveShare, Share, Shares, Slo};
pub use stream::{Completeness, Framing, NoTextReport, StreamFacts};
pub use summary::{
    CaseWarnings, ChannelTotal, FirstError, Percentiles, ProblemKind, RecordingFacts,
    RecordingStop, RecordingStopReason, Results, RunSource, RunSourceKind, RunStatus, Summary,
    SummaryFile, SummaryPercentiles, TokenTotal, ToolCallTotal, Versions,
};
pub use tally::{OwnLag, Tally};
pub use threshold::{
    Bound, Measured, Metric, MetricUnit, Quantile, Targets, Threshold, ThresholdResult,
};
pub use timings::{
    AttemptTimings, ChunkGap, Milliseconds, Timings, TokensPerSecond, WrittenTimings,
};
pub use trace::{
    Channel, Channels, Group, Integrity, RecordVersion, TokenUsage, ToolCall, Trace, Turn, Usage,
    WrittenTrace, WrittenTurn,
};
pub use warning::{Warning, WarningCode};
