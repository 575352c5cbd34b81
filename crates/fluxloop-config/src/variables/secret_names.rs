//! Tells by its name whether a value is a secret.

use super::words::humps;

/// Words that make a name secret, and innocent ones too (`sort_key`).
const KEYS: [&str; 6] = ["KEY", "KEYS", "APIKEY", "TOKEN", "AUTH", "COOKIE"];

/// Words that make a name secret, and mean little else.
const PASSWORDS: [&str; 7] =
    ["SECRET", "SECRETS", "PASSWORD", "PASSWD", "PWD", "CREDENTIAL", "CREDENTIALS"];

/// What a name says about the text that stands under it, or anywhere below it.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Secrecy {
    /// Nothing.
    #[default]
    Open,
    /// It is a secret, unless it is a plain word.
    Key,
    /// It is a secret; people choose words for these, too.
    Password,
}

/// Whether a name holds, between `_` or `-`, a word that means a secret: `OPENAI_API_KEY` does,
/// `MAX_TOKENS` and `GIT_AUTHOR_NAME` do not. A number may follow the word (`API_KEY2`), and a
/// capital letter begins one (`openaiKey`).
pub(crate) fn is_secret_name(name: &str) -> bool {
    secrecy_of(name) != Secrecy::Open
}

/// What a name says about what stands under it.
pub(crate) fn secrecy_of(name: &str) -> Secrecy {
    let words = name.split(['_', '-']).flat_map(|part| std::iter::once(part).chain(humps(part)));
    words.map(of_word).max().unwrap_or_default()
}

/// What a name says that stands in `parent`, and has members or is a value itself. A JSON Schema,
/// such as the tools that a model may call, has the names of values and no values (`properties:
/// {token: {type: string}}`).
pub(crate) fn secrecy_in(parent: &str, name: &str, has_members: bool) -> Secrecy {
    let is_schema = parent == "properties" && has_members;
    if is_schema { Secrecy::Open } else { secrecy_of(name) }
}

/// What the names say under which a value stands, from the outermost on.
pub(crate) fn secrecy_of_path(names: &[&str]) -> Secrecy {
    let parents = std::iter::once("").chain(names.iter().copied());
    let said = parents
        .zip(names)
        .enumerate()
        .map(|(at, (parent, name))| secrecy_in(parent, name, at + 1 < names.len()));
    said.max().unwrap_or_default()
}

/// Whether a parameter of a URL carries a secret: `auth[key]` and `auth.key` do, and a signature.
pub(crate) fn is_secret_parameter(name: &str) -> bool {
    let is_signature = ["sig", "signature"].iter().any(|it| name.eq_ignore_ascii_case(it));
    is_signature || name.split(['.', '[', ']']).any(is_secret_name)
}

/// What a word says, with a number behind it or without. Auth0 is a company.
fn of_word(word: &str) -> Secrecy {
    let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_in = |words: &[&str]| words.iter().any(|secret| bare.eq_ignore_ascii_case(secret));
    match () {
        () if word.eq_ignore_ascii_case("AUTH0") => Secrecy::Open,
        () if is_in(&PASSWORDS) => Secrecy::Password,
        () if is_in(&KEYS) => Secrecy::Key,
        () => Secrecy::Open,
    }
}

/// Headers that are secret although no word of their names says so.
const SENSITIVE_HEADERS: [&str; 5] =
    ["authorization", "proxy-authorization", "authentication", "x-authorization", "x-signature"];

/// Headers with a secret word that are none: they only have to be unique.
const INNOCENT_HEADERS: [&str; 1] = ["idempotency-key"];

/// Whether a header carries a secret.
pub(crate) fn is_sensitive_header(name: &str) -> bool {
    let is_in = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    !is_in(&INNOCENT_HEADERS) && (is_in(&SENSITIVE_HEADERS) || is_secret_name(name))
}

/// What follows `Bearer ` or `Basic `, which are never part of a secret (RFC 9110, 11.1: the names
/// of schemes are alike whatever their case).
pub(crate) fn without_scheme(value: &str) -> &str {
    let value = value.trim();
    for scheme in ["Bearer", "Basic"] {
        if value.eq_ignore_ascii_case(scheme) {
            return "";
        }
        if let Some((first, rest)) = value.split_once([' ', '\t'])
            && first.eq_ignore_ascii_case(scheme)
        {
            return rest.trim_start();
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_word_stands_between_separators() {
        for name in [
            "OPENAI_API_KEY",
            "TOKEN",
            "db-password",
            "SESSION_COOKIE",
            "X_AUTH",
            "APIKEY",
            "API_KEY2",
            "KEY_10",
            "openaiKey",
            "xApiKey",
            "oauth2Token",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "MAX_TOKENS",
            "GIT_AUTHOR_NAME",
            "KEYBOARD",
            "MONKEY",
            "HOME",
            "AUTHORITY",
            "maxTokens",
            "AUTH0_DOMAIN",
            "keyboardType",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn headers_are_sensitive_by_name_or_word() {
        for name in [
            "Authorization",
            "proxy-authorization",
            "Cookie",
            "x-api-key",
            "api-key",
            "X-Goog-Api-Key",
            "X-Auth-Token",
            "X-ApiKey",
            "Authentication",
            "X-Authorization",
            "X-Signature",
        ] {
            assert!(is_sensitive_header(name), "{name}");
        }
        for name in ["Idempotency-Key", "Content-Type", "X-Request-Id"] {
            assert!(!is_sensitive_header(name), "{name}");
        }
    }

    #[test]
    fn schemes_are_not_part_of_a_secret() {
        assert_eq!(without_scheme("Bearer sk-1"), "sk-1");
        assert_eq!(without_scheme("basic  abc"), "abc");
        assert_eq!(without_scheme("Bearer\tsk-1"), "sk-1");
        assert_eq!(without_scheme("Bearer "), "");
        assert_eq!(without_scheme("sk-1"), "sk-1");
    }
}
