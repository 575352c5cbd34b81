//! Takes a secret apart where it has a structure: a server quotes the key that it refuses, not the
//! whole header.

use std::ops::Range;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{
    Secrecy, is_label, is_plain_word, is_secret_name, is_word_under, secrecy_of, secret_ranges,
};
use crate::is_findable;

/// The parts of a secret that are secrets by themselves: those that are long enough to be found in
/// other text.
///
/// They are what follows a scheme (RFC 9110, 11.4: `Token …`), the fields of a cookie or of a
/// `Digest`, user and password behind base64 (RFC 7617), the secret texts of a JSON object.
pub fn secret_parts(secret: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let credentials = after_scheme(secret).inspect(|rest| parts.push((*rest).to_owned()));
    let credentials = credentials.unwrap_or(secret);
    match serde_json::from_str(credentials) {
        Ok(object @ Value::Object(_)) => parts.extend(of_json(object)),
        _ => parts.extend(fields(credentials)),
    }
    if let Some(pair) = basic_pair(credentials) {
        parts.extend(pair.split_once(':').map(|(_, password)| password.to_owned()));
        parts.push(pair);
    }
    parts.retain(|part| is_findable(part));
    parts
}

/// What follows the name of a scheme, in a single line.
fn after_scheme(secret: &str) -> Option<&str> {
    let (scheme, rest) = secret.trim().split_once([' ', '\t'])?;
    // Not `-----BEGIN`, as a private key begins that is written on one line.
    let is_name = scheme.starts_with(|c: char| c.is_ascii_alphanumeric())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_name && !rest.contains('\n')).then(|| rest.trim_start())
}

/// What stands between the fields of a secret.
pub fn is_between(c: char) -> bool {
    c.is_whitespace() || ";,=:\"".contains(c)
}

/// Where a stretch of a text under a secret name has literal fields that may be secrets: no scheme
/// at the beginning of the text, no name of a cookie, no short number, and no plain word.
pub fn secret_fields(text: &str, stretch: Range<usize>, secrecy: Secrecy) -> Vec<Range<usize>> {
    let (mut secrets, mut start) = (Vec::new(), stretch.start);
    for field in text[stretch].split_inclusive(is_between) {
        let part = field.trim_end_matches(is_between);
        let between = &field[part.len()..];
        let is_scheme = start == 0 && !between.is_empty() && between.trim().is_empty();
        let is_name = (between == "=" || is_scheme) && is_label(part);
        let word = part.trim_matches(|c: char| !c.is_alphanumeric());
        let is_number = word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
        if !is_name && !is_number && !is_word_under(word, secrecy) {
            let before = part.len() - part.trim_start_matches(|c: char| !c.is_alphanumeric()).len();
            let begin = start + before;
            secrets.push(begin..begin + word.len());
        }
        start += field.len();
    }
    secrets
}

/// The fields of each line; the first and the last line of a PEM file are known to everybody.
fn fields(secret: &str) -> impl Iterator<Item = String> {
    secret.lines().filter(|line| !line.starts_with("-----")).flat_map(fields_of_line)
}

/// The fields of a line. A whole line is found without being a part, small letters alone are a word,
/// `XSRF-TOKEN=` is a name, and `theme=dark-blue` has a word behind it.
fn fields_of_line(line: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut follows_name = false;
    for field in line.split_inclusive(is_between) {
        let part = field.trim_end_matches(is_between);
        let is_name = field.ends_with('=') && is_label(part);
        let is_word =
            part.chars().all(|c| c.is_ascii_lowercase()) || (follows_name && is_plain_word(part));
        if part != line && !is_name && !is_word {
            parts.push(part.to_owned());
        }
        if !part.is_empty() {
            follows_name = is_name && !is_secret_name(part);
        }
    }
    parts
}

/// The secrets in a JSON object: the texts under secret names, and where there are none, all but
/// words and names of hosts. A URL is public, but for its password and parameters.
fn of_json(object: Value) -> Vec<String> {
    let mut found = Vec::new();
    texts(object, Secrecy::Open, &mut found);
    let (urls, mut texts): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, it)| is_url(it));
    let is_named = |(secrecy, text): &(Secrecy, String)| {
        *secrecy != Secrecy::Open && !is_word_under(text, *secrecy)
    };
    if texts.iter().any(is_named) {
        texts.retain(is_named);
    } else {
        texts.retain(|(_, text)| !is_plain_word(text) && !is_host(text));
    }
    let of_url = |(_, url): &(_, String)| -> Vec<String> {
        secret_ranges(url).into_iter().map(|range| url[range].to_owned()).collect()
    };
    texts.into_iter().map(|(_, text)| text).chain(urls.iter().flat_map(of_url)).collect()
}

/// All texts in a value, with what the names above them say.
fn texts(value: Value, secrecy: Secrecy, found: &mut Vec<(Secrecy, String)>) {
    match value {
        Value::String(text) => found.push((secrecy, text)),
        Value::Array(items) => items.into_iter().for_each(|item| texts(item, secrecy, found)),
        Value::Object(members) => {
            for (name, member) in members {
                texts(member, secrecy.max(secrecy_of(&name)), found);
            }
        }
        _ => {}
    }
}

/// Whether a text is a URL, of whatever scheme (RFC 3986, 3.1).
fn is_url(text: &str) -> bool {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|it| it.chars().all(is_scheme)) && !text.contains(char::is_whitespace)
}

/// Whether a text is the name of a host in a domain, with a port or without.
fn is_host(text: &str) -> bool {
    let host = text.split_once(':').map_or(text, |(host, _)| host);
    let is_label = |label: &str| {
        let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty() && label.chars().all(is_letter)
    };
    let domain = host.rsplit_once('.').map(|(_, domain)| domain);
    domain.is_some_and(|it| it.len() > 1 && it.chars().all(|c| c.is_ascii_lowercase()))
        && host.split('.').all(is_label)
        && text[host.len()..].chars().skip(1).all(|c| c.is_ascii_digit())
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
    fn a_private_key_on_one_line_has_no_parts() {
        check(r"-----BEGIN PRIVATE KEY-----\nMIIEvQIB\n-----END PRIVATE KEY-----\n", &[]);
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
    fn names_of_fields_and_their_words_are_no_parts() {
        check("XSRF-TOKEN=K2345678; theme=\"dark-blue\"; a=b", &["K2345678"]);
        check("joe:dark-blue", &["dark-blue"]);
        check("auth_token=dark-blue", &["dark-blue"]);
    }

    #[test]
    fn user_and_password_are_parts_of_their_base64() {
        check("am9lOnBhc3N3b3Jk", &["password", "joe:password"]);
        check("Basic am9lOnB3", &["am9lOnB3"]);
        check("c2stMTIzNDU2Nzg", &[]);
    }

    #[test]
    fn texts_under_secret_names_of_json_are_parts() {
        check(
            r#"{"client_secret": "K2345678", "n": 12345678, "x": [{"private_key": "a\nK8765432"}]}"#,
            &["K2345678", "a\nK8765432"],
        );
        check(
            r#"x {"client_secret": "K2345678"}"#,
            &[r#"{"client_secret": "K2345678"}"#, "K2345678"],
        );
        check(
            r#"{"type": "service_account", "private_key_id": "K2345678", "project_id": "my-project-1",
                "client_email": "me@my-project-1.iam.gserviceaccount.com",
                "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": "https://h/t1",
                "universe_domain": "googleapis.com", "auth": {"type": "external_account"}}"#,
            &["K2345678"],
        );
        check(r#"{"password": "dark-blue", "token": "dark-blue"}"#, &["dark-blue"]);
    }

    #[test]
    fn without_a_secret_name_all_texts_of_json_are_parts_but_words_and_places() {
        check(
            r#"{"user": "joe.smith@h", "word": "K2345678", "host": "db-1.example.com:5432",
                "mode": "read-only", "token_uri": "https://h/t1", "x": "eyJh.Yj1a.c2ln"}"#,
            &["joe.smith@h", "K2345678", "eyJh.Yj1a.c2ln"],
        );
    }

    #[test]
    fn of_a_url_in_json_its_secrets_are_parts() {
        check(r#"{"url": "postgres://joe:K2345678@db/x"}"#, &["K2345678"]);
    }
}
