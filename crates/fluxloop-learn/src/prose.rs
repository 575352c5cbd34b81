//! What pieces of text look like, whatever they are called.

use serde_json::Value;

/// What pieces of text look like that came one after another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Look {
    /// How many pieces are not empty.
    pub(crate) filled: usize,
    /// How many characters they have together.
    pub(crate) characters: usize,
    /// Whether each piece repeats everything before it.
    pub(crate) is_cumulative: bool,
    /// Whether the joined text reads like a person's.
    pub(crate) is_prose: bool,
    /// Whether the joined text is a JSON object.
    pub(crate) is_json: bool,
    /// The share of the pieces that go on where the one before stopped, as parts of one text do.
    pub(crate) flow: f64,
}

impl Look {
    pub(crate) fn of(pieces: &[&str]) -> Self {
        let filled: Vec<&str> = pieces.iter().copied().filter(|piece| !piece.is_empty()).collect();
        let is_cumulative = is_cumulative(&filled);
        let text = joined(&filled, is_cumulative);
        Self {
            filled: filled.len(),
            characters: text.chars().count(),
            is_cumulative,
            is_prose: varies(&filled) && is_prose(&text),
            is_json: is_object(&text)
                || (!filled.is_empty() && filled.iter().all(|it| is_object(it))),
            flow: if is_cumulative { 1.0 } else { flow(&filled) },
        }
    }
}

/// The text that the pieces make.
pub(crate) fn joined(pieces: &[&str], is_cumulative: bool) -> String {
    match pieces.iter().rev().find(|piece| !piece.is_empty()) {
        Some(last) if is_cumulative => (*last).to_owned(),
        _ => pieces.concat(),
    }
}

/// Whether each piece begins with the one before it, and most of them have more.
fn is_cumulative(pieces: &[&str]) -> bool {
    let mut pairs = pieces.windows(2);
    let grown = pieces.windows(2).filter(|pair| pair[1].len() > pair[0].len()).count();
    // A single pair may be alike by chance: "a", "as".
    pieces.len() > 2 && grown > 1 && pairs.all(|pair| pair[1].starts_with(pair[0]))
}

fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object())
}

/// Whether the pieces are not the same all the time.
fn varies(pieces: &[&str]) -> bool {
    let mut distinct = pieces.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len() > 1 && distinct.len() * 4 >= pieces.len()
}

/// Whether a text reads like a person's: mostly letters, in words of a usual length.
pub(crate) fn is_prose(text: &str) -> bool {
    let (mut letters, mut others, mut longest, mut word) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut has_space = false;
    for character in text.chars() {
        if character.is_whitespace() {
            (has_space, word) = (true, 0);
            continue;
        }
        if character.is_alphabetic() {
            letters += 1;
        } else {
            others += 1;
        }
        word = if is_ideograph(character) { 0 } else { word + 1 };
        longest = longest.max(word);
    }
    let is_spoken = has_space || text.chars().any(is_ideograph);
    is_spoken && letters >= others && (longest <= 40 || letters > longest * 4)
}

/// Whether a character belongs to a script that needs no spaces.
fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

fn flow(pieces: &[&str]) -> f64 {
    let boundaries = pieces.len().saturating_sub(1).max(1);
    let flowing = pieces.windows(2).filter(|pair| goes_on(pair[0], pair[1])).count();
    flowing as f64 / boundaries as f64
}

/// Whether a piece goes on where the one before stopped. Items of a list are whole sentences or
/// words, without space between them.
fn goes_on(before: &str, after: &str) -> bool {
    let (Some(last), Some(first)) = (before.chars().last(), after.chars().next()) else {
        return false;
    };
    if last.is_whitespace() || first.is_whitespace() {
        return true;
    }
    let is_inside = last.is_alphanumeric() && first.is_lowercase();
    is_inside || is_ideograph(last) || is_ideograph(first) || first.is_ascii_punctuation()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pieces: &[&str], is_prose: bool, flows: bool) {
        let look = Look::of(pieces);
        assert_eq!((look.is_prose, look.flow > 0.5), (is_prose, flows), "{look:?}");
    }

    #[test]
    fn prose_is_told_from_names_and_numbers() {
        check(&["The ", "Loi", "re is long."], true, true);
        check(&["The", " Loire", " is", " long"], true, true);
        check(&["Die Länge", "der Loire", "Was ist ein Fluss?"], true, false);
        check(&["東京", "は", "晴れ"], true, true);
        check(&["queued", "running", "done"], false, true);
        check(&["2026-05-01T08:00:01Z", "2026-05-01T08:00:02Z"], false, false);
        check(&["tick tock", "tick tock", "tick tock"], false, true);
        check(&["aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8g", "d29ybGQgaGVsbG8g"], false, true);
    }

    #[test]
    fn pieces_that_repeat_everything_are_cumulative() {
        assert!(Look::of(&["The ", "The Loire ", "The Loire is"]).is_cumulative);
        assert!(!Look::of(&["The ", "The "]).is_cumulative);
        assert!(!Look::of(&["a", "as", "bs"]).is_cumulative);
    }

    #[test]
    fn arguments_are_an_object() {
        assert!(Look::of(&["{\"a\":", " \"b", " c\"}"]).is_json);
        assert!(Look::of(&["{\"a\": 1}"]).is_json);
        assert!(!Look::of(&["{a", " b}"]).is_json);
    }
}
