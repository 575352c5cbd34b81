//! Spans: one for each case, and in it one for each request.

use fluxloop_trace::{Attempt, AttemptOutcome, FailureKind, GuardKind, Trace, Turn};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use serde_json::json;
use uuid::Uuid;

use super::attributes::{integer, number, text, texts};
use crate::problem::Problem;
use crate::time::{due, seconds, started, unix_nanos};

/// The operation that every request is (`gen_ai.operation.name`).
pub(super) const OPERATION: &str = "chat";

/// The spans of a case, its own first. A case whose times cannot be read has no spans.
pub(super) fn of(trace: &Trace, content: bool) -> Vec<Span> {
    let Some((case, id)) = due(trace).zip(trace.trace_id.parse::<Uuid>().ok()) else {
        return Vec::new();
    };
    let start = unix_nanos(case);
    let parent = Ids { trace: id, span: 0 };
    let mut attributes = vec![
        text("fluxloop.case.id", &trace.case_id.to_string()),
        text("fluxloop.outcome", trace.outcome.name()),
        text("fluxloop.verdict", trace.verdict.name()),
    ];
    let problem = Problem::of(trace);
    attributes.extend(problem.as_ref().map(|problem| text("error.type", problem.kind)));
    if content {
        attributes.extend(messages(trace));
    }
    let mut spans = vec![Span {
        name: "fluxloop.case".to_owned(),
        kind: SpanKind::Internal as i32,
        start_time_unix_nano: start,
        end_time_unix_nano: start.saturating_add(trace.duration_ms.as_nanos()),
        attributes,
        status: Some(status(problem.as_ref().map(|problem| &*problem.message))),
        ..parent.span()
    }];
    let requests = trace.turns.iter().flat_map(|turn| {
        let last = turn.attempts.len();
        (1..).zip(&turn.attempts).map(move |(place, attempt)| (turn, attempt, place == last))
    });
    for (number, (turn, attempt, is_last)) in (1..).zip(requests) {
        let Some(began) = started(attempt) else { continue };
        let start = unix_nanos(began);
        spans.push(Span {
            name: name(turn),
            kind: SpanKind::Client as i32,
            parent_span_id: parent.bytes(),
            start_time_unix_nano: start,
            end_time_unix_nano: start.saturating_add(attempt.timings.total_ms.as_nanos()),
            attributes: of_attempt(turn, attempt, is_last),
            status: Some(status(failure(attempt))),
            ..Ids { trace: id, span: number }.span()
        });
    }
    spans
}

/// Who a span is.
#[derive(Clone, Copy)]
struct Ids {
    trace: Uuid,
    /// The place of the span in its trace.
    span: u64,
}

impl Ids {
    /// The id of the span: the random second half of the id of the trace, and the place.
    fn bytes(self) -> Vec<u8> {
        let (_, low) = self.trace.as_u64_pair();
        (low ^ self.span).to_be_bytes().to_vec()
    }

    fn span(self) -> Span {
        let trace_id = self.trace.as_bytes().to_vec();
        Span { trace_id, span_id: self.bytes(), ..Span::default() }
    }
}

/// `chat MODEL`, or the operation alone.
fn name(turn: &Turn) -> String {
    match &turn.model {
        Some(model) => format!("{OPERATION} {model}"),
        None => OPERATION.to_owned(),
    }
}

/// What the conventions ask of a request; what came of it stands at the last one.
fn of_attempt(turn: &Turn, attempt: &Attempt, is_last: bool) -> Vec<KeyValue> {
    let mut attributes = vec![
        text("gen_ai.operation.name", OPERATION),
        text("gen_ai.provider.name", provider(turn)),
        integer("fluxloop.attempt", attempt.number.into()),
    ];
    attributes.extend(attempt.status.map(|it| integer("http.response.status_code", it.into())));
    if attempt.outcome != AttemptOutcome::Succeeded {
        let kind = attempt.cause.map(FailureKind::name);
        let kind = kind.or(attempt.guard.map(GuardKind::name)).unwrap_or("interrupted");
        attributes.push(text("error.type", kind));
    }
    let first = attempt.timings.first_output_ms.map(seconds);
    attributes.extend(first.map(|it| number("gen_ai.response.time_to_first_chunk", it)));
    if is_last {
        let model = turn.model.as_ref();
        attributes.extend(model.map(|model| text("gen_ai.response.model", model.as_str())));
        let reason = turn.finish_reason.as_ref();
        attributes.extend(reason.map(|it| texts("gen_ai.response.finish_reasons", it.as_str())));
        if let Some(usage) = &turn.usage {
            attributes.push(integer("gen_ai.usage.input_tokens", usage.input));
            attributes.push(integer("gen_ai.usage.output_tokens", usage.output));
        }
    }
    attributes
}

/// The name of the schema that read the answer: what is known of the provider.
pub(super) fn provider(turn: &Turn) -> &str {
    let schema = turn.stream.as_ref().map(|stream| stream.schema.as_str());
    schema.filter(|schema| !schema.is_empty()).unwrap_or("_OTHER")
}

/// Question and answer, in the form of the conventions.
fn messages(trace: &Trace) -> [KeyValue; 2] {
    let part = |content: &str| json!([{"type": "text", "content": content}]);
    let input = json!([{"role": "user", "parts": part(trace.input.as_str())}]);
    let output = json!([{
        "role": "assistant",
        "parts": part(trace.output.as_str()),
        "finish_reason": trace.finish_reason,
    }]);
    [
        text("gen_ai.input.messages", &input.to_string()),
        text("gen_ai.output.messages", &output.to_string()),
    ]
}

fn failure(attempt: &Attempt) -> Option<&str> {
    let message = attempt.message.as_ref().map_or("", |message| message.as_str());
    (attempt.outcome == AttemptOutcome::Failed).then_some(message)
}

fn status(error: Option<&str>) -> Status {
    match error {
        Some(message) => Status { message: message.to_owned(), code: StatusCode::Error as i32 },
        None => Status::default(),
    }
}
