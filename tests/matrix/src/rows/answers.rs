//! What comes is not what was expected.

use FailureKind::{ContentType, MalformedEvent, NoText, TooLarge};
use Phase::{AfterText, BeforeText};
use fluxloop_trace::{Completeness, FailureKind, Phase};

use crate::Row;

pub(super) const ROWS: &[Row] = &[
    Row::fails("content_type=text/html", ContentType, Phase::Status, 1).told(
        "the answer is `text/html`, and `text/event-stream` was expected; not retried",
        LENIENT,
    ),
    Row::fails("content_type", ContentType, Phase::Status, 1).told(
        "the answer names no media type, and `text/event-stream` was expected; not retried",
        LENIENT,
    ),
    Row::succeeds("content_type=text/plain", 1)
        .set(&["runner.http.lenient_content_type=true"])
        .says(&["`text/plain`, and was read"]),
    Row::fails("", NoText, Phase::Complete, 1)
        .what("the path looks for the text in another place than the server puts it")
        .set(&["runner.http.stream_output_path=text"])
        .known(Completeness::Done)
        .told(
            "no text was found: `stream_output_path` finds nothing in any event; not retried",
            "set `stream_output_path: \"delta\"`",
        )
        .says(&["4 `message`, 1 `done`; 5 passed the filter, 0 matched the path"]),
    Row::fails("", NoText, Phase::Complete, 1)
        .what("the filter names a type that no event has")
        .set(&["runner.http.stream_event_filter=delta"])
        .known(Completeness::Done)
        .told(
            "no text was found: no event passed `stream_event_filter`; not retried",
            "take `stream_event_filter` out, or let it name `message`",
        )
        .says(&["4 `message`, 1 `done`; 0 passed the filter"]),
    Row::fails(
        "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\n\\r\\n{\\\"answer\\\": 1}\"",
        NoText,
        BeforeText,
        1,
    )
    .what("the only body has no text where `output_path` looks, nor anywhere else")
    .set(&["runner.http.stream=none", "runner.http.stream_output_path=null"])
    .told(
        "no text was found: `output_path` (`$.output`) finds nothing in the body, which has `answer`; \
         not retried",
        "name the key that holds the text in `runner.http.output_path`",
    ),
    Row {
        completeness: None,
        ..Row::fails(
            "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\n\\r\\n\
             data: {\\\"delta\\\": \\\"one\\\"}\\n\\n\"",
            ContentType,
            BeforeText,
            1,
        )
    }
        .what("an event stream comes, and one body is expected")
        .set(ONE_BODY)
        .told(
            "the answer is `text/event-stream`, and one JSON document was expected; not retried",
            "it is an event stream: set `runner.http.stream: sse`",
        ),
    Row::succeeds("header=\"x-a: b\"", 1),
    Row::succeeds("many_headers=50,size=100", 1),
    Row::succeeds("bom", 1),
    Row::succeeds("bom+slicer=1", 1),
    Row::succeeds("line_ends=crlf+slicer=1", 1),
    Row::succeeds("line_ends=cr", 1),
    Row::succeeds("one_chunk", 1),
    Row::succeeds("long_line=1MiB", 1),
    Row::succeeds("invalid_utf8:deltas=2", 1).keeps("one two\u{fffd} three four"),
    Row::succeeds(
        "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\n\\r\\n\
         data: {\\\"delta\\\": \\\"one two\\\\ud83d\\\"}\\n\\ndata: [DONE]\\n\\n\"",
        1,
    )
    .what("half of a surrogate pair stands alone in the JSON of an event")
    .keeps("one two\u{fffd}"),
    Row::succeeds(
        "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\n\\r\\n\
         data: one\\x00two\\n\\ndata: [DONE]\\n\\n\"",
        1,
    )
    .what("the text has a NUL byte in it")
    .set(&["runner.http.stream_output_path=null"])
    .keeps("one\0two"),
    Row::succeeds("malformed:deltas=2@1", 2),
    Row::fails("malformed:deltas=2", MalformedEvent, AfterText, 3).keeps("one two").told(
        "event 3 (`message`) cannot be read as JSON: invalid JSON at byte 16: a character or a \
         quote should stand there",
        "the server, or a proxy before it, sends JSON that is cut off or damaged: check their logs",
    ),
    Row::succeeds(
        "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: text/plain; charset=iso-8859-1\\r\\n\\r\\ncaf\\xe9\"",
        1,
    )
    .what("the only body is text in the charset that it names")
    .set(ONE_BODY)
    .keeps("caf\u{e9}")
    .known(Completeness::Unverified),
    Row {
        completeness: None,
        ..Row::fails(
        "garbage=\"HTTP/1.1 200 OK\\r\\ncontent-type: text/plain\\r\\n\\r\\n\\x89PNG\\r\\n\\x1a\\n\\x00\\x00\"",
        ContentType,
        BeforeText,
        1,)
    }
    .what("the only body is a picture that names itself text")
    .set(ONE_BODY)
    .told(
        "the answer is `text/plain`, and text or JSON was expected; not retried",
        "check what `runner.http.url` answers with, and which charset the answer names",
    ),
    Row::fails("content_type=image/png", ContentType, Phase::Status, 1)
        .set(ONE_BODY)
        .told(
            "the answer is `image/png`, and text or JSON was expected; not retried",
            "check what `runner.http.url` answers with, and which charset the answer names",
        ),
    Row::fails("malformed=text", MalformedEvent, BeforeText, 1).told(
        "event 1 (`message`) is not JSON: This is no JSON.; not retried",
        "if this is the text, take `stream_output_path` out; if `message` events carry no text, \
         name those that do in `stream_event_filter`",
    ),
    Row::fails("malformed=deep,deltas=2", MalformedEvent, AfterText, 1).keeps("one two").told(
        "event 3 (`message`) cannot be read as JSON: JSON is nested too deeply at byte 127; not \
         retried",
        "check what the server sends: no answer is nested as deeply",
    ),
    Row { phase: BeforeText, output: "", ..long_event("long_line=1MiB") },
    long_event("endless=line,deltas=2"),
    long_event("endless=event,deltas=2"),
    Row::fails("endless=comments,deltas=2", TooLarge, AfterText, 1)
        .set(&["runner.http.limits.max_response_bytes=64KiB"])
        .keeps("one two")
        .told(
            "the body is larger than `65536` bytes (`limits.max_response_bytes`); not retried",
            "check why the answer is so long, or raise `runner.http.limits.max_response_bytes`",
        ),
];

const LENIENT: &str = "it reads like an event stream all the same: set \
                       `runner.http.lenient_content_type: true`";
const ONE_BODY: &[&str] = &["runner.http.stream=none", "runner.http.stream_output_path=null"];

/// An event that is longer than one may be.
const fn long_event(fault: &'static str) -> Row {
    Row::fails(fault, TooLarge, AfterText, 1)
        .set(&["runner.http.limits.max_event_bytes=64KiB"])
        .keeps("one two")
        .told(
            "one frame is larger than `65536` bytes (`limits.max_event_bytes`); not retried",
            "check that the server ends each event with a blank line, or raise \
             `runner.http.limits.max_event_bytes`",
        )
}
