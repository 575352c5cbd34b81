//! One frame, and why there may be no further one.

use fluxloop_sse::{DecodeError, Event, Item};
use thiserror::Error;

/// The longest stray line that is shown, in bytes.
const MAX_LINE_BYTES: usize = 8 << 10;

/// The longest name of a field that counts as a type, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// One frame of a body: what a server sent as a unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Frame<'a> {
    /// The type that the framing itself names; [`MESSAGE`](Self::MESSAGE) where it names no type.
    pub event_type: &'a str,
    /// The content.
    pub data: &'a str,
    /// What the framing knows about the content.
    pub kind: FrameKind,
}

/// What the framing knows about the content of a [`Frame`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FrameKind {
    /// An ordinary frame.
    #[default]
    Data,
    /// An event of an event stream that has an `event:` line but no data, which the standard
    /// discards. `data` is empty.
    NoData,
    /// A line of an event stream that sets no field of the standard, for example
    /// `{"error": "overloaded"}` or `message: hello`. Comments, and fields without a value such as
    /// `message:`, are not such lines.
    ///
    /// `data` is the whole line, at most 8 KiB of it. `event_type` is the name before the colon if
    /// that is a name: at most 64 ASCII letters, digits, `_`, `-` and `.`; otherwise it is empty.
    Line,
}

impl<'a> Frame<'a> {
    /// The type of a frame whose framing names no type (WHATWG HTML, 9.2.6).
    pub const MESSAGE: &'static str = Event::MESSAGE;

    /// An ordinary frame of this type.
    pub fn new(event_type: &'a str, data: &'a str) -> Self {
        Self { event_type, data, kind: FrameKind::Data }
    }

    /// An ordinary frame without a type of its own.
    pub fn message(data: &'a str) -> Self {
        Self::new(Self::MESSAGE, data)
    }

    /// An event without data.
    pub(crate) fn no_data(event_type: &'a str) -> Self {
        Self { event_type, data: "", kind: FrameKind::NoData }
    }

    /// A line that sets no field.
    pub(crate) fn line(line: &'a str) -> Self {
        let name = line.split_once(':').map_or("", |(name, _)| name.trim());
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        let is_name = name.len() <= MAX_NAME_BYTES && name.bytes().all(of_name);
        let data = &line[..line.floor_char_boundary(MAX_LINE_BYTES)];
        Self { event_type: if is_name { name } else { "" }, data, kind: FrameKind::Line }
    }

    /// The frame that an item of an event stream is, other than a comment or a reconnection time.
    #[cold]
    pub(crate) fn of_item(item: Item<'a>) -> Self {
        match item {
            Item::Event(event) => event.into(),
            Item::NoData(event) => Self::no_data(event.event_type),
            Item::Line(line) => Self::line(line),
            _ => unreachable!("comments and reconnection times are not content"),
        }
    }
}

impl<'a> From<Event<'a>> for Frame<'a> {
    #[inline]
    fn from(event: Event<'a>) -> Self {
        Self::new(event.event_type, event.data)
    }
}

/// Why a body cannot be cut any further. After an error no frame follows.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum FrameError {
    /// A frame grew beyond the limit.
    #[error("one frame is larger than `{limit}` bytes")]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, event_type: &str) {
        let frame = Frame::line(line);
        assert_eq!((frame.event_type, frame.kind), (event_type, FrameKind::Line), "{line:?}");
    }

    #[test]
    fn the_type_of_a_stray_line_is_its_name() {
        check("message: x", "message");
        check(" tool.call_1-a : x", "tool.call_1-a");
        check(&format!("{}: x", "a".repeat(64)), &"a".repeat(64));
    }

    #[test]
    fn a_stray_line_without_a_name_has_no_type() {
        for line in ["text", "{\"error\": 1}", "two words: x", "é: x"] {
            check(line, "");
        }
        check(&format!("{}: x", "a".repeat(65)), "");
    }

    #[test]
    fn a_long_stray_line_is_cut_between_characters() {
        let line = format!("x{}", "é".repeat(MAX_LINE_BYTES));
        assert_eq!(Frame::line(&line).data, &line[..MAX_LINE_BYTES - 1]);
    }
}
