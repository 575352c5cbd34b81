//! What a request asks for.

use std::borrow::Cow;

use http::StatusCode;
use serde_json::{Map, Value};

use super::Refusal;
use super::layout::{Kind, Layout, fits};
use crate::request::MockRequest;
use crate::text::count_tokens;
use crate::{AnswerForm, InputAt, MockOptions};

pub(crate) struct Prompt<'a> {
    /// What an echo says.
    pub(crate) input: String,
    /// The tokens of everything that was said.
    pub(crate) input_tokens: u64,
    pub(crate) stream: bool,
    /// The request's document, if it has one.
    pub(crate) document: Value,
    /// What answers in place of the dialect's own document.
    pub(crate) answer: Option<&'a Value>,
}

impl Layout {
    pub(crate) fn read(
        &self,
        options: &MockOptions,
        request: &MockRequest,
    ) -> Result<Prompt<'_>, Refusal> {
        let answer = self.document(&request.path);
        if answer.is_some() {
            check_method(request, "GET")?;
            let (input, document) = (String::new(), Value::Null);
            return Ok(Prompt { input, input_tokens: 0, stream: false, document, answer });
        }
        let document = if self.is_custom() { any(request)? } else { posted(request)? };
        for (key, kind) in &self.settings.requires {
            require(&document, key, *kind)?;
        }
        let said = self.settings.input.iter().find_map(|path| find(&document, path));
        let input = match said {
            Some(said) => Some(text_of(said).into_owned()),
            None => elsewhere(options.input_at.as_ref(), request, &document),
        };
        let input = input.ok_or_else(|| {
            let no_input = "the request has no input where the mock looks for it";
            not_json(request).unwrap_or_else(|| Refusal::bad_request(no_input))
        })?;
        let mut input_tokens = said.map_or_else(|| count_tokens(&input), count);
        for instructions in ["system", "instructions"] {
            input_tokens += document.get(instructions).map_or(0, count);
        }
        let stream = self.streams(options, request, &document);
        Ok(Prompt { input, input_tokens, stream, document, answer: None })
    }

    fn streams(&self, options: &MockOptions, request: &MockRequest, document: &Value) -> bool {
        let settings = &self.settings;
        if self.whole.is_none() {
            return true;
        }
        if !settings.whole_paths.is_empty() {
            return !settings.whole_paths.iter().any(|route| fits(route, &request.path));
        }
        if !settings.stream_when.is_empty() {
            return settings
                .stream_when
                .iter()
                .all(|(key, value)| document.get(key) == Some(value));
        }
        match options.answer {
            AnswerForm::Stream => true,
            AnswerForm::Json => false,
            AnswerForm::AsAccepted => {
                let accept = request.header("accept").unwrap_or_default();
                let json_only =
                    accept.contains("application/json") && !accept.contains("text/event-stream");
                !json_only && document.get("stream") != Some(&Value::Bool(false))
            }
        }
    }
}

fn check_method(request: &MockRequest, methods: &'static str) -> Result<(), Refusal> {
    if methods.split(", ").any(|it| it == request.method.as_str()) {
        return Ok(());
    }
    let message = format!("the method {} is not answered here, only {methods}", request.method);
    let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, message);
    Err(Refusal { allow: Some(methods), ..refusal.code("method_not_supported") })
}

/// The refusal of a body that says of itself that it is something else than JSON, as the forms are
/// that `curl -d` sends.
fn not_json(request: &MockRequest) -> Option<Refusal> {
    let given = request.header("content-type")?;
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = essence == "application/json" || essence.ends_with("+json");
    let message = format!(
        "the body came with the content type `{given}`; send JSON with the header \
         `content-type: application/json`"
    );
    (!is_json).then(|| Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
}

/// The document of a request to a provider: a JSON object that was sent with POST.
fn posted(request: &MockRequest) -> Result<Value, Refusal> {
    check_method(request, "POST")?;
    if let Some(refusal) = not_json(request) {
        return Err(refusal);
    }
    match serde_json::from_slice(&request.body) {
        Ok(document @ Value::Object(_)) => Ok(document),
        Ok(_) => Err(Refusal::bad_request("the body is not a JSON object")),
        // The error of the parser names the position and quotes nothing.
        Err(error) => Err(Refusal::bad_request(format!("the body is not valid JSON: {error}"))),
    }
}

/// The document of a request to a custom agent: of a JSON body, or without a content type of a body
/// that happens to be JSON; else null.
fn any(request: &MockRequest) -> Result<Value, Refusal> {
    check_method(request, "GET, POST, PUT, PATCH")?;
    let declared = request.is_media_type("application/json");
    if request.body.is_empty() || !(declared || request.header("content-type").is_none()) {
        return Ok(Value::Null);
    }
    match serde_json::from_slice(&request.body) {
        Ok(document) => Ok(document),
        Err(error) if declared => {
            Err(Refusal::bad_request(format!("the body is not valid JSON: {error}")))
        }
        Err(_) => Ok(Value::Null),
    }
}

fn require(document: &Value, key: &str, kind: Kind) -> Result<(), Refusal> {
    let value = document.get(key).unwrap_or(&Value::Null);
    if value.is_null() {
        let message = format!("missing required parameter: `{key}`");
        let refusal = Refusal::bad_request(message);
        return Err(refusal.code("missing_required_parameter").about(key));
    }
    let is_text = value.as_str().is_some_and(|text| !text.is_empty());
    let is_list = value.as_array().is_some_and(|items| !items.is_empty());
    let (is_right, expected) = match kind {
        Kind::Text => (is_text, "a non-empty string"),
        Kind::List => (is_list, "a non-empty array"),
        Kind::TextOrList => (is_text || is_list, "a string or a non-empty array"),
        Kind::Number => (value.is_u64(), "a positive integer"),
    };
    if is_right {
        return Ok(());
    }
    let refusal = Refusal::bad_request(format!("invalid type for `{key}`: expected {expected}"));
    Err(refusal.code("invalid_type").about(key))
}

/// What stands at names, or numbers of elements, that are separated by dots.
pub(crate) fn find<'d>(document: &'d Value, path: &str) -> Option<&'d Value> {
    let found = path.split('.').try_fold(document, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    })?;
    (!found.is_null()).then_some(found)
}

/// What a value of a request says: a text, the parts of a message, the last message of the user (or
/// of anybody), or what a message has as its text. Anything else is its JSON.
fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(items) => match last_message(items) {
            Some(message) => text_of(message),
            None if items.iter().any(|item| part(item).is_some()) => {
                Cow::Owned(items.iter().filter_map(part).collect())
            }
            None => Cow::Owned(value.to_string()),
        },
        Value::Object(message) => match inside(message) {
            Some(content) => text_of(content),
            None => Cow::Owned(value.to_string()),
        },
        other => Cow::Owned(other.to_string()),
    }
}

fn part(part: &Value) -> Option<&str> {
    part.as_str().or_else(|| part.get("text")?.as_str())
}

fn inside(message: &Map<String, Value>) -> Option<&Value> {
    ["text", "content", "parts"].into_iter().find_map(|name| message.get(name))
}

fn is_message(value: &Value) -> bool {
    ["role", "content", "parts"].into_iter().any(|name| value.get(name).is_some())
}

fn last_message(items: &[Value]) -> Option<&Value> {
    let by_user = items.iter().rfind(|item| item["role"] == "user" || item["role"] == "ROLE_USER");
    by_user.or_else(|| items.iter().rfind(|item| is_message(item)))
}

fn count(value: &Value) -> u64 {
    match value.as_array().filter(|items| items.iter().any(is_message)) {
        Some(messages) => messages.iter().map(|message| count_tokens(&text_of(message))).sum(),
        None => count_tokens(&text_of(value)),
    }
}

/// What is said where no dialect has a place for it: in the query or a form, at the place that the
/// mock was given, or as the whole body.
fn elsewhere(at: Option<&InputAt>, request: &MockRequest, document: &Value) -> Option<String> {
    let form = || request.is_media_type("application/x-www-form-urlencoded");
    let body = || String::from_utf8_lossy(&request.body).into_owned();
    request
        .query_parameter("input")
        .or_else(|| if form() { request.form_field("input") } else { None })
        .or_else(|| match at? {
            InputAt::Json(pointer) => {
                document.pointer(pointer).map(|found| text_of(found).into_owned())
            }
            InputAt::Query(name) => request.query_parameter(name),
            InputAt::Form(name) => request.form_field(name),
            InputAt::Body => Some(body()),
        })
        .or_else(|| match document {
            Value::String(text) => Some(text.clone()),
            Value::Null if !form() && !request.body.is_empty() => Some(body()),
            _ => None,
        })
}
