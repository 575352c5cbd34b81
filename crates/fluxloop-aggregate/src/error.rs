//! Why an answer could not be read.

use fluxloop_jsonpath::JsonError;
use thiserror::Error;

use crate::ApiError;

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
        /// The beginning of the data, at most [`EXCERPT_BYTES`](crate::EXCERPT_BYTES).
        data: String,
    },
    /// A body that should be JSON is not.
    #[error("the body cannot be read as JSON: {source}")]
    MalformedBody {
        /// What is wrong with the body.
        source: JsonError,
        /// The beginning of the body, at most [`EXCERPT_BYTES`](crate::EXCERPT_BYTES).
        data: String,
    },
    /// The body is not a single answer, as its media type says.
    #[error("the answer is `{media_type}`, and one body was expected")]
    OtherMediaType {
        /// What the answer says it is.
        media_type: String,
        /// Whether that is an event stream, and not a page.
        is_event_stream: bool,
        /// The beginning of the body, at most [`EXCERPT_BYTES`](crate::EXCERPT_BYTES).
        data: String,
    },
    /// The output path finds nothing in the body.
    #[error("`{path}` finds nothing in the body")]
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
