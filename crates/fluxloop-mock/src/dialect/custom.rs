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
    /// The media type of a stream. `text/event-stream` is a stream of events; in any other stream
    /// each line is a document, or with the text as data, each piece is the text itself.
    pub media_type: &'static str,
    /// The type of the frames that carry text: in the line `event:`, or the member `type` of a
    /// line. `None` leaves it out.
    pub event_type: Option<String>,
    /// Where the text is in the data of those frames; `None`: the data is the text. (The data of an
    /// event cannot hold a CR, which ends a line; it arrives as LF.)
    pub text_at: Option<Place>,
    /// What else is in the data of those frames.
    pub values: Vec<(Place, Value)>,
    /// How a stream ends.
    pub end: CustomEnd,
    /// Where the text is in an answer that is one JSON body.
    pub output_at: Place,
}

impl Default for CustomDialect {
    fn default() -> Self {
        let named = |name: &str| Place::new([name.into()]).expect("a name is always a place");
        Self {
            media_type: EVENT_STREAM,
            event_type: Some("message".to_owned()),
            text_at: Some(named("delta")),
            values: Vec::new(),
            end: CustomEnd::default(),
            output_at: named("output"),
        }
    }
}

/// How a stream ends.
#[derive(Clone, Debug, PartialEq)]
pub enum CustomEnd {
    /// With a frame of this type.
    Event(String),
    /// With exactly this data.
    Data(String),
    /// With a frame, perhaps of this type, in whose data these values stand.
    Values(Option<String>, Vec<(Place, Value)>),
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
        let end = match &self.end {
            CustomEnd::Event(name) | CustomEnd::Values(Some(name), _) => Some(name),
            _ => None,
        };
        match self.event_type.iter().chain(end).find(|name| name.contains(['\r', '\n'])) {
            Some(event_type) => Err(MockError::EventType { event_type: event_type.clone() }),
            None => Ok(()),
        }
    }

    /// How it lays out its answers.
    pub(crate) fn layout(&self) -> Layout {
        let event_type = self.event_type.as_deref();
        let text = match &self.text_at {
            Some(place) => self.document(event_type, &self.values, Some(place)),
            None if self.media_type == EVENT_STREAM => "{{data}}".to_owned(),
            None => "{{raw}}".to_owned(),
        };
        let mut frames = vec![self.frame(event_type, &text)];
        frames.extend(match &self.end {
            CustomEnd::Event(name) => {
                let place = Place::new(["finish_reason".into()]).unwrap_or_default();
                let data = self.document(Some(name), &[(place, "stop".into())], None);
                Some(self.frame(Some(name), &data))
            }
            CustomEnd::Data(data) => Some(self.frame(None, &data.replace('\n', "\ndata: "))),
            CustomEnd::Values(name, values) => {
                let data = self.document(name.as_deref(), values, None);
                Some(self.frame(name.as_deref(), &data))
            }
            CustomEnd::Nothing => None,
        });
        let refusal = json!({"error": {"type": "{{error_type}}", "message": "{{message}}"}});
        Layout {
            name: "custom",
            paths: Vec::new(),
            media_type: self.media_type.to_owned(),
            blocks: vec![Block { when: PlayWhen::Always, frames }],
            is_one_piece: false,
            error: vec![self.frame(Some("error"), &refusal.to_string())],
            whole: serde_json::from_str(&self.output_at.document("{{all}}")).ok(),
            refusal,
            settings: Settings {
                input: vec!["messages".to_owned(), "input".to_owned()],
                any_path: true,
                ..Settings::default()
            },
        }
    }

    /// The data of a frame with these values and, at this place, the text.
    fn document(
        &self,
        frame_type: Option<&str>,
        values: &[(Place, Value)],
        text_at: Option<&Place>,
    ) -> String {
        let mut document = Value::Null;
        if let Some(name) = frame_type.filter(|_| self.media_type != EVENT_STREAM) {
            document = json!({ "type": name });
        }
        for (place, value) in values {
            place.put(&mut document, value.clone());
        }
        if let Some(place) = text_at {
            place.put(&mut document, "{{text}}".into());
        }
        document.to_string()
    }

    /// A frame with this data; a type that was given is written, `message` too.
    fn frame(&self, event_type: Option<&str>, data: &str) -> Frame {
        let line = event_type.map(|name| format!("event: {name}\n")).unwrap_or_default();
        Frame::parse(&match data {
            _ if self.media_type == EVENT_STREAM => format!("{line}data: {data}\n\n"),
            "{{raw}}" => data.to_owned(),
            data => format!("{data}\n"),
        })
    }
}
