//! How the answer is read.

use fluxloop_jsonpath::JsonPath;
use serde_json::Value;

/// How the answer is read (`runner.http.stream`).
#[derive(Clone, Debug)]
pub enum ResponseRules {
    /// `stream: sse`.
    EventStream(StreamRules),
    /// `stream: none`: one JSON or text body.
    Plain(PlainRules),
}

impl ResponseRules {
    /// Whether an answer without text is a failure (`require_text`).
    pub fn require_text(&self) -> bool {
        match self {
            Self::EventStream(rules) => rules.require_text,
            Self::Plain(rules) => rules.require_text,
        }
    }
}

/// How an event stream becomes text.
#[derive(Clone, Debug)]
pub struct StreamRules {
    /// Which events carry text (`stream_event_filter`).
    pub filter: EventFilter,
    /// Where the text is in an event's data (`stream_output_path`).
    pub text: TextPath,
    /// When the answer is complete (`stream_done`).
    pub completion: Completion,
    /// Whether a stream has to show its end (`require_done`).
    pub require_done: RequireDone,
    /// An answer in which no text was found fails as `no_text`.
    pub require_text: bool,
    /// Read other media types as an event stream too, with a warning.
    pub lenient_content_type: bool,
}

impl Default for StreamRules {
    fn default() -> Self {
        Self {
            filter: EventFilter::All,
            text: TextPath::Data,
            completion: Completion::Auto,
            require_done: RequireDone::Auto,
            require_text: true,
            lenient_content_type: false,
        }
    }
}

/// Whether a stream that ends without showing its end fails as `incomplete`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RequireDone {
    /// Where its frames show a protocol whose streams always end with an end of their own.
    #[default]
    Auto,
    /// Always: the end is [`StreamRules::completion`].
    Always,
    /// Never.
    Never,
}

/// How one body becomes text.
#[derive(Clone, Debug)]
pub struct PlainRules {
    /// Where the text is in a JSON body (`output_path`).
    pub output_path: JsonPath,
    /// Whether the user named that path: then a page is no answer.
    pub has_own_path: bool,
    /// An answer in which no text was found fails as `no_text`.
    pub require_text: bool,
}

/// Which events carry text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum EventFilter {
    /// Every event.
    #[default]
    All,
    /// Events of these types.
    Only(Vec<String>),
}

impl EventFilter {
    /// Whether an event of this type carries text.
    pub fn passes(&self, event_type: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(types) => types.iter().any(|known| known == event_type),
        }
    }
}

/// Where the text is in an event's data.
#[derive(Clone, Debug, Default)]
pub enum TextPath {
    /// The data itself is the text.
    #[default]
    Data,
    /// The data is JSON, and the text is what the path finds in it.
    Path(JsonPath),
}

/// When the answer is complete.
#[derive(Clone, Debug, Default)]
pub enum Completion {
    /// The data `[DONE]`; or the event type, or `type` inside the data, is `done`,
    /// `message_stop` or `response.completed`.
    #[default]
    Auto,
    /// An event of this type.
    Event(String),
    /// An event with exactly this data.
    Data(String),
    /// An event in whose data the path finds this value.
    Path {
        /// Where to look.
        path: JsonPath,
        /// What must be there.
        equals: Value,
    },
}
