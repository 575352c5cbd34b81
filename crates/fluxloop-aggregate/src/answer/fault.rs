//! Why an answer is not a success, as facts: the words for them are made elsewhere.

use fluxloop_frames::FrameError;

use crate::content::Integrity;
use crate::error::{ContentFault, Malformed};
use crate::{ApiError, NoText};

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
    /// The media type is not that of the framing.
    MediaType {
        /// The beginning of the body.
        body: String,
    },
    /// There is no body.
    NoBody,
    /// The body, which was to be a stream, has no frame.
    NoFrames {
        /// The beginning of the body.
        body: String,
    },
    /// The answer reports an error.
    Reported {
        /// The error.
        error: ApiError,
        /// The beginning of the body, where the error is the body and not a frame of it.
        body: Option<String>,
        /// Whether a rule of the user's schema says so.
        is_ruled: bool,
    },
    /// The provider withholds the answer.
    Withheld {
        /// What the provider says.
        error: ApiError,
    },
    /// The answer says that it was cancelled.
    Cancelled,
    /// A frame, or the body, should be JSON and is not.
    Malformed(Malformed),
    /// The body, which was to be one JSON document, is something else.
    NotADocument {
        /// The beginning of the body.
        body: String,
    },
    /// The body cannot be cut into frames any further.
    Frame(FrameError),
    /// The body is larger than is accepted.
    TooLarge {
        /// The limit in force, in bytes.
        limit: u64,
    },
    /// The stream ended in good order and did not show its end.
    NoEnd {
        /// The end that was to be expected; `None` where the rules ask for an end.
        name: Option<String>,
        /// Why the model stopped, where the answer says that nothing natural stopped it.
        stopped_by: Option<String>,
    },
    /// The text is not what the protocol says that it is.
    Integrity(Integrity),
    /// No text was found.
    NoText {
        /// In how many frames a text was found, which was empty.
        empty: u64,
        /// The path that was to find it in a body that is one frame.
        output_path: Option<String>,
        /// What was seen instead.
        seen: Box<NoText>,
    },
}

impl AnswerFault {
    pub(super) fn reported(error: ApiError, body: Option<String>) -> Self {
        Self::Reported { error, body, is_ruled: false }
    }
}

impl From<ContentFault> for AnswerFault {
    fn from(fault: ContentFault) -> Self {
        match fault {
            ContentFault::Reported(error) => Self::reported(error, None),
            ContentFault::Ruled(error) => Self::Reported { error, body: None, is_ruled: true },
            ContentFault::Withheld(error) => Self::Withheld { error },
            ContentFault::Malformed(malformed) => Self::Malformed(malformed),
        }
    }
}
