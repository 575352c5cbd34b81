//! An agent of one's own, described by where its texts are.

use fluxloop_schema::PlayWhen;
use serde_json::{Value, json};

use super::Place;
use super::layout::{Block, EVENT_STREAM, Layout, Settings};
use super::template::Frame;
use crate::MockError;

/// An agent of one's own.
///
/// The default answers `{"input": "…"}` with events of the type `message` and data like
/// `{"delta":"…"}`, then an event of the type `done`.
#[derive(Clone, Debug)]
pub struct CustomDialect {
    /// The type of the events that carry text; `None` leaves the line `event:` out.
    pub event_type: Option<String>,
    /// Where the text is in the data of those events; `None`: the data is the text. (Data cannot
    /// hold a CR, which ends a line; it arrives as LF.)
    pub text_at: Option<Place>,
    /// How a stream ends.
    pub end: CustomEnd,
    /// Where the text is in an answer that is one JSON body.
    pub output_at: Place,
}

impl Default for CustomDialect {
    fn default() -> Self {
        let named = |name: &str| Place::new([name.into()]).expect("a name is always a place");
        Self {
            event_type: Some("message".to_owned()),
            text_at: Some(named("delta")),
            end: CustomEnd::default(),
            output_at: named("output"),
        }
    }
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

impl CustomDialect {
    /// Fails if an event type cannot be written.
    pub(crate) fn check(&self) -> Result<(), MockError> {
        let end = if let CustomEnd::Event(name) = &self.end { Some(name) } else { None };
        match self.event_type.iter().chain(end).find(|name| name.contains(['\r', '\n'])) {
            Some(event_type) => Err(MockError::EventType { event_type: event_type.clone() }),
            None => Ok(()),
        }
    }

    /// How it lays out its answers.
    pub(crate) fn layout(&self) -> Layout {
        let text = match &self.text_at {
            Some(place) => place.document(r#""{{text}}""#),
            None => "{{data}}".to_owned(),
        };
        let mut frames = vec![event(self.event_type.as_deref(), &text)];
        frames.extend(match &self.end {
            CustomEnd::Event(name) => Some(event(Some(name), r#"{"finish_reason":"stop"}"#)),
            CustomEnd::Data(data) => Some(event(None, &data.replace('\n', "\ndata: "))),
            CustomEnd::Value { at, equals } => Some(event(None, &at.document(&equals.to_string()))),
            CustomEnd::Nothing => None,
        });
        let refusal = json!({"error": {"type": "{{error_type}}", "message": "{{message}}"}});
        Layout {
            name: "custom",
            paths: Vec::new(),
            media_type: EVENT_STREAM.to_owned(),
            blocks: vec![Block { when: PlayWhen::Always, frames }],
            is_one_piece: false,
            error: vec![event(Some("error"), &refusal.to_string())],
            whole: serde_json::from_str(&self.output_at.document(r#""{{all}}""#)).ok(),
            refusal,
            settings: Settings {
                input: vec!["messages".to_owned(), "input".to_owned()],
                any_path: true,
                ..Settings::default()
            },
        }
    }
}

/// An event; a type that was given is written, `message` too.
fn event(event_type: Option<&str>, data: &str) -> Frame {
    let line = event_type.map(|name| format!("event: {name}\n")).unwrap_or_default();
    Frame::parse(&format!("{line}data: {data}\n\n"))
}
