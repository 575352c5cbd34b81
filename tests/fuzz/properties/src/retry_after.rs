//! `Retry-After` and its like: whatever a server sends, the wait is what it asked for.
//!
//! The input is lines of headers, `name: value`. Lines that are none are left out.

// The file and not its crate: that brings the HTTP client and its cryptography, which takes minutes
// to build, and the fuzz targets are built in every check of a change.
#[path = "../../../../crates/fluxloop-http/src/retry_after.rs"]
#[expect(unreachable_pub, reason = "its own crate exports it")]
mod subject;

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};
use subject::{asked_wait, read, until_reset, wait_in_words};

/// What has a meaning in the header, and what comes near.
pub(crate) const TOKENS: &[&str] = &[
    "\n",
    "retry-after: ",
    "x-ratelimit-remaining: 0",
    "x-ratelimit-reset: ",
    "try again in ",
    "6m0s",
    "1994-11-06T08:49:37Z",
    "retry-after-ms: ",
    "Retry-After:",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Mon, ",
    "Tuesday, ",
    "Feb",
    "29 Feb 2096",
    "31 Dec 9999",
    "23:59:60",
    " GMT",
    " UTC",
    "+0000",
    "1970",
    "0",
    "00",
    "1",
    "120",
    "1.5",
    ".5",
    ".",
    "-",
    "+",
    "e",
    "1e300",
    "1E-9",
    "inf",
    "nan",
    "0x10",
    "18446744073709551616",
    "31536000",
    ",",
    ";",
    " ",
    "\t",
    "é",
];

/// The longest wait that is told apart from a longer one.
const YEAR: Duration = Duration::from_hours(365 * 24);

/// What floating point may cost.
const TOLERANCE: Duration = Duration::from_micros(1);

/// For how much later it is asked again.
const LATER: Duration = Duration::from_hours(1);

/// The moment that RFC 9110 uses in its examples: Sun, 06 Nov 1994 08:49:37 GMT.
const NOW: Duration = Duration::from_secs(784_111_777);

/// Digits are what they say, and what is waited for does not move: a number is the same wait at any
/// time, a date the same moment.
///
/// # Panics
///
/// If the input breaks the property.
pub fn retry_after(input: &[u8]) {
    let headers = headers(input);
    let now = SystemTime::UNIX_EPOCH + NOW;
    let asked = str::from_utf8(input).ok().and_then(|text| asked_wait(text, now));
    assert!(asked.is_none_or(|wait| wait <= YEAR), "{asked:?}");
    let words = str::from_utf8(input).ok().and_then(|text| wait_in_words(text, now));
    let reset = until_reset(&headers, now);
    assert!(words.max(reset).is_none_or(|wait| wait <= YEAR), "{words:?} {reset:?}");
    let wait = read(&headers, now);
    if let Some(expected) = in_digits(&headers) {
        let wait = wait.expect("digits are a number");
        assert!(wait.abs_diff(expected) < TOLERANCE, "{wait:?}, not {expected:?}, of {headers:?}");
    }
    let later = read(&headers, now + LATER);
    let Some(wait) = wait else {
        assert_eq!(later, None, "{headers:?}");
        return;
    };
    assert!(wait <= YEAR, "{wait:?} of {headers:?}");
    let later = later.expect("it can be read at any time");
    // Of what lies beyond the year, nothing is known.
    if later != wait && wait < YEAR {
        assert_eq!(later, wait.saturating_sub(LATER), "{headers:?}");
    }
    check_date(now, Duration::from_secs(wait.as_secs()));
}

/// The moment of a wait is that wait when it is written as RFC 9110 wants it.
fn check_date(now: SystemTime, wait: Duration) {
    let date = httpdate::fmt_http_date(now + wait);
    let value = HeaderValue::from_str(&date).expect("a date is a header");
    assert_eq!(read(&HeaderMap::from_iter([(RETRY_AFTER, value)]), now), Some(wait), "{date}");
    let timestamp = jiff::Timestamp::try_from(now + wait).expect("it is in this millennium");
    assert_eq!(asked_wait(&timestamp.to_string(), now), Some(wait), "{timestamp}");
}

/// The headers that the lines of the input are.
fn headers(input: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in input.split(|&byte| byte == b'\n') {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let name = HeaderName::from_bytes(name);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.trim_ascii())) {
            headers.append(name, value);
        }
    }
    headers
}

/// The wait, where the header that counts is plain digits.
fn in_digits(headers: &HeaderMap) -> Option<Duration> {
    let digits = |name| {
        let text = headers.get(name)?.to_str().ok()?;
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let wait = match headers.get("retry-after-ms") {
        Some(_) => Duration::from_millis(digits("retry-after-ms")?),
        None => Duration::from_secs(digits("retry-after")?),
    };
    Some(wait.min(YEAR))
}
