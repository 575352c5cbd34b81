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
];

/// The longest text that counts as a sentence about an error, in bytes.
const MAX_ERROR_BYTES: usize = 1_000;

impl Looks {
    /// What data looks like; it may be cut at its end.
    pub(crate) fn of(data: &str) -> Self {
        let data = data.trim();
        if is_sign_of_life(data) {
            Self::KeepAlive
        } else if ["data:", "event:", "id:"].iter().any(|field| data.starts_with(field)) {
            Self::Field
        } else if is_python(data) {
            Self::Python
        } else if data.starts_with(['{', '[', '"']) {
            if has_several_documents(data) { Self::Documents } else { Self::Json }
        } else if is_error(data) {
            Self::Error
        } else {
            Self::Text
        }
    }
}

fn is_sign_of_life(data: &str) -> bool {
    let letters: String = data.chars().filter(char::is_ascii_alphabetic).collect();
    let letters = letters.to_ascii_lowercase();
    data.starts_with(':') || SIGNS_OF_LIFE.contains(&letters.as_str())
}

/// `{'a': None}`, `b'…'`, `Chunk(id='…')`: single quotes, the names of constants, or a constructor.
fn is_python(data: &str) -> bool {
    let starts = ["{'", "[{'", "['", "b'", "b\"", "('", "{\"\"\""];
    let constants = [": None", ": True", ": False"];
    let is_constructor = || {
        let Some((name, arguments)) = data.split_once('(') else { return false };
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(is_name)
            && arguments.contains('=')
    };
    starts.iter().any(|start| data.starts_with(start))
        || (data.starts_with(['{', '[']) && constants.iter().any(|it| data.contains(it)))
        || is_constructor()
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

/// What an object says that reports a failure without the member `error`: a code that is not that
/// of a success, or `success: false`, and a message.
pub(crate) fn reported(body: &str) -> Option<String> {
    let Ok(Value::Object(members)) = serde_json::from_str(body) else { return None };
    let is_no = |name: &str| members.get(name) == Some(&Value::Bool(false));
    let says_code = |name: &str| {
        members.get(name).is_some_and(|code| match code {
            Value::Number(code) => !matches!(code.as_i64(), Some(0 | 200..=299)),
            Value::String(code) => !matches!(
                code.to_ascii_lowercase().as_str(),
                "" | "0" | "200" | "ok" | "success" | "succeeded"
            ),
            _ => false,
        })
    };
    let fails = ["success", "ok", "succeeded"].iter().any(|name| is_no(name))
        || ["code", "errcode", "error_code", "errorCode", "ret"].iter().any(|it| says_code(it));
    let messages = ["msg", "message", "detail", "error_msg", "errmsg", "error_message", "reason"];
    let message = messages.iter().find_map(|name| members.get(*name)?.as_str());
    message.filter(|message| fails && !message.trim().is_empty()).map(str::to_owned)
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
        for data in [": OPENROUTER PROCESSING", ":", "ping", "[PING]", "keep-alive", "-- heartbeat"]
        {
            check(data, Looks::KeepAlive);
        }
        check("ping failed", Looks::Error);
    }

    #[test]
    fn a_doubled_prefix_is_a_field() {
        check("data: {\"a\": 1}", Looks::Field);
        check("event: message", Looks::Field);
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
        check("{\"a\": \"It's None\"", Looks::Json);
        check("Sum (a = 1)", Looks::Text);
    }

    #[test]
    fn words_of_an_error_are_recognized() {
        check("error: engine ran out of memory", Looks::Error);
        check("Rate limit exceeded", Looks::Error);
        check("Hello", Looks::Text);
    }

    #[track_caller]
    fn check_reported(body: &str, expected: Option<&str>) {
        assert_eq!(reported(body).as_deref(), expected, "{body}");
    }

    #[test]
    fn a_failure_may_be_a_code_and_a_message() {
        check_reported(
            r#"{"code": 1113, "msg": "no balance", "success": false}"#,
            Some("no balance"),
        );
        check_reported(r#"{"errcode": 40001, "errmsg": "bad key"}"#, Some("bad key"));
        check_reported(r#"{"success": false, "message": "no"}"#, Some("no"));
        check_reported(r#"{"code": 0, "message": "ok"}"#, None);
        check_reported(r#"{"code": 200, "message": "ok"}"#, None);
        check_reported(r#"{"message": "Hello"}"#, None);
        check_reported(r#"{"success": false}"#, None);
    }
}
