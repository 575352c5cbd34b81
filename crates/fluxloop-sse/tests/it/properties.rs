//! What must hold for every stream, however it is cut.

use fluxloop_sse::{Decoder, Encoder, Event, Limits};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::model;
use crate::seen::{Owned, Seen, decode, events, events_and_error};

/// Pieces of which streams are made: all that has a meaning, and what comes near.
const PIECES: &[&[u8]] = &[
    b"\n",
    b"\n",
    b"\n\n",
    b"\r",
    b"\r\n",
    b"\r\n\r\n",
    b"data",
    b"data:",
    b"data: ",
    b"event:",
    b"event: ",
    b"id:",
    b"id: ",
    b"id",
    b"retry:",
    b"retry: ",
    b":",
    b" ",
    b"\0",
    b"x",
    b"7",
    b"42",
    b"18446744073709551616",
    b"\xEF\xBB\xBF",
    b"\xEF\xBB",
    b"\xEF",
    b"\xFF",
    b"\xE2\x82\xAC",
    b"\xE2\x82",
    b"\xF0\x9F\x98\x80",
    b"\xF0\x9F",
    b"\xAC",
    b"dat",
    b"ping",
    b"[DONE]",
    b"a value that is longer than most and reaches over the end of a block of sixty-four bytes",
];

fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat())
}

/// A stream, and the places to cut it.
fn cut_stream() -> impl Strategy<Value = (Vec<u8>, Vec<prop::sample::Index>)> {
    (stream(), prop::collection::vec(any::<prop::sample::Index>(), 0..20))
}

fn cut<'a>(stream: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = places.iter().map(|place| place.index(stream.len() + 1)).collect();
    places.extend([0, stream.len()]);
    places.sort_unstable();
    places.windows(2).map(|ends| &stream[ends[0]..ends[1]]).collect()
}

/// Text without what the format cannot carry.
fn text(forbidden: &'static str) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>().prop_filter("forbidden", |c| !forbidden.contains(*c)), 0..9)
        .prop_flat_map(|chars| {
            prop::sample::select(vec![
                chars.iter().collect::<String>(),
                format!(" {}", chars.iter().collect::<String>()),
                String::new(),
            ])
        })
}

fn event() -> impl Strategy<Value = Owned> {
    let data = prop::collection::vec(text("\r"), 1..4).prop_map(|lines| lines.join("\n"));
    (text("\r\n"), data, text("\r\n\0")).prop_map(|(event, data, id)| Owned { event, data, id })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        rng_seed: RngSeed::Fixed(0x5EED),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_stream_means_what_the_standard_says((stream, places) in cut_stream(), id in "[a-c]?") {
        let expected = model::decode(&stream, &id);
        let decoder = || Decoder::new().with_last_event_id(&id);
        prop_assert_eq!(&decode(decoder(), [&*stream]), &expected);
        prop_assert_eq!(&decode(decoder(), cut(&stream, &places)), &expected);
        prop_assert_eq!(events(decoder(), cut(&stream, &places)), expected.events);
    }

    #[test]
    fn a_limit_is_exceeded_at_the_same_point_however_the_stream_is_cut(
        (stream, places) in cut_stream(),
        max_event_bytes in 0..120_usize,
    ) {
        let limits = Limits { max_event_bytes };
        let whole = decode(Decoder::with_limits(limits), [&*stream]);
        prop_assert_eq!(&decode(Decoder::with_limits(limits), cut(&stream, &places)), &whole);
        prop_assert_eq!(&decode(Decoder::with_limits(limits), stream.chunks(1)), &whole);
        let quickly = (whole.events.clone(), whole.error);
        for chunks in [vec![&*stream], cut(&stream, &places), stream.chunks(1).collect()] {
            prop_assert_eq!(&events_and_error(Decoder::with_limits(limits), chunks), &quickly);
        }
        // Up to there the limit changes nothing.
        let unlimited = model::decode(&stream, "");
        prop_assert!(unlimited.events.starts_with(&whole.events));
        if whole.error.is_none() {
            prop_assert_eq!(whole, unlimited);
        }
    }

    #[test]
    fn no_stream_occupies_more_memory_than_the_limit_allows(
        (stream, places) in cut_stream(),
        max_event_bytes in 0..120_usize,
    ) {
        let mut decoder = Decoder::with_limits(Limits { max_event_bytes });
        for chunk in cut(&stream, &places) {
            let mut events = decoder.feed(chunk);
            while events.next_item().is_some() {}
            // The smallest buffer has 8 bytes, and there are 8 of them.
            prop_assert!(decoder.memory() <= 8 * max_event_bytes + 64, "{}", decoder.memory());
        }
    }

    #[test]
    fn what_is_encoded_is_decoded(
        written in prop::collection::vec(event(), 0..8),
        comment in text("\r\n"),
        retry in any::<u64>(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let (mut encoder, mut stream) = (Encoder::new(), String::new());
        encoder.retry(retry, &mut stream);
        for Owned { event, data, id } in &written {
            encoder.comment(&comment, &mut stream);
            encoder.event(&Event { event_type: event, data, id }, &mut stream)?;
        }
        // The one thing that the encoder normalizes here.
        let events: Vec<_> = written.into_iter().map(|mut event| {
            if event.event.is_empty() {
                "message".clone_into(&mut event.event);
            }
            event
        }).collect();
        let expected = Seen {
            comments: vec![comment; events.len()],
            retries: vec![retry],
            last_event_id: events.last().map(|event| event.id.clone()).unwrap_or_default(),
            events,
            ..Seen::default()
        };
        prop_assert_eq!(decode(Decoder::new(), cut(stream.as_bytes(), &places)), expected);
    }

    #[test]
    fn any_bytes_are_a_stream(stream in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(decode(Decoder::new(), [&*stream]), model::decode(&stream, ""));
    }
}
