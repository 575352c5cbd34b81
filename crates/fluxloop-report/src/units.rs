//! Quantities as people read them: three digits that matter, and a unit.

use std::cmp::Reverse;
use std::collections::BTreeMap;

pub(crate) use fluxloop_explain::{count, counted};
use fluxloop_trace::Milliseconds;

/// A duration: `812 µs`, `48.2 ms`, `1.24 s`, `2 m 03 s`, `1 h 02 m`.
pub(crate) fn duration(duration: Milliseconds) -> String {
    let ms = duration.as_millis();
    let seconds = ms / 1e3;
    if ms < 0.9995 {
        format!("{:.0} µs", ms * 1e3)
    } else if ms < 999.5 {
        format!("{} ms", number(ms))
    } else if seconds < 99.95 {
        format!("{} s", number(seconds))
    } else if seconds < 3_599.5 {
        let (minutes, seconds) = split(seconds);
        format!("{minutes} m {seconds:02} s")
    } else {
        let (hours, minutes) = split(seconds / 60.0);
        format!("{hours} h {minutes:02} m")
    }
}

/// Counts by reason, the largest first: `503: 18, truncated: 16`.
pub(crate) fn by_reason(counts: &BTreeMap<String, u64>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, times)| Reverse(**times));
    let words = counts.into_iter().map(|(reason, times)| format!("{reason}: {}", count(*times)));
    words.collect::<Vec<_>>().join(", ")
}

/// A number of bytes: `512 B`, `48.2 KiB`.
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if value < 1_024 {
        return format!("{value} B");
    }
    let mut scaled = value as f64 / 1_024.0;
    let mut unit = 0;
    while scaled >= 999.5 && unit + 1 < UNITS.len() {
        scaled /= 1_024.0;
        unit += 1;
    }
    format!("{} {}", number(scaled), UNITS[unit])
}

/// A rate: `12.3 cases/s`; slow ones per minute.
pub(crate) fn rate(quantity: u64, noun: &str, seconds: f64) -> String {
    let rate = quantity as f64 / seconds.max(1e-6);
    let (rate, unit) = if rate >= 0.1 { (rate, "s") } else { (rate * 60.0, "min") };
    let space = if noun.is_empty() { "" } else { " " };
    format!("{}{space}{noun}/{unit}", number(rate))
}

/// A share: `70 %`, `99.9 %`; never rounded to all or nothing.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if part == whole {
        return "100 %".to_owned();
    }
    let percent = part as f64 * 100.0 / whole.max(1) as f64;
    if percent > 99.0 || (percent < 1.0 && part > 0) {
        format!("{:.1} %", percent.clamp(0.1, 99.9))
    } else {
        format!("{percent:.0} %")
    }
}

/// A number: three digits that matter.
pub(crate) fn number(value: f64) -> String {
    if value < 9.995 {
        format!("{value:.2}")
    } else if value < 99.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// Rounded to whole units, and split into sixties and the rest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a duration is positive, and a float that is too large saturates"
)]
fn split(value: f64) -> (u64, u64) {
    let whole = value.round() as u64;
    (whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ms: f64, expected: &str) {
        assert_eq!(duration(Milliseconds::from_millis(ms)), expected);
    }

    #[test]
    fn durations_have_the_unit_that_suits_them() {
        check(0.0, "0 µs");
        check(0.812, "812 µs");
        check(0.9999, "1.00 ms");
        check(48.24, "48.2 ms");
        check(999.4, "999 ms");
        check(999.6, "1.00 s");
        check(1_240.0, "1.24 s");
        check(99_960.0, "1 m 40 s");
        check(123_000.0, "2 m 03 s");
        check(3_599_600.0, "1 h 00 m");
        check(3_720_000.0, "1 h 02 m");
        check(360_000_000.0, "100 h 00 m");
    }

    #[test]
    fn bytes_have_binary_units() {
        for (value, expected) in
            [(0, "0 B"), (1_023, "1023 B"), (1_024, "1.00 KiB"), (1_048_576, "1.00 MiB")]
        {
            assert_eq!(bytes(value), expected);
        }
        assert_eq!(bytes(u64::MAX), "16384 PiB");
    }

    #[test]
    fn a_share_is_whole_only_when_it_is() {
        assert_eq!(percent(9_999, 10_000), "99.9 %");
        assert_eq!(percent(1, 10_000), "0.1 %");
        assert_eq!(percent(0, 10), "0 %");
        assert_eq!(percent(10, 10), "100 %");
        assert_eq!(percent(2, 3), "67 %");
    }

    #[test]
    fn slow_rates_are_per_minute() {
        assert_eq!(rate(5, "", 2.0), "2.50/s");
        assert_eq!(rate(1, "cases", 60.0), "1.00 cases/min");
    }
}
