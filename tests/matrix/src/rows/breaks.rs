//! Every way in which a connection can end under an answer: before it, in its head, at its first
//! byte, between two events, inside an event, and behind the end marker.

use FailureKind::{NoText, Truncated};
use Phase::{AfterText, BeforeText, Sent};
use fluxloop_trace::{Completeness, FailureKind, Phase};

use super::breaks;
use crate::Row;

pub(super) const ROWS: &[Row] = &[
    // HTTP/1.1 with a last chunk.
    unanswered("reset_peer"),
    unanswered("close"),
    unanswered("close:bytes=20"),
    unanswered("reset_peer:bytes=20"),
    textless("reset_peer:at=head"),
    textless("close:at=head"),
    breaks("reset_peer:deltas=2").says(&["in the answer, after text had come, which is kept"]),
    Row::fails("reset_peer:deltas=2", Truncated, AfterText, 1)
        .set(&["runner.http.retry.on_partial=fail"])
        .keeps("one two")
        .told(
            "the connection broke before the body was whole; not retried (`retry.on_partial: \
             fail`)",
            "set `runner.http.retry.on_partial: restart` to have another answer instead of this \
             text",
        ),
    breaks("close:deltas=2"),
    breaks("reset_peer:inside=2"),
    breaks("close:inside=2"),
    Row::succeeds("close:at=done", 1),
    Row::succeeds("reset_peer:at=done", 1),
    // HTTP/1.1 with a length.
    textless("short_length+close:at=head"),
    textless("short_length+reset_peer:at=head"),
    breaks("short_length+end:deltas=2"),
    breaks("short_length+close:deltas=2"),
    breaks("short_length+reset_peer:deltas=2"),
    Row::succeeds("short_length", 1),
    Row::succeeds("short_length+reset_peer:at=done", 1),
    // HTTP/1.1 with neither: a close proves nothing, a reset is not an end.
    unanswered("until_close+close"),
    Row::fails("until_close+close:at=head", NoText, BeforeText, 1).told(
        "the server answered 200 OK with an empty body; not retried",
        "the server sent no body at all: check its logs",
    ),
    textless("until_close+reset_peer:at=head"),
    unproven("until_close+close:deltas=2"),
    unproven("until_close+close:inside=2").says(&["ended inside a frame"]),
    unproven("until_close+end:deltas=2"),
    breaks("until_close+reset_peer:deltas=2"),
    breaks("until_close+reset_peer:inside=2"),
    Row::succeeds("until_close+close:at=done", 1),
    Row::succeeds("until_close+reset_peer:at=done", 1),
    // HTTP/2: the connection ends.
    unanswered("close").set(H2),
    unanswered("reset_peer").set(H2),
    unanswered("goaway,last=2147483647").set(H2),
    textless("close:at=head").set(H2),
    textless("reset_peer:at=head").set(H2),
    textless("goaway,last=2147483647,at=head").set(H2),
    breaks("close:deltas=2").set(H2),
    breaks("reset_peer:deltas=2").set(H2),
    breaks("goaway,last=2147483647,deltas=2").set(H2),
    breaks("close:inside=2").set(H2),
    breaks("reset_peer:inside=2").set(H2),
    Row::succeeds("close:at=done", 1).set(H2),
    Row::succeeds("reset_peer:at=done", 1).set(H2),
    Row::succeeds("goaway,last=2147483647,at=done", 1).set(H2),
    // HTTP/2: the server leaves the stream out, and says so.
    unprocessed("goaway").told(
        "the connection was closed before the head of an answer was whole: `GOAWAY NO_ERROR`",
        CLOSED,
    ),
    unprocessed("goaway=INTERNAL_ERROR").told(
        "the connection was closed before the head of an answer was whole: `GOAWAY INTERNAL_ERROR`",
        CLOSED,
    ),
    Row::succeeds("goaway@1", 1).set(H2).resends(1),
    textless("goaway:at=head").set(H2).told(ABANDONED.0, ABANDONED.1),
    breaks("goaway:deltas=2").set(H2).told(ABANDONED.0, ABANDONED.1),
    breaks("goaway:inside=2").set(H2).told(ABANDONED.0, ABANDONED.1),
    breaks("goaway=INTERNAL_ERROR,deltas=2")
        .set(H2)
        .told("the connection broke before the body was whole: `GOAWAY INTERNAL_ERROR`", ""),
    Row::succeeds("goaway:at=done", 1).set(H2),
    Row::succeeds("goaway=INTERNAL_ERROR,at=done", 1).set(H2),
    Row::succeeds("goaway:deltas=2@1", 2).set(H2),
    // HTTP/2: the stream is reset.
    unprocessed("refused_stream").told(
        "the server reset the request's HTTP/2 stream before any answer came: \
         `RST_STREAM REFUSED_STREAM`",
        GIVEN_UP,
    ),
    Row::succeeds("refused_stream@1", 1).set(H2).resends(1),
    Row::fails("rst_stream=NO_ERROR,at=start", Truncated, Sent, 3).set(H2).told(
        "the server reset the request's HTTP/2 stream before any answer came: \
         `RST_STREAM NO_ERROR`",
        GIVEN_UP,
    ),
    Row::fails("rst_stream=INTERNAL_ERROR", Truncated, Sent, 3).set(H2).told(
        "the server reset the request's HTTP/2 stream before any answer came: \
         `RST_STREAM INTERNAL_ERROR`",
        GIVEN_UP,
    ),
    textless("rst_stream=NO_ERROR,at=head").set(H2).told(ABANDONED.0, ABANDONED.1),
    breaks("rst_stream=NO_ERROR,deltas=2").set(H2).told(ABANDONED.0, ABANDONED.1),
    breaks("rst_stream=NO_ERROR,inside=2").set(H2).told(ABANDONED.0, ABANDONED.1),
    breaks("rst_stream=INTERNAL_ERROR,deltas=2").set(H2).told(
        "the server reset the request's HTTP/2 stream before the body was whole: \
         `RST_STREAM INTERNAL_ERROR`",
        GIVEN_UP,
    ),
    breaks("rst_stream=CANCEL,deltas=2").set(H2).told(
        "the server reset the request's HTTP/2 stream before the body was whole: \
         `RST_STREAM CANCEL`",
        GIVEN_UP,
    ),
    Row::succeeds("rst_stream=NO_ERROR,at=done", 1).set(H2),
    Row::succeeds("rst_stream=CANCEL,at=done", 1).set(H2),
    // The HTTP/2 of the client withholds the frame that ends a body too early, with " two" in it.
    breaks("short_length+end:deltas=2").set(H2).keeps("one").told(
        "the body is not as long as its `content-length`",
        "check which `content-length` the server sends, or a proxy before it that changes the body",
    ),
    // HTTP/2: a clean end, which `END_STREAM` proves.
    Row::succeeds("end:deltas=2", 1).set(H2).keeps("one two").known(Completeness::Framed),
    Row::fails("end:deltas=2", FailureKind::Incomplete, AfterText, 3)
        .set(&["runner.http.http2=prior-knowledge", "runner.http.require_done=true"])
        .keeps("one two")
        .known(Completeness::Framed)
        .told("the stream ended without the event that `stream_done` expects", ""),
];

const H2: &[&str] = &["runner.http.http2=prior-knowledge"];

const CLOSED: &str =
    "check the server's logs: it accepted the connection and closed it without an answer";

const GIVEN_UP: &str = "the server, or a proxy before it, gave up this request and kept the \
                        connection: check their logs, or lower `simulation.parallelism`";

const ABANDONED: (&str, &str) = (
    "the server ended the HTTP/2 stream before the body was whole (`END_STREAM` is missing)",
    "check the logs of the server, or of a proxy before it: it ended the answer too early, and \
     reported no error",
);

/// The connection breaks before the head of an answer is whole, each time. It is a fresh one, so
/// that nothing is sent twice.
const fn unanswered(fault: &'static str) -> Row {
    Row::fails(fault, Truncated, Sent, 3).told(
        "the connection was closed before the head of an answer was whole: `http://{address}`",
        CLOSED,
    )
}

/// The server says that it did not process the request, each time, and when it is sent again too.
const fn unprocessed(fault: &'static str) -> Row {
    Row::fails(fault, Truncated, Sent, 3).set(H2).resends(3)
}

/// The connection breaks between the head and the text, each time.
const fn textless(fault: &'static str) -> Row {
    Row { phase: BeforeText, output: "", ..breaks(fault) }
}

/// Half of the text comes, and nothing proves that it is not all.
const fn unproven(fault: &'static str) -> Row {
    Row::succeeds(fault, 1).keeps("one two").known(Completeness::Unverified)
}
