//! Durations, sizes and names of error codes as people write them.

use std::time::Duration;

/// What [`duration`] reads.
pub(super) const A_DURATION: &str = "a duration such as `250ms`, `1.5s` or `2m`, at most `525600m`";

/// What [`size`] reads.
pub(super) const A_SIZE: &str =
    "a number of bytes such as `100`, `64KiB` or `8MiB`, at most `64MiB`";

/// What [`amount`] reads.
pub(super) const AN_AMOUNT: &str = "a number of bytes such as `100`, `64KiB` or `8MiB`";

/// The longest duration, a year: clocks and dates can be so far ahead.
const MAX_DURATION: Duration = Duration::from_hours(365 * 24);

/// The largest size of what is made in memory, for each answer anew.
pub(crate) const MAX_SIZE: usize = 64 << 20;

/// What [`code`] reads.
pub(super) const A_CODE: &str = "an error code of HTTP/2 such as `INTERNAL_ERROR`, or its number";

/// The error codes of HTTP/2 by their numbers (RFC 9113, section 7).
const CODES: [&str; 14] = [
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
];

/// Reads `250ms`, `1.5s` or `2m`, at most a year.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|char: char| char.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit_at);
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

/// Writes a duration so that [`duration`] reads it.
pub(super) fn show_duration(duration: Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1000.0;
    if milliseconds % 1000.0 == 0.0 {
        format!("{}s", milliseconds / 1000.0)
    } else {
        format!("{milliseconds}ms")
    }
}

/// Reads `100`, `64KiB` or `8MiB`, at most [`MAX_SIZE`].
pub(super) fn size(text: &str) -> Option<usize> {
    amount(text).filter(|size| *size <= MAX_SIZE)
}

/// Reads `100`, `64KiB`, `8MiB` or `1GiB`: bytes that are only told or counted.
pub(super) fn amount(text: &str) -> Option<usize> {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("", 1)];
    let (number, unit) =
        units.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)))?;
    number.parse::<usize>().ok()?.checked_mul(unit)
}

/// Reads the name or the number of an error code of HTTP/2.
pub(super) fn code(text: &str) -> Option<u32> {
    let named = CODES.iter().position(|name| *name == text).and_then(|at| u32::try_from(at).ok());
    named.or_else(|| text.parse().ok())
}

/// Writes an error code so that [`code`] reads it.
pub(super) fn show_code(code: u32) -> String {
    let named = usize::try_from(code).ok().and_then(|at| CODES.get(at));
    named.map_or_else(|| code.to_string(), |name| (*name).to_owned())
}
