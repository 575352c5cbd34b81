//! One frame, and why there may be no further one.

use fluxloop_sse::{DecodeError, Event};
use thiserror::Error;

/// One frame of a body: what a server sent as a unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Frame<'a> {
    /// The type that the framing itself names; [`MESSAGE`](Self::MESSAGE) where it names no type.
    pub event_type: &'a str,
    /// The content.
    pub data: &'a str,
}

impl<'a> Frame<'a> {
    /// The type of a frame whose framing names no type (WHATWG HTML, 9.2.6).
    pub const MESSAGE: &'static str = Event::MESSAGE;

    /// A frame of this type.
    pub fn new(event_type: &'a str, data: &'a str) -> Self {
        Self { event_type, data }
    }

    /// A frame without a type of its own.
    pub fn message(data: &'a str) -> Self {
        Self::new(Self::MESSAGE, data)
    }
}

impl<'a> From<Event<'a>> for Frame<'a> {
    fn from(event: Event<'a>) -> Self {
        Self { event_type: event.event_type, data: event.data }
    }
}

/// Why a body cannot be cut any further. After an error no frame follows.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum FrameError {
    /// A frame grew beyond the limit.
    #[error("one event is larger than `{limit}` bytes")]
    TooLarge {
        /// The limit in force, in bytes.
        limit: usize,
    },
    /// The framing is broken in another way.
    #[error(transparent)]
    Framing(DecodeError),
}

impl From<DecodeError> for FrameError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::EventTooLarge { limit } => Self::TooLarge { limit },
            error => Self::Framing(error),
        }
    }
}
