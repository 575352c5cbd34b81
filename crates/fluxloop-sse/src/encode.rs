//! Writes event streams.

use crate::{EncodeError, Event};

/// Writes one event stream, event by event.
///
/// What a decoder reads from the result is what was written. Two things are normalized: CR and
/// CRLF in data and comments arrive as line ends, since the format cannot carry a CR, and an
/// empty event type arrives as `message`. What would be read as something else is refused with an
/// [`EncodeError`]. A type of `message` and an ID that is already in force are left out, as
/// servers do.
///
/// ```
/// use fluxloop_sse::{Encoder, Event};
///
/// let mut stream = String::new();
/// let mut encoder = Encoder::new();
/// encoder.comment(" hello", &mut stream);
/// encoder.event(&Event::message("one\ntwo"), &mut stream)?;
/// encoder.event(&Event { event_type: "ping", data: "", id: "7" }, &mut stream)?;
/// assert_eq!(stream, ": hello\ndata: one\ndata: two\n\nevent: ping\nid: 7\ndata: \n\n");
/// # Ok::<(), fluxloop_sse::EncodeError>(())
/// ```
#[derive(Debug, Default)]
pub struct Encoder {
    /// The ID that the reader has: an event carries one only when it differs.
    last_event_id: String,
}

impl Encoder {
    /// Starts a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends an event to `out`. On an error nothing is appended.
    pub fn event(&mut self, event: &Event<'_>, out: &mut String) -> Result<(), EncodeError> {
        if event.event_type.contains(['\r', '\n']) {
            return Err(EncodeError::LineBreakInType);
        }
        if event.id.contains(['\r', '\n', '\0']) {
            return Err(EncodeError::UnsafeId);
        }
        if !event.event_type.is_empty() && event.event_type != Event::MESSAGE {
            line("event: ", event.event_type, out);
        }
        if differ(event.id, &self.last_event_id) {
            line("id: ", event.id, out);
            event.id.clone_into(&mut self.last_event_id);
        }
        lines("data: ", event.data, out);
        out.push('\n');
        Ok(())
    }

    /// Appends a comment to `out`, one for each line of `text`.
    ///
    /// The text follows the colon directly; most servers let it begin with a space.
    pub fn comment(&mut self, text: &str, out: &mut String) {
        lines(":", text, out);
    }

    /// Appends a reconnection time to `out`, in milliseconds.
    pub fn retry(&mut self, milliseconds: u64, out: &mut String) {
        line("retry: ", &milliseconds.to_string(), out);
    }
}

/// Whether two IDs differ.
///
/// Comparing two empty strings that own no memory takes over 100 ns on processors with AVX-512,
/// whose masked loads from their dangling addresses are slow; hence the length comes first.
fn differ(a: &str, b: &str) -> bool {
    a.len() != b.len() || (!a.is_empty() && a != b)
}

/// Appends one line.
fn line(prefix: &str, value: &str, out: &mut String) {
    out.push_str(prefix);
    out.push_str(value);
    out.push('\n');
}

/// Appends one line for each line of the text; CRLF, CR and LF all end one.
fn lines(prefix: &str, text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(end) = rest.find(['\r', '\n']) {
        line(prefix, &rest[..end], out);
        rest = &rest[end..];
        rest = rest.strip_prefix("\r\n").unwrap_or_else(|| &rest[1..]);
    }
    line(prefix, rest, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(event: Event<'_>, expected: Result<&str, EncodeError>) {
        let mut out = String::new();
        let result = Encoder::new().event(&event, &mut out);
        assert_eq!(result.map(|()| out.as_str()), expected);
        assert!(expected.is_ok() || out.is_empty());
    }

    #[test]
    fn a_message_is_only_its_data() {
        check(Event::message("x"), Ok("data: x\n\n"));
    }

    #[test]
    fn a_leading_space_survives_because_one_is_written_before_it() {
        check(Event::new(" a", " x"), Ok("event:  a\ndata:  x\n\n"));
    }

    #[test]
    fn every_kind_of_line_end_in_data_starts_a_line() {
        check(Event::message("a\r\nb\rc\n"), Ok("data: a\ndata: b\ndata: c\ndata: \n\n"));
    }

    #[test]
    fn a_type_with_a_line_break_is_refused() {
        check(Event::new("a\ndata: b", ""), Err(EncodeError::LineBreakInType));
    }

    #[test]
    fn an_id_that_readers_would_ignore_is_refused() {
        check(Event { id: "a\0", ..Event::message("") }, Err(EncodeError::UnsafeId));
        check(Event { id: "a\r", ..Event::message("") }, Err(EncodeError::UnsafeId));
    }

    #[test]
    fn an_id_is_written_when_it_changes_and_cleared_when_it_goes() {
        let (mut encoder, mut out) = (Encoder::new(), String::new());
        for id in ["1", "1", ""] {
            encoder.event(&Event { id, ..Event::message("") }, &mut out).unwrap();
        }
        assert_eq!(out, "id: 1\ndata: \n\ndata: \n\nid: \ndata: \n\n");
    }

    #[test]
    fn retry_is_a_line_of_its_own() {
        let mut out = String::new();
        Encoder::new().retry(250, &mut out);
        assert_eq!(out, "retry: 250\n");
    }
}
