//! The forms of arguments, and how each is read. An error is what was expected.

use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use http::{HeaderName, HeaderValue, StatusCode};

use super::grammar::Read;

/// The longest duration, a year: clocks and dates can be so far ahead.
const MAX_DURATION: Duration = Duration::from_hours(365 * 24);

/// The largest size of what is made in memory, for each answer anew.
pub(crate) const MAX_SIZE: usize = 16 << 20;

/// The most headers that a fault adds: a map of headers takes 24,576 names.
const MAX_HEADERS: usize = 20_000;

fn parse<T: FromStr>(bytes: &[u8]) -> Option<T> {
    str::from_utf8(bytes).ok()?.parse().ok()
}

fn expected<T>(found: Option<T>, what: &str) -> Read<T> {
    found.ok_or_else(|| what.to_owned())
}

pub(super) fn text(bytes: &[u8]) -> Read<String> {
    expected(parse(bytes), "text")
}

#[expect(clippy::unnecessary_wraps, reason = "all forms are read in the same way")]
pub(super) fn any(bytes: &[u8]) -> Read<Bytes> {
    Ok(Bytes::copy_from_slice(bytes))
}

pub(super) fn count(bytes: &[u8]) -> Read<usize> {
    expected(parse(bytes), "a whole number")
}

pub(super) fn time(bytes: &[u8]) -> Read<Duration> {
    let found = str::from_utf8(bytes).ok().and_then(duration);
    expected(found, "a duration such as `250ms`, `1.5s` or `2m`, at most `525600m`")
}

/// Bytes that are made in memory.
pub(super) fn size(bytes: &[u8]) -> Read<usize> {
    let size = amount_of(bytes).and_then(|size| usize::try_from(size).ok());
    let size = size.filter(|size| *size <= MAX_SIZE);
    expected(size, "a number of bytes such as `100`, `64KiB` or `8MiB`, at most `16MiB`")
}

/// Bytes that are only announced or counted.
pub(super) fn amount(bytes: &[u8]) -> Read<u64> {
    expected(amount_of(bytes), "a number of bytes such as `100`, `64KiB` or `8MiB`")
}

pub(super) fn rate(bytes: &[u8]) -> Read<u64> {
    let rate = amount_of(bytes).filter(|rate| *rate > 0);
    expected(rate, "a number of bytes per second, 1 or more")
}

pub(super) fn status(bytes: &[u8]) -> Read<StatusCode> {
    let status = parse(bytes).filter(|status: &StatusCode| !status.is_informational());
    expected(status, "a status from 200 to 999")
}

pub(super) fn redirection(bytes: &[u8]) -> Read<StatusCode> {
    expected(parse(bytes).filter(StatusCode::is_redirection), "a status from 300 to 399")
}

pub(super) fn value(bytes: &[u8]) -> Read<HeaderValue> {
    expected(parse(bytes), "a header value")
}

pub(super) fn header(bytes: &[u8]) -> Read<(HeaderName, HeaderValue)> {
    let header = str::from_utf8(bytes).ok().and_then(|text| {
        let (name, value) = text.split_once(':')?;
        Some((name.parse().ok()?, value.trim().parse().ok()?))
    });
    expected(header, "`name: value`")
}

pub(super) fn headers(bytes: &[u8]) -> Read<usize> {
    let count = parse(bytes).filter(|count| *count <= MAX_HEADERS);
    expected(count, "a number of headers, at most 20000")
}

pub(super) fn stream(bytes: &[u8]) -> Read<u32> {
    expected(parse(bytes).filter(|stream| *stream < 1 << 31), "the number of a stream")
}

/// The name of an error code of HTTP/2 (RFC 9113, section 7), or its number.
pub(super) fn code(bytes: &[u8]) -> Read<u32> {
    let named = |code: &u32| format!("{:?}", Reason::from(*code)).as_bytes() == bytes;
    let code = (0..=Reason::HTTP_1_1_REQUIRED.into()).find(named).or_else(|| parse(bytes));
    expected(code, "an error code of HTTP/2 such as `INTERNAL_ERROR`, or its number")
}

/// One of these words.
pub(super) fn word<T: Copy>(words: &[(&str, T)]) -> impl Fn(&[u8]) -> Read<T> {
    |bytes| {
        let found = words.iter().find(|(word, _)| word.as_bytes() == bytes);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let (last, rest) = words.split_last().map_or(("", &[][..]), |(a, b)| (a, b));
            format!("{} or {last}", rest.join(", "))
        })
    }
}

/// Reads `250ms`, `1.5s` or `2m`, at most a year.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|char: char| char.is_ascii_alphabetic())?);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    let number: f64 = number.trim().parse().ok()?;
    let duration = Duration::try_from_secs_f64(number * seconds).ok()?;
    (duration <= MAX_DURATION).then_some(duration)
}

/// Reads `100`, `64KiB`, `8MiB` or `1GiB`.
fn amount_of(bytes: &[u8]) -> Option<u64> {
    let units: [(&[u8], u64); 4] =
        [(b"KiB", 1 << 10), (b"MiB", 1 << 20), (b"GiB", 1 << 30), (b"", 1)];
    let found = units.iter().find_map(|(name, unit)| Some((bytes.strip_suffix(*name)?, *unit)));
    let (number, unit) = found?;
    parse::<u64>(number)?.checked_mul(unit)
}
