//! JSON: documents, and the elements of arrays.

use fluxloop_frames::{Frame, Frames, Framing, Rest};

use crate::seen::{ROOMY, check as check_framing, check_too_large, cut_in_line, open_array};

#[track_caller]
fn check(body: &str, frames: &[&str], rest: Rest<'_>) {
    let frames: Vec<_> = frames.iter().map(|data| Frame::message(data)).collect();
    check_framing(Framing::Json, body.as_bytes(), &frames, rest);
}

#[test]
fn an_element_of_an_array_is_a_frame() {
    check(
        "[{\"a\": 1},\r\n{\"a\": [2]} , \"é\",[3],4, null,-5e1]\n",
        &["{\"a\": 1}", "{\"a\": [2]}", "\"é\"", "[3]", "4", "null", "-5e1"],
        Rest::Nothing,
    );
    check(" [ ] ", &[], Rest::Nothing);
}

#[test]
fn a_document_is_a_frame() {
    check("{\n  \"a\": {}\n}\n", &["{\n  \"a\": {}\n}"], Rest::Nothing);
    check("", &[], Rest::Nothing);
}

#[test]
fn documents_follow_each_other() {
    check(
        "{}{}\n\"a\" 1\ntrue {}[2,3][4]",
        &["{}", "{}", "\"a\"", "1", "true", "{}", "2", "3", "4"],
        Rest::Nothing,
    );
}

#[test]
fn an_element_does_not_wait_for_the_comma() {
    for element in ["{}", "[1]", "\"a\""] {
        let mut frames = Frames::new(Framing::Json, ROOMY);
        let body = format!("[{element}");
        let mut fed = frames.feed(body.as_bytes());
        assert_eq!(fed.next(), Some(Ok(Frame::message(element))));
    }
}

#[test]
fn brackets_and_escapes_in_strings_do_not_end_a_value() {
    let object = r#"{"}": "]\"}\\", "\\\"": "{["}"#;
    check(&format!("[{object}, {object}]"), &[object, object], Rest::Nothing);
    check(r#""\\" "\"" "{""#, &[r#""\\""#, r#""\"""#, r#""{""#], Rest::Nothing);
}

#[test]
fn nesting_has_no_limit_here() {
    let deep = "[".repeat(5_000) + &"]".repeat(5_000);
    let mut frames = Frames::new(Framing::Json, ROOMY);
    let mut fed = frames.feed(deep.as_bytes());
    assert_eq!(fed.next(), Some(Ok(Frame::message(&deep[1..deep.len() - 1]))));
    assert_eq!(fed.next(), None);
}

#[test]
fn what_may_precede_a_document_is_skipped() {
    check("\u{feff}\n\u{1e}{}\u{1e}1\u{1e}2\n", &["{}", "1", "2"], Rest::Nothing);
}

#[test]
fn a_number_may_be_the_whole_body() {
    check("42", &[], Rest::Last(Frame::message("42")));
    check("{} true", &["{}"], Rest::Last(Frame::message("true")));
}

#[test]
fn a_value_that_was_cut_is_unfinished() {
    check("{\"a\": \"}", &[], cut_in_line("{\"a\": \"}"));
    check("\"a\\\"", &[], cut_in_line("\"a\\\""));
    check("[{}, {\"a\"", &["{}"], cut_in_line("{\"a\""));
    check("[1, 2", &["1"], cut_in_line("2"));
}

#[test]
fn an_open_array_is_unfinished_without_data() {
    check("[", &[], open_array());
    check("[{},\n", &["{}"], open_array());
}

#[test]
fn what_is_not_json_is_a_frame_to_the_end_of_its_line() {
    check("<html>\n<p>\n", &["<html>", "<p>"], Rest::Nothing);
    check("[{}, oh no]\n", &["{}", "oh no]"], open_array());
    check("{} , {}", &["{}"], Rest::Last(Frame::message(", {}")));
    check("}", &[], Rest::Last(Frame::message("}")));
}

#[test]
fn bad_utf8_is_replaced() {
    let frames = [Frame::message("\"\u{fffd}\"")];
    check_framing(Framing::Json, b"\"\xFF\"\n", &frames, Rest::Nothing);
}

#[test]
fn a_value_beyond_the_limit_is_an_error() {
    check_too_large(Framing::Json, 5, "[ {}  ,  [1,2],  [1,23] , 4]", &["{}", "[1,2]"]);
    check_too_large(Framing::Json, 5, "123456", &[]);
    check_too_large(Framing::Json, 5, "<html>", &[]);
}
