//! What the documentation says of faults.

/// How one fault is written, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct FaultDoc {
    /// Its name.
    pub name: &'static str,
    /// It, with all its arguments; `POS` is one of [`FaultDoc::POSITIONS`].
    pub usage: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

/// In the order of what is touched: the answer, its head, its events, its framing, its flow; then
/// codings and breaks. A test holds the arguments against those that are read.
const MANUAL: &str = "\
status=CODE[,retry_after=V][,retry_after_ms=V][,retry_at=DURATION][,header=\"NAME: VALUE\"]…[,body=TEXT] # \
 this status instead of an answer; `retry_after` may be anything, `retry_at` is a date this long after now
redirect[=CODE][,to=URL] # 307 or another, to itself or to this URL
garbage[=TEXT] # no HTTP at all, then a close
content_type[=TYPE] # another media type, or no media type
header=\"NAME: VALUE\" # one more header, even a contradicting one
many_headers[=N][,size=BYTES] # N headers of this size
error[=TYPE][,message=TEXT][,deltas=N][,whole] # \
 an error inside a success, as the provider writes it, after N deltas of text; `whole`: one JSON body
malformed[=cut|text|deep][,deltas=N] # an event whose data is not valid JSON
invalid_utf8[:deltas=N] # bytes in the text that are not valid UTF-8
endless[=line|event|comments|text][,deltas=N][,every=DURATION] # \
 something without an end in place of the rest
bom # a byte order mark before the stream
long_line[=BYTES] # a comment of this length before the text
line_ends[=crlf|cr] # lines that end in another way
one_chunk # the whole stream at once
short_length[=BYTES] # this many bytes fewer than announced
until_close # a body of no length that ends with the connection
latency[=DURATION][,jitter=DURATION] # everything comes later
bandwidth=BYTES # at most this many bytes per second
slicer[=BYTES][,variation=BYTES][,delay=DURATION] # small pieces, with a wait after each
slow_close[=DURATION] # the connection closes late
close_idle[=DURATION] # \
 the connection closes when it was idle for this time, or just before its next request
limit_data[=BYTES] # a close after this many bytes, or anywhere
gzip[=flushed|whole|truncated|lying|bomb] # \
 a body with this coding: event by event, in one piece, half of it, in name only, or growing without end
deflate[=flushed|whole|truncated|lying|bomb] # the same with this coding
br[=flushed|whole|truncated|lying|bomb] # the same with this coding
zstd[=flushed|whole|truncated|lying|bomb] # the same with this coding
timeout[=DURATION][,POS] # silence; a close after DURATION, or never
reset_peer[:POS] # a reset of the connection
close[:POS] # a close; in a stream, a truncated chunked body
end[:POS] # an end in good order, without an end marker
bad_chunk[:POS] # a chunk whose size is not a number, then a close
goaway[=graceful|CODE][,last=N][,POS] # HTTP/2's GOAWAY
rst_stream[=CODE][,POS] # HTTP/2's RST_STREAM
refused_stream[:POS] # RST_STREAM with REFUSED_STREAM, before an answer
";

impl FaultDoc {
    /// The positions that a fault with `POS` in its usage takes, and what they mean.
    pub const POSITIONS: &[(&str, &str)] = &[
        ("at=start", "before any byte of the answer"),
        ("at=head", "after the head"),
        ("deltas=N", "after N deltas of text, and before what follows the last one"),
        ("inside=N", "in the middle of what follows N deltas"),
        ("at=done", "after the last event, before the body ends"),
        ("bytes=N", "after N bytes of the answer, head and framing included (HTTP/2: of its body)"),
        ("at=anywhere", "at a byte that the seed chooses"),
    ];

    /// Every fault.
    pub fn all() -> impl Iterator<Item = Self> {
        MANUAL.lines().filter_map(|line| {
            let (usage, meaning) = line.split_once(" # ")?;
            let name = usage.split(['=', ':', '[']).next()?;
            Some(Self { name, usage, meaning })
        })
    }

    /// All faults, for the help of a command.
    pub fn table() -> String {
        let line = |it: Self| format!("  {}\n          {}\n", it.usage, it.meaning);
        Self::all().map(line).collect()
    }

    /// All positions, for the help of a command.
    pub fn positions() -> String {
        let line = |(at, meaning): &(&str, &str)| format!("  {at:<12} {meaning}\n");
        Self::POSITIONS.iter().map(line).collect()
    }
}
