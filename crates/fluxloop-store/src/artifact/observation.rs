//! A line of `observations.jsonl`: an attempt, in the shape of FluxLoop's observations.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::record::{Attempt, AttemptOutcome, Record, Total};

/// One request to a model and its answer.
#[derive(Debug, Serialize)]
pub(super) struct Observation<'a> {
    id: String,
    trace_id: &'a RawValue,
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    start_time: String,
    end_time: Option<String>,
    level: Level,
    input: &'a RawValue,
    output: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a RawValue>,
    metadata: Metadata<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_tokens: Option<u64>,
}

/// How much an attempt should worry the reader.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Info,
    Warning,
    Error,
}

/// What FluxLoop's observations have no field for.
#[derive(Debug, Serialize)]
struct Metadata<'a> {
    case_id: &'a RawValue,
    attempt: u32,
    outcome: AttemptOutcome,
    phase: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    resend: bool,
    wait_before_ms: &'a RawValue,
    timings: &'a RawValue,
    bytes: u64,
    events: u64,
    characters: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<&'a RawValue>,
}

impl<'a> Observation<'a> {
    /// The attempt at `place`. What is known of the case's answer (output, model, tokens, finish
    /// reason) belongs to the last attempt, which gave it.
    pub(super) fn of(record: &Record<'a>, place: usize) -> Self {
        let attempt = &record.attempts[place];
        let last = place + 1 == record.attempts.len();
        let usage = record.token_usage.filter(|_| last);
        let (start_time, end_time) = times(attempt);
        Self {
            id: id(record.trace_id, attempt.number),
            trace_id: record.trace_id,
            kind: "generation",
            name: format!("attempt {}", attempt.number),
            start_time,
            end_time,
            level: level(attempt.outcome, last, record.success),
            input: record.input,
            output: if last { Some(record.output) } else { attempt.text },
            error: attempt.message,
            metadata: metadata(record, attempt, last),
            model: record.model.filter(|_| last),
            prompt_tokens: usage.map(|usage| usage.prompt_tokens),
            completion_tokens: usage.map(|usage| usage.completion_tokens),
            total_tokens: usage.map(|usage| usage.total_tokens),
        }
    }
}

fn metadata<'a>(record: &Record<'a>, attempt: &Attempt<'a>, last: bool) -> Metadata<'a> {
    Metadata {
        case_id: record.case_id,
        attempt: attempt.number,
        outcome: attempt.outcome,
        phase: attempt.phase,
        cause: attempt.cause,
        guard: attempt.guard,
        status: attempt.status,
        resend: attempt.resend,
        wait_before_ms: attempt.wait_before_ms,
        timings: attempt.timings,
        bytes: attempt.bytes,
        events: attempt.events,
        characters: attempt.characters,
        finish_reason: record.finish_reason.filter(|_| last),
    }
}

/// A failure that another attempt followed is a warning; one that decided the case, an error.
fn level(outcome: AttemptOutcome, last: bool, success: bool) -> Level {
    match outcome {
        AttemptOutcome::Succeeded => Level::Info,
        AttemptOutcome::Stopped if success => Level::Info,
        AttemptOutcome::Failed if last => Level::Error,
        AttemptOutcome::Failed | AttemptOutcome::Stopped | AttemptOutcome::Interrupted => {
            Level::Warning
        }
    }
}

/// Names the attempt by its trace and number (RFC 9562, section 5.5), so that a file that is
/// derived again is the same file.
fn id(trace_id: &RawValue, number: u32) -> String {
    let name = format!("{}/{number}", trace_id.get().trim_matches('"'));
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

/// When the attempt began and ended. Its start is written by this program; if it is no time all
/// the same, it stays as it is, and the end is unknown.
fn times(attempt: &Attempt<'_>) -> (String, Option<String>) {
    let Ok(start) = attempt.started_at.parse::<Timestamp>() else {
        return (attempt.started_at.to_owned(), None);
    };
    let total = serde_json::from_str::<Total>(attempt.timings.get()).ok();
    let end = total.and_then(|total| {
        let total = SignedDuration::try_from_secs_f64(total.total_ms / 1e3).ok()?;
        start.checked_add(total).ok()
    });
    (iso(start), end.map(iso))
}

/// ISO 8601 with an offset, and always as long: FluxLoop sorts these as text.
fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string()
}
