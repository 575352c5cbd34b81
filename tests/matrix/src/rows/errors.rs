//! A status of 200, and an error inside.

use Phase::{AfterText, BeforeText, Status};
use fluxloop_trace::{Completeness, FailureKind, Phase};

use super::breaks;
use crate::{Api, Row};

pub(super) const ROWS: &[Row] = &[
    server_error("error", BeforeText),
    server_error("error,whole", Status),
    server_error("error,deltas=2", AfterText).keeps("one two"),
    server_error("error", BeforeText).of(Api::OpenAi),
    server_error("error,whole", Status).of(Api::OpenAi),
    server_error("error,deltas=2", AfterText).of(Api::OpenAi).keeps("one two"),
    server_error("error=server_error", BeforeText).of(Api::Responses),
    overload("error=overloaded_error", BeforeText),
    overload("error=overloaded_error,deltas=2", AfterText).keeps("one two"),
    Row::succeeds("error=overloaded_error,deltas=2@1", 2).of(Api::Anthropic),
    reported("error=rate_limit_exceeded,deltas=2", AfterText, 3)
        .of(Api::Responses)
        .keeps("one two")
        .told(
            "the answer reports an error: `rate_limit_exceeded`: the mock fails",
            "lower `simulation.parallelism` or set `simulation.rate`, raise \
             `runner.http.retry.attempts`, or come back later",
        ),
    reported("error=insufficient_quota", BeforeText, 1).of(Api::OpenAi).told(
        "the answer reports an error: `insufficient_quota`: the mock fails; not retried",
        "the quota is used up: see the provider's page of limits and billing, or come back when \
         the quota is renewed; a retry does not help",
    ),
    invalid_request("error=invalid_request_error", BeforeText),
    invalid_request("error=invalid_request_error,whole", Status).of(Api::Anthropic),
    reported("error=invalid_prompt", BeforeText, 1)
        .of(Api::Responses)
        .told("the answer reports an error: `invalid_prompt`: the mock fails; not retried", MEND),
    reported(
        "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\n\\r\\n\
         data: {\\\"object\\\": \\\"error\\\", \\\"message\\\": \\\"no\\\", \\\"type\\\": \\\"BadRequestError\\\"}\\n\\n\"",
        BeforeText,
        1,
    )
    .what("an event says of itself that it is an error, as older servers of vLLM do")
    .told("the answer reports an error: `BadRequestError`: no; not retried", MEND),
    reported(
        "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\n\\r\\n\
         [{\\\"error\\\": {\\\"code\\\": 400, \\\"message\\\": \\\"no\\\"}}]\"",
        Status,
        1,
    )
    .what("the only body is a list with an error, as Google answers")
    .told("the answer reports an error: `400`: no; not retried", MEND),
    breaks("close:deltas=2").of(Api::Anthropic),
    Row::fails("end:deltas=2", FailureKind::Incomplete, AfterText, 3)
        .of(Api::Anthropic)
        .set(&["runner.http.require_done=true"])
        .keeps("one two")
        .known(Completeness::Framed)
        .told("the stream ended without the event that `stream_done` expects", ""),
    Row::succeeds("slicer=7", 1).of(Api::OpenAi),
    Row::succeeds("slicer=7", 1).of(Api::Responses),
];

const MEND: &str = "read the provider's message, and compare the request (`--dry-run`) with its \
                    documentation";

const fn reported(fault: &'static str, phase: Phase, attempts: usize) -> Row {
    Row::fails(fault, FailureKind::ApiError, phase, attempts)
}

const fn server_error(fault: &'static str, phase: Phase) -> Row {
    reported(fault, phase, 3).told(
        "the answer reports an error: `server_error`: the mock fails",
        "the fault is the provider's: come back later, or raise `runner.http.retry.attempts`",
    )
}

const fn overload(fault: &'static str, phase: Phase) -> Row {
    reported(fault, phase, 3).of(Api::Anthropic).told(
        "the answer reports an error: `overloaded_error`: the mock fails",
        "the provider has too much to do: come back later, or raise \
         `runner.http.retry.attempts` and `runner.http.retry.backoff`",
    )
}

const fn invalid_request(fault: &'static str, phase: Phase) -> Row {
    reported(fault, phase, 1).told(
        "the answer reports an error: `invalid_request_error`: the mock fails; not retried",
        MEND,
    )
}
