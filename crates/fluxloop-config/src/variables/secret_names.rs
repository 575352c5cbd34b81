//! Tells by its name whether a value is a secret.

/// Words that make a name secret.
const WORDS: [&str; 13] = [
    "KEY",
    "KEYS",
    "APIKEY",
    "TOKEN",
    "SECRET",
    "SECRETS",
    "PASSWORD",
    "PASSWD",
    "PWD",
    "CREDENTIAL",
    "CREDENTIALS",
    "AUTH",
    "COOKIE",
];

/// Whether a name holds, between `_` or `-`, a word that means a secret: `OPENAI_API_KEY` does,
/// `MAX_TOKENS` and `GIT_AUTHOR_NAME` do not.
pub(crate) fn is_secret_name(name: &str) -> bool {
    name.split(['_', '-']).any(|word| WORDS.iter().any(|secret| word.eq_ignore_ascii_case(secret)))
}

/// Headers that are secret although no word of their names says so.
const SENSITIVE_HEADERS: [&str; 2] = ["authorization", "proxy-authorization"];

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
        for name in ["OPENAI_API_KEY", "TOKEN", "db-password", "SESSION_COOKIE", "X_AUTH", "APIKEY"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["MAX_TOKENS", "GIT_AUTHOR_NAME", "KEYBOARD", "MONKEY", "HOME", "AUTHORITY"] {
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
