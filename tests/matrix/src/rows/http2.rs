//! Faults over HTTP/2.

use FailureKind::{Incomplete, Protocol, Status, Timeout, Truncated};
use Phase::{AfterText, Sent};
use fluxloop_trace::{Completeness, FailureKind, Phase};

use super::breaks;
use crate::Row;

pub(super) const ROWS: &[Row] = &[
    Row::succeeds("", 1).what("nothing goes wrong").set(H2).inputs(2),
    Row::succeeds("goaway=graceful", 1).set(H2).inputs(2),
    Row::succeeds("goaway=graceful,deltas=2", 1).set(H2),
    Row::fails("goaway", Truncated, Sent, 3).set(H2).resends(3).told(
        "the connection was closed before the head of an answer was whole: `GOAWAY NO_ERROR`",
        "check the server's logs: it accepted the connection and closed it without an answer",
    ),
    breaks("goaway=INTERNAL_ERROR,deltas=2")
        .set(H2)
        .told("the connection broke before the body was whole: `GOAWAY INTERNAL_ERROR`", ""),
    breaks("reset_peer:deltas=2").set(H2),
    // The HTTP/2 of the client withholds the frame that ends a body too early, with " two" in it.
    breaks("short_length+end:deltas=2").set(H2).keeps("one").told(
        "the body is not as long as its `content-length`",
        "check which `content-length` the server sends, or a proxy before it that changes the body",
    ),
    refused("refused_stream").told(
        "the server reset the request's HTTP/2 stream before any answer came: \
         `RST_STREAM REFUSED_STREAM`",
        GIVEN_UP,
    ),
    refused("rst_stream=INTERNAL_ERROR").told(
        "the server reset the request's HTTP/2 stream before any answer came: \
         `RST_STREAM INTERNAL_ERROR`",
        GIVEN_UP,
    ),
    Row::succeeds("refused_stream@1", 2).set(H2),
    breaks("rst_stream=INTERNAL_ERROR,deltas=2").set(H2).told(
        "the server reset the request's HTTP/2 stream before the body was whole: \
         `RST_STREAM INTERNAL_ERROR`",
        GIVEN_UP,
    ),
    Row::succeeds("rst_stream=NO_ERROR,deltas=2", 1)
        .set(H2)
        .keeps("one two")
        .known(Completeness::Unverified),
    Row::fails("rst_stream=NO_ERROR,deltas=2", Incomplete, AfterText, 3)
        .set(&["runner.http.http2=prior-knowledge", "runner.http.require_done=true"])
        .keeps("one two")
        .told("the stream ended without the event that `stream_done` expects", ""),
    Row::fails("garbage", Protocol, Sent, 1).set(H2).told(
        "the answer is not proper HTTP/2: `http://{address}`; not retried",
        "if the server does not speak HTTP/2, take `runner.http.http2` out; else check the port",
    ),
    Row::fails("timeout:deltas=2", Timeout, AfterText, 3)
        .set(&["runner.http.http2=prior-knowledge", "runner.http.idle_timeout=200ms"])
        .keeps("one two")
        .told(
            "the server was silent for longer than 200ms (`idle_timeout`), in the answer, after \
             text had come, which is kept",
            "check why the server says nothing, or whether a proxy before it collects answers, or \
             raise `runner.http.idle_timeout`",
        ),
    Row::fails("status=503", Status, Phase::Status, 3).set(H2).told(
        "the server answered 503 Service Unavailable: the mock answers with 503",
        "the server, or a proxy before it, is down or has too much to do: check its logs, or come \
         back later",
    ),
];

const H2: &[&str] = &["runner.http.http2=prior-knowledge"];

const GIVEN_UP: &str = "the server, or a proxy before it, gave up this request and kept the \
                        connection: check their logs, or lower `simulation.parallelism`";

/// The server resets the stream in place of an answer, each time.
const fn refused(fault: &'static str) -> Row {
    Row::fails(fault, Truncated, Sent, 3).set(H2)
}
