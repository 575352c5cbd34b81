//! What a stream says.

/// An event, as the standard dispatches it.
///
/// It borrows from the chunk or from the decoder, and lives until the next call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Event<'a> {
    /// The event type: `message` unless the stream names another one. Never empty when decoded.
    pub event_type: &'a str,
    /// The data: the values of all `data` fields, joined by LF.
    pub data: &'a str,
    /// The last event ID at the time of dispatch: this event's own, or that of the last event
    /// that had one. Empty when there is none.
    pub id: &'a str,
}

impl<'a> Event<'a> {
    /// The type of an event that names none.
    pub const MESSAGE: &'static str = "message";

    /// An event of a type, without an ID.
    pub fn new(event_type: &'a str, data: &'a str) -> Self {
        Self { event_type, data, id: "" }
    }

    /// An event of type `message`, without an ID.
    pub fn message(data: &'a str) -> Self {
        Self::new(Self::MESSAGE, data)
    }
}

/// Everything that a stream says, for those who want to see more than events.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// An event.
    Event(Event<'a>),
    /// A comment: what follows the colon, the space that often comes first included.
    Comment(&'a str),
    /// A reconnection time that is in force from now on, in milliseconds.
    Retry(u64),
}

/// What was pending when the body ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct End<'a> {
    /// The event whose blank line never came, as far as it came, the unterminated last line
    /// included. The standard discards it; a caller may still recognize an end marker in it.
    ///
    /// An event without any `data` field would not have been dispatched either, but it shows
    /// that the stream broke off: it is here, with empty data.
    pub pending: Option<Event<'a>>,
    /// Whether the body ended within a line, which means a cut or a careless server.
    pub within_line: bool,
}
