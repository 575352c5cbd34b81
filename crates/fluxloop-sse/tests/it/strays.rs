//! What the standard discards, for those who ask for it.

use fluxloop_sse::{Decoder, Item, Limits};
use proptest::prelude::*;

use crate::seen::events;

/// What a decoder with strays shows of a stream that comes in pieces of so many bytes.
fn strays(stream: &[u8], piece: usize) -> Vec<String> {
    let mut decoder = Decoder::new().with_strays();
    let mut shown = Vec::new();
    for chunk in stream.chunks(piece) {
        let mut events = decoder.feed(chunk);
        while let Some(item) = events.next_content() {
            shown.push(match item.expect("the stream is small") {
                Item::Event(event) => format!("event {}: {}", event.event_type, event.data),
                Item::NoData(event) => format!("no data {}{}", event.event_type, event.data),
                Item::Line(line) => format!("line {line}"),
                item => panic!("{item:?} is not content"),
            });
        }
    }
    shown.extend(decoder.finish().line.map(|line| format!("last line {line}")));
    shown
}

#[track_caller]
fn check(stream: &str, expected: &[&str]) {
    for piece in [stream.len(), 1, 2, 3, 7] {
        assert_eq!(strays(stream.as_bytes(), piece), expected, "in pieces of {piece} bytes");
    }
}

#[test]
fn an_event_without_data_is_shown() {
    check("event: end\n\nevent: a\r\ndata: b\r\n\r\n", &["no data end", "event a: b"]);
}

#[test]
fn an_event_without_type_and_data_is_not_shown() {
    check("id: 1\n\nevent: a\nevent:\n\n\n", &[]);
}

#[test]
fn a_line_that_sets_no_field_is_shown() {
    let stream = "event: a\nname: x\ndata: 1\n{\"b\": 2}\ndata: 3\n\nétat";
    check(stream, &["line name: x", "line {\"b\": 2}", "event a: 1\n3", "last line état"]);
}

#[test]
fn a_name_without_a_value_is_not_shown() {
    check("message:\nmessage: \ndata: x\n\nmessage:", &["event message: x"]);
}

#[test]
fn nothing_is_shown_unasked() {
    let stream = b"event: end\n\nname: x\n\nlast";
    let mut decoder = Decoder::new();
    assert_eq!(decoder.feed(stream).next_content(), None);
    assert_eq!(decoder.finish().line, None);
}

#[test]
fn a_line_that_sets_no_field_has_a_limit() {
    let mut decoder = Decoder::with_limits(Limits { max_event_bytes: 4 }).with_strays();
    let mut events = decoder.feed(b"1234\n12345\n");
    assert_eq!(events.next_content(), Some(Ok(Item::Line("1234"))));
    assert!(matches!(events.next_content(), Some(Err(_))));
    assert_eq!(events.next_content(), None);
}

proptest! {
    #[test]
    fn strays_change_no_event(
        lines in prop::collection::vec("(event|data|id|name)?:? ?[a-c]{0,2}", 0..20),
        piece in 1_usize..20,
    ) {
        let stream = lines.join("\n");
        let plain = events(Decoder::new(), stream.as_bytes().chunks(piece));
        let asked = events(Decoder::new().with_strays(), stream.as_bytes().chunks(piece));
        prop_assert_eq!(plain, asked);
        let whole = strays(stream.as_bytes(), stream.len().max(1));
        prop_assert_eq!(strays(stream.as_bytes(), piece), whole);
    }
}
