//! Bodies whose framing their first line decides.

use fluxloop_frames::{Frame, Frames, Framing, Rest};

use crate::seen::{Owned, ROOMY, Seen, check_cuts, cut, cut_in_line, open_array};

#[track_caller]
fn check(body: &str, framing: Framing, frames: &[&str], rest: Rest<'_>) {
    let frames = frames.iter().map(|data| Owned::from(Frame::message(data))).collect();
    let expected = Seen { frames, rest: rest.into(), error: None, framing: Some(framing) };
    check_cuts(|| Frames::sniff(ROOMY), body.as_bytes(), &expected);
}

/// As `check`, for a body whose frames are what each read brought.
#[track_caller]
fn check_text(body: &str) {
    for piece in 1..=body.len().max(1) {
        let seen = cut(Frames::sniff(ROOMY), body.as_bytes().chunks(piece));
        let text: String = seen.frames.iter().map(|frame| frame.data.as_str()).collect();
        assert_eq!((text.as_str(), seen.framing), (body, Some(Framing::Text)), "by {piece} bytes");
    }
}

#[test]
fn a_field_decides_for_an_event_stream() {
    check("\u{feff}data: a\n\ndata: b\n\n", Framing::EventStream, &["a", "b"], Rest::Nothing);
    check(": hello\n\ndata: a\n\n", Framing::EventStream, &["a"], Rest::Nothing);
}

#[test]
fn a_document_on_a_line_decides_for_json_lines() {
    check("{\"a\": 1}\n{\"a\": 2}\n", Framing::Lines, &["{\"a\": 1}", "{\"a\": 2}"], Rest::Nothing);
    check("\n[1]\nx\n", Framing::Lines, &["[1]", "x"], Rest::Nothing);
}

#[test]
fn a_document_over_several_lines_decides_for_json() {
    check("[{\"a\": 1},\n{\"a\": 2}]", Framing::Json, &["{\"a\": 1}", "{\"a\": 2}"], Rest::Nothing);
    check("{\n\"a\": 1}\n", Framing::Json, &["{\n\"a\": 1}"], Rest::Nothing);
}

#[test]
fn everything_else_is_text() {
    for body in ["Hello", "data", "eve\nning", "\"Yes\", she said.", "\n\n", "", "Hé\n{}\n"] {
        check_text(body);
    }
}

#[test]
fn text_is_lent_as_soon_as_it_cannot_be_anything_else() {
    let mut frames = Frames::sniff(ROOMY);
    assert_eq!(frames.feed(b"d").next(), None);
    assert_eq!(frames.framing(), None);
    assert_eq!(frames.feed(b"o").next(), Some(Ok(Frame::message("do"))));
    assert_eq!(frames.framing(), Some(Framing::Text));
}

#[test]
fn the_end_of_a_short_body_decides() {
    let last = Rest::Last(Frame::message("{\"a\": 1}"));
    check("{\"a\": 1}", Framing::Lines, &[], last);
    check("{\"a\": ", Framing::Json, &[], cut_in_line("{\"a\": "));
    check("{}{}", Framing::Json, &["{}", "{}"], Rest::Nothing);
    check("[{}, {}, ", Framing::Json, &["{}", "{}"], open_array());
}

#[test]
fn a_long_first_line_is_decided_by_its_beginning() {
    let long = "x".repeat(5_000);
    let object = format!("{{\"a\": \"{long}\"}}");
    let body = format!("{object}\n{object}\n");
    check(&body, Framing::Json, &[&object, &object], Rest::Nothing);
    check_long_text(&format!("\"{long}\"\n"));
    check_long_text(&" ".repeat(5_000));
}

#[test]
fn a_long_first_line_is_decided_before_it_ends() {
    let mut frames = Frames::sniff(ROOMY);
    let body = format!("[{{}}, \"{}", "x".repeat(5_000));
    let (start, rest) = body.as_bytes().split_at(4_095);
    assert_eq!(frames.feed(start).next(), None);
    assert_eq!(frames.feed(&rest[..1]).next(), Some(Ok(Frame::message("{}"))));
    assert_eq!(frames.framing(), Some(Framing::Json));
}

#[track_caller]
fn check_long_text(body: &str) {
    for piece in [1, 4_095, 4_096, 4_097, body.len()] {
        let seen = cut(Frames::sniff(ROOMY), body.as_bytes().chunks(piece));
        let text: String = seen.frames.iter().map(|frame| frame.data.as_str()).collect();
        assert_eq!(seen.framing, Some(Framing::Text), "by {piece} bytes");
        assert!(text == body, "by {piece} bytes");
    }
}
