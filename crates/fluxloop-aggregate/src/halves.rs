//! Characters that a server cut in two.
//!
//! Servers that count in UTF-16 cut a text between the halves of a character, and JSON writes each
//! half as an escape of its own (`\ud83d` at the end of a frame, `\ude00` at the start of the next).
//! Alone, a half is read as U+FFFD; together they are the character.

use std::borrow::Cow;

use fluxloop_jsonpath::RawFound;

/// A text that may begin or end inside a character.
#[derive(Debug, Default)]
pub(crate) struct Torn<'t> {
    pub(crate) text: Cow<'t, str>,
    /// The second half of a character, with which it begins.
    second: Option<u16>,
    /// The first half of a character, with which it ends.
    pub(crate) first: Option<u16>,
}

impl<'t> Torn<'t> {
    /// A text as it stands in JSON.
    #[inline]
    pub(crate) fn new(value: RawFound<'_>, text: Cow<'t, str>) -> Self {
        if !may_be_torn(&text) {
            return text.into();
        }
        let second = second_half_at_start(value.as_json());
        Self { text, second, first: first_half_at_end(value.as_json()) }
    }

    /// The character that this text shares with one that ends with the half `first`.
    #[inline]
    pub(crate) fn shared(&self, first: Option<u16>) -> Option<char> {
        join(first?, self.second?)
    }

    /// What follows a shared character.
    pub(crate) fn after_shared(&self) -> &str {
        self.text.strip_prefix(char::REPLACEMENT_CHARACTER).unwrap_or(&self.text)
    }

    /// Shortens the text to `bytes` bytes.
    pub(crate) fn truncate(&mut self, bytes: usize) {
        if bytes < self.text.len() {
            let text = self.text.to_mut();
            text.truncate(text.floor_char_boundary(bytes));
            self.first = None;
        }
    }

    /// Appends the text that follows. An empty text changes nothing.
    pub(crate) fn push(&mut self, next: &Torn<'_>) {
        if next.text.is_empty() {
            return;
        }
        if self.text.is_empty() {
            self.second = next.second;
        }
        let text = self.text.to_mut();
        match next.shared(self.first) {
            Some(character) => {
                text.pop();
                text.push(character);
                text.push_str(next.after_shared());
            }
            None => text.push_str(&next.text),
        }
        self.first = next.first;
    }
}

impl<'t, T: Into<Cow<'t, str>>> From<T> for Torn<'t> {
    #[inline]
    fn from(text: T) -> Self {
        Self { text: text.into(), second: None, first: None }
    }
}

/// Whether a text may begin or end inside a character.
#[inline]
pub(crate) fn may_be_torn(text: &str) -> bool {
    // U+FFFD is EF BF BD in UTF-8. Most texts are ruled out by one byte at each end.
    let (first, last) = (text.as_bytes().first(), text.as_bytes().last());
    if first != Some(&0xEF) && last != Some(&0xBD) {
        return false;
    }
    text.ends_with(char::REPLACEMENT_CHARACTER) || text.starts_with(char::REPLACEMENT_CHARACTER)
}

/// The first half of a character with which a JSON string ends, if it does.
fn first_half_at_end(json: &str) -> Option<u16> {
    let inside = json.strip_suffix('"')?;
    let at = inside.len().checked_sub(6)?;
    let escape = inside.get(at..)?;
    // An even number of backslashes before it are escapes of backslashes.
    let before = inside.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
    half(escape).filter(|half| (0xd800..0xdc00).contains(half) && before % 2 == 0)
}

/// The second half of a character with which a JSON string begins, if it does.
fn second_half_at_start(json: &str) -> Option<u16> {
    let escape = json.get(1..7)?;
    half(escape).filter(|half| (0xdc00..0xe000).contains(half))
}

/// The character of two halves.
fn join(first: u16, second: u16) -> Option<char> {
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
