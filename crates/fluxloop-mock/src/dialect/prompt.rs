//! What a request's document says.

use std::borrow::Cow;

use http::{Method, StatusCode};
use serde_json::Value;

use super::Refusal;
use crate::request::MockRequest;
use crate::text::count_tokens;

/// The document of a provider's request: a JSON object that was sent with POST.
pub(super) fn document(request: &MockRequest) -> Result<Value, Refusal> {
    if request.method != Method::POST {
        return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request_error")
            .says("only POST requests are accepted")
            .code("method_not_supported"));
    }
    match serde_json::from_slice(&request.body) {
        Ok(document @ Value::Object(_)) => Ok(document),
        Ok(_) => Err(Refusal::bad_request("the body is not a JSON object")),
        // The error of the parser tells the position and quotes nothing.
        Err(error) => Err(Refusal::bad_request(format!("the body is not valid JSON: {error}"))),
    }
}

/// A key that must hold text.
pub(super) fn required_text<'d>(
    document: &'d Value,
    key: &'static str,
) -> Result<&'d str, Refusal> {
    match document.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(Value::Null) | None => Err(missing(key)),
        Some(_) => Err(wrong_type(key, "a non-empty string")),
    }
}

/// A key that must hold a list with something in it.
pub(super) fn required_list<'d>(
    document: &'d Value,
    key: &'static str,
) -> Result<&'d [Value], Refusal> {
    match document.get(key) {
        Some(Value::Array(items)) if !items.is_empty() => Ok(items),
        Some(Value::Null) | None => Err(missing(key)),
        Some(_) => Err(wrong_type(key, "a non-empty array")),
    }
}

/// The refusal of a request that lacks a key.
pub(super) fn missing(key: &'static str) -> Refusal {
    Refusal::bad_request(format!("missing required parameter: `{key}`"))
        .code("missing_required_parameter")
        .about(key)
}

/// The refusal of a request in which a key holds something else.
pub(super) fn wrong_type(key: &'static str, expected: &str) -> Refusal {
    Refusal::bad_request(format!("invalid type for `{key}`: expected {expected}"))
        .code("invalid_type")
        .about(key)
}

/// Whether the request asks for a stream.
pub(super) fn wants_stream(document: &Value) -> bool {
    document.get("stream") == Some(&Value::Bool(true))
}

/// What the last message of the user says; without one, what the last message says.
pub(super) fn last_said(messages: &[Value]) -> Option<Cow<'_, str>> {
    let by_user = messages.iter().rfind(|message| message["role"] == "user");
    by_user.or(messages.last()).map(content)
}

/// What a message says.
fn content(message: &Value) -> Cow<'_, str> {
    text_of(message.get("content").unwrap_or(message))
}

/// Text as providers accept it: a string, or parts of which some have a `text`.
pub(super) fn text_of(content: &Value) -> Cow<'_, str> {
    match content {
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(parts) => {
            Cow::Owned(parts.iter().filter_map(|part| part["text"].as_str()).collect())
        }
        Value::Null => Cow::Borrowed(""),
        other => Cow::Owned(other.to_string()),
    }
}

/// The tokens of all messages.
pub(super) fn count_messages(messages: &[Value]) -> u64 {
    messages.iter().map(|message| count_tokens(&content(message))).sum()
}
