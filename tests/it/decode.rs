//! `fluxloop decode`: what a stream holds, and what a run would take from it.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Finished, Project};

/// Decodes these bytes from standard input.
fn decode(args: &[&str], stream: &[u8]) -> Finished {
    let project = Project::empty();
    let mut child = project
        .command(&[&["decode"], args].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A decoder that gives up at its limit reads no further.
    let _ = stdin.write_all(stream);
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    Finished {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn lines(finished: &Finished) -> Vec<Value> {
    finished.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[track_caller]
fn check_lines(args: &[&str], stream: &str, expected: &Value) {
    let finished = decode(args, stream.as_bytes()).exits(0);
    assert_eq!(&Value::from(lines(&finished)), expected);
}

#[track_caller]
fn check_text(args: &[&str], stream: &str, expected: &str) {
    assert_eq!(decode(args, stream.as_bytes()).exits(0).stdout, expected);
}

const STREAM: &str = "event: delta\ndata: {\"t\": \"Hel\"}\n\n: ping\n\nid: 7\nevent: delta\n\
                      data: {\"t\": \"lo\"}\n\ndata: {\"t\": \"no\"}\n\nretry: 250\n\
                      data: [DONE]\n\ndata: cut";

#[test]
fn one_line_per_event_and_one_for_the_end() {
    let expected = json!([
        {"event": "delta", "data": "{\"t\": \"Hel\"}", "id": ""},
        {"event": "delta", "data": "{\"t\": \"lo\"}", "id": "7"},
        {"event": "message", "data": "{\"t\": \"no\"}", "id": "7"},
        {"event": "message", "data": "[DONE]", "id": "7"},
        {"end": {"last_event_id": "7", "retry_ms": 250, "pending": true}},
    ]);
    for cut in [&[] as &[&str], &["--cut", "1"], &["--cut", "7"]] {
        check_lines(cut, STREAM, &expected);
    }
}

#[test]
fn a_filter_and_a_path_show_what_a_run_would_take() {
    let expected = json!([
        {"event": "delta", "data": "{\"t\": \"Hel\"}", "id": "", "text": "Hel"},
        {"event": "delta", "data": "{\"t\": \"lo\"}", "id": "7", "text": "lo"},
        {"end": {"last_event_id": "7", "retry_ms": 250, "pending": true}},
    ]);
    check_lines(&["--event", "delta", "--path", "t"], STREAM, &expected);
}

#[test]
fn an_empty_text_is_found_and_null_is_not() {
    let stream = "data: {\"t\": \"\"}\n\ndata: {\"t\": null}\n\ndata: [DONE]\n\n";
    let finished = decode(&["--path", "$.t"], stream.as_bytes()).exits(0);
    let texts: Vec<_> = lines(&finished).iter().map(|line| line["text"].clone()).collect();
    assert_eq!(texts, [json!(""), json!(null), json!(null), json!(null)]);
}

#[test]
fn text_alone_is_the_joined_text() {
    check_text(&["--path", "t", "--event", "delta", "--text"], STREAM, "Hello");
    check_text(&["--text"], "data: a\n\ndata:  b \n\n", "a b ");
}

#[test]
fn an_id_can_be_brought_along() {
    let expected = json!([
        {"event": "message", "data": "x", "id": "41"},
        {"end": {"last_event_id": "41", "retry_ms": null, "pending": false}},
    ]);
    check_lines(&["--last-event-id", "41"], "data: x\n\n", &expected);
}

#[test]
fn a_file_is_read_and_a_bad_path_is_told() {
    let project = Project::empty().file("stream.sse", STREAM);
    project
        .fluxloop(&["decode", "stream.sse", "--path", "t", "--event", "delta", "--text"])
        .exits(0)
        .says(&["Hello"]);
    project.fluxloop(&["decode", "--path", "t[", "stream.sse"]).exits(2).says(&["--path"]);
    project.fluxloop(&["decode", "nothing.sse"]).exits(1).says(&["nothing.sse"]);
}

#[test]
fn an_endless_event_ends_at_the_limit() {
    let endless = format!("data: {}", "x".repeat(17 << 20));
    decode(&[], endless.as_bytes()).exits(1).says(&["larger than", "blank line"]);
}

#[test]
fn an_error_inside_the_stream_is_told_whenever_text_is_taken() {
    let stream = "data: a\n\nevent: error\ndata: {\"error\": {\"message\": \"overloaded\"}}\n\n";
    for args in [&["--text"] as &[&str], &["--path", "t"], &["--path", "t", "--text"]] {
        let finished = decode(args, stream.as_bytes()).exits(0);
        assert!(finished.stderr.contains("overloaded"), "{args:?}: {}", finished.stderr);
    }
    assert_eq!(decode(&[], stream.as_bytes()).exits(0).stderr, "", "it is an event like others");
}
