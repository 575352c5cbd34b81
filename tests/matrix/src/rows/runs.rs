//! What ends a case or a run by the user's own rules.

use GuardKind::{MaxDuration, OutputCharLimit};
use fluxloop_trace::{FailureKind, GuardKind, Phase};

use super::statuses::DOWN;
use crate::Row;

pub(super) const ROWS: &[Row] = &[
    Row::stops("timeout:deltas=2", MaxDuration, Phase::AfterText, 1)
        .set(&["runner.guards.max_duration=500ms"])
        .keeps("one two")
        .says(&["1 stopped by `max_duration`, which does not count as success, the text so far \
                 is kept"]),
    Row::stops("timeout", MaxDuration, Phase::Sent, 1)
        .set(&["runner.guards.max_duration=500ms"])
        .says(&["1 stopped by `max_duration`"]),
    Row::fails("status=503,retry_after=60", FailureKind::Status, Phase::Status, 1)
        .set(&["runner.guards.max_duration=5s"])
        .told(
            "the server answered 503 Service Unavailable: the mock answers with 503; not retried: \
             the wait before it would outlast `max_duration`",
            DOWN,
        ),
    Row::stops("", OutputCharLimit, Phase::AfterText, 1)
        .what("the answer is longer than it may be")
        .set(&["runner.guards.output_char_limit=7"])
        .keeps("one two")
        .says(&[
            "1 stopped by `output_char_limit`, which counts as success, the text is cut there",
        ]),
    Row::fails("status=503", FailureKind::Status, Phase::Status, 1)
        .set(&["runner.http.retry.budget=10%"])
        .inputs(12)
        .told(
            "the server answered 503 Service Unavailable: the mock answers with 503; not retried: \
             `retry.budget` is used up",
            DOWN,
        )
        .says(&["`retry.budget` denied retries to 7 cases: 5/0, 6/0"]),
    Row::fails("", FailureKind::Connect, Phase::Connect, 1)
        .what("the server is never there: the run ends after 20 cases")
        .set(&["runner.http.url=http://127.0.0.1:1/", "runner.http.retry.attempts=0"])
        .inputs(25)
        .records(20)
        .told(
            "the connection was refused: `http://127.0.0.1:1`; not retried (`retry.attempts: 0`)",
            "check that the server is running and that `runner.http.url` is right: \
             `curl http://127.0.0.1:1` shows the same fault",
        )
        .says(&[
            "the run ends early: 20 cases failed, and no case succeeded (`stop.never_succeeded: 20`)",
            "20 of 25 cases closed",
        ]),
    turned_away("status=401"),
    Row::fails("", FailureKind::Template, Phase::BeforeConnect, 0)
        .what("the input lacks what the template asks for")
        .set(&["runner.http.body_template={mapping: {topic: $.metadata.topic}}"])
        .told(
            "`runner.http.body_template.mapping.topic`: `$.metadata.topic` finds nothing in this \
             input, which has `$.input`, `$.messages`, `$.iteration`, `$.id`",
            "take a path that every input has, or add what is missing to the input",
        ),
];

/// The server turns everybody away.
const fn turned_away(fault: &'static str) -> Row {
    Row::fails(fault, FailureKind::Status, Phase::Status, 1)
        .what("the server turns the first three cases away, one after the other: the run ends")
        .inputs(25)
        .records(3)
        .told(
            "the server answered 401 Unauthorized: the mock answers with 401; not retried",
            "check the key: the header that carries it in `runner.http.headers`, and the variable \
             that feeds it (`.env`)",
        )
        .says(&["the run ends early: the first 3 cases failed alike (`stop.first_cases: 3`)"])
}
