//! How long a server asks to wait.

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName};

/// Azure's and `OpenAI`'s header, in milliseconds; finer than `Retry-After` where both are there.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// The longest wait that is told apart from a longer one. It keeps sums with it in range.
const MAX: Duration = Duration::from_hours(365 * 24);

/// How long the server asks to wait, from `now` on. A date that has passed means no wait; a value
/// that cannot be read counts as absent.
pub(crate) fn read(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let milliseconds = text(RETRY_AFTER_MS).and_then(|text| parse_number(text, 1e-3));
    milliseconds.or_else(|| parse(text(RETRY_AFTER)?, now)).map(|wait| wait.min(MAX))
}

/// How long a text of an answer asks to wait, from `now` on: a number of seconds, a date, or a
/// duration as Google (`34.07s`) and OpenAI (`6m0s`, `28ms`) write it. `None` where it is neither.
pub fn asked_wait(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    parse(text, now).or_else(|| parse_units(text)).map(|wait| wait.min(MAX))
}

/// Numbers with units, one after another.
fn parse_units(text: &str) -> Option<Duration> {
    let (mut rest, mut sum) = (text, None::<Duration>);
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, unit) = rest.split_at(unit_at);
        let unit_end = unit.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit.len());
        let seconds = match &unit[..unit_end] {
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let wait = parse_number(number.trim(), seconds)?;
        sum = Some(sum.unwrap_or_default().saturating_add(wait));
        rest = unit[unit_end..].trim_start();
    }
    sum
}

/// A number of seconds, or a date (RFC 9110, section 10.2.3). Some servers send fractions.
fn parse(text: &str, now: SystemTime) -> Option<Duration> {
    parse_number(text, 1.0).or_else(|| {
        let date = httpdate::parse_http_date(text).ok()?;
        Some(date.duration_since(now).unwrap_or_default())
    })
}

fn parse_number(text: &str, unit_in_seconds: f64) -> Option<Duration> {
    // Rust reads `inf` and `nan` too, which no server means.
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let seconds = text.parse::<f64>().ok()? * unit_in_seconds;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moment that RFC 9110 uses in its examples: Sun, 06 Nov 1994 08:49:37 GMT.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)
    }

    #[track_caller]
    fn check(headers: &[(&'static str, &str)], expected: Option<Duration>) {
        let map = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        assert_eq!(read(&map, now()), expected, "{headers:?}");
    }

    #[test]
    fn a_text_may_ask_to_wait_in_units() {
        let seconds = |seconds| Some(Duration::from_secs_f64(seconds));
        for (text, expected) in [
            ("34.07s", seconds(34.07)),
            ("6m0s", seconds(360.0)),
            ("28ms", seconds(0.028)),
            (" 7 ", seconds(7.0)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", seconds(10.0)),
            ("soon", None),
            ("5x", None),
            ("s", None),
            ("", None),
        ] {
            assert_eq!(asked_wait(text, now()), expected, "{text}");
        }
    }

    #[test]
    fn seconds_may_have_a_fraction() {
        check(&[("retry-after", "20")], Some(Duration::from_secs(20)));
        check(&[("retry-after", "0")], Some(Duration::ZERO));
        check(&[("retry-after", " 1.5 ")], Some(Duration::from_millis(1_500)));
    }

    #[test]
    fn all_three_forms_of_a_date_are_read() {
        for date in [
            "Sun, 06 Nov 1994 08:50:37 GMT",
            "Sunday, 06-Nov-94 08:50:37 GMT",
            "Sun Nov  6 08:50:37 1994",
        ] {
            check(&[("retry-after", date)], Some(Duration::from_mins(1)));
        }
    }

    #[test]
    fn a_date_that_has_passed_means_no_wait() {
        check(&[("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT")], Some(Duration::ZERO));
    }

    #[test]
    fn milliseconds_are_finer_and_win() {
        check(&[("retry-after-ms", "250")], Some(Duration::from_millis(250)));
        check(
            &[("retry-after", "1"), ("retry-after-ms", "712.5")],
            Some(Duration::from_micros(712_500)),
        );
    }

    #[test]
    fn nonsense_counts_as_absent() {
        for value in ["", "-1", "soon", "nan", "inf", "+5", "1 s", "Sun, 06 Nov"] {
            check(&[("retry-after", value)], None);
        }
        check(&[("retry-after-ms", "x"), ("retry-after", "2")], Some(Duration::from_secs(2)));
        check(&[], None);
    }

    #[test]
    fn a_very_long_wait_is_a_year() {
        check(&[("retry-after", "1e300")], Some(MAX));
        check(&[("retry-after", "99999999999999999999")], Some(MAX));
    }
}
