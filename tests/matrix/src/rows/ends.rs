//! The end of the stream.

use Completeness::{Done, Framed, Unverified};
use fluxloop_trace::{Completeness, FailureKind, Phase};

use crate::{Api, Row};

pub(super) const ROWS: &[Row] = &[
    empty("end:at=head"),
    empty("end:deltas=0"),
    Row::succeeds("end:deltas=4", 1).known(Framed),
    Row::succeeds("end:deltas=2", 1).keeps("one two").known(Framed),
    incomplete("end:deltas=2").known(Framed),
    incomplete("end:inside=2"),
    Row::succeeds(
        "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\n\\r\\n\
         data: {\\\"delta\\\": \\\"one two\\\"}\\n\\n\
         data: {\\\"type\\\": \\\"response.incomplete\\\", \\\"response\\\": {\\\"status\\\": \\\"incomplete\\\"}}\\n\\n\"",
        1,
    )
    .what("the model was stopped, as the responses API says in its last event")
    .set(REQUIRE_DONE)
    .keeps("one two"),
    Row::fails(
        "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\n\\r\\n\
         data: {\\\"delta\\\": \\\"one two\\\"}\\n\\n\
         data: {\\\"candidates\\\": [{\\\"finishReason\\\": \\\"SAFETY\\\"}]}\\n\\n\"",
        FailureKind::Withheld,
        Phase::AfterText,
        1,
    )
    .what("the provider's filter stopped the answer")
    .keeps("one two")
    .told(
        "the provider withholds the answer: the model stopped with the finish reason `SAFETY`; not \
         retried",
        "",
    ),
    Row::fails(
        "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\n\\r\\n\
         data: {\\\"delta\\\": \\\"one two\\\"}\\n\\n\
         data: {\\\"state\\\": \\\"canceled\\\"}\\n\\n\"",
        FailureKind::Cancelled,
        Phase::Complete,
        1,
    )
    .what("the answer says that it was cancelled")
    .set(&["runner.http.stream_schema={end: [{when: {path: state, equals: canceled}, as: cancelled}]}"])
    .keeps("one two")
    .known(Done)
    .told("the answer says that it was cancelled; not retried", ""),
    Row::succeeds("end:deltas=2@1", 2).set(REQUIRE_DONE),
    cut_short(
        Api::OpenAi,
        "the stream ended without `[DONE]`, which ends a whole answer; not retried",
        "the answer was cut: check the logs of the server and of the proxies before it; if this \
         server never sends `[DONE]`, set `runner.http.require_done: false`",
    ),
    cut_short(
        Api::Anthropic,
        "the stream ended without `message_stop`, which ends a whole answer; not retried",
        "the answer was cut: check the logs of the server and of the proxies before it; if this \
         server never sends `message_stop`, set `runner.http.require_done: false`",
    ),
    cut_short(
        Api::Responses,
        "the stream ended without `response.completed`, which ends a whole answer; not retried",
        "the answer was cut: check the logs of the server and of the proxies before it; if this \
         server never sends `response.completed`, set `runner.http.require_done: false`",
    ),
    // An answer of the run showed its end before, so the cut answer is tried again.
    Row::succeeds("end:deltas=2@2", 2)
        .of(Api::OpenAi)
        .inputs(2)
        .set(&["simulation.parallelism=1"]),
    Row::succeeds("end:deltas=2", 1)
        .of(Api::OpenAi)
        .set(&["runner.http.require_done=false"])
        .keeps("one two")
        .known(Framed),
    Row::succeeds("end:inside=2", 1)
        .keeps("one two")
        .known(Unverified)
        .says(&["ended inside a frame", "nothing else proves that all of the text came"]),
    Row::succeeds("until_close", 1).known(Done),
];

const REQUIRE_DONE: &[&str] = &["runner.http.require_done=true"];

/// An answer without a body.
const fn empty(fault: &'static str) -> Row {
    Row::fails(fault, FailureKind::NoText, Phase::BeforeText, 1).known(Framed).told(
        "the server answered 200 OK with an empty body; not retried",
        "the server sent no body at all: check its logs",
    )
}

/// A stream of a protocol that always shows its end, which ends in good order and too early. No
/// answer of the run has shown an end by then.
const fn cut_short(api: Api, message: &'static str, hint: &'static str) -> Row {
    Row::fails("end:deltas=2", FailureKind::Incomplete, Phase::AfterText, 1)
        .of(api)
        .keeps("one two")
        .known(Framed)
        .told(message, hint)
}

/// A stream that ends in good order, and too early.
const fn incomplete(fault: &'static str) -> Row {
    Row::fails(fault, FailureKind::Incomplete, Phase::AfterText, 3)
        .set(REQUIRE_DONE)
        .keeps("one two")
        .told("the stream ended without the event that `stream_done` expects", "")
}
