//! What a body looks like.

use fluxloop_frames::{Recognized, recognized};

/// A body that looks the same when its beginning is cut after this many bytes or later.
#[track_caller]
fn check(body: &[u8], from: usize, expected: Option<Recognized>) {
    for end in from..=body.len() {
        let beginning = String::from_utf8_lossy(&body[..end]).into_owned();
        assert_eq!(recognized(&body[..end]), expected, "{beginning:?}");
    }
}

#[test]
fn a_field_or_a_comment_is_an_event_stream() {
    check(b"\xEF\xBB\xBF\ndata: {}\n\n", 9, Some(Recognized::EventStream));
    check(b": ping\n\n", 1, Some(Recognized::EventStream));
}

#[test]
fn two_documents_on_lines_are_json_lines() {
    check(b"{\"a\": 1}\r\n{\"a\": ", 11, Some(Recognized::JsonLines));
    check(b"[1]\n[2]\n", 5, Some(Recognized::JsonLines));
    check(b"\"a\"\n\"b\"\n", 5, Some(Recognized::JsonLines));
}

#[test]
fn an_array_is_a_json_array() {
    check(b"[{\"a\": \"\xC3\xA9\"},\n{\"a\": 2}]\n", 1, Some(Recognized::JsonArray));
}

#[test]
fn an_object_is_json() {
    check(b"{\n}\n{\n}\n", 1, Some(Recognized::Json));
    check(b"{\"a\": 1}\nthe end", 1, Some(Recognized::Json));
    check(b"{\n  \"a\": 1\n}\n", 1, Some(Recognized::Json));
    check(b"{\"a\": 1}{\"a\": 2}\n", 1, Some(Recognized::Json));
}

#[test]
fn a_page_is_html() {
    check(b"\n<!DOCTYPE html>\n<html>", 15, Some(Recognized::Html));
    check(b"<html lang=\"en\">", 5, Some(Recognized::Html));
}

#[test]
fn a_code_before_json_is_a_vercel_data_stream() {
    check(b"0:\"Hello\"\n0:\" there\"\n", 3, Some(Recognized::VercelDataStream));
    check(b"f:{\"messageId\":\"a\"}\n", 3, Some(Recognized::VercelDataStream));
    check(b"2:[{}]\n", 3, Some(Recognized::VercelDataStream));
}

#[test]
fn a_prelude_with_its_checksum_is_a_bedrock_event_stream() {
    let message = b"\x00\x00\x00\x10\x00\x00\x00\x00\x05\xC2\x48\xEB\x7D\x98\xC8\xFF";
    check(message, 12, Some(Recognized::BedrockEventStream));
    check(b"\x00\x00\x00\x10\x00\x00\x00\x00\x05\xC2\x48\xEC", 12, None);
}

#[test]
fn everything_else_is_text() {
    check("Hello, \u{e9}".as_bytes(), 1, Some(Recognized::Text));
    check(b"[INFO] it starts", 2, Some(Recognized::Text));
    check(b"\"Hello\", she said", 1, Some(Recognized::Text));
    check(b"12:30", 1, Some(Recognized::Text));
}

#[test]
fn blank_and_binary_bodies_are_not_recognized() {
    check(b"", 0, None);
    check(b" \r\n", 0, None);
    check(b"\x1F\x8B\x08\x00", 2, None);
    check(b"abc\0", 4, None);
}
