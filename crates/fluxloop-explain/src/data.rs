//! What data looks like that should be JSON and is not.

use serde_json::Value;

/// What data looks like that should be JSON and is not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Looks {
    /// A comment of an event stream, or a sign of life.
    KeepAlive,
    /// A field of an event stream: the prefix is doubled.
    Field,
    /// Several JSON documents.
    Documents,
    /// A value as Python prints it.
    Python,
    /// JSON, as far as it goes.
    Json,
    /// An error in plain words.
    Error,
    /// Other text.
    Text,
}

/// Words that servers send in order to keep a connection open.
const SIGNS_OF_LIFE: &[&str] =
    &["ping", "pong", "keepalive", "heartbeat", "processing", "noop", "alive"];

/// Words that are in a sentence about an error.
const ERROR_WORDS: &[&str] = &[
    "error",
    "exception",
    "failed",
    "failure",
    "traceback",
    "fatal",
    "panic",
    "denied",
    "refused",
    "exceeded",
    "unavailable",
    "overloaded",
    "out of memory",
    "timed out",
    "timeout",
    "invalid",
    "unauthorized",
    "forbidden",
    "cannot",
    "could not",
    "unable to",
    "not found",
    "bad gateway",
];

/// The longest text that counts as a sign of life, in bytes, without a time.
const MAX_SIGN_BYTES: usize = 40;

/// The longest text that counts as a sentence about an error, in bytes.
const MAX_ERROR_BYTES: usize = 1_000;

impl Looks {
    /// What data looks like; it may be cut at its end.
    pub(crate) fn of(data: &str) -> Self {
        let data = data.trim();
        if is_sign_of_life(data) {
            Self::KeepAlive
        } else if ["data:", "event:", "id:", "retry:"].iter().any(|field| data.starts_with(field)) {
            Self::Field
        } else if is_python(data) {
            Self::Python
        } else if data.starts_with(['{', '[', '"']) && !begins_with_a_mark(data) {
            if has_several_documents(data) { Self::Documents } else { Self::Json }
        } else if is_error(data) {
            Self::Error
        } else {
            Self::Text
        }
    }
}

/// A comment, or few words of which the last ones say it; a time may follow them.
fn is_sign_of_life(data: &str) -> bool {
    let words = data.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
    let letters: String = words.chars().filter(char::is_ascii_alphabetic).collect();
    let letters = letters.to_ascii_lowercase();
    let says_it = SIGNS_OF_LIFE.iter().any(|sign| letters.ends_with(sign));
    let is_short = words.len() <= MAX_SIGN_BYTES && !data.starts_with(['{', '"']);
    data.starts_with(':') || (says_it && is_short && !is_error(data))
}

/// `[ERROR] no memory`: a word in brackets is not a list.
fn begins_with_a_mark(data: &str) -> bool {
    let Some(rest) = data.strip_prefix('[') else { return false };
    let is_value = ["true", "false", "null"].iter().any(|value| rest.starts_with(value));
    rest.starts_with(|c: char| c.is_alphabetic()) && !is_value
}

/// `{'a': None}`, `b'…'`, `Chunk(id='…')`, `content='…'`: single quotes, the names of constants, a
/// constructor, or what it takes.
fn is_python(data: &str) -> bool {
    let starts = ["{'", "[{'", "['", "b'", "b\"", "('", "{\"\"\""];
    let constants = [": None", ": True", ": False"];
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let is_constructor =
        || data.split_once('(').is_some_and(|(name, rest)| is_name(name) && rest.contains('='));
    let is_argument = || {
        data.split_once('=')
            .is_some_and(|(name, rest)| is_name(name) && rest.starts_with(['\'', '"']))
    };
    starts.iter().any(|start| data.starts_with(start))
        || (data.starts_with(['{', '[']) && constants.iter().any(|it| data.contains(it)))
        || ["None", "True", "False"].contains(&data)
        || is_constructor()
        || is_argument()
}

/// Whether one JSON document is whole, and something follows that begins like another one.
fn has_several_documents(data: &str) -> bool {
    let mut documents = serde_json::Deserializer::from_str(data).into_iter::<Value>();
    let is_first_whole = matches!(documents.next(), Some(Ok(_)));
    let rest = data.get(documents.byte_offset()..).unwrap_or_default();
    is_first_whole && rest.trim_start().starts_with(['{', '[', '"'])
}

fn is_error(data: &str) -> bool {
    let text = data.to_ascii_lowercase();
    data.len() <= MAX_ERROR_BYTES && ERROR_WORDS.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(data: &str, expected: Looks) {
        assert_eq!(Looks::of(data), expected, "{data}");
    }

    #[test]
    fn signs_of_life_are_recognized() {
        for data in [
            ": OPENROUTER PROCESSING",
            ":",
            "ping",
            "[PING]",
            "keep-alive",
            "-- heartbeat",
            "OPENROUTER PROCESSING",
            "ping - 2026-01-01T00:00:00Z",
            "Heartbeat 7",
            "<keepalive/>",
        ] {
            check(data, Looks::KeepAlive);
        }
        check("ping failed", Looks::Error);
        check("error while processing", Looks::Error);
        check("{\"ping", Looks::Json);
    }

    #[test]
    fn a_doubled_prefix_is_a_field() {
        check("data: {\"a\": 1}", Looks::Field);
        check("event: message", Looks::Field);
        check("retry: 100", Looks::Field);
        check("database is down", Looks::Text);
    }

    #[test]
    fn several_documents_are_recognized() {
        check("{\"a\": 1}\n{\"a\": 2}", Looks::Documents);
        check("{\"a\": 1}{\"a\": 2", Looks::Documents);
        check("{\"a\": 1}\n[DONE]", Looks::Documents);
        check("{\"a\": 1} trailing", Looks::Json);
        check("{\"a\": 1", Looks::Json);
    }

    #[test]
    fn what_python_prints_is_recognized() {
        for data in ["{'t': 'hi'}", "b'{\"a\": 1}'", "[{'a': 1}]", "{\"a\": None, \"b\": True}"] {
            check(data, Looks::Python);
        }
        check("Chunk(id='c1', text='hi')", Looks::Python);
        check("content='Hi' additional_kwargs={}", Looks::Python);
        check("None", Looks::Python);
        check("None of them", Looks::Text);
        check("{\"a\": \"It's None\"", Looks::Json);
        check("Sum (a = 1)", Looks::Text);
    }

    #[test]
    fn words_of_an_error_are_recognized() {
        check("error: engine ran out of memory", Looks::Error);
        check("Rate limit exceeded", Looks::Error);
        check("[ERROR] engine died", Looks::Error);
        check("<html><title>502 Bad Gateway</title></html>", Looks::Error);
        check("[true", Looks::Json);
        check("Hello", Looks::Text);
    }
}
