//! Faults over HTTP/2.

use FailureKind::{Protocol, Status, Timeout};
use Phase::{AfterText, Sent};
use fluxloop_trace::{FailureKind, Phase};

use super::statuses::DOWN;
use crate::Row;

pub(super) const ROWS: &[Row] = &[
    Row::succeeds("", 1).what("nothing goes wrong").set(H2).inputs(2),
    Row::succeeds("goaway=graceful", 1).set(H2).inputs(2),
    Row::succeeds("goaway=graceful,deltas=2", 1).set(H2),
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
    Row::fails("status=503", Status, Phase::Status, 3)
        .set(H2)
        .told("the server answered 503 Service Unavailable: the mock answers with 503", DOWN),
];

const H2: &[&str] = &["runner.http.http2=prior-knowledge"];
