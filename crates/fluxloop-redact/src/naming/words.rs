//! Tells words and names from what is handed out as a key.

use super::Secrecy;
use crate::MIN_ANYWHERE_CHARS;

/// The longest text that counts as a word or as a name, in characters.
const LONGEST: usize = 20;

/// Whether a text is a plain word, or a few: `createdAt`, `read-only`, `Bad Gateway`. A key that is
/// masked wherever it occurs must not be one, and keys that are handed out are none.
pub fn is_plain_word(text: &str) -> bool {
    text.is_ascii() && text.len() <= LONGEST && text.split(['_', '-', '.', ' ']).all(is_camel)
}

/// Whether a text is a plain word where a name of this secrecy stands above it.
pub fn is_word_under(text: &str, secrecy: Secrecy) -> bool {
    is_plain_word(text) && (secrecy != Secrecy::Password || text.len() < MIN_ANYWHERE_CHARS)
}

/// Whether a text can be what a scheme, a cookie or an attribute is called: `AWS4-HMAC-SHA256`,
/// `JSESSIONID`, `__Host-id`.
pub fn is_label(text: &str) -> bool {
    let is_run = |run: &str| {
        let bare = run.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_word = bare.is_empty() || is_camel(bare);
        run.len() - bare.len() <= 3 && (is_word || bare.bytes().all(|b| b.is_ascii_uppercase()))
    };
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && text.len() <= LONGEST && text.split(['_', '-', '.']).all(is_run)
}

/// Whether a text is one word in small letters, of which the first may be a capital, or several of
/// at least three letters, each with a capital; the last may be shorter (`userId`). Random letters
/// have shorter ones.
fn is_camel(text: &str) -> bool {
    let humps: Vec<&str> = humps(text).collect();
    let last = humps.len() - 1;
    humps.into_iter().enumerate().all(|(index, hump)| {
        let shortest = match index {
            0 => 1,
            _ if index == last => 2,
            _ => 3,
        };
        hump.len() >= shortest
            && hump.starts_with(|c: char| c.is_ascii_alphabetic())
            && hump.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())
    })
}

/// The words of a name in which each begins with a capital letter, or all but the first.
pub(super) fn humps(name: &str) -> impl Iterator<Item = &str> {
    let pairs = name.char_indices().skip(1).zip(name.chars());
    let starts = pairs.filter(|((_, c), before)| c.is_uppercase() && !before.is_uppercase());
    let starts = starts.map(|((at, _), _)| at);
    let mut from = 0;
    starts.chain([name.len()]).map(move |end| {
        let word = &name[from..end];
        from = end;
        word
    })
}

/// The words of a name, however they are joined: `API_KEY`, `api.key`, `apiKey`, `APIKey`.
pub(super) fn parts_of_name(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric()).flat_map(|part| {
        // The last capital of several begins a word if a small letter follows it.
        let acronym = part.find(char::is_lowercase).unwrap_or_default().saturating_sub(1);
        let is_acronym = acronym > 1 && part[..=acronym].chars().all(char::is_uppercase);
        let (front, rest) = part.split_at(if is_acronym { acronym } else { 0 });
        std::iter::once(front).chain(humps(rest)).filter(|word| !word.is_empty())
    })
}

/// Whether a text under a secret name is not a secret: it takes something from the input, or is one
/// of the tokens that models set apart (`</s>`, `<|end|>`).
pub fn is_open(text: &str) -> bool {
    let is_template = text.starts_with("$.") || text.starts_with("$[") || text.contains("{{");
    is_template || (text.starts_with('<') && text.ends_with('>'))
}

/// Whether a text under names of the user's own is not a secret: as [`is_open`], or a plain word
/// (`sort_key: createdAt`), which would be masked wherever an answer says it.
pub fn is_open_member(text: &str, secrecy: Secrecy) -> bool {
    secrecy == Secrecy::Open || is_open(text) || is_word_under(text, secrecy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_are_told_from_keys() {
        for word in ["id", "createdAt", "userId", "read-only", "Bad gateway", "service_account"] {
            assert!(is_plain_word(word), "{word}");
        }
        for key in [
            "correct-Horse!battery_Staple",
            "correcthorsebatterystaple",
            "qWErTyUiOpAsDfGhJkLz",
            "kdJfhWqPzLmXcVbN",
            "Tr/ub+adour&Zebra",
            "abc1",
            "ABCDEF",
            "a  b",
            "sk-",
            "caf\u{e9}",
            "",
        ] {
            assert!(!is_plain_word(key), "{key}");
        }
    }

    #[test]
    fn a_password_may_be_a_word() {
        assert!(is_word_under("createdAt", Secrecy::Key));
        assert!(!is_word_under("createdAt", Secrecy::Password));
        assert!(is_word_under("text", Secrecy::Password));
    }

    #[test]
    fn labels_are_told_from_keys() {
        for label in ["Token", "AWS4-HMAC-SHA256", "JSESSIONID", "__Host-id", "_ga", "v1", "kid"] {
            assert!(is_label(label), "{label}");
        }
        for key in ["sk-0123456789", "K2345678", "qWErTy", "1", "", "a b", "caf\u{e9}"] {
            assert!(!is_label(key), "{key}");
        }
    }
}
