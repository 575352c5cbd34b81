//! A line of the journal, as far as the derived files need it. Text stays as it was written.

use fluxloop_trace::Milliseconds;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A line of the journal.
#[derive(Debug, Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    pub(super) trace_id: &'a RawValue,
    #[serde(borrow)]
    pub(super) iteration: &'a RawValue,
    #[serde(borrow)]
    pub(super) persona: &'a RawValue,
    #[serde(borrow)]
    pub(super) input: &'a RawValue,
    #[serde(borrow)]
    pub(super) output: &'a RawValue,
    #[serde(borrow)]
    pub(super) duration_ms: &'a RawValue,
    pub(super) success: bool,
    #[serde(borrow)]
    pub(super) case_id: &'a RawValue,
    #[serde(borrow)]
    pub(super) outcome: &'a RawValue,
    pub(super) token_usage: Option<TokenUsage>,
    #[serde(borrow, default)]
    pub(super) conversation: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) conversation_state: Option<&'a RawValue>,
    pub(super) termination_reason: Option<&'a str>,
    #[serde(borrow, default)]
    pub(super) model: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) finish_reason: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<Failure<'a>>,
    #[serde(borrow)]
    pub(super) metadata: &'a RawValue,
    #[serde(borrow)]
    pub(super) turns: Vec<Turn<'a>>,
}

/// One question and its answer.
#[derive(Debug, Deserialize)]
pub(super) struct Turn<'a> {
    #[serde(borrow)]
    pub(super) attempts: Vec<Attempt<'a>>,
}

/// Tokens, as the provider counted them.
#[derive(Clone, Copy, Debug, Deserialize, serde::Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of the record")]
pub(super) struct TokenUsage {
    pub(super) prompt_tokens: u64,
    pub(super) completion_tokens: u64,
    pub(super) total_tokens: u64,
}

/// Why a case failed.
#[derive(Debug, Deserialize)]
pub(super) struct Failure<'a> {
    #[serde(borrow)]
    pub(super) kind: &'a RawValue,
    #[serde(borrow)]
    pub(super) message: &'a RawValue,
    #[serde(borrow)]
    pub(super) hint: &'a RawValue,
}

/// One request.
#[derive(Debug, Deserialize)]
pub(super) struct Attempt<'a> {
    pub(super) number: u32,
    pub(super) outcome: AttemptOutcome,
    pub(super) started_at: &'a str,
    #[serde(borrow)]
    pub(super) phase: &'a RawValue,
    #[serde(borrow, default)]
    pub(super) cause: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) guard: Option<&'a RawValue>,
    pub(super) status: Option<u16>,
    #[serde(default)]
    pub(super) resend: bool,
    #[serde(borrow)]
    pub(super) wait_before_ms: &'a RawValue,
    #[serde(borrow)]
    pub(super) timings: &'a RawValue,
    pub(super) bytes: u64,
    pub(super) events: u64,
    pub(super) characters: u64,
    #[serde(borrow, default)]
    pub(super) text: Option<&'a RawValue>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AttemptOutcome {
    Succeeded,
    Failed,
    Stopped,
    Interrupted,
}

/// The part of an attempt's timings from which its end follows.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Total {
    pub(super) total_ms: Milliseconds,
}
