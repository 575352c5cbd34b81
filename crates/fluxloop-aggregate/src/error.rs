//! Why the frames of an answer make it fail.

use fluxloop_jsonpath::JsonError;
use thiserror::Error;

use crate::ApiError;

/// Why the frames of an answer make it fail. Everything in it is raw: mask it before it is shown.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ContentFault {
    /// The answer reports an error.
    #[error(transparent)]
    Reported(ApiError),
    /// A rule of the schema says that it failed.
    #[error(transparent)]
    Ruled(ApiError),
    /// The provider withholds the answer.
    #[error("the provider withholds the answer: {}", .0.message)]
    Withheld(ApiError),
    /// A frame, or the body that is one frame, should carry JSON and does not.
    #[error(transparent)]
    Malformed(Malformed),
}

/// A frame that should carry JSON and does not.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{}: {source}", self.what())]
pub struct Malformed {
    /// The place of the frame in the stream, from 1; `None` where the body is one frame.
    pub number: Option<u64>,
    /// Its type.
    pub event_type: String,
    /// What is wrong with the data.
    pub source: JsonError,
    /// The beginning of the data, at most [`EXCERPT_BYTES`](crate::EXCERPT_BYTES).
    pub data: String,
}

impl Malformed {
    fn what(&self) -> String {
        match self.number {
            Some(number) => {
                format!("event {number} (`{}`) cannot be read as JSON", self.event_type)
            }
            None => "the body cannot be read as JSON".to_owned(),
        }
    }
}
