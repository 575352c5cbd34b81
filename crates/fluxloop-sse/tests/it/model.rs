//! The standard, word by word, with no thought for speed: what the decoder is held against.

use crate::seen::{Owned, Seen};

/// Decodes a whole stream.
///
/// Follows the ABNF and the processing model of "Parsing an event stream" and "Interpreting an
/// event stream", on the text that "UTF-8 decode" makes of the bytes.
pub(crate) fn decode(stream: &[u8], last_event_id: &str) -> Seen {
    let text = String::from_utf8_lossy(stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream));
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (complete, rest) = text.rsplit_once('\n').map_or((None, &*text), |(a, b)| (Some(a), b));

    let mut model = Model { id_buffer: last_event_id.to_owned(), ..Model::default() };
    last_event_id.clone_into(&mut model.seen.last_event_id);
    for line in complete.into_iter().flat_map(|text| text.split('\n')) {
        model.line(line);
    }
    // What a blank line at the end would have dispatched, without the effects.
    let Seen { comments, retries, last_event_id, .. } = model.seen.clone();
    if !rest.is_empty() {
        model.line(rest);
    }
    model.seen.within_line = !rest.is_empty();
    model.seen.pending = model.fields.then(|| model.event());
    model.seen.lenient = (!model.data.is_empty()).then(|| model.event());
    Seen { comments, retries, last_event_id, ..model.seen }
}

#[derive(Default)]
struct Model {
    data: String,
    event_type: String,
    id_buffer: String,
    /// Whether any field of an event is pending.
    fields: bool,
    id_pending: bool,
    seen: Seen,
}

impl Model {
    fn line(&mut self, line: &str) {
        match line.split_once(':') {
            _ if line.is_empty() => self.dispatch(),
            None => self.field(line, ""),
            Some(("", comment)) => self.seen.comments.push(comment.to_owned()),
            Some((name, value)) => self.field(name, value.strip_prefix(' ').unwrap_or(value)),
        }
    }

    fn field(&mut self, name: &str, value: &str) {
        match name {
            "event" => value.clone_into(&mut self.event_type),
            "data" => self.data.extend([value, "\n"]),
            "id" if !value.contains('\0') => {
                value.clone_into(&mut self.id_buffer);
                self.id_pending = true;
            }
            "retry" if value.chars().all(|digit| digit.is_ascii_digit()) => {
                self.seen.retries.extend(value.parse::<u64>());
            }
            _ => {}
        }
        self.fields = self.id_pending || !self.data.is_empty() || !self.event_type.is_empty();
    }

    fn dispatch(&mut self) {
        self.id_buffer.clone_into(&mut self.seen.last_event_id);
        if !self.data.is_empty() {
            let event = self.event();
            self.seen.events.push(event);
        }
        self.data.clear();
        self.event_type.clear();
        (self.fields, self.id_pending) = (false, false);
    }

    fn event(&self) -> Owned {
        let event = if self.event_type.is_empty() { "message" } else { &self.event_type };
        Owned {
            event: event.to_owned(),
            data: self.data.strip_suffix('\n').unwrap_or_default().to_owned(),
            id: self.id_buffer.clone(),
        }
    }
}
