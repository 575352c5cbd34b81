//! Everything that a stream shows to its reader, as owned values that can be compared.

use fluxloop_sse::{DecodeError, Decoder, Event, Item};
use serde::Deserialize;

/// An event that owns its text.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub(crate) struct Owned {
    pub(crate) event: String,
    pub(crate) data: String,
    pub(crate) id: String,
}

impl From<Event<'_>> for Owned {
    fn from(event: Event<'_>) -> Self {
        Self {
            event: event.event_type.to_owned(),
            data: event.data.to_owned(),
            id: event.id.to_owned(),
        }
    }
}

/// Everything that a stream shows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Owned>,
    pub(crate) comments: Vec<String>,
    pub(crate) retries: Vec<u64>,
    pub(crate) last_event_id: String,
    pub(crate) pending: Option<Owned>,
    pub(crate) within_line: bool,
    pub(crate) lenient: Option<Owned>,
    pub(crate) error: Option<DecodeError>,
}

/// Decodes a stream that comes in these chunks.
pub(crate) fn decode<'a>(mut decoder: Decoder, chunks: impl IntoIterator<Item = &'a [u8]>) -> Seen {
    let mut seen = Seen::default();
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(item) = events.next_item() {
            match item {
                Ok(Item::Event(event)) => seen.events.push(event.into()),
                Ok(Item::Comment(text)) => seen.comments.push(text.to_owned()),
                Ok(Item::Retry(milliseconds)) => seen.retries.push(milliseconds),
                Ok(item) => panic!("unknown item {item:?}"),
                Err(error) => assert_eq!(seen.error.replace(error), None, "an error is the last"),
            }
        }
    }
    assert_eq!(decoder.retry(), seen.retries.last().copied());
    let end = decoder.finish();
    seen.within_line = end.within_line;
    seen.pending = end.pending.map(Into::into);
    seen.lenient = end.lenient().map(Into::into);
    decoder.last_event_id().clone_into(&mut seen.last_event_id);
    seen
}

/// The events alone, asked for with `next`, and the error that ended them.
pub(crate) fn events_and_error<'a>(
    mut decoder: Decoder,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Owned>, Option<DecodeError>) {
    let (mut owned, mut error) = (Vec::new(), None);
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next() {
            match event {
                Ok(event) => owned.push(event.into()),
                Err(last) => assert_eq!(error.replace(last), None, "an error is the last"),
            }
        }
    }
    (owned, error)
}

/// The events of a stream that keeps to the limits, asked for with `next`.
pub(crate) fn events<'a>(
    decoder: Decoder,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<Owned> {
    let (events, error) = events_and_error(decoder, chunks);
    assert_eq!(error, None);
    events
}

/// Cuts a stream where a seeded generator says, on average every `mean` bytes.
pub(crate) fn random_cut(stream: &[u8], mean: usize, seed: u64) -> Vec<&[u8]> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut rest = stream;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(random.usize(..=2 * mean).min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    chunks
}
