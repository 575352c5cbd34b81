//! The table.

use super::row::{Api, Row};

const H2: &[&str] = &["http2=prior-knowledge"];
const ONCE: &str = "retry.attempts=0";

/// Every row.
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    [CONNECTION, CLOCKS, STATUSES, ENDS, CONTENT, ERRORS, CODINGS, HTTP2].into_iter().flatten()
}

/// The connection breaks.
const CONNECTION: &[Row] = &[
    Row::succeeds("", 1),
    Row::fails("", "connect", "connect", 3, &["refused", "http://127.0.0.1:1", "3 attempts"])
        .set(&["url=http://127.0.0.1:1/"]),
    Row::fails("", "tls", "connect", 1, &["does not speak TLS"])
        .set(&["url=https://{address}/chat"]),
    Row::fails("reset_peer", "truncated", "sent", 3, &["before any answer came"]).resends(3),
    Row::fails("close", "truncated", "sent", 3, &["before any answer came"]).resends(3),
    Row::succeeds("reset_peer@1", 1)
        .resends(1)
        .says(&["1 resend after a connection had died unanswered"]),
    Row::succeeds("close@1-2", 2).resends(1),
    // Whether a part of a head came, the client does not tell; see `Transport::send`.
    Row::fails("close:bytes=20", "truncated", "sent", 3, &["before any answer came"]).resends(3),
    Row::fails("reset_peer:bytes=20", "truncated", "sent", 3, &["before any answer came"])
        .resends(3),
    Row::fails("reset_peer:at=head", "truncated", "before_text", 3, &["before any text"]),
    Row::fails("close:at=head", "truncated", "before_text", 3, &["before any text"]),
    Row::fails("reset_peer:deltas=2", "truncated", "after_text", 3, &["after text had come"])
        .keeps("one two"),
    Row::fails("close:deltas=2", "truncated", "after_text", 3, &["after text had come"])
        .keeps("one two"),
    Row::fails("close:inside=2", "truncated", "after_text", 3, &["after text had come"])
        .keeps("one two"),
    Row::fails(
        "reset_peer:deltas=2",
        "truncated",
        "after_text",
        1,
        &["`retry.on_partial: fail` keeps its text", "on_partial: restart"],
    )
    .set(&["retry.on_partial=fail"])
    .keeps("one two"),
    Row::succeeds("close:deltas=2@1", 2),
    Row::succeeds("close:at=done", 1),
    Row::succeeds("reset_peer:at=done", 1),
    Row::fails("limit_data=200", "truncated", "after_text", 3, &["after text had come"])
        .keeps("one"),
    Row::succeeds("short_length", 1),
    Row::fails("short_length+end:deltas=2", "truncated", "after_text", 3, &["after text had come"])
        .keeps("one two"),
    Row::succeeds("close_idle", 1).inputs(2).resends(1),
    Row::succeeds("slow_close=50ms", 1).inputs(2),
    Row::fails(
        "bad_chunk:deltas=2",
        "protocol",
        "after_text",
        1,
        &["framed", "breaks the chunked framing"],
    )
    .keeps("one two"),
    Row::fails("bad_chunk", "protocol", "before_text", 1, &["framed"]),
    Row::fails("garbage", "protocol", "sent", 1, &["does not begin as an HTTP answer"]),
    Row::fails(
        "many_headers=200,size=4096",
        "protocol",
        "sent",
        1,
        &["too many headers", "curl -i"],
    ),
];

/// Everything takes its time.
const CLOCKS: &[Row] = &[
    Row::succeeds("latency=50ms", 1),
    Row::succeeds("slicer=10,variation=3,delay=1ms", 1),
    Row::succeeds("bandwidth=10KiB", 1),
    Row::fails("latency=5s", "timeout", "sent", 3, &["`timeout`"]).set(&["timeout=100ms"]),
    Row::fails("timeout", "timeout", "sent", 3, &["`timeout`"]).set(&["timeout=100ms"]),
    Row::fails("timeout:at=head", "timeout", "before_text", 1, &["`timeout`"])
        .set(&["timeout=400ms"]),
    Row::fails("timeout:at=head", "timeout", "before_text", 3, &["`idle_timeout`"])
        .set(&["idle_timeout=200ms"]),
    Row::fails("timeout:deltas=0", "timeout", "before_text", 3, &["`idle_timeout`"])
        .set(&["idle_timeout=200ms"]),
    Row::fails("timeout:deltas=2", "timeout", "after_text", 3, &["`idle_timeout`"])
        .set(&["idle_timeout=200ms"])
        .keeps("one two"),
    Row::fails("timeout:deltas=2", "timeout", "after_text", 3, &["`event_timeout`"])
        .set(&["event_timeout=200ms"])
        .keeps("one two"),
    Row::fails("timeout:deltas=2", "timeout", "after_text", 1, &["`timeout`"])
        .set(&["timeout=400ms"])
        .keeps("one two"),
    Row::fails("timeout=50ms,deltas=2", "truncated", "after_text", 3, &["after text had come"])
        .keeps("one two"),
    Row::succeeds("timeout:deltas=2@1", 2).set(&["idle_timeout=200ms"]),
    Row::succeeds("timeout:at=done", 1).set(&["idle_timeout=200ms"]),
    Row::fails("slicer=1,delay=20ms", "timeout", "sent", 1, &["`timeout`"])
        .set(&["timeout=200ms", ONCE]),
    Row::fails(
        "endless=text,deltas=4,every=100ms",
        "too_large",
        "after_text",
        1,
        &["max_response_bytes"],
    )
    .set(&["limits.max_response_bytes=165"])
    .keeps("one two three four"),
    Row::fails(
        "endless=comments,deltas=2,every=10ms",
        "timeout",
        "after_text",
        3,
        &["`event_timeout`"],
    )
    .set(&["event_timeout=200ms", "idle_timeout=1s"])
    .keeps("one two"),
    Row::fails("endless=comments,deltas=2,every=10ms", "timeout", "after_text", 1, &["`timeout`"])
        .set(&["timeout=400ms"])
        .keeps("one two"),
];

/// Another status.
const STATUSES: &[Row] = &[
    Row::fails("status=400", "status", "status", 1, &["400"]),
    Row::fails("status=401", "status", "status", 1, &["401", "key"]),
    Row::fails(
        "status=404,body=\"no such route\"",
        "status",
        "status",
        1,
        &["404", "no such route"],
    ),
    Row::fails("status=500", "status", "status", 1, &["500"]),
    Row::fails("status=503", "status", "status", 3, &["503", "3 attempts", "come back later"]),
    Row::fails("status=529", "status", "status", 3, &["529"]).of(Api::Anthropic),
    Row::succeeds("status=502@1-2", 3),
    Row::fails("status=429", "rate_limited", "status", 3, &["429"]),
    Row::succeeds("status=429,retry_after=0.2@1", 2).waits(199.0),
    Row::succeeds("status=503,retry_after_ms=200@1", 2).waits(199.0),
    Row::succeeds("status=503,retry_at=2s@1", 2).waits(500.0),
    Row::succeeds("status=503,retry_after=soon@1", 2),
    Row::succeeds("status=503,retry_after=-5@1", 2),
    Row::fails("status=503,retry_after=600", "rate_limited", "status", 1, &["600 s"]),
    Row::fails("status=429,retry_at=10m", "rate_limited", "status", 1, &["asks to come back"]),
    Row::fails("status=429,retry_after=99999999999999999999", "rate_limited", "status", 1, &["s"]),
    Row::fails(
        "status=429,body=\"{\\\"error\\\":{\\\"type\\\":\\\"insufficient_quota\\\"}}\"",
        "rate_limited",
        "status",
        1,
        &["insufficient_quota"],
    )
    .of(Api::OpenAi),
    Row::fails("status=204", "no_text", "status", 1, &["empty"]),
    Row::fails("redirect", "redirect", "status", 1, &["307", "redirects are not followed"]),
    Row::fails("redirect", "redirect", "status", 1, &["307 redirects again, after 5 redirects"])
        .set(&["redirects=same-origin"]),
    Row::succeeds("redirect@1", 1).set(&["redirects=same-origin"]),
    Row::fails(
        "redirect=302,to=https://elsewhere.example/x",
        "redirect",
        "status",
        1,
        &["https://elsewhere.example", "another origin"],
    )
    .set(&["redirects=same-origin"]),
];

/// The end of the stream.
const ENDS: &[Row] = &[
    Row::fails("end:at=head", "no_text", "before_text", 1, &["empty"]).known("framed"),
    Row::succeeds("end:deltas=4", 1).known("framed"),
    Row::succeeds("end:deltas=2", 1).keeps("one two").known("framed"),
    Row::fails("end:deltas=2", "incomplete", "after_text", 3, &["stream_done"])
        .set(&["require_done=true"])
        .keeps("one two")
        .known("framed"),
    Row::fails("end:inside=2", "incomplete", "after_text", 3, &["stream_done"])
        .set(&["require_done=true"])
        .keeps("one two"),
    Row::succeeds("end:inside=2", 1)
        .keeps("one two")
        .known("unverified")
        .says(&["ended inside an event", "nothing else proves that all of the text came"]),
    Row::succeeds("until_close", 1),
    Row::succeeds("until_close+end:deltas=2", 1).keeps("one two").known("unverified"),
    Row::succeeds("end:deltas=2@1", 2).set(&["require_done=true"]),
    Row::fails("end:deltas=0", "no_text", "before_text", 1, &["empty"]).known("framed"),
];

/// What comes is not what was expected.
const CONTENT: &[Row] = &[
    Row::fails("content_type=text/html", "content_type", "status", 1, &["text/html"]),
    Row::fails("content_type", "content_type", "status", 1, &["media type"]),
    Row::succeeds("content_type=text/plain", 1)
        .set(&["lenient_content_type=true"])
        .says(&["`text/plain` and was read as an event stream"]),
    Row::succeeds("header=\"x-a: b\"", 1),
    Row::succeeds("many_headers=50,size=100", 1),
    Row::succeeds("bom", 1),
    Row::succeeds("bom+slicer=1", 1),
    Row::succeeds("line_ends=crlf+slicer=1", 1),
    Row::succeeds("line_ends=cr", 1),
    Row::succeeds("one_chunk", 1),
    Row::succeeds("long_line=1MiB", 1),
    Row::fails("long_line=64KiB", "too_large", "before_text", 1, &["1024"])
        .set(&["limits.max_event_bytes=1KiB"]),
    Row::succeeds("invalid_utf8:deltas=2", 1).keeps("one two\u{fffd} three four"),
    Row::fails("malformed:deltas=2", "malformed_event", "after_text", 1, &["JSON"])
        .keeps("one two"),
    Row::fails("malformed=text", "malformed_event", "before_text", 1, &["JSON"]),
    Row::fails("malformed=deep,deltas=2", "malformed_event", "after_text", 1, &["deep"])
        .keeps("one two"),
    Row::fails(
        "endless=line,deltas=2",
        "too_large",
        "after_text",
        1,
        &["max_event_bytes", "blank line"],
    )
    .set(&["limits.max_event_bytes=64KiB"])
    .keeps("one two"),
    Row::fails(
        "endless=event,deltas=2",
        "too_large",
        "after_text",
        1,
        &["max_event_bytes", "blank line"],
    )
    .set(&["limits.max_event_bytes=64KiB"])
    .keeps("one two"),
    Row::fails("endless=comments,deltas=2", "too_large", "after_text", 1, &["max_response_bytes"])
        .set(&["limits.max_response_bytes=64KiB"])
        .keeps("one two"),
];

/// A status of 200, and an error inside.
const ERRORS: &[Row] = &[
    Row::fails("error", "api_error", "before_text", 3, &["the mock fails"]),
    Row::fails(
        "error=invalid_request_error",
        "api_error",
        "before_text",
        1,
        &["invalid_request_error", "the mock fails"],
    ),
    Row::fails("error,deltas=2", "api_error", "after_text", 3, &["the mock fails"])
        .keeps("one two"),
    Row::fails("error,whole", "api_error", "status", 3, &["the mock fails"]),
    Row::fails("error", "api_error", "before_text", 3, &["the mock fails"]).of(Api::OpenAi),
    Row::fails("error,deltas=2", "api_error", "after_text", 3, &["the mock fails"])
        .of(Api::OpenAi)
        .keeps("one two"),
    Row::fails("error,whole", "api_error", "status", 3, &["the mock fails"]).of(Api::OpenAi),
    Row::fails("error=overloaded_error", "api_error", "before_text", 3, &["overloaded_error"])
        .of(Api::Anthropic),
    Row::fails(
        "error=overloaded_error,deltas=2",
        "api_error",
        "after_text",
        3,
        &["overloaded_error"],
    )
    .of(Api::Anthropic)
    .keeps("one two"),
    Row::fails(
        "error=invalid_request_error,whole",
        "api_error",
        "status",
        1,
        &["invalid_request_error"],
    )
    .of(Api::Anthropic),
    Row::fails("error=server_error", "api_error", "before_text", 3, &["server_error"])
        .of(Api::Responses),
    Row::fails(
        "error=rate_limit_exceeded,deltas=2",
        "api_error",
        "after_text",
        3,
        &["rate_limit_exceeded"],
    )
    .of(Api::Responses)
    .keeps("one two"),
    Row::fails("error=invalid_prompt", "api_error", "before_text", 1, &["invalid_prompt"])
        .of(Api::Responses),
    Row::succeeds("error=overloaded_error,deltas=2@1", 2).of(Api::Anthropic),
    Row::fails("close:deltas=2", "truncated", "after_text", 3, &["after text had come"])
        .of(Api::Anthropic)
        .keeps("one two"),
    Row::fails("end:deltas=2", "incomplete", "after_text", 3, &["after text had come"])
        .of(Api::Anthropic)
        .set(&["require_done=true"])
        .keeps("one two")
        .known("framed"),
    Row::succeeds("slicer=7", 1).of(Api::OpenAi),
    Row::succeeds("slicer=7", 1).of(Api::Responses),
];

/// Compressed bodies.
const CODINGS: &[Row] = &[
    Row::succeeds("gzip", 1),
    Row::succeeds("gzip=whole", 1),
    Row::succeeds("gzip+slicer=1", 1),
    Row::succeeds("deflate", 1),
    Row::succeeds("br", 1),
    Row::succeeds("zstd", 1),
    Row::fails("gzip=truncated", "decode", "before_text", 1, &["cannot be decompressed"]),
    Row::fails("gzip=lying", "decode", "before_text", 1, &["cannot be decompressed"]),
    Row::fails("deflate=lying", "decode", "before_text", 1, &["cannot be decompressed"]),
    Row::fails("br=lying", "decode", "before_text", 1, &["cannot be decompressed"]),
    Row::fails("zstd=lying", "decode", "before_text", 1, &["cannot be decompressed"]),
    Row::fails(
        "gzip=bomb",
        "too_large",
        "before_text",
        1,
        &["larger than `1048576` bytes", "max_response_bytes"],
    )
    .set(&["limits.max_response_bytes=1MiB"]),
    Row::fails(
        "zstd=bomb",
        "too_large",
        "before_text",
        1,
        &["larger than `1048576` bytes", "max_response_bytes"],
    )
    .set(&["limits.max_response_bytes=1MiB"]),
    // A break at once would take with it what the client's decoder still holds.
    Row::fails(
        "gzip+timeout=50ms,deltas=2",
        "truncated",
        "after_text",
        3,
        &["after text had come"],
    )
    .keeps("one two"),
    Row::fails("header=\"content-encoding: snappy\"", "decode", "before_text", 1, &["snappy"]),
];

/// Faults of HTTP/2.
const HTTP2: &[Row] = &[
    Row::succeeds("", 1).set(H2).inputs(2),
    Row::succeeds("goaway=graceful", 1).set(H2).inputs(2),
    Row::succeeds("goaway=graceful,deltas=2", 1).set(H2),
    Row::fails("goaway", "truncated", "sent", 3, &["before any answer"]).set(H2).resends(3),
    Row::fails(
        "goaway=INTERNAL_ERROR,deltas=2",
        "truncated",
        "after_text",
        3,
        &["after text had come"],
    )
    .set(H2)
    .keeps("one two"),
    Row::fails("refused_stream", "truncated", "sent", 3, &["reset"]).set(H2),
    Row::succeeds("refused_stream@1", 2).set(H2),
    Row::fails("rst_stream=INTERNAL_ERROR", "truncated", "sent", 3, &["reset"]).set(H2),
    Row::fails(
        "rst_stream=INTERNAL_ERROR,deltas=2",
        "truncated",
        "after_text",
        3,
        &["after text had come"],
    )
    .set(H2)
    .keeps("one two"),
    Row::succeeds("rst_stream=NO_ERROR,deltas=2", 1).set(H2).keeps("one two").known("unverified"),
    Row::fails(
        "rst_stream=NO_ERROR,deltas=2",
        "incomplete",
        "after_text",
        1,
        &["after text had come"],
    )
    .set(&["http2=prior-knowledge", "require_done=true", ONCE])
    .keeps("one two"),
    Row::fails("reset_peer:deltas=2", "truncated", "after_text", 3, &["after text had come"])
        .set(H2)
        .keeps("one two"),
    Row::fails("timeout:deltas=2", "timeout", "after_text", 1, &["`idle_timeout`"])
        .set(&["http2=prior-knowledge", "idle_timeout=200ms", ONCE])
        .keeps("one two"),
    Row::fails("status=503", "status", "status", 3, &["503"]).set(H2),
];
