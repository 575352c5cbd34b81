//! Errors that a provider reports inside an answer of status 200.

use std::fmt;
use std::sync::LazyLock;

use fluxloop_jsonpath::{Found, PathSet};
use fluxloop_sse::Event;

use crate::error::excerpt;
use crate::keys::{Key, Keys, Seen, path_set};

/// An error that the provider reports inside an answer. Raw: mask it before it is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiError {
    /// The provider's name for the error: `type`, else `code`, else `status`.
    pub error_type: Option<String>,
    /// The provider's message, or the error as it came; at most 4 KiB.
    pub message: String,
    /// What kind of error it is.
    pub class: ApiErrorClass,
}

/// What kind of error it is: whether trying again may help.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ApiErrorClass {
    /// The provider has too much to do.
    Overloaded,
    /// A fault of the provider, a timeout of its own included.
    Server,
    /// Too many requests at once.
    RateLimited,
    /// Nothing is left to spend: trying again does not help before somebody pays.
    Quota,
    /// Anything else: the request itself is at fault, as far as can be known.
    Other,
}

impl ApiError {
    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self.class {
            ApiErrorClass::Overloaded | ApiErrorClass::Server | ApiErrorClass::RateLimited => true,
            ApiErrorClass::Quota | ApiErrorClass::Other => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self.class {
            ApiErrorClass::RateLimited => Some("lower `simulation.parallelism`"),
            ApiErrorClass::Quota => Some("the account has nothing left to spend"),
            ApiErrorClass::Overloaded | ApiErrorClass::Server | ApiErrorClass::Other => None,
        }
    }

    /// An error of which only a text is known.
    fn of_text(text: &str) -> Self {
        let text = if text.trim().is_empty() {
            "the provider gives no reason"
        } else {
            text
        };
        Self {
            error_type: None,
            message: excerpt(text),
            class: ApiErrorClass::Other,
        }
    }

    /// An error that is a string: a message, or a name if it is one word.
    fn of_string(text: &str) -> Self {
        if text.contains(char::is_whitespace) {
            return Self::of_text(text);
        }
        let class = ApiErrorClass::of_name(text);
        Self {
            error_type: Some(excerpt(text)),
            message: String::new(),
            class,
        }
    }

    /// Takes the message that stands beside the error, if it has none itself.
    fn with_message_of(mut self, json: &str) -> Self {
        if self.message.is_empty() {
            self.message = Self::of_object(json).message;
        }
        self
    }

    /// The error that an object describes: `{"type", "code", "message"}` and their like.
    fn of_object(json: &str) -> Self {
        let mut parts = Parts::default();
        // What cannot be read as JSON is shown as it came.
        let _ = PARTS.scan(json, |which, found| parts.take(which, found));
        parts.into_error(json)
    }

    /// The error of an event whose type alone says that it is one.
    fn of_data(data: &str) -> Self {
        if data.trim_start().starts_with('{') {
            Self::of_object(data)
        } else {
            Self::of_text(data)
        }
    }

    fn of_value(found: &Found<'_>) -> Self {
        match found {
            Found::Object(json) => Self::of_object(json),
            Found::Array(text) | Found::Number(text) => Self::of_text(text),
            Found::String(text) => Self::of_string(text),
            Found::Bool(_) | Found::Null => Self::of_text(""),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer reports an error: ")?;
        match &self.error_type {
            Some(error_type) => write!(f, "`{error_type}`: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ApiError {}

/// Where the parts of an error are; in the order of [`Parts`].
static PARTS: LazyLock<PathSet> =
    LazyLock::new(|| path_set(&["type", "code", "status", "message", "detail"]));

#[derive(Default)]
struct Parts {
    names: [Option<String>; 3],
    messages: [Option<String>; 2],
}

impl Parts {
    fn take(&mut self, which: usize, found: Found<'_>) {
        let slots = self.names.iter_mut().chain(&mut self.messages);
        if let (Some(slot), Some(text)) = (slots.into_iter().nth(which), found.into_text()) {
            *slot = Some(excerpt(&text));
        }
    }

    fn into_error(self, json: &str) -> ApiError {
        let class = ApiErrorClass::of_names(self.names.iter().flatten());
        // `"type": "error"` says nothing that is not known.
        let error_type = self
            .names
            .into_iter()
            .flatten()
            .find(|name| name != "error");
        let message = self
            .messages
            .into_iter()
            .flatten()
            .find(|text| !text.is_empty());
        ApiError {
            error_type,
            message: message.unwrap_or_else(|| excerpt(json)),
            class,
        }
    }
}

impl ApiErrorClass {
    /// The class of the first name that has one.
    fn of_names<'n>(names: impl Iterator<Item = &'n String>) -> Self {
        let mut classes = names
            .map(|name| Self::of_name(name))
            .filter(|class| *class != Self::Other);
        // A quota is told as a rate limit with a further name.
        let first = classes.next().unwrap_or(Self::Other);
        if classes.any(|class| class == Self::Quota) {
            Self::Quota
        } else {
            first
        }
    }

    /// The names and numbers that providers use: OpenAI (`server_error`, `rate_limit_exceeded`,
    /// `insufficient_quota`), Anthropic (`overloaded_error`, `api_error`, `rate_limit_error`,
    /// `timeout_error`, `billing_error`), Google (`UNAVAILABLE`, `INTERNAL`, `RESOURCE_EXHAUSTED`),
    /// vLLM (`InternalServerError`), gateways (the status as a number).
    fn of_name(name: &str) -> Self {
        let name: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        match name.as_str() {
            "429" | "resourceexhausted" => Self::RateLimited,
            "503" | "529" | "unavailable" => Self::Overloaded,
            "408" | "500" | "502" | "504" | "internal" | "apierror" => Self::Server,
            "402" => Self::Quota,
            _ if has(&["quota", "billing", "credit"]) => Self::Quota,
            _ if has(&["ratelimit", "toomanyrequests", "throttl"]) => Self::RateLimited,
            _ if has(&["overloaded", "unavailable"]) => Self::Overloaded,
            _ if has(&["servererror", "internalerror", "timeout"]) => Self::Server,
            _ => Self::Other,
        }
    }
}

/// The error that an event reports: `event: error`, `{"error": …}`, `{"type": "error"}` or
/// `response.failed`.
pub(crate) fn error_in_event(event: &Event<'_>, seen: &Seen<'_>) -> Option<ApiError> {
    let Event {
        event_type, data, ..
    } = *event;
    let inner = seen.text(Key::Type);
    if let Some(error) = seen.get(Key::Error).filter(|error| is_error(error)) {
        return Some(ApiError::of_value(error).with_message_of(data));
    }
    if event_type == "response.failed" || inner == Some("response.failed") {
        let error = seen.get(Key::ResponseError).filter(|error| is_error(error));
        return Some(error.map_or_else(|| ApiError::of_text(data), ApiError::of_value));
    }
    if inner == Some("error") {
        return Some(ApiError::of_object(data));
    }
    (event_type == "error").then(|| ApiError::of_data(data))
}

/// The error in a JSON body, if it reports one: of an answer with an error status, or of one that
/// was to be a stream.
pub fn error_in_json(body: &str) -> Option<ApiError> {
    static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::new(&[]));
    let (seen, read) = KEYS.look(body);
    read.ok()?;
    error_in_event(&Event::message(body), &seen)
}

/// Whether the value of `error` means one. Servers that always write the key write null, and some
/// `false` or an empty string, when all is well.
fn is_error(found: &Found<'_>) -> bool {
    match found {
        Found::Null | Found::Bool(false) => false,
        Found::String(text) => !text.is_empty(),
        Found::Bool(true) | Found::Number(_) | Found::Array(_) | Found::Object(_) => true,
    }
}
