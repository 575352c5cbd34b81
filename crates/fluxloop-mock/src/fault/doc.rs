//! What there is, for people.

/// What one fault is called, takes and means.
#[derive(Clone, Copy, Debug)]
pub struct FaultDoc {
    /// Its name.
    pub name: &'static str,
    /// How it is written, with all its arguments.
    pub usage: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

const fn doc(name: &'static str, usage: &'static str, meaning: &'static str) -> FaultDoc {
    FaultDoc { name, usage, meaning }
}

impl FaultDoc {
    /// The positions that a fault with `POS` in its usage takes, and what they mean.
    pub const POSITIONS: &[(&str, &str)] = &[
        ("at=start", "before any byte of the answer"),
        ("at=head", "behind the head"),
        ("deltas=N", "after N deltas of text, and before what follows the last one"),
        ("inside=N", "in the middle of what follows N deltas"),
        ("at=done", "behind the last event, before the body ends"),
        ("bytes=N", "after N bytes of the answer, head and framing included (HTTP/2: of its body)"),
        ("at=anywhere", "at a byte that the seed chooses"),
    ];

    /// Every fault, in the order of what they touch: the answer, its head, its events, its coding,
    /// its framing, its connection.
    pub const ALL: &[Self] = &[
        doc(
            "status",
            "status=CODE[,retry_after=V][,retry_after_ms=V][,retry_at=DURATION]\
             [,header=\"N: V\"]…[,body=TEXT]",
            "this status instead of an answer; `retry_after` may be anything, `retry_at` is a date \
             so long after now",
        ),
        doc("redirect", "redirect[=CODE][,to=URL]", "307 or another, to itself or to this URL"),
        doc("garbage", "garbage[=TEXT]", "no HTTP at all, then a close"),
        doc("content_type", "content_type[=TYPE]", "another media type, or none"),
        doc("header", "header=\"NAME: VALUE\"", "one more header, even a contradicting one"),
        doc("many_headers", "many_headers[=N][,size=BYTES]", "N headers of this size"),
        doc(
            "error",
            "error[=TYPE][,message=TEXT][,deltas=N][,whole]",
            "an error inside a success, as the provider writes it, after N deltas of text; `whole`: \
             one JSON body",
        ),
        doc("malformed", "malformed[=cut|text|deep][,deltas=N]", "an event that is no good JSON"),
        doc("invalid_utf8", "invalid_utf8[:deltas=N]", "bytes in the text that are no UTF-8"),
        doc(
            "endless",
            "endless[=line|event|comments|text][,deltas=N][,every=DURATION]",
            "something without an end in place of the rest",
        ),
        doc("bom", "bom", "a byte order mark before the stream"),
        doc("long_line", "long_line[=BYTES]", "a comment of this length before the text"),
        doc("line_ends", "line_ends=crlf|cr", "lines that end in another way"),
        doc("one_chunk", "one_chunk", "the whole stream at once"),
        doc(
            "gzip",
            "gzip[=flushed|whole|truncated|lying|bomb]",
            "a body with this coding: event by event, in one piece, half of it, in name only, or \
             growing without end",
        ),
        doc("deflate", "deflate[=…]", "likewise"),
        doc("br", "br[=…]", "likewise"),
        doc("zstd", "zstd[=…]", "likewise"),
        doc("short_length", "short_length[=BYTES]", "so many bytes fewer than announced"),
        doc("until_close", "until_close", "a body of no length that ends with the connection"),
        doc("bad_chunk", "bad_chunk[:POS]", "a chunk whose size is no number, then a close"),
        doc("latency", "latency[=DURATION][,jitter=DURATION]", "everything comes later"),
        doc("bandwidth", "bandwidth=BYTES", "at most so many bytes per second"),
        doc(
            "slicer",
            "slicer[=BYTES][,variation=BYTES][,delay=DURATION]",
            "small pieces, with a wait behind each",
        ),
        doc("slow_close", "slow_close[=DURATION]", "the connection closes late"),
        doc("limit_data", "limit_data[=BYTES]", "a close after so many bytes, or anywhere"),
        doc("timeout", "timeout[=DURATION][,POS]", "silence; a close after DURATION, or never"),
        doc("reset_peer", "reset_peer[:POS]", "a reset of the connection"),
        doc("close", "close[:POS]", "a close; in a stream, a truncated chunked body"),
        doc("end", "end[:POS]", "an end in good order, without an end marker"),
        doc(
            "close_idle",
            "close_idle[=DURATION]",
            "the connection closes when it was idle so long, or just before its next request",
        ),
        doc("goaway", "goaway[=graceful|CODE][,last=N][,POS]", "HTTP/2's GOAWAY"),
        doc("rst_stream", "rst_stream[=CODE][,POS]", "HTTP/2's RST_STREAM"),
        doc("refused_stream", "refused_stream", "RST_STREAM with REFUSED_STREAM, before an answer"),
    ];

    /// All faults, for the help of a command.
    pub fn table() -> String {
        let line = |doc: &Self| format!("  {}\n          {}\n", doc.usage, doc.meaning);
        Self::ALL.iter().map(line).collect::<Vec<_>>().concat()
    }

    /// All positions, for the help of a command.
    pub fn positions() -> String {
        let line = |(at, meaning): &(&str, &str)| format!("  {at:<12} {meaning}\n");
        Self::POSITIONS.iter().map(line).collect::<Vec<_>>().concat()
    }
}

/// Every fault, small enough for a test that plays them all.
#[cfg(test)]
pub(crate) fn examples() -> impl Iterator<Item = &'static str> {
    FaultDoc::ALL.iter().map(|doc| match doc.name {
        "status" => "status=500",
        "header" => "header=\"a: b\"",
        "bandwidth" => "bandwidth=10KiB",
        "long_line" => "long_line=1KiB",
        "slicer" => "slicer=100,variation=50,delay=1ms",
        name => name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;

    /// The text is read, and what it means is written as expected and read again.
    #[track_caller]
    fn check(text: &str, canonical: &str) {
        let fault: Fault = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(fault.to_string(), canonical);
        assert_eq!(canonical.parse::<Fault>().expect("it was written by us"), fault);
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let error = text.parse::<Fault>().expect_err("it makes no sense").to_string();
        assert_eq!(error, format!("the fault `{text}`: {expected}"));
    }

    #[test]
    fn every_fault_is_known_by_its_name() {
        for text in examples() {
            let fault: Fault = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(fault.to_string().parse::<Fault>().expect("written by us"), fault, "{text}");
        }
    }

    #[test]
    fn a_fault_is_written_as_it_is_read() {
        check("status=503,retry_after=2", "status=503,retry_after=2");
        check(
            "status=429,retry_after=-1,retry_after_ms=1500",
            "status=429,retry_after=-1,retry_after_ms=1500",
        );
        check(
            "status=503,retry_at=30s,body=\"a, \\\"b\\\"\\n\"",
            "status=503,retry_at=30s,body=\"a, \\\"b\\\"\\n\"",
        );
        check(
            "status=500,header=\"a: b\",header=\"a: c\"",
            "status=500,header=\"a: b\",header=\"a: c\"",
        );
        check("redirect=302,to=http://127.0.0.1:1/x", "redirect=302,to=http://127.0.0.1:1/x");
        check("garbage=\"\\x00\\xff\"", "garbage=\"\\x00\\xff\"");
        check("garbage=\"Grüße, \"", "garbage=\"Grüße, \"");
        check("content_type", "content_type");
        check("content_type=\"\"", "content_type=\"\"");
        check(
            "error=overloaded_error,whole",
            "error=overloaded_error,message=\"the mock fails\",deltas=0,whole",
        );
        check("endless=comments,every=250ms", "endless=comments,deltas=0,every=250ms");
        check("long_line=64KiB", "long_line=65536");
        check("slicer=10,variation=3,delay=1.5s", "slicer=10,variation=3,delay=1500ms");
        check("timeout=7s,inside=2", "timeout=7s,inside=2");
        check("timeout:at=head", "timeout:at=head");
        check("limit_data=100", "limit_data=100");
        check("reset_peer:bytes=100", "reset_peer:bytes=100");
        check("close:at=anywhere", "close:at=anywhere");
        check(
            "goaway=ENHANCE_YOUR_CALM,last=3,deltas=1",
            "goaway=ENHANCE_YOUR_CALM,last=3,deltas=1",
        );
        check("goaway=graceful", "goaway=graceful,at=start");
        check("rst_stream=99", "rst_stream=99,at=start");
    }

    #[test]
    fn what_would_take_all_memory_or_leave_the_calendar_is_refused_with_its_bound() {
        let a_size = "expected a number of bytes such as `100`, `64KiB` or `8MiB`, at most `64MiB`";
        for name in ["long_line", "limit_data"] {
            check(&format!("{name}=64MiB"), &format!("{name}=67108864"));
            let over = format!("{name}=67108865");
            check_refused(&over, &format!("`{over}`: {a_size}"));
        }
        check_refused("long_line=100GiB", &format!("`long_line=100GiB`: {a_size}"));
        check_refused("close:bytes=65MiB", &format!("`bytes=65MiB`: {a_size}"));
        check("many_headers=20000", "many_headers=20000,size=16");
        check_refused(
            "many_headers=20001",
            "`many_headers=20001`: expected a number of headers, at most 20000",
        );
        check_refused("many_headers=1,size=1GiB", &format!("`size=1GiB`: {a_size}"));
        check_refused(
            "many_headers=2,size=64MiB",
            "`many_headers` needs values of at most `64MiB` together",
        );
        let a_duration = "expected a duration such as `250ms`, `1.5s` or `2m`, at most `525600m`";
        check("status=503,retry_at=525600m", "status=503,retry_at=31536000s");
        check_refused(
            "status=503,retry_at=6000000000m",
            &format!("`retry_at=6000000000m`: {a_duration}"),
        );
        check_refused("latency=525601m", &format!("`latency=525601m`: {a_duration}"));
        // Nobody makes these bytes.
        check("short_length=100GiB", "short_length=107374182400");
        check("bandwidth=1GiB", "bandwidth=1073741824");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_would() {
        check_refused("", "expected the name of a fault at its end");
        check_refused("close,", "expected the name of an argument at its end");
        check_refused("close:at=end", "`at=end`: expected `start`, `head`, `done` or `anywhere`");
        check_refused(
            "close:deltas=1,bytes=2",
            "only one of `at`, `deltas`, `inside` and `bytes` can hold",
        );
        check_refused("close:deltas=1,deltas=2", "`deltas` stands there twice");
        check_refused("close:deltas", "`deltas` needs a value");
        check_refused("bom=1", "`bom` takes no value directly behind its name");
        check_refused("bom:at=head", "`bom` has no argument `at`");
        check_refused("status", "`status` needs a status from 200 to 999");
        check_refused("status=199", "`status=199`: expected a status from 200 to 999");
        check_refused("header=x", "`header=\"x\"`: expected `name: value`");
        check_refused(
            "latency=soon",
            "`latency=soon`: expected a duration such as `250ms`, `1.5s` or `2m`, at most `525600m`",
        );
        check_refused(
            "slicer=4,variation=4",
            "`slicer` needs pieces of 1 byte or more: the variation must be below the size",
        );
        check_refused("garbage=\"a", "a quote is not closed");
        check_refused("garbage=\"\\q\"", "unknown escape at `\\q\\\"`");
        check_refused("bom@30%", "expected `,` or the end at `@30%`");
        let error = "slicr".parse::<Fault>().expect_err("a typing error");
        assert!(
            error.to_string().contains("unknown fault `slicr`, known are `status`, `redirect`")
        );
    }
}
