//! Tells by its name whether a value is a secret.

use super::words::{is_plain_word, parts_of_name};

/// Words that make a name secret, and innocent ones too (`sort_key`).
pub const KEYS: [&str; 18] = [
    "KEY",
    "KEYS",
    "APIKEY",
    "APIKEYS",
    "TOKEN",
    "TOKENS",
    "AUTH",
    "AUTHORIZATION",
    "COOKIE",
    "COOKIES",
    "JWT",
    "JWTS",
    "BEARER",
    "CRED",
    "CREDS",
    "PASS",
    "SIGNATURE",
    "OTP",
];

/// Words that make a name secret, and mean little else.
pub const PASSWORDS: [&str; 13] = [
    "SECRET",
    "SECRETS",
    "PASSWORD",
    "PASSWORDS",
    "PASSWD",
    "PASSPHRASE",
    "PASSPHRASES",
    "PASSCODE",
    "PASSCODES",
    "PWD",
    "PASSWDS",
    "CREDENTIAL",
    "CREDENTIALS",
];

/// Two words that make a name secret together.
pub const PAIRS: [[&str; 2]; 1] = [["SESSION", "ID"]];

/// Ends of words that are written as one word: `PGPASSWORD`, `clientsecret`.
pub const JOINED: [&str; 15] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASSCODE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "SECRETKEY",
    "ACCESSKEY",
    "PRIVATEKEY",
    "SIGNINGKEY",
    "AUTHKEY",
    "MASTERKEY",
    "SESSIONID",
    "CREDENTIALS",
];

/// Last words of names that say something about a secret: `token_usage`, `auth_type`.
pub const PROPERTIES: [&str; 30] = [
    "BUDGET",
    "COST",
    "COUNT",
    "COUNTS",
    "ENABLED",
    "ENDPOINT",
    "EXPIRES",
    "EXPIRY",
    "FORMAT",
    "HINT",
    "LENGTH",
    "LIMIT",
    "LIMITS",
    "METHOD",
    "MODE",
    "NAME",
    "POLICY",
    "PRICE",
    "RATE",
    "RATES",
    "REQUIRED",
    "SCHEME",
    "SIZE",
    "THRESHOLD",
    "TTL",
    "TYPE",
    "URI",
    "URL",
    "USAGE",
    "VERSION",
];

/// Words in front of `TOKENS` with which it counts pieces of text: `max_tokens`.
pub const COUNTED: [&str; 28] = [
    "ALL",
    "AUDIO",
    "AVERAGE",
    "AVG",
    "BUDGET",
    "CACHE",
    "CACHED",
    "COMPLETION",
    "CONTEXT",
    "EXTRA",
    "GENERATED",
    "IMAGE",
    "INPUT",
    "LIMIT",
    "MAX",
    "MIN",
    "NEW",
    "NUM",
    "OUTPUT",
    "PREDICTION",
    "PROMPT",
    "REASONING",
    "SPECIAL",
    "STOP",
    "TEXT",
    "THINKING",
    "TOTAL",
    "USED",
];

/// What a name says about the text that stands under it, or anywhere below it.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Secrecy {
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
pub fn is_secret_name(name: &str) -> bool {
    secrecy_of(name) != Secrecy::Open
}

/// What a name says about what stands under it.
pub fn secrecy_of(name: &str) -> Secrecy {
    let parts: Vec<String> = parts_of_name(name).map(|part| part.to_ascii_uppercase()).collect();
    let words: Vec<&str> = parts.iter().map(|it| it.trim_end_matches(is_digit)).collect();
    let last = words.iter().rfind(|word| !word.is_empty()).copied().unwrap_or_default();
    if PROPERTIES.contains(&last) {
        return Secrecy::Open;
    }
    let of_pair = words.windows(2).any(|pair| PAIRS.iter().any(|known| pair == known));
    let of_words = (0..words.len()).map(|at| {
        let before = at.checked_sub(1).map_or("", |before| words[before]);
        // Auth0 is a company.
        if parts[at] == "AUTH0" { Secrecy::Open } else { of_word(before, words[at], last) }
    });
    of_words.chain([if of_pair { Secrecy::Key } else { Secrecy::Open }]).max().unwrap_or_default()
}

/// What a word says after another one; `last` is the last word of the name.
fn of_word(before: &str, word: &str, last: &str) -> Secrecy {
    let bare = word.strip_suffix('S').unwrap_or(word);
    let joined = JOINED.iter().find(|end| bare.len() > end.len() && bare.ends_with(**end));
    match (word, joined) {
        // Of text: of secrets, nothing but more words in front is said (`API_TOKENS`).
        ("TOKENS", _) if COUNTED.contains(&before) || last != word => Secrecy::Open,
        _ if PASSWORDS.contains(&word) => Secrecy::Password,
        (_, Some(end)) if PASSWORDS.contains(end) => Secrecy::Password,
        (_, Some(_)) => Secrecy::Key,
        _ if KEYS.contains(&word) || JOINED.contains(&bare) => Secrecy::Key,
        _ => Secrecy::Open,
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// What a name says that stands in `parent`, and has members or is a value itself. A JSON Schema,
/// such as the tools that a model may call, has the names of values and no values (`properties:
/// {token: {type: string}}`).
pub fn secrecy_in(parent: &str, name: &str, has_members: bool) -> Secrecy {
    let is_schema = parent == "properties" && has_members;
    if is_schema { Secrecy::Open } else { secrecy_of(name) }
}

/// What the names say under which a value stands, from the outermost on.
pub fn secrecy_of_path(names: &[&str]) -> Secrecy {
    let parents = std::iter::once("").chain(names.iter().copied());
    let said = parents
        .zip(names)
        .enumerate()
        .map(|(at, (parent, name))| secrecy_in(parent, name, at + 1 < names.len()));
    said.max().unwrap_or_default()
}

/// Parameters of a URL that are secret although no word of their names says so. A `code` that is
/// a number or a word is not what a sign-in hands out.
pub const PARAMETERS: [&str; 2] = ["sig", "code"];

/// Whether a parameter of a URL carries a secret: `auth[key]` and `auth.key` do, and a signature.
pub fn is_secret_parameter(name: &str, value: &str) -> bool {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    match PARAMETERS.iter().any(|known| is(known)) {
        true if is("code") => !is_plain_word(value) && !value.chars().all(is_digit),
        is_known => is_known || is_secret_name(name),
    }
}

/// Headers that are secret although no word of their names says so.
pub const HEADERS: [&str; 1] = ["authentication"];

/// Ends of headers with a secret word that are not secret: they only have to be unique.
pub const INNOCENT_HEADERS: [&str; 1] = ["idempotency-key"];

/// Whether a header carries a secret.
pub fn is_sensitive_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_innocent = INNOCENT_HEADERS.iter().any(|known| name.ends_with(known));
    !is_innocent && (HEADERS.contains(&name.as_str()) || is_secret_name(&name))
}

/// What follows `Bearer ` or `Basic `, which are never part of a secret (RFC 9110, 11.1: the names
/// of schemes are alike whatever their case).
pub fn without_scheme(value: &str) -> &str {
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
            "DB_PASS",
            "PASS",
            "PASSPHRASE",
            "PGPASSWORD",
            "JWT",
            "userJWT",
            "BEARER",
            "CRED",
            "AWS_CREDS",
            "TOKENS",
            "API_TOKENS",
            "SECRETKEY",
            "SESSION_ID",
            "sessionId",
            "SESSIONID",
            "PASSCODE",
            "DBPass",
            "accesstoken",
            "clientsecrets",
            "spring.datasource.password",
            "AWS_ACCESS_KEY_ID",
            "STRIPE_KEY_PROD",
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
            "max_tokens",
            "token_usage",
            "tokens_used",
            "total_tokens",
            "promptTokens",
            "maxCompletionTokens",
            "token_limit",
            "auth_type",
            "author",
            "authors",
            "passenger",
            "passport",
            "compass",
            "session",
            "session_name",
            "code",
            "keyboard",
            "monkey",
            "hotkeys",
            "PATH",
            "secretary",
            "tokenizer",
            "credit",
            "accredited",
            "bearing",
            "passed",
            "pass_rate",
            "cookie_policy",
            "KEY_NAME",
            "TOKEN_URL",
            "id",
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
            "X-JWT",
            "X-Goog-IAP-JWT-Assertion",
            "X-Session-Id",
            "X-Bearer",
            "Ocp-Apim-Subscription-Key",
        ] {
            assert!(is_sensitive_header(name), "{name}");
        }
        for name in [
            "Idempotency-Key",
            "X-Idempotency-Key",
            "Content-Type",
            "X-Request-Id",
            "X-Session",
            "X-Max-Tokens",
        ] {
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
