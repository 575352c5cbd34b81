//! What can go wrong with one answer.

use std::fmt::{self, Display, Formatter};
use std::iter::from_fn;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use http::{HeaderName, HeaderValue, StatusCode};

use super::FaultDoc;
use super::grammar::{Arguments, Cursor, Read};
use super::unit::{
    MAX_SIZE, amount, any, code, count, header, headers, rate, redirection, size, status, stream,
    text, time, value, word,
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

/// What goes wrong with one answer. [`FaultDoc`] says what each fault and its arguments mean.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names are those of the written form")]
pub enum FaultKind {
    Status {
        status: StatusCode,
        retry_after: Option<HeaderValue>,
        retry_after_ms: Option<HeaderValue>,
        retry_at: Option<Duration>,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Option<Bytes>,
    },
    Redirect {
        status: StatusCode,
        to: Option<HeaderValue>,
    },
    Garbage {
        bytes: Bytes,
    },
    ContentType {
        value: Option<HeaderValue>,
    },
    Header {
        header: (HeaderName, HeaderValue),
    },
    ManyHeaders {
        count: usize,
        size: usize,
    },
    Error {
        error_type: String,
        message: String,
        after: usize,
        whole: bool,
    },
    Malformed {
        what: Malformed,
        after: usize,
    },
    /// A decoder replaces the bytes by exactly one U+FFFD.
    InvalidUtf8 {
        after: usize,
    },
    Endless {
        what: Endless,
        after: usize,
        every: Duration,
    },
    Bom,
    LongLine {
        bytes: usize,
    },
    LineEnds {
        end: LineEnd,
    },
    OneChunk,
    /// Then the connection is closed.
    ShortLength {
        bytes: u64,
    },
    /// HTTP/1.1 only.
    UntilClose,
    /// The jitter, more or less, is chosen for each piece. Pieces keep their order.
    Latency {
        latency: Duration,
        jitter: Duration,
    },
    Bandwidth {
        rate: u64,
    },
    Slicer {
        size: usize,
        variation: usize,
        delay: Duration,
    },
    /// The answer announces `connection: close`.
    SlowClose {
        delay: Duration,
    },
    /// HTTP/1.1 only. The next request gets no answer.
    CloseIdle {
        idle: Option<Duration>,
    },
    LimitData {
        bytes: Option<usize>,
    },
    /// A body with a `Content-Encoding`, whether or not the client accepts it.
    Compress {
        coding: Coding,
        how: Packing,
    },
    Break {
        how: Break,
        at: At,
    },
}

/// A content coding. The mock only wraps bytes in the formats of `br` and `zstd`, and makes
/// nothing smaller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names are those of the written form")]
pub enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// How an answer breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the names are those of the written form")]
pub enum Break {
    Timeout {
        close_after: Option<Duration>,
    },
    /// What the peer's system has not received by then is lost, as with any reset.
    ResetPeer,
    Close,
    /// Of positions by bytes, those of the body count.
    End,
    /// Over HTTP/2, whose bodies have no such chunks, the stream is reset with `PROTOCOL_ERROR`.
    BadChunk,
    /// Over HTTP/1.1, `connection: close` (if graceful), or a close. After a code the connection
    /// is closed; without a code, the answers under way end as they should and only new requests
    /// are refused. `last` is the last stream that is said to have been processed.
    GoAway {
        code: Option<u32>,
        last: u32,
    },
    /// Over HTTP/1.1 the connection is closed.
    RstStream {
        code: u32,
    },
    RefusedStream,
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
#[expect(missing_docs, reason = "the names say it")]
pub enum LineEnd {
    CrLf,
    Cr,
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
    /// Comments without end, a mebibyte per piece, which gzip and deflate compress.
    Bomb,
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
    /// are counted up to 16 MiB.
    Bytes(usize),
    /// At a byte that the seed chooses; at least one byte is missing.
    Anywhere,
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
    pub(super) fn read(a: &mut Arguments<'_>) -> Read<Self> {
        let ms = Duration::from_millis;
        let kind = match a.name {
            "status" => Self::Status {
                status: a.need("", status)?,
                retry_after: a.take("retry_after", value)?,
                retry_after_ms: a.take("retry_after_ms", value)?,
                retry_at: a.take("retry_at", time)?,
                headers: from_fn(|| a.take("header", header).transpose()).collect::<Read<_>>()?,
                body: a.take("body", any)?,
            },
            "redirect" => Self::Redirect {
                status: a.take("", redirection)?.unwrap_or(StatusCode::TEMPORARY_REDIRECT),
                to: a.take("to", value)?,
            },
            "garbage" => {
                let usual = Bytes::from_static(b"\x16\x03 this is not HTTP\r\n");
                Self::Garbage { bytes: a.take("", any)?.unwrap_or(usual) }
            }
            "content_type" => Self::ContentType { value: a.take("", value)? },
            "header" => Self::Header { header: a.need("", header)? },
            "many_headers" => Self::ManyHeaders {
                count: a.take("", headers)?.unwrap_or(200),
                size: a.take("size", size)?.unwrap_or(16),
            },
            "error" => Self::Error {
                error_type: a.take("", text)?.unwrap_or_else(|| "server_error".to_owned()),
                message: a.take("message", text)?.unwrap_or_else(|| "the mock fails".to_owned()),
                after: deltas(a)?,
                whole: a.flag("whole")?,
            },
            "malformed" => {
                let words =
                    [("cut", Malformed::Cut), ("text", Malformed::Text), ("deep", Malformed::Deep)];
                let what = a.take("", word(&words))?.unwrap_or(Malformed::Cut);
                Self::Malformed { what, after: deltas(a)? }
            }
            "invalid_utf8" => Self::InvalidUtf8 { after: deltas(a)? },
            "endless" => {
                use Endless::{Comments, Event, Line, Text};
                let words =
                    [("line", Line), ("event", Event), ("comments", Comments), ("text", Text)];
                let what = a.take("", word(&words))?.unwrap_or(Text);
                let (after, every) = (deltas(a)?, a.take("every", time)?.unwrap_or_default());
                Self::Endless { what, after, every }
            }
            "bom" => Self::Bom,
            "long_line" => Self::LongLine { bytes: a.take("", size)?.unwrap_or(8 << 20) },
            "line_ends" => {
                let end = a.take("", word(&[("crlf", LineEnd::CrLf), ("cr", LineEnd::Cr)]))?;
                Self::LineEnds { end: end.unwrap_or(LineEnd::CrLf) }
            }
            "one_chunk" => Self::OneChunk,
            "short_length" => Self::ShortLength { bytes: a.take("", amount)?.unwrap_or(100) },
            "until_close" => Self::UntilClose,
            "latency" => Self::Latency {
                latency: a.take("", time)?.unwrap_or(ms(100)),
                jitter: a.take("jitter", time)?.unwrap_or_default(),
            },
            "bandwidth" => Self::Bandwidth { rate: a.need("", rate)? },
            "slicer" => Self::Slicer {
                size: a.take("", size)?.unwrap_or(1),
                variation: a.take("variation", size)?.unwrap_or(0),
                delay: a.take("delay", time)?.unwrap_or_default(),
            },
            "slow_close" => Self::SlowClose { delay: a.take("", time)?.unwrap_or(ms(1_000)) },
            "close_idle" => Self::CloseIdle { idle: a.take("", time)? },
            "limit_data" => Self::LimitData { bytes: a.take("", size)? },
            _ => match (Coding::named(a.name), Break::read(a)?) {
                (Some(coding), _) => Self::Compress { coding, how: Packing::read(a)? },
                (_, Some(how)) => {
                    Self::Break { how, at: At::read(a)?.unwrap_or_else(|| how.usually_at()) }
                }
                (None, None) => {
                    let known: Vec<_> = FaultDoc::all().map(|doc| doc.name).collect();
                    let known = known.join("`, `");
                    return Err(format!("unknown fault `{}`, known are `{known}`", a.name));
                }
            },
        };
        kind.check().map_or(Ok(kind), |problem| Err(problem.to_owned()))
    }

    /// What makes no sense together.
    fn check(&self) -> Option<&'static str> {
        match self {
            Self::ManyHeaders { count, size } if count.saturating_mul(*size) > MAX_SIZE => {
                Some("`many_headers` needs values of at most `16MiB` together")
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
    fn read(a: &mut Arguments<'_>) -> Read<Option<Self>> {
        Ok(Some(match a.name {
            "timeout" => Self::Timeout { close_after: a.take("", time)? },
            "reset_peer" => Self::ResetPeer,
            "close" => Self::Close,
            "end" => Self::End,
            "bad_chunk" => Self::BadChunk,
            "goaway" => {
                // A graceful one has no code.
                let code = |bytes: &[u8]| match bytes {
                    b"graceful" => Ok(None),
                    _ => code(bytes).map(Some),
                };
                let code = a.take("", code)?.unwrap_or(Some(0));
                Self::GoAway { code, last: a.take("last", stream)?.unwrap_or(0) }
            }
            "rst_stream" => {
                Self::RstStream { code: a.take("", code)?.unwrap_or(Reason::INTERNAL_ERROR.into()) }
            }
            "refused_stream" => Self::RefusedStream,
            _ => return Ok(None),
        }))
    }

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
    fn read(a: &mut Arguments<'_>) -> Read<Option<Self>> {
        use At::{Anywhere, Done, Head, Start};
        let words = [("start", Start), ("head", Head), ("done", Done), ("anywhere", Anywhere)];
        let given = [
            a.take("at", word(&words))?,
            a.take("deltas", count)?.map(Self::Deltas),
            a.take("inside", count)?.map(Self::Inside),
            a.take("bytes", size)?.map(Self::Bytes),
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

impl Packing {
    fn read(a: &mut Arguments<'_>) -> Read<Self> {
        let words = [
            ("flushed", Self::Flushed),
            ("whole", Self::Whole),
            ("truncated", Self::Truncated),
            ("lying", Self::Lying),
            ("bomb", Self::Bomb),
        ];
        Ok(a.take("", word(&words))?.unwrap_or(Self::Flushed))
    }
}

impl Coding {
    const NAMES: [(&str, Self); 4] = [
        ("gzip", Self::Gzip),
        ("deflate", Self::Deflate),
        ("br", Self::Brotli),
        ("zstd", Self::Zstd),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, coding)| *coding)
    }

    /// Its name in `Content-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}

fn deltas(a: &mut Arguments<'_>) -> Read<usize> {
    Ok(a.take("deltas", count)?.unwrap_or(0))
}
