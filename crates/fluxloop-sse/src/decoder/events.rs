//! Walks over one chunk.

use super::field::{self, Field};
use super::lines::Lines;
use super::pending::is_valid_id;
use super::span::Span;
use super::{Decoder, text};
use crate::{DecodeError, Event, Item};

/// The events of one chunk, lent out one at a time; see [`Decoder::feed`].
#[derive(Debug)]
#[must_use = "a chunk is read only when its events are asked for"]
pub struct Events<'a> {
    decoder: &'a mut Decoder,
    lines: Lines<'a>,
    /// The value of the event's only `data` field, if it lies in this chunk.
    data: Option<Span>,
    /// The value of its last `event` field in this chunk.
    event_type: Option<Span>,
    /// The value of its last valid `id` field in this chunk.
    id: Option<Span>,
    /// Whether nothing in this chunk can exceed the limit, so that no line need be checked.
    roomy: bool,
    /// Whether that is so, `text` is known and no data of the event came yet.
    quick: bool,
    /// The beginning of the chunk that is UTF-8: all of it, as a rule. It is looked for when
    /// nothing is pending any more, since before that the chunk may begin within a character.
    text: Option<&'a str>,
}

/// What a line brought about.
#[derive(Clone, Copy)]
enum Step {
    /// An event: its data and its type where they lie in the chunk, else they are pending.
    Event { data: Option<Span>, event_type: Option<Span> },
    /// A comment in the chunk.
    Comment(Span),
    /// A comment that came in pieces, and is kept as mended text.
    MendedComment,
    /// A reconnection time.
    Retry(u64),
    /// An event with a type but without data.
    NoData { event_type: Option<Span> },
    /// A line in the chunk that sets no field.
    Line(Span),
    /// A line that sets no field, came in pieces, and is kept as mended text.
    MendedLine,
}

/// What the next lines are at a quick look.
enum Glance<'a> {
    /// An event that lies in the chunk.
    Event { event_type: &'a str, data: &'a str },
    /// Something else: the lines are left as they are.
    Other,
    /// No line ends in the chunk any more.
    Nothing,
}

impl<'a> Events<'a> {
    #[inline]
    pub(super) fn new(decoder: &'a mut Decoder, chunk: &'a [u8]) -> Self {
        decoder.end_lending();
        let roomy =
            decoder.pending.len().saturating_add(chunk.len()) <= decoder.limits.max_event_bytes;
        Self {
            roomy,
            quick: false,
            decoder,
            lines: Lines::new(chunk),
            data: None,
            event_type: None,
            id: None,
            text: None,
        }
    }

    /// The next event of the chunk.
    ///
    /// `None` when the chunk is used up; after an error, for good.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend its items")]
    #[inline]
    pub fn next(&mut self) -> Option<Result<Event<'_>, DecodeError>> {
        match self.glance() {
            Glance::Event { event_type, data } => {
                Some(Ok(Event { event_type, data, id: &self.decoder.last_event_id }))
            }
            Glance::Other => self.slow_next(),
            Glance::Nothing => self.keep_rest().err().map(Err),
        }
    }

    /// The next item of the chunk that is neither a comment nor a reconnection time. It is as quick
    /// as [`next`](Self::next), and may be mixed with it and [`next_item`](Self::next_item).
    #[inline]
    pub fn next_content(&mut self) -> Option<Result<Item<'_>, DecodeError>> {
        match self.glance() {
            Glance::Event { event_type, data } => {
                let id = &*self.decoder.last_event_id;
                Some(Ok(Item::Event(Event { event_type, data, id })))
            }
            Glance::Other => self.slow_next_content(),
            Glance::Nothing => self.keep_rest().err().map(Err),
        }
    }

    // Nearly all events have one `data` field, perhaps after a type and an ID, and lie in one
    // chunk. They are read right here; whatever is different is left, line by line, to `step`,
    // which reads everything.
    #[inline]
    fn glance(&mut self) -> Glance<'a> {
        // What was mended stays until something is read the slow way: nothing is mended here.
        self.decoder.pending.end_lending();
        loop {
            let Some(line) = self.lines.peek() else { return Glance::Nothing };
            if !self.quick {
                if self.text.is_none() && self.is_idle() {
                    self.read_text();
                    continue;
                }
                return Glance::Other;
            }
            let Some(text) = self.checked_text(line) else { return Glance::Other };
            if let Some(value) = field::data(text.as_bytes()) {
                if self.lines.skip_with_blank(line) {
                    let event_type = self.take_quick_type();
                    return Glance::Event { event_type, data: &text[value..] };
                }
                return Glance::Other;
            }
            let (field, value) = field::split(text.as_bytes());
            let value = Span { start: line.start + value, ..line };
            match field {
                Field::Event => self.event_type = Some(value),
                Field::Id if is_valid_id(self.lines.bytes(value)) => self.id = Some(value),
                _ => return Glance::Other,
            }
            self.lines.skip(line);
        }
    }

    /// The next event, whatever it looks like.
    #[inline(never)]
    fn slow_next(&mut self) -> Option<Result<Event<'_>, DecodeError>> {
        loop {
            match self.step()? {
                Ok(Step::Event { data, event_type }) => {
                    return Some(Ok(self.event(data, event_type)));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The next item but a comment or a reconnection time, whatever it looks like.
    #[inline(never)]
    fn slow_next_content(&mut self) -> Option<Result<Item<'_>, DecodeError>> {
        loop {
            match self.step()? {
                Ok(Step::Comment(_) | Step::MendedComment | Step::Retry(_)) => {}
                step => return Some(step.map(|step| self.item(step))),
            }
        }
    }

    /// The next event, comment or reconnection time of the chunk, or what
    /// [`Decoder::with_strays`] asks for.
    ///
    /// Otherwise like [`next`](Self::next); the two may be mixed.
    pub fn next_item(&mut self) -> Option<Result<Item<'_>, DecodeError>> {
        Some(self.step()?.map(|step| self.item(step)))
    }

    /// Lends what lines brought about.
    fn item(&mut self, step: Step) -> Item<'_> {
        match step {
            Step::Event { data, event_type } => Item::Event(self.event(data, event_type)),
            Step::Comment(text) => Item::Comment(self.lossy(text)),
            Step::MendedComment => Item::Comment(&self.decoder.mended.data),
            Step::Retry(milliseconds) => Item::Retry(milliseconds),
            Step::NoData { event_type } => Item::NoData(self.event(None, event_type)),
            Step::Line(line) => Item::Line(self.lossy(line)),
            Step::MendedLine => Item::Line(&self.decoder.mended.data),
        }
    }

    /// Reads lines until one brings something about.
    fn step(&mut self) -> Option<Result<Step, DecodeError>> {
        self.decoder.end_lending();
        while let Some(line) = self.lines.next() {
            if !self.roomy
                && let Err(error) = self.check_room(line)
            {
                return Some(Err(error));
            }
            let step = if self.decoder.pending.within_line() {
                self.end_pending_line(line)
            } else if line.len() == 0 {
                self.dispatch()
            } else {
                self.interpret(line)
            };
            if step.is_some() {
                return step.map(Ok);
            }
        }
        self.keep_rest().err().map(Err)
    }

    /// Ends an event that was read quickly, whose type this is.
    #[inline]
    fn take_quick_type(&mut self) -> &'a str {
        if self.id.is_some() {
            self.commit_id();
        }
        // A type comes before the data, hence it is UTF-8 too.
        let event_type = self.event_type.take().and_then(|span| self.checked_text(span));
        event_type.filter(|text| !text.is_empty()).unwrap_or(Event::MESSAGE)
    }

    /// Whether nothing of an event came yet.
    #[inline]
    fn is_idle(&self) -> bool {
        let Decoder { pending, .. } = &*self.decoder;
        let here = self.data.is_some() || self.event_type.is_some() || self.id.is_some();
        !here && !pending.within_line() && !pending.has_fields()
    }

    /// Finds out how much of the chunk is UTF-8, from the current line on, where the chunk begins
    /// from now on.
    #[inline(never)]
    fn read_text(&mut self) {
        let rest = self.lines.cut();
        self.text = Some(text::utf8_lines(rest));
        self.quick = self.roomy;
    }

    /// Interprets a line that lies in the chunk.
    #[inline]
    fn interpret(&mut self, line: Span) -> Option<Step> {
        let bytes = self.lines.bytes(line);
        let (field, start) = field::split(bytes);
        let value = Span { start: line.start + start, end: line.end };
        match field {
            Field::Data if self.data.is_some() || self.decoder.pending.has_data() => {
                self.join_data(value);
            }
            Field::Data => {
                self.quick = false;
                self.data = Some(value);
            }
            Field::Event => self.event_type = Some(value),
            Field::Id if is_valid_id(&bytes[start..]) => self.id = Some(value),
            Field::Comment => return Some(Step::Comment(value)),
            Field::Retry => return set_retry(&mut self.decoder.retry, &bytes[start..]),
            Field::Unknown if self.decoder.strays && field::is_stray(bytes) => {
                return Some(Step::Line(line));
            }
            Field::Id | Field::Unknown => {}
        }
        None
    }

    /// Ends a line that began in an earlier chunk, and the event if a blank line follows.
    fn end_pending_line(&mut self, line: Span) -> Option<Step> {
        let Decoder { pending, mended, retry, strays, .. } = &mut *self.decoder;
        pending.push_line_part(self.lines.bytes(line));
        let mut step = None;
        pending.end_line(|field, value| match field {
            Field::Comment => {
                text::replace(&mut mended.data, value);
                step = Some(Step::MendedComment);
            }
            Field::Retry => step = set_retry(retry, value),
            Field::Unknown if *strays && field::is_stray(value) => {
                text::replace(&mut mended.data, value);
                step = Some(Step::MendedLine);
            }
            _ => {}
        });
        step
    }

    /// Dispatches the event, as a blank line does (standard: "dispatch the event").
    fn dispatch(&mut self) -> Option<Step> {
        if self.id.is_some() || self.decoder.pending.id.is_some() {
            self.commit_id();
        }
        let (data, event_type) = (self.data.take(), self.event_type.take());
        self.quick = self.roomy && self.text.is_some();
        let Decoder { pending, strays, .. } = &mut *self.decoder;
        if data.is_some() || pending.has_data() {
            pending.lend();
            return Some(Step::Event { data, event_type });
        }
        let has_type = event_type.map_or(pending.event_type_len(), Span::len) > 0;
        if *strays && has_type {
            pending.lend();
            return Some(Step::NoData { event_type });
        }
        pending.clear_event();
        None
    }

    /// Commits the ID, if one came; that does not depend on data.
    fn commit_id(&mut self) {
        let decoder = &mut *self.decoder;
        let earlier = decoder.pending.id.take();
        let id = self.id.take().map(|id| self.lines.bytes(id));
        if let Some(id) = id.or(earlier.as_deref()) {
            text::replace(&mut decoder.last_event_id, id);
        }
    }

    /// Joins a further value to the event's data.
    fn join_data(&mut self, value: Span) {
        let pending = &mut self.decoder.pending;
        if let Some(first) = self.data.take() {
            pending.push_data(self.lines.bytes(first));
        }
        pending.push_data(self.lines.bytes(value));
    }

    /// Keeps what the next chunk continues.
    #[inline]
    fn keep_rest(&mut self) -> Result<(), DecodeError> {
        let rest = self.lines.take_rest();
        if !self.roomy {
            self.check_room(rest)?;
        }
        if let Some(last) = self.lines.last_byte() {
            self.decoder.after_cr = last == b'\r';
        }
        if self.data.is_some() || self.event_type.is_some() || self.id.is_some() {
            self.keep_fields();
        }
        if rest.len() > 0 {
            self.decoder.pending.push_line_part(self.lines.bytes(rest));
        }
        Ok(())
    }

    /// Keeps the fields that lie in this chunk.
    #[inline(never)]
    fn keep_fields(&mut self) {
        let Self { decoder: Decoder { pending, .. }, lines, .. } = self;
        if let Some(value) = self.data.take() {
            pending.push_data(lines.bytes(value));
        }
        if let Some(value) = self.event_type.take() {
            pending.set_event_type(lines.bytes(value));
        }
        if let Some(value) = self.id.take() {
            pending.set_id(lines.bytes(value));
        }
    }

    /// Fails when the event is too large with these bytes of the current line.
    fn check_room(&mut self, line: Span) -> Result<(), DecodeError> {
        let limit = self.decoder.limits.max_event_bytes;
        if self.held().saturating_add(line.len()) <= limit {
            return Ok(());
        }
        self.decoder.close();
        self.lines = Lines::new(&[]);
        (self.data, self.event_type, self.id) = (None, None, None);
        Err(DecodeError::EventTooLarge { limit })
    }

    /// How many bytes of the event came, and of the line as far as it came in earlier chunks.
    fn held(&self) -> usize {
        let pending = &self.decoder.pending;
        let replaced = self.event_type.map_or(0, |_| pending.event_type_len())
            + self.id.map_or(0, |_| pending.id_len());
        let data = self.data.map_or(0, |value| value.len() + 1);
        let new = [self.event_type, self.id].into_iter().flatten().map(Span::len).sum::<usize>();
        pending.len() - replaced + data + new
    }

    /// Lends the event.
    #[inline]
    fn event(&mut self, data: Option<Span>, event_type: Option<Span>) -> Event<'_> {
        let event_type = event_type.and_then(|span| {
            let text = self.text(span);
            if text.is_none() {
                self.decoder.pending.lend_event_type(self.lines.bytes(span));
            }
            text
        });
        let data = data.map(|span| (span, self.text(span)));
        let Decoder { pending, mended, last_event_id, .. } = &mut *self.decoder;
        Event {
            event_type: match event_type {
                Some("") => Event::MESSAGE,
                Some(text) => text,
                None => pending.event_type(&mut mended.event_type),
            },
            data: match data {
                Some((_, Some(text))) => text,
                Some((span, None)) => text::lossy(self.lines.bytes(span), &mut mended.data),
                None => pending.data(&mut mended.data),
            },
            id: last_event_id,
        }
    }

    /// A stretch of the chunk as text; what is not UTF-8 is replaced.
    fn lossy(&mut self, span: Span) -> &str {
        text::lossy(self.lines.bytes(span), &mut self.decoder.mended.data)
    }

    /// A value of the chunk as text, if it is UTF-8.
    #[inline]
    fn text(&self, value: Span) -> Option<&'a str> {
        self.checked_text(value).or_else(|| text::utf8(self.lines.bytes(value)))
    }

    /// A stretch of the chunk as text, if that is known to be UTF-8.
    #[inline]
    fn checked_text(&self, span: Span) -> Option<&'a str> {
        self.text?.get(span.range())
    }
}

/// Sets the reconnection time, if the value is one; that takes effect at once.
fn set_retry(retry: &mut Option<u64>, value: &[u8]) -> Option<Step> {
    let milliseconds = field::milliseconds(value)?;
    *retry = Some(milliseconds);
    Some(Step::Retry(milliseconds))
}
