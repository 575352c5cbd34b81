//! Reads durations and shares as people write them.

use std::time::Duration;

use jiff::SignedDuration;

/// The longest duration that makes sense for a run: a year. Timers cannot hold arbitrary ones.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// A number of seconds; `None` for a negative one, and for more than a year.
pub fn seconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number).ok().filter(|duration| *duration <= LONGEST)
}

/// A duration as people write it: `250ms`, `60s`, `2m`, `1h30m`, or a number of seconds. `None` for
/// anything else, and for more than a year.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && let Ok(number) = text.parse::<f64>()
    {
        return seconds(number);
    }
    let duration = text.parse::<SignedDuration>().ok()?;
    Duration::try_from(duration).ok().filter(|duration| *duration <= LONGEST)
}

/// A share as people write it: `20%` is 0.2.
pub fn parse_share(text: &str) -> Option<f64> {
    let number: f64 = text.trim().strip_suffix('%')?.trim_end().parse().ok()?;
    (0.0..=100.0).contains(&number).then_some(number / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_duration(text: &str, milliseconds: Option<u64>) {
        assert_eq!(parse_duration(text), milliseconds.map(Duration::from_millis), "{text:?}");
    }

    #[test]
    fn durations_have_units_or_are_seconds() {
        for (text, expected) in [
            ("250ms", 250),
            ("60s", 60_000),
            ("2m", 120_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            ("1.5s", 1_500),
            ("90", 90_000),
            (" 0.25 ", 250),
            ("0s", 0),
        ] {
            check_duration(text, Some(expected));
        }
    }

    #[test]
    fn everything_else_is_no_duration() {
        for text in ["", "s", "60 parsecs", "-5s", "5s ago", "1e999", "inf", "nan", "99999h", "2mo"]
        {
            check_duration(text, None);
        }
    }

    #[test]
    fn shares_are_percentages() {
        assert_eq!(parse_share("20%"), Some(0.2));
        assert_eq!(parse_share("0.5 %"), Some(0.005));
        for text in ["20", "-1%", "101%", "%", "NaN%"] {
            assert_eq!(parse_share(text), None, "{text:?}");
        }
    }
}
