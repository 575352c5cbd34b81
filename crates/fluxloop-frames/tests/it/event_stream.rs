//! Event streams, with what their standard discards.

use fluxloop_frames::{Frame, FrameKind, Framing, Rest};

use crate::seen::{check as check_framing, check_too_large};

#[track_caller]
fn check(body: &str, frames: &[Frame<'_>], rest: Rest<'_>) {
    check_framing(Framing::EventStream, body.as_bytes(), frames, rest);
}

fn no_data(event_type: &str) -> Frame<'_> {
    Frame { event_type, data: "", kind: FrameKind::NoData }
}

fn line<'a>(event_type: &'a str, data: &'a str) -> Frame<'a> {
    Frame { event_type, data, kind: FrameKind::Line }
}

#[test]
fn an_event_is_a_frame() {
    let body = "event: a\r\ndata: é\r\n\r\n: ping\n\nretry: 1\ndata: b\ndata: c\n\n";
    check(body, &[Frame::new("a", "é"), Frame::message("b\nc")], Rest::Nothing);
}

#[test]
fn an_event_that_was_cut_is_unfinished() {
    let frame = Frame::new("a", "b");
    let rest = |is_line_whole| Rest::Unfinished { frame, is_line_whole };
    check("event: a\ndata: b\n", &[], rest(true));
    check("event: a\ndata: b", &[], rest(false));
}

#[test]
fn an_event_without_data_is_a_frame_of_its_kind() {
    let frames = [no_data("ping"), Frame::new("a", "b"), no_data("end")];
    check("event: ping\n\nevent: a\ndata: b\n\nevent: end\r\n\r\n", &frames, Rest::Nothing);
}

#[test]
fn an_unfinished_event_without_data_is_of_its_kind() {
    let rest = Rest::Unfinished { frame: no_data("end"), is_line_whole: true };
    check("event: end\n", &[], rest);
}

#[test]
fn an_event_with_empty_data_has_data() {
    check("event: a\ndata:\n\n", &[Frame::new("a", "")], Rest::Nothing);
}

#[test]
fn an_event_without_type_and_data_is_no_frame() {
    check("id: 1\n\nevent:\n\n\n\nevent: a\nevent:\n\n", &[], Rest::Nothing);
}

#[test]
fn a_line_that_sets_no_field_is_a_frame_of_its_kind() {
    let body = "{\"error\": \"é\"}\nmessage: x\r\nplain text\n\ndata: y\n\n";
    let frames = [
        line("", "{\"error\": \"é\"}"),
        line("message", "message: x"),
        line("", "plain text"),
        Frame::message("y"),
    ];
    check(body, &frames, Rest::Nothing);
}

#[test]
fn a_line_within_an_event_comes_before_the_event() {
    let frames = [line("name", "name: x"), Frame::new("a", "1\n2")];
    check("event: a\ndata: 1\nname: x\ndata: 2\n\n", &frames, Rest::Nothing);
}

#[test]
fn comments_and_fields_without_a_value_are_not_frames() {
    check(
        "message:\n: x\nmessage: \n  \nid: \0\nretry: x\ndata: y\n\n",
        &[Frame::message("y")],
        Rest::Nothing,
    );
}

#[test]
fn a_last_line_without_an_end_is_a_frame() {
    check("{\"error\": 1}", &[], Rest::Last(line("", "{\"error\": 1}")));
    check("message:", &[], Rest::Nothing);
}

#[test]
fn a_stray_line_does_not_hide_an_unfinished_event() {
    let rest = Rest::Unfinished { frame: Frame::message("x"), is_line_whole: false };
    check("data: x\nstray", &[], rest);
}

#[test]
fn an_event_beyond_the_limit_is_an_error() {
    check_too_large(Framing::EventStream, 9, "data: 1\n\ndata: 2345\n\n", &["1"]);
}
