//! The forms in which a secret may come back.
//!
//! A server quotes a request in an error, a proxy logs its line, a gateway wraps it in JSON: each
//! writes the secret the way its own encoder does. A form is what one such encoder makes of one
//! secret; the redactor looks for all of them at once.

mod base64;
mod hex;
mod html;
mod json;
mod percent;

use secrecy::zeroize::Zeroizing;

use crate::MIN_ANYWHERE_CHARS;

/// One way to write a secret, wiped when it is dropped.
pub(crate) type Form = Zeroizing<String>;

/// All forms of all secrets in small letters, sorted by their bytes, each once.
///
/// The case of letters does not matter where forms are looked for: encoders write digits in both
/// cases, sometimes in one text, and some things turn letters into small ones, such as host names.
pub(crate) fn forms_of<'a>(secrets: impl Iterator<Item = &'a str>) -> Vec<Form> {
    let mut forms = Vec::new();
    for value in secrets.flat_map(values) {
        forms.push(Form::new(value.to_owned()));
        json::add(value, &mut forms);
        percent::add(value, &mut forms);
        html::add(value, &mut forms);
        hex::add(value, &mut forms);
        base64::add(value, &mut forms);
    }
    forms.retain(|form| is_long(form));
    for form in &mut forms {
        form.make_ascii_lowercase();
    }
    forms.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    forms.dedup();
    forms
}

/// Whether a text is long enough to be masked wherever it occurs.
pub(crate) fn is_long(text: &str) -> bool {
    text.chars().nth(MIN_ANYWHERE_CHARS - 1).is_some()
}

/// The secret as a whole, and each of its lines: a log or a terminal shows them one by one.
fn values(secret: &str) -> impl Iterator<Item = &str> {
    let lines = secret.lines().map(str::trim).filter(move |line| *line != secret);
    std::iter::once(secret).chain(lines).filter(|value| is_long(value))
}

/// Writes every character of `text` by `write`.
///
/// No encoder here makes more than six bytes of one, so the buffer never moves and leaves no copy
/// behind that is not wiped.
fn rewritten(text: &str, mut write: impl FnMut(char, &mut String)) -> Form {
    let mut form = Form::new(String::with_capacity(text.len() * 6));
    for character in text.chars() {
        write(character, &mut form);
    }
    form
}

/// Appends `value` in hexadecimal, with so many digits.
fn push_hex(into: &mut String, value: u16, digits: u32) {
    for place in (0..digits).rev() {
        let digit = char::from_digit(u32::from(value >> (4 * place)) & 0xF, 16)
            .expect("four bits are a digit");
        into.push(digit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_and_its_long_lines_are_values() {
        let all = |secret| values(secret).collect::<Vec<_>>();
        assert_eq!(all("12345678"), ["12345678"]);
        assert_eq!(
            all("a\r\n  12345678 \nb2345678\n"),
            ["a\r\n  12345678 \nb2345678\n", "12345678", "b2345678"]
        );
        assert_eq!(all("1234\n567"), ["1234\n567"]);
    }

    #[test]
    fn an_ordinary_key_has_few_forms() {
        let forms = forms_of(std::iter::once("0123456789abcdef"));
        // Itself, JSON in `\u`, all percent-encoded, hex, and of base64 one for each place with
        // the ends that it may have.
        assert!(forms.len() < 20, "{forms:?}");
    }
}
