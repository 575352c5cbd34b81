//! What can go wrong, on either side.

use thiserror::Error;

/// Why a stream cannot be decoded any further.
///
/// No byte sequence is malformed: the standard gives every one a meaning, and bad UTF-8 becomes
/// U+FFFD. Only size can make the decoder give up.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum DecodeError {
    /// An event, or a line, grew beyond [`Limits::max_event_bytes`](crate::Limits).
    #[error("one event is larger than `{limit}` bytes")]
    EventTooLarge {
        /// The limit in force, in bytes.
        limit: usize,
    },
}

impl DecodeError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::EventTooLarge { .. } => {
                "check that the server ends each event with a blank line, or raise the limit"
            }
        }
    }
}

/// Why an event cannot be written: no byte sequence would be read as this event.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The event type holds CR or LF, which would end its line.
    #[error("the event type holds a line break")]
    LineBreakInType,
    /// The ID holds CR or LF, which would end its line, or NUL, for which readers ignore it.
    #[error("the event's ID holds a line break or a NUL")]
    UnsafeId,
}
