//! What can go wrong with one answer.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// What goes wrong with one answer.
///
/// Faults that strike together are put into an answer from the inside out, whatever their order:
/// its events, its coding, its framing, where it breaks, how fast it comes.
///
/// Written as text, a fault is what [`FaultDoc`](crate::FaultDoc) says of it; `FromStr` and
/// `Display` are each other's inverse.
///
/// An answer that is no stream (a plain JSON body) has no deltas: a position after deltas is the
/// middle of its body, whose announced length stays.
///
/// Over HTTP/1.1, a faulty answer is written byte by byte on the socket, so that
/// [`At::Bytes`] counts exactly those. Over HTTP/2, where the answers of a connection share it,
/// positions count bytes of the body; what breaks the connection breaks all its answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// This status instead of an answer.
    Status {
        /// The status.
        status: StatusCode,
        /// Headers beside the usual ones, such as `retry-after`.
        headers: HeaderMap,
        /// A `retry-after` with the date that comes so long after the answer.
        retry_at: Option<Duration>,
        /// The body; without one, the dialect's own error for this status.
        body: Option<Bytes>,
    },
    /// A redirect instead of an answer.
    Redirect {
        /// The status.
        status: StatusCode,
        /// Where to; without it, to the very target of the request, which makes a loop.
        to: Option<HeaderValue>,
    },
    /// These bytes instead of HTTP; then the connection is closed.
    Garbage(Bytes),
    /// The answer with another `Content-Type`, or without one.
    ContentType(Option<HeaderValue>),
    /// One more header. It may repeat or contradict those of the answer.
    Header {
        /// Its name.
        name: HeaderName,
        /// Its value.
        value: HeaderValue,
    },
    /// Many headers, or large ones: `x-filler-1`, `x-filler-2` and so on.
    ManyHeaders {
        /// How many.
        count: usize,
        /// The length of each value, in bytes.
        size: usize,
    },
    /// An error inside a success, in the dialect's own shape; then the stream ends.
    Error {
        /// The provider's name of the error, such as `overloaded_error`.
        error_type: String,
        /// What the error says.
        message: String,
        /// How many deltas of text come first; more than there are: after all of them.
        after: usize,
        /// The error is one JSON body, even where a stream was asked for.
        whole: bool,
    },
    /// An event among the others whose data is no good JSON.
    Malformed {
        /// What its data is.
        what: Malformed,
        /// How many deltas of text come first.
        after: usize,
    },
    /// One more delta with a sequence of bytes that is no UTF-8, and that a decoder replaces by
    /// exactly one U+FFFD.
    InvalidUtf8 {
        /// How many deltas of text come first.
        after: usize,
    },
    /// Something that never ends, in place of the rest.
    Endless {
        /// What.
        what: Endless,
        /// How many deltas of text come first.
        after: usize,
        /// A wait between two pieces; zero for none.
        every: Duration,
    },
    /// A byte order mark before the stream.
    Bom,
    /// A comment before the text whose line has so many bytes.
    LongLine(usize),
    /// Lines end in another way than LF.
    LineEnds(LineEnd),
    /// The whole stream is sent at once, as one chunk.
    OneChunk,
    /// A body with a `Content-Encoding`, whether or not the client accepts it.
    Compress {
        /// Which.
        coding: Coding,
        /// How.
        how: Packing,
    },
    /// A `Content-Length` that is so many bytes longer than the body; then the connection is
    /// closed.
    ShortLength(u64),
    /// A body without any length: it ends where the connection does (HTTP/1.1 only).
    UntilClose,
    /// Everything arrives later.
    Latency {
        /// By so much,
        latency: Duration,
        /// and by up to so much more or less, chosen for each piece. Pieces keep their order.
        jitter: Duration,
    },
    /// At most so many bytes per second.
    Bandwidth(u64),
    /// The bytes come in small pieces.
    Slicer {
        /// The size of a piece, in bytes.
        size: usize,
        /// By how many bytes a piece may be smaller or larger.
        variation: usize,
        /// A wait after each piece.
        delay: Duration,
    },
    /// The answer announces `connection: close`, and the connection closes so long after its end.
    SlowClose(Duration),
    /// The answer is as it should be, and its connection does not live for another one (HTTP/1.1
    /// only): it closes after this idle time, or, without one, as soon as the next request comes,
    /// which gets no answer.
    CloseIdle(Option<Duration>),
    /// The answer breaks.
    Break {
        /// In which way.
        how: Break,
        /// Where.
        at: At,
    },
}

/// How an answer breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Break {
    /// The connection is closed (FIN); in the midst of a stream that is a truncated chunked body.
    Close,
    /// The connection is reset (RST). What the peer's system has not received by then is lost, as
    /// with any reset.
    ResetPeer,
    /// Nothing more comes, and the connection stays open.
    Timeout {
        /// Close it after this long; without it, never.
        close_after: Option<Duration>,
    },
    /// The connection is closed after so many bytes; toxiproxy's name for [`Close`](Self::Close)
    /// at a byte.
    LimitData,
    /// The body ends in good order, without what should come then: no finish chunk, no end marker.
    /// Of positions by bytes, those of the body count.
    End,
    /// A chunk whose size is no number; then the connection is closed. Over HTTP/2, whose bodies
    /// have no such chunks, the stream is reset with `PROTOCOL_ERROR`.
    BadChunk,
    /// HTTP/2's GOAWAY. Over HTTP/1.1, `connection: close` (if graceful), or a close.
    GoAway {
        /// The error code, after which the connection is closed; without one, the answers under
        /// way end as they should and only new requests are refused.
        code: Option<u32>,
        /// The last stream that is said to have been processed.
        last: u32,
    },
    /// HTTP/2's `RST_STREAM` with this error code. Over HTTP/1.1 the connection is closed.
    RstStream(u32),
}

/// Where an answer breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum At {
    /// After the request was read, before any byte of the answer.
    Start,
    /// Behind the head, before any byte of the body.
    Head,
    /// After this many deltas of text (0: after what precedes the first one), and in any case
    /// before what follows the last one.
    Deltas(usize),
    /// In the middle of what follows this many deltas.
    Inside(usize),
    /// Behind the last event, before the end of the body is told.
    Done,
    /// After this many bytes; if the answer has fewer, nothing breaks. Those of an endless answer
    /// are counted up to 64 MiB.
    Bytes(usize),
    /// At a byte that the seed chooses; at least one byte is missing.
    Anywhere,
}

/// Data of an event that should be JSON.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Malformed {
    /// JSON that is cut off.
    Cut,
    /// Words.
    Text,
    /// Ten thousand nested lists.
    Deep,
}

/// What never ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Endless {
    /// A line.
    Line,
    /// An event of more and more lines.
    Event,
    /// Comments, one after the other.
    Comments,
    /// Deltas of text.
    Text,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LineEnd {
    /// CR LF.
    CrLf,
    /// CR.
    Cr,
}

/// A content coding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Coding {
    /// gzip.
    Gzip,
    /// deflate, with the header of zlib.
    Deflate,
    /// Brotli. The mock only wraps bytes in its format, and makes nothing smaller.
    Brotli,
    /// Zstandard. The mock only wraps bytes in its format, and makes nothing smaller.
    Zstd,
}

/// How a body is encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Packing {
    /// Each piece can be decoded as soon as it is there.
    Flushed,
    /// At once, after all pauses, as a proxy does that was never meant for streams.
    Whole,
    /// Whole, without its second half; the body ends in good order.
    Truncated,
    /// Not at all: only the header says so.
    Lying,
    /// Comments without end, a mebibyte of them per piece. A piece is about a kibibyte with gzip
    /// and deflate, which compress.
    Bomb,
}
