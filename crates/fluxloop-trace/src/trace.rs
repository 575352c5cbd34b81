//! The record of one case.

use std::collections::BTreeMap;

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::written::record;
use crate::{
    Attempt, CaseId, ConversationState, ConversationTurn, Failure, GaveUp, GuardKind, MaskedJson,
    Milliseconds, Outcome, Quoted, StreamFacts, Timings, Versions, Warning, WrittenAttempt,
    WrittenFailure,
};

record! {
    /// The record of one case, closed: a line of `traces.jsonl`.
    ///
    /// What stands here of several turns is the last turn's, but `duration_ms` and `token_usage`, which
    /// are sums.
    #[derive(Clone, Debug, Deserialize, Serialize)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub struct Trace / WrittenTrace<'a> {
        /// The layout of the record.
        pub version: RecordVersion,
        /// A UUID (version 4), new for every case.
        pub trace_id: String => &'a RawValue,
        /// `<input id>/<iteration>`.
        pub case_id: CaseId => &'a RawValue,
        /// The place of the case in the order of the inputs, from 0.
        pub case_index: u64,
        /// The iteration, from 0.
        pub iteration: u32 => &'a RawValue,
        /// The persona of the input, or null.
        pub persona: Option<Masked> => &'a RawValue,
        /// The text of the input.
        pub input: Quoted => &'a RawValue,
        /// The input's `metadata`, and its other keys.
        pub metadata: BTreeMap<Masked, MaskedJson> => &'a RawValue,
        /// The text that was collected; of a failed case, what its last attempt had so far.
        pub output: Quoted => &'a RawValue,
        /// Whether the case counts as a success: `succeeded`, or stopped by a guard that says so.
        pub success: bool => bool,
        /// How it ended.
        pub outcome: Outcome => &'a RawValue,
        /// Why it failed; absent otherwise.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub error: Option<Failure> => Option<WrittenFailure<'a>>,
        /// The whole case since it was due, attempts and waits together; of a success, until the
        /// answer was complete.
        pub duration_ms: Milliseconds => &'a RawValue,
        /// Tokens of all turns, as the provider counted them; absent when it did not.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub token_usage: Option<TokenUsage> => Option<TokenUsage>,
        /// Why the model stopped, as the provider says it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub finish_reason: Option<Masked>,
        /// The model, as the provider names it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub model: Option<Masked>,
        /// What a careful reader should know.
        pub warnings: Vec<Warning>,
        /// Question and answer.
        pub conversation: Vec<ConversationTurn> => &'a RawValue,
        /// The same as FluxLoop's replay reads it.
        pub conversation_state: ConversationState => &'a RawValue,
        /// How many observations the case has: one for each attempt.
        pub observation_count: usize,
        /// The guard that stopped it; absent otherwise.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub termination_reason: Option<GuardKind> => Option<GuardKind>,
        /// Shows `--resume --force` whether the input is still the same: a hash of all that it holds
        /// but its id, masked.
        pub input_hash: String,
        /// How many places of this record were masked.
        pub redactions: u64,
        /// Each question and its answer, in order.
        pub turns: Vec<Turn> => Vec<WrittenTurn<'a>>,
    }
}

impl Trace {
    /// Whether a case with this end counts as a success.
    pub fn counts_as_success(outcome: Outcome, guard: Option<GuardKind>) -> bool {
        match outcome {
            Outcome::Succeeded => true,
            Outcome::Stopped => guard.is_some_and(GuardKind::counts_as_success),
            Outcome::Failed | Outcome::Interrupted => false,
        }
    }

    /// Every request of every turn, in order.
    pub fn attempts(&self) -> impl DoubleEndedIterator<Item = &Attempt> {
        self.turns.iter().flat_map(|turn| &turn.attempts)
    }

    /// The turn whose answer is the case's.
    pub fn last_turn(&self) -> Option<&Turn> {
        self.turns.last()
    }
}

record! {
    /// One question and its answer.
    #[derive(Clone, Debug, Deserialize, Serialize)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub struct Turn / WrittenTurn<'a> {
        /// Counts from 1.
        pub number: u32,
        /// What was asked.
        pub input: Quoted,
        /// How it ended.
        pub outcome: Outcome,
        /// Why it failed; absent otherwise.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub error: Option<Failure>,
        /// What came, by kind. The text itself is the case's `output`.
        pub channels: Channels,
        /// Tokens, as the provider counted them; absent when it did not.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub usage: Option<Usage>,
        /// Why the model stopped, as the provider says it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub finish_reason: Option<Masked>,
        /// The model, as the provider names it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub model: Option<Masked>,
        /// When it was due and sent, and what took how long.
        pub timings: Timings,
        /// What was seen in the last attempt's stream.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub stream: Option<StreamFacts>,
        /// Why the last failed attempt is not followed by another one; absent unless the last attempt failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub gave_up: Option<GaveUp>,
        /// Every request, in order.
        pub attempts: Vec<Attempt> => Vec<WrittenAttempt<'a>>,
    }
}

/// What came, by kind. A kind of which nothing came is absent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Channels {
    /// The text of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Channel>,
}

/// One kind of output.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Channel {
    /// How many characters (Unicode scalar values) came.
    pub characters: u64,
    /// When the first of them came, from the start of the attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_ms: Option<Milliseconds>,
    /// When the last of them came, from the start of the attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ms: Option<Milliseconds>,
}

/// Tokens of a turn, as the provider counted them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usage {
    /// Tokens of the request.
    pub input: u64,
    /// Tokens of the answer.
    pub output: u64,
    /// Both together, or what the provider says.
    pub total: u64,
}

/// Tokens of a case, under the names that FluxLoop's tools read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenUsage {
    /// Tokens of the requests.
    pub prompt_tokens: u64,
    /// Tokens of the answers.
    pub completion_tokens: u64,
    /// Both together, or what the provider says.
    pub total_tokens: u64,
}

impl TokenUsage {
    /// The sum over turns; `None` without a count of the provider.
    pub fn sum(turns: impl IntoIterator<Item = Option<Usage>>) -> Option<Self> {
        turns.into_iter().flatten().fold(None, |sum, usage| {
            let sum: Self = sum.unwrap_or_default();
            Some(Self {
                prompt_tokens: sum.prompt_tokens.saturating_add(usage.input),
                completion_tokens: sum.completion_tokens.saturating_add(usage.output),
                total_tokens: sum.total_tokens.saturating_add(usage.total),
            })
        })
    }
}

/// The layout of a record: always [`Versions::ARTIFACTS`]. A record of another version is not read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct RecordVersion;

impl TryFrom<u32> for RecordVersion {
    type Error = String;

    fn try_from(version: u32) -> Result<Self, String> {
        let ours = Versions::ARTIFACTS;
        if version == ours { Ok(Self) } else { Err(format!("version {version}, and not {ours}")) }
    }
}

impl From<RecordVersion> for u32 {
    fn from(RecordVersion: RecordVersion) -> Self {
        Versions::ARTIFACTS
    }
}
