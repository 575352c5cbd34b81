//! JSON lines.

use fluxloop_frames::{Frame, Framing, Rest};

use crate::seen::{check as check_framing, check_too_large, cut_in_line};

#[track_caller]
fn check(body: &str, frames: &[&str], rest: Rest<'_>) {
    let frames: Vec<_> = frames.iter().map(|data| Frame::message(data)).collect();
    check_framing(Framing::Lines, body.as_bytes(), &frames, rest);
}

#[test]
fn a_line_is_a_frame() {
    check("{\"a\": \"é\\n\"}\n[1]\n\"x\"\n", &["{\"a\": \"é\\n\"}", "[1]", "\"x\""], Rest::Nothing);
}

#[test]
fn crlf_ends_a_line_too() {
    check("{}\r\n[]\r\n", &["{}", "[]"], Rest::Nothing);
}

#[test]
fn blank_lines_are_skipped() {
    check("\n\r\n{}\n \t\n\n[]\n\n", &["{}", "[]"], Rest::Nothing);
    check("", &[], Rest::Nothing);
    check(" \r\n ", &[], Rest::Nothing);
}

#[test]
fn what_may_precede_a_document_is_skipped() {
    check("\u{feff}{}\n\u{1e}[]\n  1\n", &["{}", "[]", "1"], Rest::Nothing);
    check("\u{feff}\n{}\n", &["{}"], Rest::Nothing);
}

#[test]
fn a_line_that_is_not_json_is_a_frame() {
    check("{\"a\": \ndata: x\n", &["{\"a\":", "data: x"], Rest::Nothing);
}

#[test]
fn a_last_document_needs_no_line_end() {
    check("{}\n{\"a\": 1}", &["{}"], Rest::Last(Frame::message("{\"a\": 1}")));
    check("{}\r", &[], Rest::Last(Frame::message("{}")));
}

#[test]
fn a_document_that_was_cut_is_unfinished() {
    check("{}\n{\"a\": ", &["{}"], cut_in_line("{\"a\":"));
    check("error", &[], cut_in_line("error"));
}

#[test]
fn bad_utf8_is_replaced() {
    let frames = [Frame::message("\"\u{fffd}\"")];
    check_framing(Framing::Lines, b"\"\xFF\"\n", &frames, Rest::Nothing);
}

#[test]
fn a_line_beyond_the_limit_is_an_error() {
    check_too_large(Framing::Lines, 3, "[1]\n[22]\n", &["[1]"]);
    check_too_large(Framing::Lines, 3, "[1]\n[222", &["[1]"]);
}
