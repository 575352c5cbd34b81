//! Reads a fault's name and arguments.

use std::str::FromStr;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::arguments::{Arguments, Read};
use super::grammar::Cursor;
use super::words::Words;
use super::{At, Break, Coding, Endless, Fault, FaultDoc, LineEnd, Malformed, Packing, units};
use crate::MockError;

/// How many more bytes a short body announces, if nobody says.
const SHORT_BY: usize = 100;

/// The most headers that a fault adds: a map of headers takes 24,576 names.
const MAX_HEADERS: usize = 20_000;

/// What a peer says that speaks something else than HTTP.
const GARBAGE: &[u8] = b"\x16\x03 this is not HTTP\r\n";

impl FromStr for Fault {
    type Err = MockError;

    /// Reads a fault; see [`FaultDoc`] for what there is.
    fn from_str(text: &str) -> Result<Self, MockError> {
        let mut cursor = Cursor::new(text);
        let fault = next_fault(&mut cursor).and_then(|fault| {
            let end = cursor.is_at_end();
            if end { Ok(fault) } else { Err(cursor.unexpected("`,` or the end")) }
        });
        fault.map_err(|problem| MockError::Fault { text: text.to_owned(), problem })
    }
}

/// The fault that comes next.
pub(super) fn next_fault(cursor: &mut Cursor<'_>) -> Read<Fault> {
    let mut arguments = cursor.fault()?;
    let fault = fault(&mut arguments)?;
    arguments.finish()?;
    Ok(fault)
}

fn fault(given: &mut Arguments) -> Read<Fault> {
    let name = given.name.clone();
    Ok(match name.as_str() {
        "status" => status(given)?,
        "redirect" => redirect(given)?,
        "garbage" => {
            Fault::Garbage(given.main_bytes().unwrap_or_else(|| GARBAGE.into()).into_vec().into())
        }
        "content_type" => Fault::ContentType(given.main_parsed("a header value", header_value)?),
        "header" => {
            let text = given.main()?.ok_or("`header` needs a value such as `\"name: value\"`")?;
            let (name, value) = header(&text)?;
            Fault::Header { name, value }
        }
        "many_headers" => many_headers(given)?,
        "error" => Fault::Error {
            error_type: given.main()?.unwrap_or_else(|| "server_error".to_owned()),
            message: given.text("message")?.unwrap_or_else(|| "the mock fails".to_owned()),
            after: deltas(given)?,
            whole: given.flag("whole")?,
        },
        "malformed" => Fault::Malformed {
            what: given.main_word()?.unwrap_or(Malformed::Cut),
            after: deltas(given)?,
        },
        "invalid_utf8" => Fault::InvalidUtf8 { after: deltas(given)? },
        "endless" => Fault::Endless {
            what: given.main_word()?.unwrap_or(Endless::Text),
            after: deltas(given)?,
            every: given.duration("every")?.unwrap_or(Duration::ZERO),
        },
        "bom" => Fault::Bom,
        "long_line" => Fault::LongLine(given.main_size()?.unwrap_or(8 << 20)),
        "line_ends" => Fault::LineEnds(given.main_word()?.unwrap_or(LineEnd::CrLf)),
        "one_chunk" => Fault::OneChunk,
        "short_length" => Fault::ShortLength(
            given
                .main_parsed(units::AN_AMOUNT, units::amount)?
                .unwrap_or(SHORT_BY)
                .try_into()
                .unwrap_or(u64::MAX),
        ),
        "until_close" => Fault::UntilClose,
        "latency" => Fault::Latency {
            latency: given.main_duration()?.unwrap_or(Duration::from_millis(100)),
            jitter: given.duration("jitter")?.unwrap_or_default(),
        },
        "bandwidth" => Fault::Bandwidth(
            given
                .main_parsed("bytes per second, 1 or more", units::amount)?
                .and_then(|rate| u64::try_from(rate).ok())
                .filter(|rate| *rate > 0)
                .ok_or("`bandwidth` needs a number of bytes per second, 1 or more")?,
        ),
        "slicer" => slicer(given)?,
        "slow_close" => Fault::SlowClose(given.main_duration()?.unwrap_or(Duration::from_secs(1))),
        "close_idle" => Fault::CloseIdle(given.main_duration()?),
        name => match Coding::read(name) {
            Some(coding) => {
                Fault::Compress { coding, how: given.main_word()?.unwrap_or(Packing::Flushed) }
            }
            None => breaking(given)?,
        },
    })
}

fn status(given: &mut Arguments) -> Read<Fault> {
    let expected = "a status from 200 to 999";
    let status = given.main_parsed(expected, final_status)?;
    let status = status.ok_or_else(|| format!("`status` needs {expected}"))?;
    let mut headers = HeaderMap::new();
    for (key, name) in [("retry_after", "retry-after"), ("retry_after_ms", "retry-after-ms")] {
        if let Some(value) = given.parsed(key, "a header value", header_value)? {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    while let Some(text) = given.text("header")? {
        let (name, value) = header(&text)?;
        headers.append(name, value);
    }
    let retry_at = given.duration("retry_at")?;
    let body = given.bytes("body")?.map(|body| body.into_vec().into());
    Ok(Fault::Status { status, headers, retry_at, body })
}

fn redirect(given: &mut Arguments) -> Read<Fault> {
    let is_redirect = |text: &str| final_status(text).filter(StatusCode::is_redirection);
    let status = given.main_parsed("a status from 300 to 399", is_redirect)?;
    let status = status.unwrap_or(StatusCode::TEMPORARY_REDIRECT);
    Ok(Fault::Redirect { status, to: given.parsed("to", "a URL", header_value)? })
}

fn many_headers(given: &mut Arguments) -> Read<Fault> {
    let expected = format!("a number of headers, at most {MAX_HEADERS}");
    let number = |text: &str| text.parse().ok().filter(|count| *count <= MAX_HEADERS);
    let count = given.main_parsed(&expected, number)?.unwrap_or(200);
    let size = given.size("size")?.unwrap_or(16);
    if count.saturating_mul(size) > units::MAX_SIZE {
        return Err("`many_headers` needs values of at most `64MiB` together".to_owned());
    }
    Ok(Fault::ManyHeaders { count, size })
}

fn slicer(given: &mut Arguments) -> Read<Fault> {
    let size = given.main_size()?.unwrap_or(1);
    let variation = given.size("variation")?.unwrap_or(0);
    if variation >= size {
        let problem =
            "`slicer` needs pieces of 1 byte or more: the variation must be below the size";
        return Err(problem.to_owned());
    }
    Ok(Fault::Slicer { size, variation, delay: given.duration("delay")?.unwrap_or_default() })
}

/// What breaks an answer somewhere.
fn breaking(given: &mut Arguments) -> Read<Fault> {
    let mut default = At::Start;
    let name = given.name.clone();
    let how = match name.as_str() {
        "close" => Break::Close,
        "reset_peer" => Break::ResetPeer,
        "timeout" => Break::Timeout { close_after: given.main_duration()? },
        "limit_data" => {
            default = given.main_size()?.map_or(At::Anywhere, At::Bytes);
            return Ok(Fault::Break { how: Break::LimitData, at: default });
        }
        "end" => {
            default = At::Deltas(usize::MAX);
            Break::End
        }
        "bad_chunk" => {
            default = At::Head;
            Break::BadChunk
        }
        "goaway" => go_away(given)?,
        "rst_stream" => {
            let code = given.main_parsed(units::A_CODE, units::code)?;
            Break::RstStream(code.unwrap_or(h2::Reason::INTERNAL_ERROR.into()))
        }
        "refused_stream" => Break::RstStream(h2::Reason::REFUSED_STREAM.into()),
        _ => return Err(unknown(&name)),
    };
    Ok(Fault::Break { how, at: at(given)?.unwrap_or(default) })
}

fn go_away(given: &mut Arguments) -> Read<Break> {
    let code = |text: &str| match text {
        "graceful" => Some(None),
        text => units::code(text).map(Some),
    };
    let code = given.main_parsed(units::A_CODE, code)?.unwrap_or(Some(0));
    let last = given.parsed("last", "the number of a stream", |text| {
        text.parse().ok().filter(|stream| *stream < 1 << 31)
    })?;
    Ok(Break::GoAway { code, last: last.unwrap_or(0) })
}

/// The position that is given, at most one.
fn at(given: &mut Arguments) -> Read<Option<At>> {
    let given = [
        given.parsed("at", &At::expected(), At::read)?,
        given.count("deltas")?.map(At::Deltas),
        given.count("inside")?.map(At::Inside),
        given.size("bytes")?.map(At::Bytes),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (_, Some(_)) => Err("only one of `at`, `deltas`, `inside` and `bytes` can hold".to_owned()),
        (at, None) => Ok(at),
    }
}

fn deltas(given: &mut Arguments) -> Read<usize> {
    Ok(given.count("deltas")?.unwrap_or(0))
}

fn final_status(text: &str) -> Option<StatusCode> {
    StatusCode::from_bytes(text.as_bytes()).ok().filter(|status| !status.is_informational())
}

fn header_value(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()
}

/// A header in the form `name: value`.
fn header(text: &str) -> Read<(HeaderName, HeaderValue)> {
    let read = || {
        let (name, value) = text.split_once(':')?;
        Some((name.parse().ok()?, header_value(value.trim())?))
    };
    read().ok_or_else(|| format!("`header=\"{text}\"`: expected `name: value`"))
}

fn unknown(name: &str) -> String {
    let known: Vec<_> = FaultDoc::ALL.iter().map(|doc| doc.name).collect();
    format!("unknown fault `{name}`, known are `{}`", known.join("`, `"))
}
