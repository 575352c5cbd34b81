//! A line of `observations.jsonl`: an attempt, in the shape of FluxLoop's observations.

use std::time::Duration;

use fluxloop_trace::{AttemptOutcome, WrittenAttempt, WrittenTimings, WrittenTrace};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// One request to a model and its answer.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Observation<'a> {
    /// Names the attempt: a UUID (version 5) of its trace and place.
    id: String,
    trace_id: &'a RawValue,
    /// Always `generation`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `attempt` and its number.
    name: String,
    /// When the attempt began (ISO 8601 with offset).
    start_time: String,
    /// When it ended (ISO 8601 with offset).
    end_time: Option<String>,
    /// How much it should worry a reader: an error is what decided the case.
    level: Level,
    input: &'a RawValue,
    /// The text that came.
    output: Option<&'a RawValue>,
    /// Why it failed; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a RawValue>,
    /// What FluxLoop's observations have no member for.
    metadata: Facts<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a RawValue>,
    /// As in `token_usage`, of the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_tokens: Option<u64>,
    /// As in `token_usage`, of the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_tokens: Option<u64>,
    /// As in `token_usage`, of the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_tokens: Option<u64>,
}

/// How much an attempt should worry the reader.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum Level {
    Info,
    Warning,
    Error,
}

/// What FluxLoop's observations have no member for. The case's own `outcome` and `metadata` have
/// other names here, because the attempt has an outcome too.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Facts<'a> {
    case_id: &'a RawValue,
    /// The `outcome` of the case.
    case_outcome: &'a RawValue,
    /// The `metadata` of the case.
    input_metadata: &'a RawValue,
    /// The number of the turn, from 1.
    turn: usize,
    /// The number of the attempt, from 1.
    attempt: u32,
    /// How the attempt ended.
    outcome: AttemptOutcome,
    /// How far the attempt came.
    phase: &'a RawValue,
    /// Why the attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a RawValue>,
    /// The guard that stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<&'a RawValue>,
    /// The HTTP status, where one came.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a RawValue>,
    /// `true` when the request was sent a second time at once, as in `traces.jsonl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    resend: Option<&'a RawValue>,
    /// The pause before it.
    wait_before_ms: &'a RawValue,
    /// What took how long.
    timings: &'a RawValue,
    /// Bytes of the body, after decompression.
    bytes: &'a RawValue,
    /// Events of the stream.
    events: &'a RawValue,
    /// Characters of text.
    characters: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<&'a RawValue>,
}

/// The attempts of a case, in order.
pub(super) fn all<'a>(record: &'a WrittenTrace<'a>) -> impl Iterator<Item = Observation<'a>> {
    let count: usize = record.turns.iter().map(|turn| turn.attempts.len()).sum();
    let attempts = (1..)
        .zip(&record.turns)
        .flat_map(|(turn, it)| it.attempts.iter().map(move |attempt| (turn, attempt)));
    (1..)
        .zip(attempts)
        .map(move |(place, (turn, attempt))| Observation::of(record, turn, attempt, place == count))
}

impl<'a> Observation<'a> {
    /// What is known of the case's answer (output, model, tokens, finish reason) belongs to the
    /// last attempt, which gave it.
    fn of(
        record: &WrittenTrace<'a>,
        turn: usize,
        attempt: &WrittenAttempt<'a>,
        last: bool,
    ) -> Self {
        let usage = record.token_usage.filter(|_| last);
        let (start_time, end_time) = times(attempt);
        Self {
            id: id(record.trace_id, turn, attempt.number),
            trace_id: record.trace_id,
            kind: "generation",
            name: format!("attempt {}", attempt.number),
            start_time,
            end_time,
            level: level(attempt.outcome, last, record.success),
            input: record.input,
            output: if last { Some(record.output) } else { attempt.text },
            error: attempt.message,
            metadata: metadata(record, turn, attempt, last),
            model: record.model.filter(|_| last),
            prompt_tokens: usage.map(|usage| usage.prompt_tokens),
            completion_tokens: usage.map(|usage| usage.completion_tokens),
            total_tokens: usage.map(|usage| usage.total_tokens),
        }
    }
}

fn metadata<'a>(
    record: &WrittenTrace<'a>,
    turn: usize,
    attempt: &WrittenAttempt<'a>,
    last: bool,
) -> Facts<'a> {
    Facts {
        case_id: record.case_id,
        case_outcome: record.outcome,
        input_metadata: record.metadata,
        turn,
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

/// Names the attempt by its trace and place (RFC 9562, section 5.5), so that a file that is derived
/// again is the same file.
fn id(trace_id: &RawValue, turn: usize, number: u32) -> String {
    let name = format!("{}/{turn}/{number}", trace_id.get().trim_matches('"'));
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

/// When the attempt began and ended. Its start is written by this program; if it is no time all
/// the same, it stays as it is, and the end is unknown.
fn times(attempt: &WrittenAttempt<'_>) -> (String, Option<String>) {
    let Ok(start) = attempt.started_at.parse::<Timestamp>() else {
        return (attempt.started_at.to_owned(), None);
    };
    let timings = serde_json::from_str::<WrittenTimings<'_>>(attempt.timings.get()).ok();
    let end = timings.and_then(|it| start.checked_add(Duration::from(it.total_ms)).ok());
    (iso(start), end.map(iso))
}

/// ISO 8601 with an offset, and always as long: FluxLoop sorts these as text.
fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string()
}
