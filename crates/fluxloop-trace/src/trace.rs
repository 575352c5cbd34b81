//! The record of one case.

use std::collections::BTreeMap;

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::written::record;
use crate::{
    Attempt, CaseId, ConversationState, ConversationTurn, Expectations, Failure, GaveUp, GuardKind,
    Judgement, MaskedJson, Milliseconds, Outcome, Quoted, StreamFacts, Timings, Verdict, Versions,
    Warning, WrittenAttempt, WrittenExpectations, WrittenFailure,
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
        /// The answer that is expected, where the input says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expected: Option<MaskedJson> => Option<&'a RawValue>,
        /// What is expected of the answer, as the input says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expect: Option<MaskedJson>,
        /// The text that was collected; of a failed case, what its last attempt had so far.
        pub output: Quoted => &'a RawValue,
        /// Whether the case counts as a success: `succeeded`, or stopped by a guard that says so.
        pub success: bool => bool,
        /// How it ended.
        pub outcome: Outcome => &'a RawValue,
        /// What its expectations make of it.
        #[serde(default)]
        pub verdict: Verdict => Option<Verdict>,
        /// What came of its expectations; absent where the verdict is `none`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expectations: Option<Expectations> => Option<WrittenExpectations<'a>>,
        /// What the judge made of the answer; absent without a judge, and where the case did not
        /// succeed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub judge: Option<Judgement>,
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

    /// Whether the case passed: it succeeded, and every expectation is met, if there is any.
    pub fn passed(&self) -> bool {
        self.success && matches!(self.verdict, Verdict::Met | Verdict::None)
    }

    /// Whether the case counts as a repeat of its input: it says something about the agent. A case
    /// that never reached the server, that this machine failed, or that was interrupted does not.
    pub fn is_repeat(&self) -> bool {
        use crate::FailureKind::{Connect, Dns, Local, Tls};
        let failure = self.error.as_ref().map(|failure| failure.kind);
        self.outcome != Outcome::Interrupted
            && !matches!(failure, Some(Connect | Dns | Tls | Local))
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
        /// What came, by channel.
        pub channels: Channels,
        /// The calls of tools, in the order in which they began.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub tool_calls: Vec<ToolCall>,
        /// Tokens, as the provider counted them; absent when it did not.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub usage: Option<Usage>,
        /// The values that `stream_schema` captures, by name. A value in which something was masked
        /// is an object: `{"value": "***", "altered": true}`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub captures: BTreeMap<Masked, MaskedJson>,
        /// The type of the frame with which the agent began to wait for a person; absent where it
        /// does not wait. Such a turn succeeded.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub needs_input: Option<Masked>,
        /// Whether what the protocol says about its own answer is true; absent where it says nothing.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub integrity: Option<Integrity>,
        /// How many characters of all channels the server took back (`reset`).
        #[serde(default, skip_serializing_if = "is_zero")]
        pub discarded: u64,
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

/// What came, by channel. A channel of which nothing came is absent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Channels {
    /// The text of the answer. The text itself is `output`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Channel>,
    /// What the model thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Channel>,
    /// What the model said where it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Channel>,
    /// The other channels that `stream_schema` names.
    #[serde(flatten, deserialize_with = "crate::flattened::read")]
    pub others: BTreeMap<Masked, Channel>,
}

impl Channels {
    /// All channels of which something came, with their names.
    pub fn iter(&self) -> impl Iterator<Item = (Masked, &Channel)> {
        let known =
            [("text", &self.text), ("reasoning", &self.reasoning), ("refusal", &self.refusal)];
        let known = known
            .into_iter()
            .filter_map(|(name, channel)| Some((Masked::from_static(name), channel.as_ref()?)));
        known.chain(self.others.iter().map(|(name, channel)| (name.clone(), channel)))
    }
}

/// One channel.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
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
    /// The text, at most 256 KiB of it; absent in `text`, and with `record_channels: counts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Masked>,
    /// The parts of the text, in the order in which they began, where the schema has a `group`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// The items, where the schema says `join: list`; absent with `record_channels: counts`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Masked>,
    /// `true` where more came than is kept; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// A part of a channel.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    /// The values that name it, in the order of the schema's `group`.
    pub label: Vec<Masked>,
    /// How many characters (Unicode scalar values) of the channel's text it has.
    pub characters: u64,
}

/// A call of a tool.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ToolCall {
    /// The id that the provider gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Masked>,
    /// The tool's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Masked>,
    /// The arguments as they came, at most 256 KiB of them; absent with `record_channels: counts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Masked>,
    /// The arguments as JSON; absent where they are not JSON, or are cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parsed: Option<MaskedJson>,
    /// What the tool gave, at most 256 KiB of it; absent with `record_channels: counts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Masked>,
    /// Why the tool failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Masked>,
    /// When its first piece came, from the start of the attempt.
    pub first_ms: Milliseconds,
    /// When its last piece came, from the start of the attempt.
    pub done_ms: Milliseconds,
    /// `true` where arguments or result are longer than what is kept; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// What the protocol says about its own answer, compared with what came.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Integrity {
    /// How many repeated whole texts are equal to the pieces before them.
    pub final_texts_equal: u64,
    /// How many are not.
    pub final_texts_differ: u64,
    /// How often a sequence number did not follow the one before it.
    pub sequence_gaps: u64,
}

/// Tokens of a turn, as the provider counted them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usage {
    /// Tokens of the request, cached tokens included.
    pub input: u64,
    /// Tokens of the answer, reasoning included.
    pub output: u64,
    /// Both together, or what the provider says.
    pub total: u64,
    /// Tokens of the reasoning, where the provider counts them apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<u64>,
    /// Tokens of the request that came from a cache, where the provider counts them apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached: Option<u64>,
    /// The provider's own last object; absent where it is longer than 4 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<MaskedJson>,
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
    pub fn sum<'u>(turns: impl IntoIterator<Item = Option<&'u Usage>>) -> Option<Self> {
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
