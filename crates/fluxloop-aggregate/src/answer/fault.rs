//! Why an answer is not a success, as facts: the words for them are made elsewhere.

use fluxloop_frames::FrameError;

use crate::{AggregateError, ApiError, NoText, Protocol};

/// Why an answer is not a success. Everything in it is raw: mask it before it is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerFault {
    /// The status is not one of success.
    Status {
        /// The error that a JSON body reports.
        error: Option<ApiError>,
        /// The beginning of the body.
        body: String,
    },
    /// The media type is not that of an event stream.
    MediaType {
        /// The beginning of the body.
        body: String,
    },
    /// There is no body.
    NoBody,
    /// The body, which was to be an event stream, has no event.
    NoEvents {
        /// The beginning of the body.
        body: String,
    },
    /// The answer reports an error.
    Reported {
        /// The error.
        error: ApiError,
        /// The beginning of the body, where the error is the body and not a frame of it.
        body: Option<String>,
    },
    /// A frame, or the body, cannot be read.
    Unreadable(AggregateError),
    /// The body cannot be cut into frames any further.
    Frame(FrameError),
    /// The body is larger than is accepted.
    TooLarge {
        /// The limit in force, in bytes.
        limit: u64,
    },
    /// The stream ended in good order and did not show its end.
    NoEnd {
        /// The protocol whose end was to be expected; `None` where the rules ask for an end.
        protocol: Option<Protocol>,
        /// The answer says that the model could not finish it.
        was_stopped: bool,
    },
    /// No text was found in the frames of a stream.
    NoText {
        /// In how many frames a text was found, which was empty.
        empty: u64,
        /// What was seen instead.
        seen: Box<NoText>,
    },
    /// No text was found in a body that is one frame.
    NoOutput {
        /// The path that was to find it.
        path: String,
        /// Whether a text was found, which is empty.
        is_empty: bool,
        /// What was seen instead.
        seen: Box<NoText>,
    },
}

impl From<AggregateError> for AnswerFault {
    fn from(error: AggregateError) -> Self {
        match error {
            AggregateError::Api(error) => Self::Reported { error, body: None },
            error => Self::Unreadable(error),
        }
    }
}
