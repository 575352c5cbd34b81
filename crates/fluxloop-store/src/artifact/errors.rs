//! An element of `errors.json`.

use std::borrow::Cow;

use fluxloop_trace::WrittenTrace;
use serde::Serialize;
use serde_json::value::RawValue;

/// A case that does not count as a success.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct ErrorEntry<'a> {
    iteration: &'a RawValue,
    persona: &'a RawValue,
    input: &'a RawValue,
    metadata: &'a RawValue,
    /// What happened, in words.
    error: Message<'a>,
    outcome: &'a RawValue,
    /// The kind of the failure, see [failures](failures.md).
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a RawValue>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a RawValue>,
    trace_id: &'a RawValue,
    case_id: &'a RawValue,
}

/// What went wrong, in words: a failure's message as it was written, or our own words.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum Message<'a> {
    AsWritten(&'a RawValue),
    Own(Cow<'static, str>),
}

impl<'a> ErrorEntry<'a> {
    /// Says what went wrong with a case that did not succeed.
    pub(super) fn of(record: &WrittenTrace<'a>) -> Self {
        let failure = record.error.as_ref();
        Self {
            iteration: record.iteration,
            persona: record.persona,
            input: record.input,
            metadata: record.metadata,
            error: message(record),
            outcome: record.outcome,
            kind: failure.map(|failure| failure.kind),
            hint: failure.map(|failure| failure.hint),
            trace_id: record.trace_id,
            case_id: record.case_id,
        }
    }
}

/// A case without a failure did not succeed because a guard or the user ended it.
fn message<'a>(record: &WrittenTrace<'a>) -> Message<'a> {
    match (&record.error, record.termination_reason) {
        (Some(failure), _) => Message::AsWritten(failure.message),
        (None, Some(guard)) => Message::Own(format!("stopped by the guard `{guard}`").into()),
        (None, None) => Message::Own("interrupted before the answer was whole".into()),
    }
}
