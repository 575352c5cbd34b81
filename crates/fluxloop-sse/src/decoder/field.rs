//! Takes one line apart (standard: "Interpreting an event stream").

use super::work;

/// What a line is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Field {
    Data,
    Event,
    Id,
    Retry,
    Comment,
    /// A name that the standard does not know: ignored. The value is the whole line.
    Unknown,
}

/// The field that a line sets, and where in the line its value begins.
///
/// The line is not blank. Without a colon the whole line is the name and the value is empty; one
/// space after the colon is dropped, but a comment keeps it.
#[inline]
pub(super) fn split(line: &[u8]) -> (Field, usize) {
    // Prefixes are compared as words; patterns would be, byte by byte.
    let (field, name) = match line.first() {
        Some(b'd') if line.starts_with(b"data") => (Field::Data, 4),
        Some(b'e') if line.starts_with(b"event") => (Field::Event, 5),
        Some(b'i') if line.starts_with(b"id") => (Field::Id, 2),
        Some(b'r') if line.starts_with(b"retry") => (Field::Retry, 5),
        Some(b':') => return (Field::Comment, 1),
        _ => return (Field::Unknown, 0),
    };
    match line[name..] {
        [] => (field, name),
        [b':', b' ', ..] => (field, name + 2),
        [b':', ..] => (field, name + 1),
        _ => (Field::Unknown, 0),
    }
}

/// Whether a line of an unknown field says something: not if it is `NAME:` without a value, or
/// blank.
pub(super) fn is_stray(line: &[u8]) -> bool {
    let value = line.iter().position(|&byte| byte == b':').map_or(line, |colon| &line[colon + 1..]);
    work::count(line.len());
    !value.trim_ascii().is_empty()
}

/// Where the value begins, if the line is a `data` field with a colon: a quick answer to the most
/// frequent question.
#[inline]
pub(super) fn data(line: &[u8]) -> Option<usize> {
    let value = line.strip_prefix(b"data:")?;
    Some(if value.first() == Some(&b' ') { 6 } else { 5 })
}

/// The milliseconds of a `retry` field: ASCII digits only, ignored when they do not fit.
pub(super) fn milliseconds(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, field: Field, value: &str) {
        let (found, start) = split(line.as_bytes());
        assert_eq!((found, &line[start..]), (field, value));
    }

    #[test]
    fn the_value_follows_the_colon_and_at_most_one_space() {
        check("data:x", Field::Data, "x");
        check("data: x", Field::Data, "x");
        check("event:  x", Field::Event, " x");
        check("id::", Field::Id, ":");
        check("retry:\t1", Field::Retry, "\t1");
    }

    #[test]
    fn without_a_colon_the_value_is_empty() {
        check("data", Field::Data, "");
        check("event", Field::Event, "");
        check("id", Field::Id, "");
        check("retry", Field::Retry, "");
    }

    #[test]
    fn a_comment_keeps_its_space() {
        check(": x", Field::Comment, " x");
        check(":", Field::Comment, "");
    }

    #[test]
    fn a_name_must_match_whole_and_in_case() {
        for line in ["dat", "data ", "datas: x", "Data: x", " data: x", "eventually", "identity"] {
            check(line, Field::Unknown, line);
        }
    }

    #[test]
    fn a_stray_line_has_a_value() {
        for (line, expected) in [
            ("message: x", true),
            ("{\"a\": 1}", true),
            ("text", true),
            ("message:", false),
            ("message: ", false),
            (" \t", false),
        ] {
            assert_eq!(is_stray(line.as_bytes()), expected, "{line:?}");
        }
    }

    #[test]
    fn a_reconnection_time_is_digits_that_fit() {
        for (value, expected) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("", None),
            ("+5", None),
            ("5 ", None),
            ("५", None),
        ] {
            assert_eq!(milliseconds(value.as_bytes()), expected, "{value}");
        }
    }
}
