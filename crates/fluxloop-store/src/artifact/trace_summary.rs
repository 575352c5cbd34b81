//! A line of `trace_summary.jsonl`.

use fluxloop_trace::{GuardKind, TokenUsage, Verdict, WrittenTrace};
use serde::Serialize;
use serde_json::value::RawValue;

/// What a reader of outputs needs of a case: members of its record, as they are.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct TraceSummary<'a> {
    trace_id: &'a RawValue,
    case_id: &'a RawValue,
    iteration: &'a RawValue,
    persona: &'a RawValue,
    input: &'a RawValue,
    metadata: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a RawValue>,
    output: &'a RawValue,
    duration_ms: &'a RawValue,
    success: bool,
    outcome: &'a RawValue,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_usage: Option<TokenUsage>,
    conversation: &'a RawValue,
    conversation_state: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    termination_reason: Option<GuardKind>,
}

impl<'a> TraceSummary<'a> {
    /// Takes over what concerns the reader.
    pub(super) fn of(record: &WrittenTrace<'a>) -> Self {
        Self {
            trace_id: record.trace_id,
            case_id: record.case_id,
            iteration: record.iteration,
            persona: record.persona,
            input: record.input,
            metadata: record.metadata,
            expected: record.expected,
            output: record.output,
            duration_ms: record.duration_ms,
            success: record.success,
            outcome: record.outcome,
            verdict: record.verdict.unwrap_or_default(),
            token_usage: record.token_usage,
            conversation: record.conversation,
            conversation_state: record.conversation_state,
            termination_reason: record.termination_reason,
        }
    }
}
