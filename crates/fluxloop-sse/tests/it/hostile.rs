//! Streams that would exhaust a careless reader. With quadratic time the large ones would take
//! minutes.

use fluxloop_sse::{DecodeError, Decoder, Item, Limits};

use crate::seen::{Seen, decode, events, events_and_error};

const LIMIT: usize = 4096;
const TOO_LARGE: DecodeError = DecodeError::EventTooLarge { limit: LIMIT };

/// Repeats a piece after a start until an error comes; what is held is at least a
/// third of what is taken.
#[track_caller]
fn check_endless(start: &str, piece: &str) {
    let mut decoder = Decoder::with_limits(Limits { max_event_bytes: LIMIT });
    let mut taken = 0;
    let mut chunk = start;
    let error = loop {
        assert!(taken <= 3 * LIMIT, "`{start}` and then `{piece}` without end is refused");
        let mut events = decoder.feed(chunk.as_bytes());
        match events.next() {
            Some(Ok(event)) => panic!("{event:?} never ended"),
            Some(Err(error)) => break error,
            None => taken += chunk.len(),
        }
        chunk = piece;
    };
    assert_eq!(error, TOO_LARGE);
    let mut events = decoder.feed(b"data: x\n\n");
    assert_eq!(events.next(), None, "nothing comes after an error");
    assert_eq!(decoder.finish().pending, None);
}

#[test]
fn a_line_without_end_is_refused() {
    for start in [":", "data:", "data: ", "event: ", "id: ", "retry: ", "unknown: ", ""] {
        for piece in ["y", "yy", "0123456789", "\u{20AC}"] {
            check_endless(start, piece);
        }
    }
}

#[test]
fn an_event_without_end_is_refused() {
    check_endless("", "data: xxxxxx\n");
    check_endless("id: x\n", "data:xxxx\r\n");
    check_endless("", "data:xx\r");
}

#[test]
fn type_and_id_count_together_with_data() {
    let part = "x".repeat(LIMIT / 3);
    check_endless(&format!("event: {part}\nid: {part}\n"), &format!("data: {part}\n"));
}

#[test]
fn an_event_as_large_as_the_limit_is_read() {
    let limits = Limits { max_event_bytes: LIMIT };
    let fits = format!("data: {}\n\n", "x".repeat(LIMIT - 6));
    let seen = decode(Decoder::with_limits(limits), [fits.repeat(3).as_bytes()]);
    assert_eq!((seen.events.len(), seen.error), (3, None));
    let exceeds = format!("{fits}data: {}\n\n{fits}", "x".repeat(LIMIT - 5));
    let seen = decode(Decoder::with_limits(limits), [exceeds.as_bytes()]);
    assert_eq!((seen.events.len(), seen.error), (1, Some(TOO_LARGE)));
}

#[test]
fn what_is_finished_does_not_count() {
    let limits = Limits { max_event_bytes: 20 };
    for line in [": keep-alive\n", "id: 1\n", "event: ping\n", "retry: 5\n", "other: 1\n", "\n"] {
        let stream = line.repeat(1_000);
        let seen = decode(Decoder::with_limits(limits), stream.as_bytes().chunks(7));
        assert_eq!(seen.error, None, "{line:?} again and again");
    }
}

/// Reads a stream to which every limit and every place to cut it once must apply alike.
#[track_caller]
fn check_limits(stream: &str) {
    for max_event_bytes in 0..=stream.len() {
        let decoder = || Decoder::with_limits(Limits { max_event_bytes });
        let whole = decode(decoder(), [stream.as_bytes()]);
        let quickly = (whole.events.clone(), whole.error);
        for place in 0..stream.len() {
            let (start, end) = stream.split_at(place);
            let told = format!("{start:?}, {end:?}, at most {max_event_bytes}");
            let chunks = [start.as_bytes(), end.as_bytes()];
            assert_eq!(decode(decoder(), chunks), whole, "{told}");
            assert_eq!(events_and_error(decoder(), chunks), quickly, "{told}");
        }
    }
}

#[test]
fn a_limit_holds_for_the_events_that_are_read_quickly() {
    check_limits("data: a\n\ndata: an event that is larger\n\n");
    check_limits("data: a\ndata: b\n\ndata: an event that is larger\n\n");
    check_limits("event: a\n\nid: 1\nevent: b\ndata: an event that is larger\n\n");
}

#[test]
fn a_value_that_is_replaced_does_not_count() {
    check_limits("event: the first\nevent: a second\nevent: third\ndata: x\n\n");
    check_limits("id: the first\nid: a second\nid: third\ndata: x\n\n");
}

/// Reads a stream in pieces; tells the most memory that was occupied at any time.
fn most_memory(max_event_bytes: usize, stream: &[u8], size: usize) -> usize {
    let mut decoder = Decoder::with_limits(Limits { max_event_bytes });
    let mut most = 0;
    for chunk in stream.chunks(size) {
        let mut events = decoder.feed(chunk);
        while let Some(item) = events.next_item() {
            item.expect("no event is too large");
        }
        most = most.max(decoder.memory());
    }
    most
}

#[test]
fn memory_is_bounded_by_the_limit() {
    const LIMIT: usize = 1024 * 1024;
    // Each field in turn is as large as it may be, good text or not, whole or in pieces.
    for value in [vec![b'x'; LIMIT / 2], vec![0xFF; LIMIT / 2]] {
        let lines = ["event:", "id:", ":", "data:", "event:x\nid:1\ndata:"];
        let stream = lines.map(|start| [start.as_bytes(), &value, b"\n\n"].concat()).concat();
        for size in [1000, 16 * 1024, stream.len()] {
            let most = most_memory(LIMIT, &stream.repeat(3), size);
            assert!(most <= 8 * LIMIT, "{most} bytes, {size} at a time");
        }
    }
}

#[test]
fn bad_text_of_one_field_is_forgotten_when_another_comes() {
    // Replaced, this is a bit longer than a power of two: a text that grew to it took twice as much.
    const LIMIT: usize = 3 * 1024 * 1024;
    // One of the buffers is kept beside those that are full.
    const KEPT: usize = 2 * 1024 * 1024;
    let value = vec![0xFF; LIMIT - 100];
    let lines = ["id: ", "data: x\nevent: ", ": ", "data: "];
    let stream = lines.map(|start| [start.as_bytes(), &value, b"\n\n"].concat()).concat();
    for size in [1000, stream.len()] {
        let most = most_memory(LIMIT, &stream, size);
        assert!(most <= 8 * LIMIT + KEPT, "{most} bytes, {size} at a time");
    }
}

#[test]
fn bad_text_is_given_back_when_the_next_chunk_comes() {
    let mut decoder = Decoder::new();
    let stream = [b"data: ".as_slice(), &vec![0xFF; 4 * 1024 * 1024], b"\n\n"].concat();
    assert!(decoder.feed(&stream).next().is_some());
    assert!(decoder.memory() > stream.len());
    assert!(decoder.feed(b"").next().is_none());
    assert!(decoder.memory() <= 2 * 1024 * 1024, "{}", decoder.memory());
}

#[test]
fn an_event_in_one_chunk_occupies_no_memory() {
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(b"event: ping\ndata: 1\n\n".as_slice());
    assert!(events.next().is_some() && events.next().is_none());
    assert_eq!(decoder.memory(), 0);
}

#[test]
fn many_events_in_one_chunk_are_read_in_linear_time() {
    let stream = "data: x\n\n".repeat(200_000);
    assert_eq!(events(Decoder::new(), [stream.as_bytes()]).len(), 200_000);
}

#[test]
fn a_long_line_in_small_pieces_is_read_in_linear_time() {
    const SIZE: usize = 8 * 1024 * 1024;
    for start in ["data: ", "event: ", "id: ", ": "] {
        let stream = format!("{start}{}\ndata: end\n\n", "x".repeat(SIZE));
        let seen = decode(Decoder::new(), stream.as_bytes().chunks(64));
        let Seen { events, comments, .. } = seen;
        let longest = events
            .iter()
            .flat_map(|event| [&event.event, &event.data, &event.id])
            .chain(&comments)
            .map(String::len)
            .max();
        assert!(longest.is_some_and(|length| length >= SIZE), "{start:?}");
    }
}

#[test]
fn bad_characters_are_replaced_in_linear_time() {
    let mut stream = b"data: \xFF\n\n".repeat(100_000);
    // Looking for the end of the good part must not go over this again for each event.
    stream.resize(4 * 1024 * 1024, 0x80);
    assert_eq!(events(Decoder::new(), [&*stream]).len(), 100_000);
}

#[test]
fn an_event_that_lies_in_one_chunk_is_lent_from_it() {
    let stream = "event: ping\ndata: €\n\n: x\r\ndata: 2\r\n\r\n";
    let range = stream.as_bytes().as_ptr_range();
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(stream.as_bytes());
    for expected in ["€", "2"] {
        let event = events.next().unwrap().unwrap();
        assert_eq!(event.data, expected);
        assert!(range.contains(&event.data.as_ptr()));
        assert!(expected == "2" || range.contains(&event.event_type.as_ptr()));
    }
}

#[test]
fn events_and_items_may_be_asked_for_in_turn() {
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(b": a\ndata: 1\n\n: b\nretry: 5\ndata: 2\n: c\ndata: 3\n\n");
    assert_eq!(events.next().unwrap().unwrap().data, "1");
    assert_eq!(events.next_item(), Some(Ok(Item::Comment(" b"))));
    assert_eq!(events.next_item(), Some(Ok(Item::Retry(5))));
    assert_eq!(events.next_item(), Some(Ok(Item::Comment(" c"))));
    assert_eq!(events.next().unwrap().unwrap().data, "2\n3");
    assert_eq!(events.next_item(), None);
    assert_eq!(events.next(), None);
}

#[test]
fn an_event_that_was_lent_is_not_pending() {
    let mut decoder = Decoder::new();
    assert!(decoder.feed(b"data: 1\nda").next().is_none());
    assert_eq!(decoder.feed(b"ta: 2\n\n").next().unwrap().unwrap().data, "1\n2");
    assert_eq!(decoder.finish().pending, None, "even if nobody asked for more");
}

#[track_caller]
fn check_end(stream: &str, pending: Option<&str>, lenient: Option<&str>) {
    let mut decoder = Decoder::new();
    assert!(decoder.feed(stream.as_bytes()).next().is_none());
    let end = decoder.finish();
    assert_eq!(end.pending.map(|event| event.data), pending, "{stream:?}");
    assert_eq!(end.lenient().map(|event| event.data), lenient, "{stream:?}");
    assert_eq!(decoder.last_event_id(), "", "{stream:?} commits nothing");
}

#[test]
fn an_unfinished_event_is_delivered_to_those_who_ask_for_it() {
    check_end("id: 1\ndata: 1\n", Some("1"), Some("1"));
    check_end("id: 1\ndata: 1", Some("1"), Some("1"));
    check_end("data", Some(""), Some(""));
}

#[test]
fn without_data_there_is_nothing_to_deliver() {
    check_end("", None, None);
    check_end(": x\nretry: 1", None, None);
    check_end("event: ping\nid: 1\n", Some(""), None);
}
