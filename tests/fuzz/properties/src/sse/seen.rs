//! Everything that a stream shows, as values that can be compared.

use fluxloop_sse::{DecodeError, Decoder, Event, Item};

/// What one call of `next_item` gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Event { event_type: String, data: String, id: String },
    Comment(String),
    Retry(u64),
    NoData { event_type: String, id: String },
    Line(String),
    TooLarge,
}

impl Shown {
    fn item(item: Result<Item<'_>, DecodeError>) -> Self {
        match item {
            Ok(Item::Event(event)) => Self::event(event),
            Ok(Item::Comment(text)) => Self::Comment(text.to_owned()),
            Ok(Item::Retry(milliseconds)) => Self::Retry(milliseconds),
            Ok(Item::NoData(Event { event_type, data: "", id })) => {
                Self::NoData { event_type: event_type.into(), id: id.into() }
            }
            Ok(Item::Line(line)) => Self::Line(line.to_owned()),
            Err(DecodeError::EventTooLarge { .. }) => Self::TooLarge,
            other => panic!("the standard knows no {other:?}"),
        }
    }

    fn event(event: Event<'_>) -> Self {
        let Event { event_type, data, id } = event;
        Self::Event { event_type: event_type.into(), data: data.into(), id: id.into() }
    }
}

/// Everything that a stream shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) items: Vec<Shown>,
    /// The event that was never dispatched.
    pub(super) pending: Option<Shown>,
    pub(super) within_line: bool,
    /// The last line, if it sets no field and does not end.
    pub(super) line: Option<String>,
    pub(super) last_event_id: String,
    pub(super) retry: Option<u64>,
}

impl Seen {
    /// What the standard shows.
    pub(super) fn without_strays(mut self) -> Self {
        self.items.retain(|item| !matches!(item, Shown::NoData { .. } | Shown::Line(_)));
        Self { line: None, ..self }
    }

    /// Everything but comments and reconnection times.
    pub(super) fn content(&self) -> Vec<&Shown> {
        let shown = |item: &&Shown| !matches!(item, Shown::Comment(_) | Shown::Retry(_));
        self.items.iter().filter(shown).collect()
    }

    /// The events and the error, if there is one.
    pub(super) fn events(&self) -> Vec<&Shown> {
        let shown = |item: &&Shown| matches!(item, Shown::Event { .. } | Shown::TooLarge);
        self.items.iter().filter(shown).collect()
    }
}

/// What the decoder shows of a stream that comes in these chunks.
pub(super) fn decode<'a>(mut decoder: Decoder, chunks: impl IntoIterator<Item = &'a [u8]>) -> Seen {
    let mut items = Vec::new();
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(item) = events.next_item() {
            items.push(Shown::item(item));
        }
    }
    let retry = decoder.retry();
    let end = decoder.finish();
    let (pending, within_line) = (end.pending.map(Shown::event), end.within_line);
    let line = end.line.map(str::to_owned);
    let last_event_id = decoder.last_event_id().to_owned();
    Seen { items, pending, within_line, line, last_event_id, retry }
}

/// What `next_content` shows.
pub(super) fn decode_content<'a>(
    mut decoder: Decoder,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Shown> {
    let mut shown = Vec::new();
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(item) = events.next_content() {
            shown.push(Shown::item(item));
        }
    }
    shown
}

/// The events that it shows to one who asks for nothing else, and the error.
pub(super) fn decode_events<'a>(
    mut decoder: Decoder,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Shown> {
    let mut shown = Vec::new();
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next() {
            shown.push(event.map_or(Shown::TooLarge, Shown::event));
        }
    }
    shown
}
