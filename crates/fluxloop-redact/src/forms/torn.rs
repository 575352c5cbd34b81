//! A character that was torn: a server sent its first bytes in one event and the others in the next.
//!
//! Each event alone is not UTF-8, and a reader puts U+FFFD in place of what is missing (WHATWG
//! Encoding, 4.1; Unicode 16, 3.9): one for the bytes at the end of the first event, and one for
//! each byte at the start of the second. Joined, the secret is there but for that one character.

use super::Form;

/// How many characters of a secret can be torn. No key has more characters beyond ASCII.
const MAX_CHARACTERS: usize = 64;

pub(super) fn add(value: &str, forms: &mut Vec<Form>) {
    let others = value.char_indices().filter(|(_, character)| !character.is_ascii());
    for (start, character) in others.take(MAX_CHARACTERS) {
        let end = start + character.len_utf8();
        for replacements in 2..=character.len_utf8() {
            // The buffer never moves, so no copy stays behind that is not wiped.
            let length = value.len() + replacements * char::REPLACEMENT_CHARACTER.len_utf8();
            let mut form = Form::new(String::with_capacity(length));
            form.push_str(&value[..start]);
            (0..replacements).for_each(|_| form.push(char::REPLACEMENT_CHARACTER));
            form.push_str(&value[end..]);
            forms.push(form);
        }
    }
}
