//! Everything takes its time.

use FailureKind::{Timeout, TooLarge};
use Phase::{AfterText, BeforeText, Sent};
use fluxloop_trace::{FailureKind, Phase};

use crate::{Peer, Row};

pub(super) const ROWS: &[Row] = &[
    Row::succeeds("latency=50ms", 1),
    Row::succeeds("slicer=10,variation=3,delay=1ms", 1),
    Row::succeeds("bandwidth=10KiB", 1),
    Row::fails("", Timeout, Phase::Connect, 3)
        .by(Peer::Silent)
        .what("the server accepts the connection and never says a word of TLS")
        .set(&["runner.http.url=https://{address}/chat", "runner.http.connect_timeout=150ms"])
        .told(
            "no connection was ready within 150ms (`connect_timeout`), while connecting",
            "check that the server is running and that `runner.http.url` is right: `curl URL` \
             shows the same fault",
        ),
    Row::fails("", Timeout, Phase::Connect, 3)
        .by(Peer::Silent)
        .what("the proxy accepts the connection and never opens the way")
        .set(&[
            "runner.http.url=https://agent.invalid/",
            "runner.http.proxy=http://{address}",
            "runner.http.connect_timeout=150ms",
        ])
        .told(
            "no connection was ready within 150ms (`connect_timeout`), while connecting (a proxy \
             stood between: `http://{address}`, named by `runner.http.proxy`)",
            "check that the proxy is running and finds the server: `runner.http.proxy`, or \
             HTTP_PROXY, HTTPS_PROXY and NO_PROXY, name it",
        ),
    unanswered("").by(Peer::Silent).what("the server accepts the connection and says nothing"),
    unanswered("latency=5s"),
    unanswered("timeout"),
    unanswered("slicer=1,delay=20ms").what("the head of the answer comes a byte at a time"),
    Row::fails("timeout:at=head", Timeout, BeforeText, 1).set(&["runner.http.timeout=400ms"]).told(
        "the attempt took longer than 400ms (`timeout`), in the answer, before any text; not \
         retried, because an answer had begun",
        SLOW,
    ),
    Row { output: "", ..late("timeout:at=head", BeforeText) },
    Row { output: "", ..late("timeout:deltas=0", BeforeText) },
    late("timeout:deltas=2", AfterText),
    Row::succeeds("timeout:deltas=2@1", 2).set(&["runner.http.idle_timeout=200ms"]),
    Row::succeeds("timeout:at=done", 1).set(&["runner.http.idle_timeout=200ms"]),
    Row::fails("timeout:deltas=2", Timeout, AfterText, 1)
        .set(&["runner.http.idle_timeout=200ms", "runner.http.retry.on_partial=fail"])
        .keeps("one two")
        .told(
            "the server was silent for longer than 200ms (`idle_timeout`), in the answer, after \
             text had come, which is kept; not retried (`retry.on_partial: fail`)",
            "set `runner.http.retry.on_partial: restart` to have another answer instead of this \
             text",
        ),
    eventless("timeout:deltas=2").set(&["runner.http.event_timeout=200ms"]),
    eventless("endless=comments,deltas=2,every=10ms")
        .set(&["runner.http.event_timeout=200ms", "runner.http.idle_timeout=1s"]),
    // Comments that never pause.
    eventless("endless=comments,deltas=2").set(&["runner.http.event_timeout=200ms", ENDLESS]),
    slow("endless=comments,deltas=2").set(&["runner.http.timeout=400ms", ENDLESS]),
    slow("timeout:deltas=2"),
    slow("endless=comments,deltas=2,every=10ms"),
    Row::fails("endless=text,deltas=4,every=100ms", TooLarge, AfterText, 1)
        .set(&["runner.http.limits.max_response_bytes=165"])
        .keeps("one two three four")
        .told(
            "the body is larger than `165` bytes (`limits.max_response_bytes`); not retried",
            "check why the answer is so long, or raise `runner.http.limits.max_response_bytes`",
        ),
];

const ENDLESS: &str = "runner.http.limits.max_response_bytes=1GiB";
const NO_ANSWER: &str = "check why the server does not answer, or raise `runner.http.timeout`";
const SLOW: &str = "check why the server takes so long, or raise `runner.http.timeout`";

/// Nothing comes within the time of an attempt.
const fn unanswered(fault: &'static str) -> Row {
    Row::fails(fault, Timeout, Sent, 3)
        .set(&["runner.http.timeout=100ms"])
        .told("the attempt took longer than 100ms (`timeout`), before any answer came", NO_ANSWER)
}

/// The server falls silent in its answer.
const fn late(fault: &'static str, phase: Phase) -> Row {
    let message = match phase {
        BeforeText => {
            "the server was silent for longer than 200ms (`idle_timeout`), in the answer, before \
             any text"
        }
        _ => {
            "the server was silent for longer than 200ms (`idle_timeout`), in the answer, after \
             text had come, which is kept"
        }
    };
    Row::fails(fault, Timeout, phase, 3)
        .set(&["runner.http.idle_timeout=200ms"])
        .keeps("one two")
        .told(
            message,
            "check why the server says nothing, or whether a proxy before it collects answers, or \
             raise `runner.http.idle_timeout`",
        )
}

/// No event comes, whatever else does.
const fn eventless(fault: &'static str) -> Row {
    Row::fails(fault, Timeout, AfterText, 3).keeps("one two").told(
        "no event came for longer than 200ms (`event_timeout`), in the answer, after text had \
         come, which is kept",
        "check why the server sends no event, or raise `runner.http.event_timeout`",
    )
}

/// The answer takes longer than an attempt may.
const fn slow(fault: &'static str) -> Row {
    Row::fails(fault, Timeout, AfterText, 1)
        .set(&["runner.http.timeout=400ms"])
        .keeps("one two")
        .told(
            "the attempt took longer than 400ms (`timeout`), in the answer, after text had come, \
             which is kept; not retried, because an answer had begun",
            SLOW,
        )
}
