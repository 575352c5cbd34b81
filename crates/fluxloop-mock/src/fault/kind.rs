//! What can go wrong with one answer.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use http::{HeaderName, HeaderValue, StatusCode};

use super::grammar::{Arguments, Cursor, Read};
use super::table::{Argument, FaultDoc, Field, faults};
use super::unit::{
    AMOUNT, BYTES, CODE, COUNT, DURATION, FLAG, GO_AWAY, HEADER, HEADERS, MAX_SIZE, MEDIA_TYPE,
    RATE, REDIRECT, SIZE, STATUS, STREAM, TEXT, TYPE, URL, Unit, VALUE, words,
};
use crate::MockError;

/// A fault, as it was written and as it is meant.
///
/// Faults that strike together are put into an answer from the inside out, whatever their order:
/// its events, its coding, its framing, where it breaks, how fast it comes.
///
/// An answer that is no stream (a plain JSON body) has no deltas: a position after deltas is the
/// middle of its body, whose announced length stays.
///
/// Over HTTP/1.1, a faulty answer is written byte by byte on the socket, so that
/// [`At::Bytes`] counts exactly those. Over HTTP/2, where the answers of a connection share it,
/// positions count bytes of the body; what breaks the connection breaks all its answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    text: String,
    /// What it means.
    pub kind: FaultKind,
}

faults! {
    /// What goes wrong with one answer, in the order of what is touched: the answer, its head, its
    /// events, its framing, its flow.
    FaultKind with &[];

    Status "status" "this status instead of an answer; `retry_after` may be anything, `retry_at` \
                     is a date this long after now" {
        status: StatusCode = STATUS;
        retry_after "retry_after": Option<HeaderValue> = VALUE;
        retry_after_ms "retry_after_ms": Option<HeaderValue> = VALUE;
        retry_at "retry_at": Option<Duration> = DURATION;
        headers "header": Vec<(HeaderName, HeaderValue)> = HEADER;
        body "body": Option<Bytes> = BYTES;
    }
    Redirect "redirect" "307 or another, to itself or to this URL" {
        status: StatusCode = REDIRECT.or(|| StatusCode::TEMPORARY_REDIRECT);
        to "to": Option<HeaderValue> = URL;
    }
    Garbage "garbage" "no HTTP at all, then a close" {
        bytes: Bytes = BYTES.or(|| Bytes::from_static(b"\x16\x03 this is not HTTP\r\n"));
    }
    ContentType "content_type" "another media type, or no media type" {
        value: Option<HeaderValue> = MEDIA_TYPE;
    }
    Header "header" "one more header, even a contradicting one" {
        header: (HeaderName, HeaderValue) = HEADER;
    }
    ManyHeaders "many_headers" "N headers of this size" {
        count: usize = HEADERS.or(|| 200);
        size "size": usize = SIZE.or(|| 16);
    }
    Error "error" "an error inside a success, as the provider writes it, after N deltas of text; \
                   `whole`: one JSON body" {
        error_type: String = TYPE.or(|| "server_error".to_owned());
        message "message": String = TEXT.or(|| "the mock fails".to_owned());
        after "deltas": usize = COUNT.or(|| 0);
        whole "whole": bool = FLAG;
    }
    Malformed "malformed" "an event whose data is not valid JSON" {
        what: Malformed = MALFORMED.or(|| Malformed::Cut);
        after "deltas": usize = COUNT.or(|| 0);
    }
    /// A decoder replaces them by exactly one U+FFFD.
    InvalidUtf8 "invalid_utf8" "bytes in the text that are not valid UTF-8" {
        after "deltas": usize = COUNT.or(|| 0);
    }
    Endless "endless" "something without an end in place of the rest" {
        what: Endless = ENDLESS.or(|| Endless::Text);
        after "deltas": usize = COUNT.or(|| 0);
        every "every": Duration = DURATION.or(|| Duration::ZERO);
    }
    Bom "bom" "a byte order mark before the stream"
    LongLine "long_line" "a comment of this length before the text" {
        bytes: usize = SIZE.or(|| 8 << 20);
    }
    LineEnds "line_ends" "lines that end in another way" {
        end: LineEnd = LINE_END.or(|| LineEnd::CrLf);
    }
    OneChunk "one_chunk" "the whole stream at once"
    /// Then the connection is closed.
    ShortLength "short_length" "this many bytes fewer than announced" {
        bytes: u64 = AMOUNT.or(|| 100);
    }
    /// HTTP/1.1 only.
    UntilClose "until_close" "a body of no length that ends with the connection"
    /// The jitter, more or less, is chosen for each piece. Pieces keep their order.
    Latency "latency" "everything comes later" {
        latency: Duration = DURATION.or(|| Duration::from_millis(100));
        jitter "jitter": Duration = DURATION.or(|| Duration::ZERO);
    }
    Bandwidth "bandwidth" "at most this many bytes per second" {
        rate: u64 = RATE;
    }
    Slicer "slicer" "small pieces, with a wait after each" {
        size: usize = SIZE.or(|| 1);
        variation "variation": usize = SIZE.or(|| 0);
        delay "delay": Duration = DURATION.or(|| Duration::ZERO);
    }
    /// The answer announces `connection: close`.
    SlowClose "slow_close" "the connection closes late" {
        delay: Duration = DURATION.or(|| Duration::from_secs(1));
    }
    /// HTTP/1.1 only. The next request gets no answer.
    CloseIdle "close_idle" "the connection closes when it was idle for this time, or just before \
                            its next request" {
        idle: Option<Duration> = DURATION;
    }
    LimitData "limit_data" "a close after this many bytes, or anywhere" {
        bytes: Option<usize> = SIZE;
    }
    + {
        /// A body with a `Content-Encoding`, whether or not the client accepts it.
        Compress {
            /// Which.
            coding: Coding,
            /// How.
            how: Packing,
        },
        /// The answer breaks.
        Break {
            /// In which way.
            how: Break,
            /// Where.
            at: At,
        },
    }
}

faults! {
    /// A content coding. The mock only wraps bytes in the formats of `br` and `zstd`, and makes
    /// nothing smaller.
    #[derive(Copy, Eq)]
    Coding with &[Argument::new::<_, Packing>("", &PACKING.or(|| Packing::Flushed))];

    Gzip "gzip" "a body with this coding: event by event, in one piece, half of it, in name only, \
                 or growing without end"
    Deflate "deflate" "the same with this coding"
    Brotli "br" "the same with this coding"
    Zstd "zstd" "the same with this coding"
}

faults! {
    /// How an answer breaks.
    #[derive(Copy, Eq)]
    Break with &[Argument::new::<_, Option<()>>("POS", &FLAG)];

    Timeout "timeout" "silence; a close after DURATION, or never" {
        close_after: Option<Duration> = DURATION;
    }
    /// What the peer's system has not received by then is lost, as with any reset.
    ResetPeer "reset_peer" "a reset of the connection"
    Close "close" "a close; in a stream, a truncated chunked body"
    /// Of positions by bytes, those of the body count.
    End "end" "an end in good order, without an end marker"
    /// Over HTTP/2, whose bodies have no such chunks, the stream is reset with `PROTOCOL_ERROR`.
    BadChunk "bad_chunk" "a chunk whose size is not a number, then a close"
    /// Over HTTP/1.1, `connection: close` (if graceful), or a close. After a code the connection
    /// is closed; without a code, the answers under way end as they should and only new requests
    /// are refused. `last` is the last stream that is said to have been processed.
    GoAway "goaway" "HTTP/2's GOAWAY" {
        code: Option<u32> = GO_AWAY.or(|| Some(0));
        last "last": u32 = STREAM.or(|| 0);
    }
    /// Over HTTP/1.1 the connection is closed.
    RstStream "rst_stream" "HTTP/2's RST_STREAM" {
        code: u32 = CODE.or(|| Reason::INTERNAL_ERROR.into());
    }
    RefusedStream "refused_stream" "RST_STREAM with REFUSED_STREAM, before an answer"
}

words! {
    /// Data of an event that should be JSON.
    Malformed MALFORMED {
        Cut "cut" "JSON that is cut off."
        Text "text" "Words."
        Deep "deep" "Ten thousand nested lists."
    }
}

words! {
    /// What never ends.
    Endless ENDLESS {
        Line "line" "A line."
        Event "event" "An event of more and more lines."
        Comments "comments" "Comments, one after the other."
        Text "text" "Deltas of text."
    }
}

words! {
    /// How a line ends.
    LineEnd LINE_END {
        CrLf "crlf" "CR LF."
        Cr "cr" "CR."
    }
}

words! {
    /// How a body is encoded.
    Packing PACKING {
        Flushed "flushed" "Each piece can be decoded as soon as it is there."
        Whole "whole" "At once, after all pauses, as a proxy does that was never meant for streams."
        Truncated "truncated" "Whole, without its second half; the body ends in good order."
        Lying "lying" "Not at all: only the header says so."
        Bomb "bomb" "Comments without end, a mebibyte per piece, which gzip and deflate compress."
    }
}

/// Where an answer breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum At {
    /// After the request was read, before any byte of the answer.
    Start,
    /// After the head, before any byte of the body.
    Head,
    /// After this many deltas of text (0: after what precedes the first one), and in any case
    /// before what follows the last one.
    Deltas(usize),
    /// In the middle of what follows this many deltas.
    Inside(usize),
    /// After the last event, before the end of the body.
    Done,
    /// After this many bytes; if the answer has fewer, nothing breaks. Those of an endless answer
    /// are counted up to 64 MiB.
    Bytes(usize),
    /// At a byte that the seed chooses; at least one byte is missing.
    Anywhere,
}

const AT: Unit<At> = Unit::new("start|head|done|anywhere", "", |word| match word {
    b"start" => Some(At::Start),
    b"head" => Some(At::Head),
    b"done" => Some(At::Done),
    b"anywhere" => Some(At::Anywhere),
    _ => None,
});

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
    pub fn all() -> impl Iterator<Item = &'static Self> {
        FaultKind::DOCS.iter().chain(Coding::DOCS).chain(Break::DOCS)
    }

    /// All faults, for the help of a command.
    pub fn table() -> String {
        let line = |it: &Self| format!("  {}\n          {}\n", it.usage(), it.meaning);
        Self::all().map(line).collect::<Vec<_>>().concat()
    }

    /// All positions, for the help of a command.
    pub fn positions() -> String {
        let line = |(at, meaning): &(&str, &str)| format!("  {at:<12} {meaning}\n");
        Self::POSITIONS.iter().map(line).collect::<Vec<_>>().concat()
    }
}

impl Fault {
    /// Reads the fault that comes next.
    pub(super) fn next(cursor: &mut Cursor<'_>) -> Read<Self> {
        let text = cursor.rest;
        let mut given = cursor.fault()?;
        let kind = FaultKind::read(&mut given)?;
        given.finish()?;
        Ok(Self { text: text[..text.len() - cursor.rest.len()].to_owned(), kind })
    }
}

impl Display for Fault {
    /// As it was written.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Fault {
    type Err = MockError;

    /// Reads a fault; see [`FaultDoc`] for what there is.
    fn from_str(text: &str) -> Result<Self, MockError> {
        Cursor::read(text, |cursor| {
            let fault = Self::next(cursor)?;
            cursor.end("`,` or the end")?;
            Ok(fault)
        })
    }
}

impl FaultKind {
    fn read(given: &mut Arguments<'_>) -> Read<Self> {
        let kind = if let Some(kind) = Self::take(given)? {
            kind
        } else if let Some(coding) = Coding::take(given)? {
            Self::Compress {
                coding,
                how: Field::take(given, "", &PACKING.or(|| Packing::Flushed))?,
            }
        } else if let Some(how) = Break::take(given)? {
            Self::Break { how, at: At::take(given)?.unwrap_or_else(|| how.usually_at()) }
        } else {
            let known: Vec<_> = FaultDoc::all().map(|doc| doc.name).collect();
            let known = known.join("`, `");
            return Err(format!("unknown fault `{}`, known are `{known}`", given.name));
        };
        kind.check().map_or(Ok(kind), |problem| Err(problem.to_owned()))
    }

    /// What makes no sense together.
    fn check(&self) -> Option<&'static str> {
        match self {
            Self::ManyHeaders { count, size } if count.saturating_mul(*size) > MAX_SIZE => {
                Some("`many_headers` needs values of at most `64MiB` together")
            }
            Self::Slicer { size, variation, .. } if variation >= size => Some(
                "`slicer` needs pieces of 1 byte or more: the variation must be below the size",
            ),
            _ => None,
        }
    }

    /// How and where the answer breaks, if it does.
    pub(crate) fn breaks(&self) -> Option<(Break, At)> {
        match *self {
            Self::Break { how, at } => Some((how, at)),
            Self::LimitData { bytes } => {
                Some((Break::Close, bytes.map_or(At::Anywhere, At::Bytes)))
            }
            _ => None,
        }
    }
}

impl Break {
    /// Where it happens if the fault does not say.
    fn usually_at(self) -> At {
        match self {
            Self::End => At::Deltas(usize::MAX),
            Self::BadChunk => At::Head,
            _ => At::Start,
        }
    }
}

impl At {
    /// The position that is given, at most one.
    fn take(given: &mut Arguments<'_>) -> Read<Option<Self>> {
        let given = [
            given.take("at", &AT)?,
            given.take("deltas", &COUNT)?.map(Self::Deltas),
            given.take("inside", &COUNT)?.map(Self::Inside),
            given.take("bytes", &SIZE)?.map(Self::Bytes),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (_, Some(_)) => {
                Err("only one of `at`, `deltas`, `inside` and `bytes` can hold".to_owned())
            }
            (at, None) => Ok(at),
        }
    }
}

impl Coding {
    /// Its name in `Content-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        Self::DOCS[self as usize].name
    }
}
