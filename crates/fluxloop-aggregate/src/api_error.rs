//! Errors that a provider reports inside an answer of status 200.

use std::fmt;
use std::sync::LazyLock;

use fluxloop_jsonpath::{Found, JsonPath, PathSet, RawFound};
use serde_json::Value;

use crate::compile::Parts as Places;
use crate::excerpt::excerpt;
use crate::known::{
    ANSWER_MEMBERS, ApiErrorClass, ERROR_CODES, ERROR_MESSAGES, ERROR_NAMES, ERROR_OBJECT,
    ERROR_PARTS, ERROR_PLACES, ERROR_SENTENCES, ERROR_WORDS, EXCEPTION, FAILING_WORDS, FINE_CODES,
    FINE_NUMBERS, LONE_FAILURES, NO_ERRORS, SUCCESS_FLAGS,
};
use crate::look::Look;
use crate::types::NameSays;

/// The longest name of an error, in bytes. What is longer is none, and is not cut to one: a message
/// follows the name, and a secret that is cut can be masked only where nothing follows.
const MAX_NAME: usize = 256;

/// An error that the provider reports inside an answer. Raw: mask it before it is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiError {
    /// The provider's name for the error: `type`, else `code`, else `status`.
    pub error_type: Option<String>,
    /// The provider's message, or the error as it came; at most 4 KiB.
    pub message: String,
    /// What kind of error it is.
    pub class: ApiErrorClass,
    /// How long to wait, as the provider says it: seconds, a duration or a date.
    pub retry_after: Option<String>,
}

impl ApiError {
    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self.class {
            ApiErrorClass::Overloaded | ApiErrorClass::Server | ApiErrorClass::RateLimited => true,
            ApiErrorClass::Quota | ApiErrorClass::Other => false,
        }
    }

    /// An error of which only a text is known.
    pub(crate) fn of_text(text: &str) -> Self {
        let text = if text.trim().is_empty() { "the provider gives no reason" } else { text };
        let class = ApiErrorClass::of_sentence(text);
        Self { error_type: None, message: excerpt(text), class, retry_after: None }
    }

    /// An error that is a string, in an object that may have its name or a message beside it: with
    /// a message, one word is the name of the error.
    fn of_string(text: &str, json: &str) -> Self {
        let mut parts = Parts::of(json);
        if let Some(name) = parts.error_type.take() {
            let class = ApiErrorClass::of_name(&name);
            return Self { error_type: Some(name), class, ..Self::of_text(text) };
        }
        if text.contains(char::is_whitespace) || text.len() > MAX_NAME {
            return Self::of_text(text);
        }
        let class = ApiErrorClass::of_name(text);
        match parts.message() {
            Some(message) => {
                Self { error_type: Some(text.to_owned()), message, class, retry_after: None }
            }
            None => Self { class, ..Self::of_text(text) },
        }
    }

    /// The error that an object describes: `{"type", "code", "message"}` and their like. `known` is
    /// the type of the frame, which says nothing that is not known.
    fn of_object(json: &str, known: &str) -> Self {
        let mut parts = Parts::of(json);
        let message = parts.message().unwrap_or_else(|| excerpt(json));
        let mut names = parts.names.iter().flatten().peekable();
        let class = match names.peek() {
            Some(_) => ApiErrorClass::of_names(names),
            None => ApiErrorClass::of_sentence(&message),
        };
        let is_known = |name: &String| name == known || name == "error" || name.contains('.');
        let error_type = parts.names.into_iter().flatten().find(|name| !is_known(name));
        Self { error_type, message, class, retry_after: None }
    }

    /// The error that a finish reason stands for.
    pub(crate) fn of_finish_reason(reason: &str) -> Self {
        let message = format!("the model stopped with the finish reason `{reason}`");
        Self {
            error_type: Some(reason.to_owned()),
            message,
            class: ApiErrorClass::Other,
            retry_after: None,
        }
    }

    /// The error whose parts a schema places in a frame. Without places, the frame is the error.
    pub(crate) fn at(places: &Places, look: &Look<'_>) -> Self {
        if places.is_empty() {
            return Self::of_failure(look.data, "");
        }
        let code = places.code.iter().find_map(|slot| look.text(*slot));
        let code = code.filter(|code| !code.is_empty() && code.len() <= MAX_NAME);
        let mut message = None;
        for place in &places.message {
            if message.is_none() {
                let mut text = String::new();
                look.each(place, &mut |value| match value.read() {
                    Found::Object(json) => text += &Self::of_object(json, "").message,
                    found => text.extend(found.into_text()),
                });
                message = Some(text).filter(|text| !text.trim().is_empty());
            }
        }
        let class = match (&code, &message) {
            (Some(code), _) => ApiErrorClass::of_name(code),
            (None, Some(message)) => ApiErrorClass::of_sentence(message),
            (None, None) => ApiErrorClass::Other,
        };
        let retry_after = places.retry_after.iter().find_map(|slot| look.text(*slot));
        let message = message.or_else(|| code.clone());
        let words = Self::of_text(message.as_deref().unwrap_or_default());
        Self { error_type: code, class, retry_after, ..words }
    }

    /// The same error, whose frame is of a type that names errors one by one
    /// (`throttlingException`).
    pub(crate) fn named_by_frame(self, frame: &str) -> Self {
        if !frame.to_ascii_lowercase().ends_with(EXCEPTION) {
            return self;
        }
        let class = ApiErrorClass::of_name(frame);
        Self { error_type: Some(frame.to_owned()), class, ..self }
    }

    /// The error of a frame of which only its type says that it is one: where providers put it, or
    /// the frame itself.
    pub(crate) fn of_failure(data: &str, frame: &str) -> Self {
        let mut found = Vec::new();
        // What cannot be read has no such place.
        let _ = PLACES.scan(data, |_, error| found.push(error));
        match found.iter().find(|error| !matches!(error, Found::Null)) {
            Some(error) => Self::of_value(error, data),
            None if data.trim_start().starts_with('{') => {
                Self::of_object(data, frame).with_limits(data)
            }
            None => match serde_json::from_str::<String>(data) {
                Ok(text) => Self::of_text(&text),
                Err(_) => Self::of_text(data),
            },
        }
    }

    /// The error that the key `error` of an object holds.
    pub(crate) fn of_value(found: &Found<'_>, json: &str) -> Self {
        let error = match found {
            Found::Object(error) => Self::of_object(error, ""),
            Found::Array(text) | Found::Number(text) => Self::of_text(text),
            Found::String(text) => Self::of_string(text, json),
            Found::Bool(_) | Found::Null => Self::of_text(""),
        };
        error.with_limits(json)
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
static PARTS: LazyLock<PathSet> = LazyLock::new(|| path_set(&ERROR_PARTS));

#[derive(Default)]
struct Parts {
    names: [Option<String>; 4],
    /// The name of an error that is a sentence (text-generation-inference).
    error_type: Option<String>,
    messages: [Option<String>; ERROR_PARTS.len() - 5],
}

impl Parts {
    /// The parts of an object; what cannot be read as JSON has none.
    fn of(json: &str) -> Self {
        let mut parts = Self::default();
        let _ = PARTS.scan(json, |which, found| parts.take(which, found));
        parts
    }

    fn take(&mut self, which: usize, found: Found<'_>) {
        let is_name = which <= self.names.len();
        let mut slots =
            self.names.iter_mut().chain([&mut self.error_type]).chain(&mut self.messages);
        if let (Some(slot), Some(text)) = (slots.nth(which), found.into_text()) {
            *slot = (!is_name || text.len() <= MAX_NAME).then(|| excerpt(&text));
        }
    }

    fn message(&mut self) -> Option<String> {
        self.messages.iter_mut().filter_map(Option::take).find(|text| !text.is_empty())
    }
}

impl ApiErrorClass {
    /// The class of the first name that has one.
    fn of_names<'n>(names: impl Iterator<Item = &'n String>) -> Self {
        let mut classes =
            names.map(|name| Self::of_name(name)).filter(|class| *class != Self::Other);
        // A quota is told as a rate limit with a further name.
        let first = classes.next().unwrap_or(Self::Other);
        if classes.any(|class| class == Self::Quota) { Self::Quota } else { first }
    }

    /// The class of an error that has no name.
    fn of_sentence(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        Self::first_of(&ERROR_SENTENCES, |word| text.contains(word))
    }

    /// The class of a name or a number that a provider uses.
    fn of_name(name: &str) -> Self {
        let name = letters(name);
        match Self::first_of(&ERROR_NAMES, |known| name == known) {
            Self::Other => Self::first_of(&ERROR_WORDS, |word| name.contains(word)),
            class => class,
        }
    }

    /// The class of the first row that has a word that fits.
    fn first_of(rows: &[(&[&str], Self)], fits: impl Fn(&str) -> bool) -> Self {
        let mut fitting = rows.iter().filter(|(words, _)| words.iter().any(|word| fits(word)));
        fitting.next().map_or(Self::Other, |&(_, class)| class)
    }
}

/// The letters and digits of a name, in lower case.
pub(crate) fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// Whether the value of a member `error` means one. Servers that always write the member write
/// something empty when all is well, or a code that is 0. An object of which every member is empty
/// is empty, too.
pub(crate) fn means_error(found: RawFound<'_>) -> bool {
    match found.read() {
        Found::Null | Found::Bool(false) => false,
        Found::String(text) => !NO_ERRORS.contains(&text.trim().to_ascii_lowercase().as_str()),
        Found::Number(number) => number.parse::<f64>().is_ok_and(|number| number != 0.0),
        Found::Array(json) => json[1..json.len() - 1].trim_ascii() != "",
        Found::Object(json) => {
            // It was read before, so that it can be read.
            let Ok(Value::Object(members)) = serde_json::from_str(json) else { return true };
            let is_fine = members.get("code").is_some_and(is_fine_code);
            !is_fine && !members.values().all(is_empty)
        }
        Found::Bool(true) => true,
    }
}

/// The error in a JSON body, if it reports one: of an answer with an error status, or of one that
/// was to be a stream.
pub fn error_in_json(body: &str) -> Option<ApiError> {
    static KEYS: LazyLock<PathSet> = LazyLock::new(|| path_set(&["error", "type", "object"]));
    let body = only_element(body).unwrap_or(body);
    let (mut error, mut says) = (None, false);
    let set = &*KEYS;
    set.scan_raw(body, |which, found| match which {
        0 if means_error(found) => error = Some(found),
        0 => {}
        1 => says |= found.string().is_some_and(|it| NameSays::of(&it) == NameSays::Failed),
        _ => says |= found.string().as_deref() == Some(ERROR_OBJECT),
    })
    .ok()?;
    match error {
        Some(error) => Some(ApiError::of_value(&error.read(), body)),
        None => says.then(|| ApiError::of_failure(body, "error")),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => NO_ERRORS.contains(&text.trim().to_ascii_lowercase().as_str()),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Number(_) | Value::Bool(true) => false,
    }
}

/// Whether a code is that of a success.
fn is_fine_code(code: &Value) -> bool {
    let is_fine = |code: f64| code == 0.0 || (200.0..300.0).contains(&code);
    match code {
        Value::Number(code) => code.as_f64().is_some_and(is_fine),
        Value::String(code) => {
            code.parse().is_ok_and(is_fine)
                || FINE_CODES.contains(&code.to_ascii_lowercase().as_str())
        }
        _ => false,
    }
}

/// The failure that a frame is which gave nothing to the answer: an error in a list of one, the
/// member of a framework that reports errors, or a code and a message.
pub(crate) fn failure_in_frame(json: &str) -> Option<ApiError> {
    if only_element(json).is_some() {
        return error_in_json(json);
    }
    let Ok(Value::Object(members)) = serde_json::from_str(json) else { return None };
    let has = |name: &&str| members.get(*name).is_some_and(|member| !member.is_null());
    // A `code` of 1 is as often a success.
    if ANSWER_MEMBERS.iter().any(has) || members.get("code").is_some_and(|code| *code == 1) {
        return None;
    }
    let is_alone = members.len() == 1
        && LONE_FAILURES.iter().any(|name| has(name) && !is_empty(&members[*name]));
    // A code in words is that of a failure only if the words say so.
    let is_name = |code: &str| {
        let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let letters = letters.to_ascii_lowercase();
        if let Ok(number) = code.parse::<f64>() {
            return !FINE_NUMBERS.contains(&number) && !(100.0..200.0).contains(&number);
        }
        matches!(NameSays::of(code), NameSays::Failed | NameSays::PartFailed)
            || ApiErrorClass::of_name(code) != ApiErrorClass::Other
            || FAILING_WORDS.iter().any(|word| letters.contains(word))
    };
    let mut codes = ERROR_CODES.iter().filter_map(|name| members.get(*name));
    let names_failure = |code: &Value| match code {
        Value::String(code) => is_name(code),
        code => is_name(&code.to_string()),
    };
    let is_coded = codes.all(names_failure) && said_with_code(json).is_some();
    (is_alone || is_coded).then(|| ApiError::of_failure(json, ""))
}

/// The failure in JSON that is not where an answer is: an error, or a code and a message.
pub(crate) fn failure_in_json(json: &str) -> Option<ApiError> {
    let reported = || said_with_code(json).map(|_| ApiError::of_object(json, ""));
    error_in_json(json).or_else(reported)
}

/// What an object says that reports a failure without the member `error`: a code that is not that
/// of a success, or `success: false`, and a message. Only where no answer can be: an answer may
/// have such members, too.
pub fn said_with_code(json: &str) -> Option<String> {
    let Ok(Value::Object(members)) = serde_json::from_str(json) else { return None };
    let is_no = |name: &&str| members.get(*name) == Some(&Value::Bool(false));
    let says_code = |name: &&str| {
        members.get(*name).is_some_and(|code| match code {
            Value::Number(_) => !is_fine_code(code),
            Value::String(text) => !text.is_empty() && !is_fine_code(code),
            _ => false,
        })
    };
    let fails = SUCCESS_FLAGS.iter().any(is_no) || ERROR_CODES.iter().any(says_code);
    let message = ERROR_MESSAGES.iter().find_map(|name| members.get(*name)?.as_str());
    message.filter(|message| fails && !message.trim().is_empty()).map(str::to_owned)
}

/// Where an error is in a frame that is about it.
static PLACES: LazyLock<PathSet> = LazyLock::new(|| path_set(&ERROR_PLACES));

/// Joins paths that are written in this program.
fn path_set(paths: &[&str]) -> PathSet {
    let paths = paths.iter().map(|path| JsonPath::parse(path));
    let paths: Vec<JsonPath> =
        paths.collect::<Result<_, _>>().expect("paths of the program itself are valid");
    PathSet::new(&paths).expect("paths of names and indices are singular")
}

/// The element of a list of one. Google wraps the error of a request for a stream in such a list.
fn only_element(json: &str) -> Option<&str> {
    static ELEMENTS: LazyLock<PathSet> = LazyLock::new(|| path_set(&["[0]", "[1]"]));
    let mut elements = [None, None];
    ELEMENTS.scan(json, |which, found| elements[which] = Some(found)).ok()?;
    match elements {
        [Some(Found::Object(element)), None] => Some(element),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ApiErrorClass::{Other, Overloaded, Quota, RateLimited, Server};

    use super::*;

    #[track_caller]
    fn check(body: &str, error_type: Option<&str>, message: &str, class: ApiErrorClass) {
        let expected = ApiError {
            error_type: error_type.map(str::to_owned),
            message: message.to_owned(),
            class,
            retry_after: None,
        };
        assert_eq!(error_in_json(body), Some(expected));
    }

    #[test]
    fn langserve_puts_the_status_into_the_error() {
        let error = ApiError::of_failure(
            r#"{"status_code": 500, "message": "Internal Server Error"}"#,
            "error",
        );
        let expected = (Some("500"), "Internal Server Error", Server);
        assert_eq!((error.error_type.as_deref(), &*error.message, error.class), expected);
    }

    #[track_caller]
    fn check_none(body: &str) {
        assert_eq!(error_in_json(body), None);
    }

    #[test]
    fn openai_names_a_type_and_a_message() {
        check(
            r#"{"error": {"message": "slow down", "type": "tokens", "code": "rate_limit_exceeded"}}"#,
            Some("tokens"),
            "slow down",
            RateLimited,
        );
        check(
            r#"{"error": {"message": "no", "type": "invalid_request_error", "code": null}}"#,
            Some("invalid_request_error"),
            "no",
            Other,
        );
    }

    #[test]
    fn a_quota_is_no_rate_limit() {
        check(
            r#"{"error": {"message": "m", "type": "rate_limit_error", "code": "insufficient_quota"}}"#,
            Some("rate_limit_error"),
            "m",
            Quota,
        );
    }

    #[test]
    fn anthropic_wraps_its_error_in_one_of_type_error() {
        check(
            r#"{"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}"#,
            Some("overloaded_error"),
            "busy",
            Overloaded,
        );
        check(
            r#"{"type": "error", "error": {"type": "api_error", "message": "fault"}}"#,
            Some("api_error"),
            "fault",
            Server,
        );
    }

    #[test]
    fn the_responses_api_puts_its_error_beside_the_type() {
        check(
            r#"{"type": "error", "code": "server_error", "message": "fault", "param": null}"#,
            Some("server_error"),
            "fault",
            Server,
        );
    }

    #[test]
    fn a_failed_response_without_a_reason_is_shown_as_it_came() {
        let body = r#"{"type": "response.failed", "response": {"error": null}}"#;
        check(body, None, body, Other);
    }

    #[test]
    fn numbers_are_statuses() {
        check(r#"{"error": {"code": 503, "message": "m"}}"#, Some("503"), "m", Overloaded);
        check(r#"{"error": {"code": 400, "message": "m"}}"#, Some("400"), "m", Other);
    }

    #[test]
    fn an_error_may_be_a_string() {
        check(r#"{"error": "it broke badly"}"#, None, "it broke badly", Other);
        check(
            r#"{"error": "rate_limit_exceeded", "message": "slow down"}"#,
            Some("rate_limit_exceeded"),
            "slow down",
            RateLimited,
        );
    }

    #[test]
    fn an_error_that_is_a_sentence_may_have_its_name_beside_it() {
        check(
            r#"{"error": "Model is overloaded", "error_type": "overloaded"}"#,
            Some("overloaded"),
            "Model is overloaded",
            Overloaded,
        );
        check(
            r#"{"error": "`inputs` must be short", "error_type": "validation"}"#,
            Some("validation"),
            "`inputs` must be short",
            Other,
        );
    }

    #[test]
    fn a_sentence_has_a_class_where_it_leaves_no_doubt() {
        let message = "Rate limit exceeded, try again";
        check(&format!(r#"{{"error": "{message}"}}"#), None, message, RateLimited);
        check(&format!(r#"{{"error": {{"message": "{message}"}}}}"#), None, message, RateLimited);
        let message = "the model is unavailable in your region";
        check(&format!(r#"{{"error": "{message}"}}"#), None, message, Other);
        check(
            r#"{"error": {"type": "bad_input", "message": "too many requests in the batch"}}"#,
            Some("bad_input"),
            "too many requests in the batch",
            Other,
        );
    }

    #[test]
    fn an_object_may_say_of_itself_that_it_is_an_error() {
        check(
            r#"{"object": "error", "message": "fault", "type": "InternalServerError", "code": 500}"#,
            Some("InternalServerError"),
            "fault",
            Server,
        );
        check_none(r#"{"object": "chat.completion.chunk", "type": "x"}"#);
    }

    #[test]
    fn an_error_may_be_alone_in_a_list() {
        let error = r#"{"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}"#;
        check(&format!("[{error}]"), Some("503"), "busy", Overloaded);
        check_none(&format!("[{error}, {error}]"));
        check_none("[1]");
    }

    #[test]
    fn an_error_without_a_message_is_shown_as_it_came() {
        check(r#"{"error": {"detail": [1]}}"#, None, r#"{"detail": [1]}"#, Other);
        check(r#"{"error": true}"#, None, "the provider gives no reason", Other);
    }

    #[test]
    fn what_is_too_long_for_a_name_is_none() {
        let name = "n".repeat(MAX_NAME + 1);
        check(&format!(r#"{{"error": {{"type": "{name}", "message": "m"}}}}"#), None, "m", Other);
        check(&format!(r#"{{"error": "{name}", "message": "m"}}"#), None, &name, Other);
    }

    #[test]
    fn a_key_that_is_always_there_is_no_error() {
        check_none(r#"{"error": null, "delta": "x"}"#);
        check_none(r#"{"error": false}"#);
        check_none(r#"{"error": ""}"#);
        check_none(r#"{"delta": {"error": "x"}}"#);
    }

    #[track_caller]
    fn check_code(body: &str, expected: Option<&str>) {
        assert_eq!(said_with_code(body).as_deref(), expected, "{body}");
    }

    #[test]
    fn a_failure_may_be_a_code_and_a_message() {
        check_code(r#"{"code": 1113, "msg": "no balance", "success": false}"#, Some("no balance"));
        check_code(r#"{"errcode": 40001, "errmsg": "bad key"}"#, Some("bad key"));
        check_code(r#"{"success": false, "message": "no"}"#, Some("no"));
        check_code(r#"{"code": 0, "message": "ok"}"#, None);
        check_code(r#"{"code": 200, "message": "ok"}"#, None);
        check_code(r#"{"message": "Hello"}"#, None);
        check_code(r#"{"success": false}"#, None);
    }

    #[test]
    fn what_is_no_json_reports_nothing() {
        check_none(r#"{"error": "x""#);
        check_none("error");
        check_none("");
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let error = error_in_json(&format!(r#"{{"error": "x{}"}}"#, "é".repeat(5000))).unwrap();
        assert_eq!(error.message.len(), crate::EXCERPT_BYTES - 1);
    }
}
