//! The standard, step by step, with no thought for speed: what the decoder is held against.
//!
//! Written from the WHATWG HTML standard, "Server-sent events", sections "Parsing an event stream"
//! and "Interpreting an event stream"; the names of the buffers are the standard's.

use super::seen::{Seen, Shown};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// What a stream means, with what the standard discards, up to where an event exceeds `limit` bytes.
pub(super) fn decode(stream: &[u8], last_event_id: &str, limit: usize) -> Seen {
    let mut reader = Reader {
        last_event_id_buffer: last_event_id.as_bytes().to_vec(),
        seen: Seen { last_event_id: last_event_id.to_owned(), ..Seen::default() },
        ..Reader::default()
    };
    // The beginning of a byte order mark is no line before it turns out not to be one.
    let limit = if BOM.starts_with(stream) { usize::MAX } else { limit };
    let stream = stream.strip_prefix(BOM).unwrap_or(stream);
    let mut before = None;
    for &byte in stream {
        match (before, byte) {
            // The second half of CRLF.
            (Some(b'\r'), b'\n') => {}
            (_, b'\r' | b'\n') => reader.end_line(),
            _ => reader.line.push(byte),
        }
        before = Some(byte);
        if reader.held() > limit {
            return reader.give_up();
        }
    }
    reader.end()
}

#[derive(Default)]
struct Reader {
    /// The line that is being received.
    line: Vec<u8>,
    data_buffer: Vec<u8>,
    event_type_buffer: Vec<u8>,
    last_event_id_buffer: Vec<u8>,
    /// Whether this event set the last event ID buffer.
    sets_id: bool,
    seen: Seen,
}

impl Reader {
    /// The bytes that count as held; see `Limits`.
    fn held(&self) -> usize {
        let id = if self.sets_id { self.last_event_id_buffer.len() } else { 0 };
        self.line.len() + self.data_buffer.len() + self.event_type_buffer.len() + id
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.dispatch();
        }
        match line.iter().position(|&byte| byte == b':') {
            Some(0) => self.seen.items.push(Shown::Comment(text(&line[1..]))),
            Some(colon) => {
                let value = &line[colon + 1..];
                self.field(&line, &line[..colon], value.strip_prefix(b" ").unwrap_or(value));
            }
            None => self.field(&line, &line, b""),
        }
    }

    fn field(&mut self, line: &[u8], name: &[u8], value: &[u8]) {
        match name {
            b"data" | b"event" | b"id" | b"retry" => self.known_field(name, value),
            // A name alone, without a colon, is what the line says.
            _ if !(if name == line { name } else { value }).trim_ascii().is_empty() => {
                self.seen.items.push(Shown::Line(text(line)));
            }
            _ => {}
        }
    }

    fn known_field(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b"event" => self.event_type_buffer = value.to_vec(),
            b"data" => {
                self.data_buffer.extend(value);
                self.data_buffer.push(b'\n');
            }
            b"id" if !value.contains(&0) => {
                self.last_event_id_buffer = value.to_vec();
                self.sets_id = true;
            }
            b"retry" if value.iter().all(u8::is_ascii_digit) => {
                // The standard knows no largest number; one that fits nowhere is ignored.
                if let Ok(milliseconds) = text(value).parse() {
                    self.seen.items.push(Shown::Retry(milliseconds));
                    self.seen.retry = Some(milliseconds);
                }
            }
            _ => {}
        }
    }

    fn dispatch(&mut self) {
        self.seen.last_event_id = text(&self.last_event_id_buffer);
        self.sets_id = false;
        if !self.data_buffer.is_empty() {
            let event = self.event();
            self.seen.items.push(event);
        } else if !self.event_type_buffer.is_empty() {
            let event_type = text(&self.event_type_buffer);
            let id = self.seen.last_event_id.clone();
            self.seen.items.push(Shown::NoData { event_type, id });
        }
        self.data_buffer.clear();
        self.event_type_buffer.clear();
    }

    fn event(&self) -> Shown {
        let event_type = match text(&self.event_type_buffer) {
            empty if empty.is_empty() => "message".to_owned(),
            event_type => event_type,
        };
        let data = self.data_buffer.strip_suffix(b"\n").unwrap_or_default();
        Shown::Event { event_type, data: text(data), id: text(&self.last_event_id_buffer) }
    }

    /// What is pending counts the last line in; its effects do not last.
    fn end(mut self) -> Seen {
        let Seen { items, retry, last_event_id, .. } = self.seen.clone();
        let within_line = !self.line.is_empty();
        if within_line {
            self.end_line();
        }
        let has_fields =
            self.sets_id || !self.data_buffer.is_empty() || !self.event_type_buffer.is_empty();
        let pending = has_fields.then(|| self.event());
        let line = match self.seen.items.get(items.len()) {
            Some(Shown::Line(line)) => Some(line.clone()),
            _ => None,
        };
        Seen { items, pending, within_line, line, last_event_id, retry }
    }

    fn give_up(mut self) -> Seen {
        self.seen.items.push(Shown::TooLarge);
        self.seen
    }
}

/// "UTF-8 decode", value by value: a line end is no part of any character.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
