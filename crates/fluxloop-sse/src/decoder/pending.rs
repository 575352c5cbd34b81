//! What came of the next event, and of the line that is being received, in earlier chunks.

use super::field::{self, Field};
use super::{text, work};
use crate::Event;

/// As long as the longest beginning that decides how a line is held: `data: `.
const DATA: &[u8] = b"data: ";

/// How much memory a buffer keeps for the next event, in bytes: enough that events of a MiB follow
/// each other without allocating, and little beside the default limit.
pub(super) const KEPT_CAPACITY: usize = 2 * 1024 * 1024;

/// What came of the next event, and of the line that is being received, in earlier chunks.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// The standard's "data buffer": every value followed by LF.
    data: Vec<u8>,
    /// The standard's "event type buffer".
    event_type: Vec<u8>,
    /// The ID that the next blank line commits, if it is another one.
    pub(super) id: Option<Vec<u8>>,
    /// The line that is being received, unless it is known to be a `data` field.
    line: Vec<u8>,
    /// If it is, how long its beginning is, which is not held; the value goes straight to `data`.
    data_start: usize,
    /// Whether the event is lent out: it is cleared when the lending is over.
    lent: bool,
}

impl Pending {
    /// How many bytes count as held.
    pub(super) fn len(&self) -> usize {
        let line = self.data_start + self.line.len();
        self.data.len() + self.event_type.len() + self.id_len() + line
    }

    /// How much memory the buffers occupy, in bytes.
    pub(super) fn memory(&self) -> usize {
        let id = self.id.as_ref().map_or(0, Vec::capacity);
        self.data.capacity() + self.event_type.capacity() + id + self.line.capacity()
    }

    /// How many bytes of them are an ID.
    pub(super) fn id_len(&self) -> usize {
        self.id.as_ref().map_or(0, Vec::len)
    }

    /// How many bytes of them are an event type.
    pub(super) fn event_type_len(&self) -> usize {
        self.event_type.len()
    }

    /// Whether there is a line whose end did not come yet.
    #[inline]
    pub(super) fn within_line(&self) -> bool {
        self.data_start > 0 || !self.line.is_empty()
    }

    /// Whether a `data` field came.
    #[inline]
    pub(super) fn has_data(&self) -> bool {
        !self.data.is_empty()
    }

    /// Whether any field of an event came.
    pub(super) fn has_fields(&self) -> bool {
        self.has_data() || !self.event_type.is_empty() || self.id.is_some()
    }

    /// Takes the next bytes of the line that is being received; they hold no line end.
    #[inline]
    pub(super) fn push_line_part(&mut self, part: &[u8]) {
        work::count(part.len());
        if self.data_start == 0 {
            return self.push_line_start(part);
        }
        self.data.extend_from_slice(part);
    }

    /// Takes bytes of a line of which it is not known that it is a `data` field.
    #[inline(never)]
    fn push_line_start(&mut self, part: &[u8]) {
        if self.line.is_empty()
            && part.len() >= DATA.len()
            && let Some(value) = field::data(part)
        {
            self.data_start = value;
            self.data.extend_from_slice(&part[value..]);
            return;
        }
        let missing = DATA.len().saturating_sub(self.line.len()).min(part.len());
        let (start, rest) = part.split_at(missing);
        self.line.extend_from_slice(start);
        if missing > 0
            && self.line.len() == DATA.len()
            && let Some(value) = field::data(&self.line)
        {
            self.data_start = value;
            self.data.extend_from_slice(&self.line[value..]);
            self.line.clear();
            self.data.extend_from_slice(rest);
        } else {
            self.line.extend_from_slice(rest);
        }
    }

    /// Ends the line that is being received, if there is one, and sets the event's field if it is
    /// one. Any other field is shown to `other`, with its value.
    pub(super) fn end_line(&mut self, other: impl FnOnce(Field, &[u8])) {
        if self.data_start > 0 {
            self.data_start = 0;
            self.data.push(b'\n');
        } else if self.within_line() {
            let (field, start) = field::split(&self.line);
            let value = &self.line[start..];
            match field {
                Field::Data => append_data(&mut self.data, value),
                Field::Event => replace(&mut self.event_type, value),
                Field::Id if is_valid_id(value) => {
                    replace(self.id.get_or_insert_default(), value);
                }
                _ => other(field, value),
            }
        }
        clear(&mut self.line);
    }

    /// Takes the value of a `data` field.
    pub(super) fn push_data(&mut self, value: &[u8]) {
        append_data(&mut self.data, value);
    }

    /// Takes the value of an `event` field.
    pub(super) fn set_event_type(&mut self, value: &[u8]) {
        replace(&mut self.event_type, value);
    }

    /// Takes the value of an `id` field that is valid.
    pub(super) fn set_id(&mut self, value: &[u8]) {
        replace(self.id.get_or_insert_default(), value);
    }

    /// The event's type; `mended` holds it if it must.
    #[inline]
    pub(super) fn event_type<'a>(&'a self, mended: &'a mut String) -> &'a str {
        if self.event_type.is_empty() {
            Event::MESSAGE
        } else {
            text::lossy(&self.event_type, mended)
        }
    }

    /// The event's data, without the LF after the last value; `mended` holds it if it must.
    pub(super) fn data<'a>(&'a self, mended: &'a mut String) -> &'a str {
        text::lossy(self.data.strip_suffix(b"\n").unwrap_or_default(), mended)
    }

    /// Begins to lend the event out, if anything of it is here.
    #[inline]
    pub(super) fn lend(&mut self) {
        self.lent = self.has_data() || !self.event_type.is_empty();
    }

    /// Takes the event's type while the event is being lent out.
    #[cold]
    pub(super) fn lend_event_type(&mut self, value: &[u8]) {
        self.set_event_type(value);
        self.lent = true;
    }

    /// Ends the lending, if anything was lent.
    #[inline]
    pub(super) fn end_lending(&mut self) {
        if self.lent {
            self.clear_event();
        }
    }

    /// Forgets type and data; the ID is not an event's own.
    #[inline(never)]
    pub(super) fn clear_event(&mut self) {
        self.lent = false;
        clear(&mut self.data);
        clear(&mut self.event_type);
    }
}

/// Whether an `id` field with this value counts: one that holds a NUL is ignored.
#[inline]
pub(super) fn is_valid_id(value: &[u8]) -> bool {
    work::count(value.len());
    !value.contains(&b'\0')
}

/// Empties a buffer; one that a large event made large gives its memory back.
#[inline]
fn clear(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.shrink_to(KEPT_CAPACITY);
}

/// Replaces bytes by others.
fn replace(buffer: &mut Vec<u8>, bytes: &[u8]) {
    clear(buffer);
    work::count(bytes.len());
    buffer.extend_from_slice(bytes);
}

/// Appends a value to the data buffer.
fn append_data(data: &mut Vec<u8>, value: &[u8]) {
    work::count(value.len());
    data.extend_from_slice(value);
    data.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_event_leaves_no_large_buffers_behind() {
        let value = vec![b'x'; 4 * KEPT_CAPACITY];
        let mut pending = Pending::default();
        for start in [b"data: ".as_slice(), b"event: ", b": "] {
            pending.push_line_part(start);
            pending.push_line_part(&value);
            pending.end_line(|_, _| {});
        }
        assert_eq!(pending.len(), 2 * value.len() + 1);
        pending.clear_event();
        for buffer in [pending.data, pending.event_type, pending.line] {
            assert!(buffer.is_empty() && buffer.capacity() <= KEPT_CAPACITY);
        }
    }

    #[track_caller]
    fn check_parts(parts: &[&str], data: &str) {
        let mut pending = Pending::default();
        for part in parts {
            pending.push_line_part(part.as_bytes());
        }
        assert_eq!(pending.len(), parts.concat().len(), "every byte counts");
        pending.end_line(|_, _| {});
        assert!(!pending.within_line());
        assert_eq!(pending.data(&mut String::new()), data);
    }

    #[test]
    fn a_data_line_is_recognized_wherever_it_is_cut() {
        for parts in [
            ["da", "ta: x", "y"],
            ["data", ":", " xy"],
            ["data:", " x", "y"],
            ["data: ", "x", "y"],
            ["data: x", "", "y"],
            ["data:x", "", "y"],
            ["", "", "data:xy"],
        ] {
            check_parts(&parts, "xy");
        }
        check_parts(&["data", ":", ""], "");
        check_parts(&["data", "", ""], "");
        check_parts(&["datum", ": x", "y"], "");
    }
}
