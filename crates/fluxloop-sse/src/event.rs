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
    /// An event with a type but without data, which the standard discards; its data is empty. Only
    /// from a decoder [with strays](crate::Decoder::with_strays).
    NoData(Event<'a>),
    /// A line that sets no field of the standard, whole. Only from a decoder
    /// [with strays](crate::Decoder::with_strays).
    Line(&'a str),
}

/// What was pending when the body ended.
///
/// The standard (WHATWG HTML, 9.2.6) is strict: an event counts when its blank line came, and what
/// is pending at the end is discarded. That is what happens unless the caller asks for
/// [`lenient`](Self::lenient).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct End<'a> {
    /// The event whose blank line never came, as far as it came, the unterminated last line
    /// included. A strict caller discards it, but may still recognize an end marker in it.
    ///
    /// An event without any `data` field would not have been dispatched either, but it shows
    /// that the stream broke off: it is here, with empty data.
    pub pending: Option<Event<'a>>,
    /// Whether the body ended within a line, which means a cut or a careless server.
    pub within_line: bool,
    /// The unterminated last line, if it is an [`Item::Line`].
    pub line: Option<&'a str>,
    /// Whether the pending event has a `data` field.
    pub(crate) has_data: bool,
}

impl<'a> End<'a> {
    /// The event that a blank line would have dispatched if the server had not forgotten it at
    /// the end of the body: for callers that would rather have an event that may be cut short
    /// than lose one.
    ///
    /// `None` if no `data` field came: then a blank line would not have dispatched anything. The
    /// event's ID is not committed; a reconnection would ask for the event again.
    pub fn lenient(&self) -> Option<Event<'a>> {
        self.pending.filter(|_| self.has_data)
    }
}
