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
mod torn;

use secrecy::zeroize::Zeroizing;

use crate::escapes::{Escape, Syntax};
use crate::is_findable;

/// One way to write a secret, wiped when it is dropped.
pub(crate) type Form = Zeroizing<String>;

/// All forms of all secrets in small letters, sorted by their bytes, each once.
///
/// The case of letters does not matter where forms are looked for: encoders write digits in both
/// cases, sometimes in one text, and some things turn letters into small ones, such as host names.
pub(crate) fn forms_of<'a>(secrets: impl Iterator<Item = &'a str>) -> Vec<Form> {
    let mut forms = Vec::new();
    for secret in secrets {
        let unescaped = unescaped(secret);
        for value in values(secret).chain(unescaped.iter().flat_map(|text| values(text))) {
            forms.push(Form::new(value.to_owned()));
            json::add(value, &mut forms);
            percent::add(value, &mut forms);
            html::add(value, &mut forms);
            hex::add(value, &mut forms);
            base64::add(value, &mut forms);
            torn::add(value, &mut forms);
        }
    }
    forms.retain(|form| is_findable(form));
    for form in &mut forms {
        form.make_ascii_lowercase();
    }
    forms.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    forms.dedup();
    forms
}

/// The secret as a whole, and each of its lines: a log or a terminal shows them one by one.
fn values(secret: &str) -> impl Iterator<Item = &str> {
    let lines = secret.lines().map(str::trim);
    let lines = lines.filter(move |line| *line != secret && !is_boundary(line));
    std::iter::once(secret).chain(lines).filter(|value| is_findable(value))
}

/// Whether a line begins or ends the text of a key (RFC 7468, section 2), as that of everybody's.
fn is_boundary(line: &str) -> bool {
    let label = line.strip_prefix("-----BEGIN ").or_else(|| line.strip_prefix("-----END "));
    label.is_some_and(|label| label.ends_with("-----"))
}

/// What a secret means that is written with a backslash before some of its characters, as a private
/// key in a variable is, for it to fit on a line. `None` if it is not.
fn unescaped(secret: &str) -> Option<Form> {
    let syntax = Syntax::Backslash;
    // No escape is shorter than what it writes, so the buffer never moves.
    let mut bytes = Zeroizing::new(Vec::with_capacity(secret.len()));
    let mut copied = 0;
    for (place, escape) in syntax.escapes(secret).filter(|(_, escape)| *escape != Escape::Open) {
        syntax.copy(&secret[copied..place.start], &mut bytes);
        escape.write(&mut bytes);
        copied = place.end;
    }
    syntax.copy(&secret[copied..], &mut bytes);
    let text = (copied > 0).then(|| str::from_utf8(&bytes).ok()).flatten()?;
    Some(Form::new(text.to_owned()))
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
fn push_hex(into: &mut String, value: u32, digits: u32) {
    for place in (0..digits).rev() {
        let digit =
            char::from_digit((value >> (4 * place)) & 0xF, 16).expect("four bits are a digit");
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
    fn a_secret_with_escapes_means_another_text() {
        let meant = |secret| unescaped(secret).map(|text| text.to_string());
        assert_eq!(meant(r"BEGIN\nMIIE\/\n").as_deref(), Some("BEGIN\nMIIE/\n"));
        assert_eq!(meant(r"a\u00e9\").as_deref(), Some("aé\\"));
        assert_eq!(meant("a\nb"), None);
        assert_eq!(meant(r"no \q, \xff"), None);
    }

    #[test]
    fn an_ordinary_key_has_few_forms() {
        let forms = forms_of(std::iter::once("0123456789abcdef"));
        // Itself, JSON in `\u`, all percent-encoded, hex, and of base64 one for each place with
        // the ends that it may have.
        assert!(forms.len() < 20, "{forms:?}");
    }
}
