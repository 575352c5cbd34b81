//! The record of one case.

use fluxloop_redact::Masked;
use serde::{Deserialize, Serialize};

use crate::{
    Attempt, CaseId, Failure, GuardKind, Milliseconds, Outcome, Quoted, StreamFacts, Timings,
};

/// The record of one case, closed: a line of `traces.jsonl`.
///
/// The first block of fields is what FluxLoop's own tools read; the rest is ours.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Trace {
    /// A UUID (version 4).
    pub trace_id: String,
    /// The iteration, from 0.
    pub iteration: u32,
    /// The persona of the input.
    pub persona: Option<Masked>,
    /// The input's text.
    pub input: Quoted,
    /// The text that was collected; of a failed case, the last attempt's partial text.
    pub output: Quoted,
    /// The whole case since it was due, attempts and waits together; of a success, until the done
    /// marker.
    pub duration_ms: Milliseconds,
    /// Whether it counts as a success: `succeeded`, or stopped by a guard that says so.
    pub success: bool,
    /// How many observations the case has: one per attempt.
    pub observation_count: usize,
    /// Tokens, as the provider counted them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_usage: Option<TokenUsage>,
    /// Question and answer.
    pub conversation: Vec<ConversationTurn>,
    /// The same as FluxLoop's replay reads it.
    pub conversation_state: ConversationState,
    /// The guard that stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination_reason: Option<GuardKind>,

    /// The place of the case in the order of the inputs, from 0.
    pub case_index: u64,
    /// `<input id>/<iteration>`.
    pub case_id: CaseId,
    /// Tells whether the input is still the same: a hash of all that it holds but its id, masked.
    pub input_hash: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed.
    #[serde(rename = "error", skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Every request, in order.
    pub attempts: Vec<Attempt>,
    /// What took how long.
    pub timings: Timings,
    /// What was seen in the last attempt's stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamFacts>,
    /// Why the model stopped, as the provider says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<Masked>,
    /// The model, as the provider names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Masked>,
    /// How many places of this record were masked.
    pub redactions: u64,
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
}

/// Tokens, as the provider counted them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub struct TokenUsage {
    /// Tokens of the request.
    pub prompt_tokens: u64,
    /// Tokens of the answer.
    pub completion_tokens: u64,
    /// Both together, or what the provider says.
    pub total_tokens: u64,
}

/// Who speaks in a conversation.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Who asks.
    User,
    /// Who answers.
    Assistant,
}

/// Where a line of a conversation comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The inputs.
    Input,
    /// The endpoint.
    Agent,
}

/// One line of the conversation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ConversationTurn {
    /// Counts from 1; question and answer share it.
    pub turn_index: u32,
    /// Who speaks.
    pub role: Role,
    /// What was said.
    pub content: Quoted,
    /// Where it comes from.
    pub source: Source,
    /// FluxLoop's tools expect the field.
    pub metadata: Empty,
}

/// An object without members. Those that a file may have are not read: nobody would mask them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub struct Empty {}

/// The conversation as FluxLoop's replay reads it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct ConversationState {
    /// The turns.
    pub turns: Vec<Conversation>,
}

/// One turn of a [`ConversationState`].
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Conversation {
    /// Who speaks.
    pub role: Role,
    /// What was said.
    pub content: Quoted,
}

impl ConversationState {
    /// The conversation of one question and its answer, in both shapes.
    pub fn of(input: &Quoted, output: &Quoted) -> (Vec<ConversationTurn>, Self) {
        let sides = [(Role::User, Source::Input, input), (Role::Assistant, Source::Agent, output)];
        let lines = sides
            .iter()
            .map(|&(role, source, content)| ConversationTurn {
                turn_index: 1,
                role,
                content: content.clone(),
                source,
                metadata: Empty {},
            })
            .collect();
        let turns = sides
            .iter()
            .map(|&(role, _, content)| Conversation { role, content: content.clone() })
            .collect();
        (lines, Self { turns })
    }
}
