//! A whole body as one frame.

use fluxloop_frames::{Frame, Frames, Framing, Rest};

use crate::seen::check;

#[test]
fn a_whole_body_is_its_last_frame() {
    let body = "data: é\n\n";
    check(Framing::Whole, body.as_bytes(), &[], Rest::Last(Frame::message(body)));
}

#[test]
fn a_whole_body_replaces_bad_utf8() {
    check(Framing::Whole, b"a\xFF", &[], Rest::Last(Frame::message("a\u{fffd}")));
}

#[test]
fn a_whole_body_shows_what_came_so_far() {
    let mut frames = Frames::new(Framing::Whole, 0);
    assert_eq!(frames.feed(b"a\xFF").next(), None);
    assert_eq!(frames.so_far(), b"a\xFF");
}
