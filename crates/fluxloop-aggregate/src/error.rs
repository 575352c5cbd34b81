//! Why an answer could not be read.

use fluxloop_jsonpath::JsonError;
use thiserror::Error;

use crate::ApiError;
use crate::plain::is_event_stream;

/// Why an answer could not be read. Everything in it is raw: mask it before it is shown.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum AggregateError {
    /// The provider reports an error inside the answer.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// An event that should carry JSON does not.
    #[error("event {number} (`{event_type}`) cannot be read as JSON: {source}")]
    MalformedEvent {
        /// The place of the event in the stream, from 1.
        number: u64,
        /// Its type.
        event_type: String,
        /// What is wrong with the data.
        source: JsonError,
        /// The beginning of the data, at most [`EXCERPT_BYTES`](Self::EXCERPT_BYTES).
        data: String,
    },
    /// A body that should be JSON is none (`stream: none`).
    #[error("the body cannot be read as JSON: {source}")]
    MalformedBody {
        /// What is wrong with the body.
        source: JsonError,
        /// The beginning of the body, at most [`EXCERPT_BYTES`](Self::EXCERPT_BYTES).
        data: String,
    },
    /// The body is no single answer, as its media type says (`stream: none`).
    #[error("the answer is `{media_type}`, and one body was expected")]
    OtherMediaType {
        /// What the answer says it is.
        media_type: String,
        /// The beginning of the body, at most [`EXCERPT_BYTES`](Self::EXCERPT_BYTES).
        data: String,
    },
    /// `output_path` finds nothing in the body (`stream: none`).
    #[error("`output_path` (`{path}`) finds nothing in the body{}", which_has(keys.as_deref()))]
    NoOutput {
        /// The path.
        path: String,
        /// The keys of the body, empty when it is no object; `None` when it is too long to be
        /// looked through.
        keys: Option<Vec<String>>,
        /// A path that would find text.
        path_with_text: Option<String>,
    },
}

impl AggregateError {
    /// How much of an offending text an error carries.
    ///
    /// A text of this length was cut, perhaps inside a secret: mask it as text that ended early.
    pub const EXCERPT_BYTES: usize = 4096;

    /// What to do about it, beyond what holds for every failure of the kind.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Api(error) => Some(error.class.hint().to_owned()),
            Self::MalformedEvent { source: JsonError::TooManyMatches(_), .. }
            | Self::MalformedBody { source: JsonError::TooManyMatches(_), .. } => {
                Some("write the path with one `..` at most".to_owned())
            }
            Self::MalformedEvent { source: JsonError::TooDeep { .. }, .. }
            | Self::MalformedBody { source: JsonError::TooDeep { .. }, .. } => {
                Some("check what the server sends: no answer is nested as deeply".to_owned())
            }
            Self::MalformedEvent { data, .. } | Self::MalformedBody { data, .. }
                if begins_as_json(data) =>
            {
                let hint = "the server, or a proxy before it, sends JSON that is cut off or \
                            damaged: check their logs";
                Some(hint.to_owned())
            }
            Self::MalformedEvent { event_type, .. } => Some(format!(
                "if this is the text, take `stream_output_path` out; if `{event_type}` events \
                 carry no text, name those that do in `stream_event_filter`"
            )),
            Self::MalformedBody { .. } => Some(
                "check what `runner.http.url` answers with; an event stream is read with \
                 `stream: sse`"
                    .to_owned(),
            ),
            Self::OtherMediaType { media_type, .. } if is_event_stream(media_type) => {
                Some("it is an event stream: set `runner.http.stream: sse`".to_owned())
            }
            Self::OtherMediaType { .. } => Some(
                "it is a page: check the path of `runner.http.url`; without `output_path` the page \
                 itself is the text"
                    .to_owned(),
            ),
            Self::NoOutput { path_with_text, .. } => path_with_text.as_deref().map(path_advice),
        }
    }
}

/// Whether text was meant to be JSON, as far as its beginning tells.
fn begins_as_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"'])
}

/// The path that would find text in a body.
pub(crate) fn path_advice(path: &str) -> String {
    format!("set `output_path: \"{path}\"`")
}

/// The beginning of a text that an error carries along.
pub(crate) fn excerpt(text: &str) -> String {
    text[..text.floor_char_boundary(AggregateError::EXCERPT_BYTES)].to_owned()
}

fn which_has(keys: Option<&[String]>) -> String {
    let Some(keys) = keys else { return String::new() };
    if keys.is_empty() {
        return ", which has no keys".to_owned();
    }
    let names: Vec<_> = keys.iter().map(|name| format!("`{name}`")).collect();
    format!(", which has {}", names.join(", "))
}
