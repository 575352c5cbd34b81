//! Characters that a server cut in two.
//!
//! Servers that count in UTF-16 cut a text between the halves of a character, and JSON writes each
//! half as an escape of its own (`\ud83d` at the end of a frame, `\ude00` at the start of the next).
//! Alone, a half is read as U+FFFD; together they are the character.

/// The first half of a character with which a JSON string ends, if it does.
pub(crate) fn first_half_at_end(json: &str) -> Option<u16> {
    let inside = json.strip_suffix('"')?;
    let at = inside.len().checked_sub(6)?;
    let escape = inside.get(at..)?;
    // An even number of backslashes before it are escapes of backslashes.
    let before = inside.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
    half(escape).filter(|half| (0xd800..0xdc00).contains(half) && before % 2 == 0)
}

/// The second half of a character with which a JSON string begins, if it does.
pub(crate) fn second_half_at_start(json: &str) -> Option<u16> {
    let escape = json.get(1..7)?;
    half(escape).filter(|half| (0xdc00..0xe000).contains(half))
}

/// The character of two halves.
pub(crate) fn join(first: u16, second: u16) -> Option<char> {
    char::decode_utf16([first, second]).next()?.ok()
}

fn half(escape: &str) -> Option<u16> {
    u16::from_str_radix(escape.strip_prefix("\\u")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_found_where_strings_meet() {
        for (json, expected) in [
            (r#""a\ud83d""#, Some(0xd83d)),
            (r#""\uD83D""#, Some(0xd83d)),
            (r#""\\\ud83d""#, Some(0xd83d)),
            (r#""\\ud83d""#, None),
            (r#""\ude00""#, None),
            (r#""ud83d""#, None),
            ("12", None),
        ] {
            assert_eq!(first_half_at_end(json), expected, "{json}");
        }
        assert_eq!(second_half_at_start(r#""\ude00!""#), Some(0xde00));
        assert_eq!(second_half_at_start(r#""\ud83d""#), None);
        assert_eq!(second_half_at_start(r#""é\ude""#), None);
        assert_eq!(join(0xd83d, 0xde00), Some('😀'));
    }
}
