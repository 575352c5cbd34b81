//! Reads durations, sizes, shares and rates.

use std::time::Duration;

use fluxloop_plan::RateUnit;
use jiff::SignedDuration;

/// The longest duration that makes sense for a run: a year. Timers cannot hold arbitrary ones.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// A number of seconds.
pub(super) fn seconds(number: f64) -> Option<Duration> {
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

/// Whether a text is a duration after all, and only too long for a run.
pub(super) fn is_long(text: &str) -> bool {
    let text = text.trim();
    text.parse::<f64>().is_ok_and(|seconds| seconds > 0.0)
        || text.parse::<SignedDuration>().is_ok_and(|it| it.is_positive())
}

/// A size as people write it: `64KiB`, `1MiB`, `10MB`, or a number of bytes.
pub(super) fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..end].parse().ok()?;
    let unit: u64 = match text[end..].trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// A share as people write it: `20%` is 0.2.
pub(super) fn share(text: &str) -> Option<f64> {
    let number: f64 = text.trim().strip_suffix('%')?.trim_end().parse().ok()?;
    (0.0..=100.0).contains(&number).then_some(number / 100.0)
}

/// A rate as people write it: `50/s`, `600/min`, `3600/h`, or a number of starts per second.
pub(super) fn rate(text: &str) -> Option<(f64, RateUnit)> {
    let (number, unit) = match text.split_once('/') {
        Some((number, unit)) => (number.trim(), unit.trim()),
        None => (text.trim(), "s"),
    };
    let per = match unit {
        "s" => RateUnit::Second,
        "m" | "min" => RateUnit::Minute,
        "h" => RateUnit::Hour,
        _ => return None,
    };
    let starts: f64 = number.parse().ok()?;
    starts.is_finite().then_some((starts, per))
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

    #[track_caller]
    fn check_size(text: &str, expected: Option<u64>) {
        assert_eq!(size(text), expected, "{text:?}");
    }

    #[test]
    fn sizes_have_units_or_are_bytes() {
        check_size("64KiB", Some(65_536));
        check_size("1 MiB", Some(1_048_576));
        check_size("2gb", Some(2_000_000_000));
        check_size("4096", Some(4096));
        for text in ["", "KiB", "-1", "1.5MiB", "1TiB", "99999999999GiB"] {
            check_size(text, None);
        }
    }

    #[test]
    fn shares_are_percentages() {
        assert_eq!(share("20%"), Some(0.2));
        assert_eq!(share("0.5 %"), Some(0.005));
        for text in ["20", "-1%", "101%", "%", "NaN%"] {
            assert_eq!(share(text), None, "{text:?}");
        }
    }

    #[track_caller]
    fn check_rate(text: &str, expected: Option<(f64, RateUnit)>) {
        assert_eq!(rate(text), expected, "{text:?}");
    }

    #[test]
    fn rates_are_starts_in_a_time() {
        check_rate("50/s", Some((50.0, RateUnit::Second)));
        check_rate("0.5/s", Some((0.5, RateUnit::Second)));
        check_rate(" 600 / min ", Some((600.0, RateUnit::Minute)));
        check_rate("90/m", Some((90.0, RateUnit::Minute)));
        check_rate("3600/h", Some((3600.0, RateUnit::Hour)));
        check_rate("20", Some((20.0, RateUnit::Second)));
        for text in ["", "/s", "50/", "50/d", "50s", "inf/s", "nan", "5/s/s", "many/s", "-inf/s"] {
            check_rate(text, None);
        }
    }
}
