//! An agent of one's own, described by where its texts are.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Heard, Place, Refusal, Voice, prompt};
use crate::MockError;
use crate::json::push_string;
use crate::program::EventWriter;
use crate::request::MockRequest;

/// An agent of one's own.
///
/// The default answers `{"input": "…"}` with events of the type `message` and data like
/// `{"delta":"…"}`, then an event of the type `done`.
#[derive(Clone, Debug)]
pub struct CustomDialect {
    /// In which form it answers.
    pub answer: CustomAnswer,
    /// The type of the events that carry text; `None` leaves the line `event:` out.
    pub event_type: Option<String>,
    /// Where the text is in the data of those events; `None`: the data is the text. (Data cannot
    /// hold a CR, which ends a line; it arrives as LF.)
    pub text_at: Option<Place>,
    /// How a stream ends.
    pub end: CustomEnd,
    /// Where the text is in an answer that is one JSON body.
    pub output_at: Place,
    /// Where the input is in a request that has neither a user's message in `messages` nor an
    /// `input`.
    pub input_at: Option<InputAt>,
}

impl Default for CustomDialect {
    fn default() -> Self {
        let named = |name: &str| Place::new([name.into()]).expect("a name is always a place");
        Self {
            answer: CustomAnswer::AsAccepted,
            event_type: Some("message".to_owned()),
            text_at: Some(named("delta")),
            end: CustomEnd::default(),
            output_at: named("output"),
            input_at: None,
        }
    }
}

/// In which form an agent answers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum CustomAnswer {
    /// One JSON body if the body says `"stream": false`, or if `Accept` names `application/json`
    /// and not `text/event-stream`; otherwise a stream.
    #[default]
    AsAccepted,
    /// Always a stream.
    Stream,
    /// Always one JSON body.
    Json,
}

/// How a stream ends.
#[derive(Clone, Debug, PartialEq)]
pub enum CustomEnd {
    /// With an event of this type.
    Event(String),
    /// With exactly this data.
    Data(String),
    /// With an event in whose data this value stands.
    Value {
        /// Where.
        at: Place,
        /// The value.
        equals: Value,
    },
    /// With the end of the body.
    Nothing,
}

impl Default for CustomEnd {
    fn default() -> Self {
        Self::Event("done".to_owned())
    }
}

/// Where the input is in a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InputAt {
    /// There in a JSON body.
    Json(Place),
    /// In this parameter of the query.
    Query(String),
    /// In this field of a form.
    Form(String),
    /// The body is the input.
    Body,
}

impl CustomDialect {
    /// Fails if an event type cannot be written.
    pub(crate) fn check(&self) -> Result<(), MockError> {
        let end = if let CustomEnd::Event(name) = &self.end { Some(name) } else { None };
        match self.event_type.iter().chain(end).find(|name| name.contains(['\r', '\n'])) {
            Some(event_type) => Err(MockError::EventType { event_type: event_type.clone() }),
            None => Ok(()),
        }
    }

    fn streams(&self, request: &MockRequest, document: Option<&Value>) -> bool {
        match self.answer {
            CustomAnswer::Stream => true,
            CustomAnswer::Json => false,
            CustomAnswer::AsAccepted => {
                let accept = request.header("accept").unwrap_or_default();
                let json_only =
                    accept.contains("application/json") && !accept.contains("text/event-stream");
                let refused = document.and_then(|document| document.get("stream"))
                    == Some(&Value::Bool(false));
                !json_only && !refused
            }
        }
    }
}

/// Reads a request.
pub(super) fn read<'a>(
    dialect: &'a CustomDialect,
    request: &MockRequest,
) -> Result<Heard<'a>, Refusal> {
    if ![Method::GET, Method::POST, Method::PUT, Method::PATCH].contains(&request.method) {
        return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
            .says("only GET, POST, PUT and PATCH requests are answered"));
    }
    let document = document(request)?;
    let input = input(dialect, request, document.as_ref()).ok_or_else(|| {
        Refusal::bad_request("the request has no input where the mock looks for it")
    })?;
    let stream = dialect.streams(request, document.as_ref());
    Ok(Heard { input, stream, voice: Box::new(Custom::new(dialect)) })
}

/// The body of an error.
pub(super) fn error_body(refusal: &Refusal) -> String {
    error_document(refusal.error_type, &refusal.message)
}

fn error_document(error_type: &str, message: &str) -> String {
    json!({"error": {"type": error_type, "message": message}}).to_string()
}

/// The document of a JSON body; without a content type, of a body that happens to be JSON.
fn document(request: &MockRequest) -> Result<Option<Value>, Refusal> {
    let declared = request.is_media_type("application/json");
    if request.body.is_empty() || !(declared || request.header("content-type").is_none()) {
        return Ok(None);
    }
    match serde_json::from_slice(&request.body) {
        Ok(document) => Ok(Some(document)),
        Err(error) if declared => {
            Err(Refusal::bad_request(format!("the body is not valid JSON: {error}")))
        }
        Err(_) => Ok(None),
    }
}

/// What was said: the last message of the user, else `input`, else what stands at the dialect's
/// own place, else the text of a text body.
fn input(
    dialect: &CustomDialect,
    request: &MockRequest,
    document: Option<&Value>,
) -> Option<String> {
    let form = || request.is_media_type("application/x-www-form-urlencoded");
    let in_document = document.and_then(|document| {
        let messages = document.get("messages").and_then(Value::as_array);
        let by_user = messages
            .and_then(|messages| messages.iter().rfind(|message| message["role"] == "user"));
        let said = by_user.and_then(|message| message.get("content"));
        said.map(|said| prompt::text_of(said).into_owned())
            .or_else(|| document.get("input").map(value_text))
    });
    in_document
        .or_else(|| request.query_parameter("input"))
        .or_else(|| if form() { request.form_field("input") } else { None })
        .or_else(|| match dialect.input_at.as_ref()? {
            InputAt::Json(place) => place.find(document?).map(value_text),
            InputAt::Query(name) => request.query_parameter(name),
            InputAt::Form(name) => request.form_field(name),
            InputAt::Body => Some(String::from_utf8_lossy(&request.body).into_owned()),
        })
        .or_else(|| match document {
            Some(Value::String(text)) => Some(text.clone()),
            None if !form() && !request.body.is_empty() => {
                Some(String::from_utf8_lossy(&request.body).into_owned())
            }
            _ => None,
        })
}

/// A value as text: a string is itself, anything else its JSON.
fn value_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

struct Custom<'a> {
    dialect: &'a CustomDialect,
    /// What stands before and behind a delta in the data of an event, if that is JSON.
    around: Option<(String, String)>,
}

impl<'a> Custom<'a> {
    fn new(dialect: &'a CustomDialect) -> Self {
        Self { dialect, around: dialect.text_at.as_ref().map(Place::around) }
    }
}

impl Voice for Custom<'_> {
    fn open(&mut self, _out: &mut EventWriter) {}

    fn delta(&mut self, delta: &str, out: &mut EventWriter) {
        let event_type = self.dialect.event_type.as_deref();
        let Some((before, behind)) = &self.around else {
            return out.event(event_type, delta);
        };
        out.event_with(event_type, |data| {
            data.push_str(before);
            push_string(data, delta);
            data.push_str(behind);
        });
    }

    fn like_delta(&mut self, data: &str, out: &mut EventWriter) {
        out.event(self.dialect.event_type.as_deref(), data);
    }

    fn close(&mut self, _text: &str, out: &mut EventWriter) {
        match &self.dialect.end {
            CustomEnd::Event(event_type) => {
                out.event(Some(event_type), r#"{"finish_reason":"stop"}"#);
            }
            CustomEnd::Data(data) => out.event(None, data),
            CustomEnd::Value { at, equals } => out.event(None, &at.document(&equals.to_string())),
            CustomEnd::Nothing => {}
        }
    }

    fn error(&mut self, error_type: &str, message: &str, out: &mut EventWriter) {
        out.event(Some("error"), &error_document(error_type, message));
    }

    fn whole(&mut self, text: &str) -> String {
        self.dialect.output_at.document(&crate::json::string(text))
    }

    fn whole_error(&mut self, error_type: &str, message: &str) -> String {
        error_document(error_type, message)
    }
}
