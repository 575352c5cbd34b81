//! How long a server asks to wait.

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName};

/// Azure's and `OpenAI`'s header, in milliseconds; finer than `Retry-After` where both are there.
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// The longest wait that is told apart from a longer one. It keeps sums with it in range.
const MAX: Duration = Duration::from_hours(365 * 24);

/// What the names of headers about limits contain.
const LIMITS: [&str; 2] = ["ratelimit", "rate-limit"];

/// The words in such names for what is left of a limit, and for when the limit begins anew.
const REMAINING: &str = "remaining";
const RESET: &str = "reset";

/// Words that a wait follows in a message: "please try again in 1.2s".
const ASKS: [&str; 4] = ["try again", "retry", "wait", "reset"];

/// How many bytes may stand between such words and the wait.
const MAX_GAP: usize = 20;

/// Numbers from here on are times since 1970, in seconds, and from there on in milliseconds.
const EPOCH: f64 = 1e9;
const EPOCH_MS: f64 = 1e11;

/// The units of a duration, in seconds.
const UNITS: [(&[&str], f64); 5] = [
    (&["ms", "msec", "msecs", "millisecond", "milliseconds"], 1e-3),
    (&["s", "sec", "secs", "second", "seconds"], 1.0),
    (&["m", "min", "mins", "minute", "minutes"], 60.0),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600.0),
    (&["d", "day", "days"], 86_400.0),
];

/// How long the server asks to wait, from `now` on. A date that has passed means no wait; a value
/// that cannot be read counts as absent.
pub(crate) fn read(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let milliseconds = text(RETRY_AFTER_MS).and_then(number);
    let milliseconds = milliseconds.map(|number| duration(number * 1e-3));
    milliseconds.or_else(|| {
        let text = text(RETRY_AFTER)?;
        // Its numbers are seconds, however large (RFC 9110, section 10.2.3).
        number(text).map(duration).or_else(|| asked_wait(text, now))
    })
}

/// How long until every limit begins anew of which nothing is left: `x-ratelimit-reset-tokens`
/// where `x-ratelimit-remaining-tokens` is 0, and the like.
pub(crate) fn until_reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let spent = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        let left = value.to_str().ok()?.split([',', ';']).next()?.trim();
        let is_limit = LIMITS.iter().any(|limit| name.contains(limit)) && name.contains(REMAINING);
        (is_limit && left.parse::<f64>().is_ok_and(|left| left <= 0.0)).then_some(name)
    });
    let resets =
        spent.filter_map(|name| headers.get(name.replacen(REMAINING, RESET, 1))?.to_str().ok());
    resets.filter_map(|text| asked_wait(text, now)).max()
}

/// How long a text of an answer asks to wait, from `now` on: a number of seconds, a duration as
/// Google (`34.07s`) and OpenAI (`6m0s`, `28ms`) write it, a date (RFC 9110, section 10.2.3, or RFC
/// 3339), or a time since 1970. `None` where it is something else.
pub fn asked_wait(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    let until = |at: SystemTime| at.duration_since(now).unwrap_or_default();
    if let Some(number) = number(text) {
        let since_1970 = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        return Some(match number {
            EPOCH_MS.. => duration(number * 1e-3 - since_1970.as_secs_f64()),
            EPOCH.. => duration(number - since_1970.as_secs_f64()),
            _ => duration(number),
        });
    }
    let in_units = || in_units(text).filter(|(_, rest)| rest.is_empty()).map(|(wait, _)| wait);
    let http_date = || httpdate::parse_http_date(text).ok().map(until);
    let timestamp = || text.parse::<jiff::Timestamp>().ok().map(|at| until(at.into()));
    in_units().or_else(http_date).or_else(timestamp).map(|wait| wait.min(MAX))
}

/// How long the words of a message ask to wait: "try again in 1.2s", "retry after 6 seconds".
pub fn wait_in_words(message: &str, now: SystemTime) -> Option<Duration> {
    let message = message.to_ascii_lowercase();
    let asks = ASKS.iter().flat_map(|ask| message.match_indices(ask));
    let mut waits = asks.filter_map(|(at, ask)| {
        let rest = &message[at + ask.len()..];
        let gap = rest.find(|c: char| c.is_ascii_digit()).filter(|gap| *gap <= MAX_GAP)?;
        let is_one_clause = !rest[..gap].contains(['.', ';', '!']);
        let rest = &rest[gap..];
        let word = rest.split(char::is_whitespace).next()?;
        let in_units = || in_units(rest).map(|(wait, _)| wait.min(MAX));
        let date = || asked_wait(word.trim_end_matches(['.', ',', ')']), now);
        // A number that counts something else has a word after it.
        let is_last = word.len() == rest.trim_end().len() || word.contains(['-', '.', ',']);
        in_units().or_else(|| date().filter(|_| is_last)).filter(|_| is_one_clause)
    });
    waits.next()
}

/// The numbers with units with which a text begins, as a sum, and what follows them.
fn in_units(text: &str) -> Option<(Duration, &str)> {
    let (mut rest, mut sum) = (text, None::<Duration>);
    loop {
        let next = rest.trim_start_matches([' ', ',']);
        let next = next.strip_prefix("and ").unwrap_or(next);
        let unit_at = next.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (figures, unit) = next.split_at(unit_at.unwrap_or(next.len()));
        let unit = unit.trim_start_matches(' ');
        let unit_end = unit.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit.len());
        let seconds = UNITS.iter().find(|(names, _)| names.contains(&&unit[..unit_end]));
        let (Some(number), Some((_, seconds))) = (number(figures), seconds) else {
            return Some((sum?, rest.trim_start()));
        };
        sum = Some(sum.unwrap_or_default().saturating_add(duration(number * seconds)));
        rest = &unit[unit_end..];
    }
}

/// A number that begins with a digit or a point: Rust reads `inf` and `nan` too, which no server
/// means.
fn number(text: &str) -> Option<f64> {
    let is_plain = text.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    text.parse().ok().filter(|_| is_plain)
}

/// A duration of some seconds; no wait where they are below zero.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(MAX).min(MAX)
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
            ("1h2m3.5s", seconds(3_723.5)),
            ("1 minute and 5 seconds", seconds(65.0)),
            ("2 days", seconds(172_800.0)),
            ("31535999", seconds(31_535_999.0)),
            ("1000000000", Some(MAX)),
            ("784111787000", seconds(10.0)),
            ("1994-11-06T08:49:47Z", seconds(10.0)),
            ("1994-11-06T09:49:47.5+01:00", seconds(10.5)),
            ("1994-11-06T08:49:27Z", seconds(0.0)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", seconds(10.0)),
            ("soon", None),
            ("5s later", None),
            ("5x", None),
            ("s", None),
            ("", None),
        ] {
            assert_eq!(asked_wait(text, now()), expected, "{text}");
        }
    }

    #[test]
    fn words_of_a_message_name_a_wait() {
        let seconds = |seconds| Some(Duration::from_secs_f64(seconds));
        for (message, expected) in [
            ("Rate limit reached. Please try again in 1.2s. Visit the docs.", seconds(1.2)),
            ("Please try again in 6m0s", seconds(360.0)),
            ("Please try again in 28ms.", seconds(0.028)),
            ("Please retry after 6 seconds.", seconds(6.0)),
            ("PLEASE RETRY IN 1M5.5S", seconds(65.5)),
            ("wait for 2 minutes and 5 seconds before the next request", seconds(125.0)),
            ("Retry after 20", seconds(20.0)),
            ("Your limit resets at 1994-11-06T08:49:47Z.", seconds(10.0)),
            ("Limit 200, used 200. Try again later.", None),
            ("Please wait before you send 3 requests", None),
            ("Try again. 5 s have passed", None),
            ("é retry", None),
        ] {
            assert_eq!(wait_in_words(message, now()), expected, "{message}");
        }
    }

    #[track_caller]
    fn check_reset(headers: &[(&'static str, &str)], expected: Option<f64>) {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let found = until_reset(&pairs.collect(), now());
        assert_eq!(found, expected.map(Duration::from_secs_f64), "{headers:?}");
    }

    #[test]
    fn a_spent_limit_names_its_reset() {
        let tokens = ("x-ratelimit-reset-tokens", "6m0s");
        check_reset(&[("x-ratelimit-remaining-tokens", "0"), tokens], Some(360.0));
        check_reset(&[("x-ratelimit-remaining-tokens", "1"), tokens], None);
        check_reset(&[("x-ratelimit-remaining-requests", "0"), tokens], None);
        let [left, reset] =
            ["anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"];
        check_reset(&[(left, "0"), (reset, "1994-11-06T08:49:47Z")], Some(10.0));
        check_reset(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "7")], Some(7.0));
        check_reset(
            &[("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "784111780000")],
            Some(3.0),
        );
    }

    #[test]
    fn of_several_spent_limits_the_longest_wait_counts() {
        check_reset(
            &[
                ("x-ratelimit-remaining-requests", "0"),
                ("x-ratelimit-reset-requests", "1s"),
                ("x-ratelimit-remaining-tokens", "0"),
                ("x-ratelimit-reset-tokens", "2s"),
            ],
            Some(2.0),
        );
    }

    #[test]
    fn seconds_may_have_a_fraction() {
        check(&[("retry-after", "20")], Some(Duration::from_secs(20)));
        check(&[("retry-after", "0")], Some(Duration::ZERO));
        check(&[("retry-after", " 1.5 ")], Some(Duration::from_millis(1_500)));
        check(&[("retry-after", "184467440737")], Some(MAX));
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
        for value in ["", "-1", "soon", "nan", "inf", "+5", "1 x", "Sun, 06 Nov"] {
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
