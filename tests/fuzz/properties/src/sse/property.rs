//! What must hold for every stream.

use fluxloop_sse::{Decoder, Encoder, Event, Limits};

use super::reference;
use super::seen::{Seen, Shown, decode, decode_content, decode_events};

/// What has a meaning in a stream, and what comes near.
pub(crate) const TOKENS: &[&str] = &[
    "^",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "data",
    "data:",
    "data: ",
    "event:",
    "event: ",
    "id",
    "id:",
    "id: ",
    "retry:",
    "retry: ",
    ":",
    " ",
    "\0",
    "\u{feff}",
    "€",
    "😀",
    "[DONE]",
    "{\"delta\":\"x\"}",
    "18446744073709551616",
    "dat",
    "message",
    "message:",
    "{\"error\":1}\n",
];

/// The ID that every stream starts with.
const FIRST_ID: &str = "before";

/// A stream means what the standard says, however it is cut: its `^` are the places to cut it.
///
/// The limits hold at the same byte for every cut, and what was read can be written and read again.
///
/// # Panics
///
/// If the input breaks the property.
pub fn sse(input: &[u8]) {
    let chunks: Vec<&[u8]> = input.split(|&byte| byte == b'^').collect();
    let stream = chunks.concat();
    let seen = check(&stream, &chunks, Limits::DEFAULT_MAX_EVENT_BYTES);
    for limit in [0, 7, stream.len() / 3, stream.len() / 2] {
        check(&stream, &chunks, limit);
    }
    write_and_read(&seen);
}

/// The stream in one piece, cut, and byte by byte, held against the standard.
fn check(stream: &[u8], chunks: &[&[u8]], max_event_bytes: usize) -> Seen {
    let decoder = || Decoder::with_limits(Limits { max_event_bytes }).with_last_event_id(FIRST_ID);
    let whole = decode(decoder(), [stream]);
    assert_eq!(decode(decoder(), chunks.iter().copied()), whole, "cut, limit {max_event_bytes}");
    assert_eq!(decode(decoder(), stream.chunks(1)), whole, "bytes, limit {max_event_bytes}");
    let events = decode_events(decoder(), chunks.iter().copied());
    assert_eq!(events.iter().collect::<Vec<_>>(), whole.events(), "events alone");
    let expected = reference::decode(stream, FIRST_ID, max_event_bytes);
    let decoder = || decoder().with_strays();
    assert_eq!(decode(decoder(), [stream]), expected, "strays, limit {max_event_bytes}");
    assert_eq!(decode(decoder(), chunks.iter().copied()), expected, "strays, cut");
    assert_eq!(decode(decoder(), stream.chunks(1)), expected, "strays, bytes");
    let content = decode_content(decoder(), chunks.iter().copied());
    assert_eq!(content.iter().collect::<Vec<_>>(), expected.content(), "content alone");
    assert_eq!(whole, expected.without_strays(), "the standard, limit {max_event_bytes}");
    whole
}

/// Writes what a stream showed; what is read from that is the same.
fn write_and_read(seen: &Seen) {
    let (mut encoder, mut stream) = (Encoder::new(), String::new());
    for item in &seen.items {
        match item {
            Shown::Event { event_type, data, id } => encoder
                .event(&Event { event_type, data, id }, &mut stream)
                .expect("what was read can be written"),
            Shown::Comment(text) => encoder.comment(text, &mut stream),
            Shown::Retry(milliseconds) => encoder.retry(*milliseconds, &mut stream),
            Shown::TooLarge => panic!("the input is smaller than the default limit"),
            Shown::NoData { .. } | Shown::Line(_) => panic!("nobody asked for {item:?}"),
        }
    }
    let again = decode(Decoder::new(), [stream.as_bytes()]);
    assert_eq!(again.items, seen.items, "written as {stream:?}");
    assert_eq!((again.pending, again.within_line), (None, false));
}
