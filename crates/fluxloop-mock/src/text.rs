//! Text cut into deltas, and counted.

/// The longest delta, in characters: text without spaces streams too.
const MAX_DELTA_CHARS: usize = 16;

/// Cuts text as a model streams it: each delta is a word with the white space before it.
///
/// Joined, the deltas are the text, byte for byte. There is always at least one; empty text is one
/// empty delta.
pub fn deltas(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (delta, behind) = text.split_at(delta_end(text));
        rest = (!behind.is_empty()).then_some(behind);
        Some(delta)
    })
}

fn delta_end(text: &str) -> usize {
    let mut in_word = false;
    for (count, (at, char)) in text.char_indices().enumerate() {
        let space = char.is_whitespace();
        if count == MAX_DELTA_CHARS || (space && in_word) {
            return at;
        }
        in_word |= !space;
    }
    text.len()
}

/// The mock's tokenizer, for every usage that it reports: one token for each word between white
/// space.
pub fn count_tokens(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = deltas(text).collect();
        assert_eq!(found, expected);
        assert_eq!(found.concat(), text);
    }

    #[test]
    fn a_delta_is_a_word_with_the_space_before_it() {
        check("Hello, wide world", &["Hello,", " wide", " world"]);
    }

    #[test]
    fn outer_and_repeated_spaces_are_kept() {
        check("  a \n b  ", &["  a", " \n b", "  "]);
    }

    #[test]
    fn empty_text_is_one_empty_delta() {
        check("", &[""]);
    }

    #[test]
    fn text_without_spaces_is_cut_between_characters() {
        check("äöüäöüäöüäöüäöüäöü", &["äöüäöüäöüäöüäöüä", "öü"]);
    }

    #[test]
    fn tokens_are_words() {
        assert_eq!(count_tokens(" one\ttwo  three "), 3);
        assert_eq!(count_tokens(" "), 0);
    }
}
