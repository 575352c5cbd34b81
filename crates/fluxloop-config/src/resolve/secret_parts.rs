//! Takes a secret apart where it has a structure: a server quotes the key that it refuses, not the
//! whole header.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use fluxloop_redact::MIN_ANYWHERE_CHARS;
use serde_json::Value;

/// The parts of a secret that are secrets by themselves: those that are long enough to be found in
/// other text.
///
/// They are what follows a scheme (RFC 9110, 11.4: `Token …`), the fields of a cookie or of a
/// `Digest`, user and password behind base64 (RFC 7617), the texts of a JSON object.
pub(super) fn secret_parts(secret: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let credentials = after_scheme(secret).inspect(|rest| parts.push((*rest).to_owned()));
    let credentials = credentials.unwrap_or(secret);
    match serde_json::from_str(credentials) {
        Ok(object @ Value::Object(_)) => texts(object, &mut parts),
        _ => parts.extend(fields(credentials)),
    }
    if let Some(pair) = basic_pair(credentials) {
        parts.extend(pair.split_once(':').map(|(_, password)| password.to_owned()));
        parts.push(pair);
    }
    parts.retain(|part| part.chars().count() >= MIN_ANYWHERE_CHARS);
    parts
}

/// What follows the name of a scheme, in a single line.
fn after_scheme(secret: &str) -> Option<&str> {
    let (scheme, rest) = secret.trim().split_once([' ', '\t'])?;
    let is_name = scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_name && !rest.contains('\n')).then(|| rest.trim_start())
}

/// The fields of each line. A whole line is found without being a part, small letters alone are the
/// name of a field or a word, and the first and the last line of a PEM file are known to everybody.
fn fields(secret: &str) -> impl Iterator<Item = String> {
    let is_between = |c: char| c.is_whitespace() || ";,=:\"".contains(c);
    let of_line = move |line: &'_ str| -> Vec<String> {
        let parts = line.split(is_between).filter(|part| *part != line);
        let is_word = |part: &str| part.chars().all(|c| c.is_ascii_lowercase());
        parts.filter(|part| !is_word(part)).map(str::to_owned).collect()
    };
    secret.lines().filter(|line| !line.starts_with("-----")).flat_map(of_line)
}

/// All texts in a value.
fn texts(value: Value, parts: &mut Vec<String>) {
    match value {
        Value::String(text) => parts.push(text),
        Value::Array(items) => items.into_iter().for_each(|item| texts(item, parts)),
        Value::Object(members) => members.into_iter().for_each(|(_, member)| texts(member, parts)),
        _ => {}
    }
}

/// User and password, if base64 of them is what the secret is. Bytes at random are no text, and have
/// no colon.
fn basic_pair(credentials: &str) -> Option<String> {
    let digits = credentials.trim().trim_end_matches('=');
    let bytes = [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD]
        .iter()
        .find_map(|alphabet| alphabet.decode(digits).ok())?;
    let pair = String::from_utf8(bytes).ok()?;
    (pair.contains(':') && !pair.contains(char::is_control)).then_some(pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(secret: &str, expected: &[&str]) {
        assert_eq!(secret_parts(secret), expected, "{secret}");
    }

    #[test]
    fn what_follows_a_scheme_is_a_part() {
        check("Token sk-12345678", &["sk-12345678"]);
        check("Token onlysmallletters", &["onlysmallletters"]);
        check("sk-12345678, x", &["sk-12345678"]);
    }

    #[test]
    fn fields_are_parts_but_words_and_short_ones_are_not() {
        check("session=K2345678; theme=dark; settings=no", &["K2345678"]);
        check("joe:K2345678", &["K2345678"]);
        check(
            "Digest username=\"joe\", response=\"0123456789abcdef\", algorithm=MD5",
            &["username=\"joe\", response=\"0123456789abcdef\", algorithm=MD5", "0123456789abcdef"],
        );
        check("correct-horse", &[]);
        check("-----BEGIN EC KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END EC KEY-----\n", &[]);
    }

    #[test]
    fn user_and_password_are_parts_of_their_base64() {
        check("am9lOnBhc3N3b3Jk", &["password", "joe:password"]);
        check("Basic am9lOnB3", &["am9lOnB3"]);
        check("c2stMTIzNDU2Nzg", &[]);
    }

    #[test]
    fn texts_of_json_are_parts_and_its_names_are_not() {
        check(
            r#"{"client_secret": "K2345678", "n": 12345678, "x": [{"private_key": "a\nK8765432"}]}"#,
            &["K2345678", "a\nK8765432"],
        );
        check(
            r#"x {"client_secret": "K2345678"}"#,
            &[r#"{"client_secret": "K2345678"}"#, "K2345678"],
        );
    }
}
