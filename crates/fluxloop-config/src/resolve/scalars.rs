//! Reads sizes and rates, and tells which durations are too long.

use fluxloop_plan::RateUnit;
pub use fluxloop_plan::parse_duration;
pub(super) use fluxloop_plan::{parse_share as share, seconds};
use jiff::SignedDuration;

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
