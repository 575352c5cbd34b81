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
        {"end": {"framing": "sse", "last_event_id": "7", "retry_ms": 250, "pending": true}},
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
        {"end": {"framing": "sse", "last_event_id": "7", "retry_ms": 250, "pending": true}},
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
        {"end": {"framing": "sse", "last_event_id": "41", "retry_ms": null, "pending": false}},
    ]);
    check_lines(&["--last-event-id", "41"], "data: x\n\n", &expected);
}

#[test]
fn a_file_is_read_and_a_bad_path_is_reported() {
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
fn an_error_inside_the_stream_is_a_warning() {
    let stream = "data: a\n\nevent: error\ndata: {\"error\": {\"message\": \"overloaded\"}}\n\n";
    for args in [&["--text"] as &[&str], &["--path", "t"], &["--path", "t", "--text"]] {
        let finished = decode(args, stream.as_bytes()).exits(0);
        assert!(finished.stderr.contains("overloaded"), "{args:?}: {}", finished.stderr);
    }
    assert_eq!(decode(&[], stream.as_bytes()).exits(0).stderr, "", "it is an event like others");
}

/// Decodes bytes that are not what the arguments say.
#[track_caller]
fn check_refused(args: &[&str], stream: &str, message: &str, hint: &str) {
    let finished = decode(args, stream.as_bytes()).exits(1);
    let expected = format!("error: {message}\n\nhint: {hint}\n");
    assert_eq!(finished.stderr, expected);
}

/// Decodes an answer in pieces of some sizes; nothing is said on standard error.
#[track_caller]
fn check_answer(args: &[&str], stream: &str, expected: &[Value]) {
    for cut in [&[] as &[&str], &["--cut", "1"], &["--cut", "7"]] {
        let finished = decode(&[args, cut].concat(), stream.as_bytes()).exits(0);
        assert_eq!(lines(&finished), expected, "{cut:?}");
        assert_eq!(finished.stderr, "");
    }
}

const OLLAMA: &str = "{\"model\": \"m\", \"message\": {\"content\": \"Hi\"}, \"done\": false}\n\
                      {\"message\": {\"content\": \" you\"}, \"done\": true, \
                      \"done_reason\": \"stop\", \"eval_count\": 2, \"prompt_eval_count\": 3}\n";

#[test]
fn a_schema_brings_its_framing() {
    check_text(&["--schema", "ollama", "--text"], OLLAMA, "Hi you");
}

#[test]
fn frames_of_json_lines_have_no_ids() {
    let stream = "{\"type\": \"a\", \"t\": \"x\"}\n[1]\n{\"cut";
    let expected = [
        json!({"data": "{\"type\": \"a\", \"t\": \"x\"}", "types": ["a"]}),
        json!({"data": "[1]"}),
        json!({"end": {"framing": "jsonl", "pending": true}}),
    ];
    for framing in ["jsonl", "auto"] {
        check_answer(&["--stream", framing], stream, &expected);
    }
}

#[test]
fn every_framing_is_read() {
    let data = |json: &str| json!({"data": json});
    let end = |framing: &str| json!({"end": {"framing": framing, "pending": false}});
    let array = "[{\"a\": 1},\n{\"a\": 2}]";
    let elements = [data("{\"a\": 1}"), data("{\"a\": 2}"), end("json")];
    check_answer(&["--stream", "json"], array, &elements);
    check_answer(&["--stream", "none"], array, &[data(array), end("none")]);
    check_lines(&["--stream", "text"], "Hello", &json!([data("Hello"), end("text")]));
}

#[test]
fn events_without_data_and_stray_lines_are_frames() {
    let stream = "event: end\n\nmessage: x\n\n";
    let expected = [
        json!({"event": "end"}),
        json!({"line": "message: x"}),
        json!({"end": {"framing": "sse", "last_event_id": "", "retry_ms": null, "pending": false}}),
    ];
    check_answer(&[], stream, &expected);
}

#[test]
fn a_type_in_the_data_passes_the_filter() {
    let stream = "data: {\"type\": \"text-a\", \"d\": \"Hel\"}\n\n\
                  data: {\"type\": \"other\", \"d\": \"no\"}\n\n\
                  data: {\"type\": \"text-b\", \"d\": \"lo\"}\n\n";
    check_text(&["--event", "text-*", "--path", "d", "--text"], stream, "Hello");
    let frames = decode(&["--event", "other", "--path", "d"], stream.as_bytes()).exits(0);
    assert_eq!(lines(&frames)[0]["text"], "no");
}

#[test]
fn channels_are_what_a_run_keeps() {
    let stream = "data: {\"model\": \"m\", \"choices\": [{\"delta\": {\"reasoning_content\": \"Hm\"}}]}\n\n\
                  data: {\"choices\": [{\"delta\": {\"content\": \"Hel\"}}]}\n\n\
                  data: {\"choices\": [{\"delta\": {\"content\": \"lo\"}}]}\n\n\
                  data: {\"choices\": [{\"delta\": {\"tool_calls\": [{\"index\": 0, \"id\": \"c\", \
                  \"function\": {\"name\": \"f\", \"arguments\": \"{}\"}}]}, \
                  \"finish_reason\": \"tool_calls\"}]}\n\n\
                  data: {\"usage\": {\"prompt_tokens\": 14, \"completion_tokens\": 2}}\n\n\
                  data: [DONE]\n\n";
    let expected = [
        json!({"channel": "text", "text": "Hello"}),
        json!({"channel": "reasoning", "text": "Hm"}),
        json!({"tool_call": {"id": "c", "name": "f", "arguments": "{}"}}),
        json!({"usage": {"input": 14, "output": 2, "total": 16}}),
        json!({"finish_reason": "tool_calls"}),
        json!({"model": "m"}),
        json!({"outcome": "succeeded"}),
    ];
    check_answer(&["--schema", "openai-chat", "--channels"], stream, &expected);
}

/// Decodes a stream by a schema in a file.
#[track_caller]
fn check_file(schema: &str, args: &[&str], stream: &str, expected: &str) {
    let project = Project::empty().file("mine.yaml", schema).file("stream", stream);
    let args = [&["decode", "stream", "--schema", "./mine.yaml"], args].concat();
    assert_eq!(project.fluxloop(&args).exits(0).stdout, expected);
}

#[test]
fn groups_items_and_captures_have_their_lines() {
    let schema = "framing: jsonl\n\
                  text: {path: t, group: id}\n\
                  channels: {links: {path: l, join: list}}\n\
                  captures: {thread: th}\n\
                  server_timings: {load: {path: ms, unit: ms}}\n";
    let stream = "{\"id\": \"a\", \"t\": \"x\", \"l\": \"u1\", \"th\": 7, \"ms\": 1.5}\n\
                  {\"id\": \"b\", \"t\": \"y\", \"l\": \"u2\"}\n";
    let expected = "{\"channel\":\"text\",\"text\":\"x\",\"group\":[\"a\"]}\n\
                    {\"channel\":\"text\",\"text\":\"y\",\"group\":[\"b\"]}\n\
                    {\"channel\":\"links\",\"text\":\"u1\"}\n\
                    {\"channel\":\"links\",\"text\":\"u2\"}\n\
                    {\"captures\":{\"thread\":7}}\n\
                    {\"server_timings_ms\":{\"load\":1.5}}\n\
                    {\"outcome\":\"succeeded\"}\n";
    check_file(schema, &["--channels"], stream, expected);
}

#[test]
fn a_failed_answer_was_read_right() {
    let stream = "data: {\"choices\": [{\"delta\": {\"content\": \"a\"}}]}\n\n\
                  data: {\"error\": {\"message\": \"overloaded\"}}\n\n";
    let args = ["--schema", "openai-chat", "--channels"];
    let finished = decode(&args, stream.as_bytes()).exits(0);
    let outcome = &lines(&finished)[1];
    assert_eq!(
        (&outcome["outcome"], &outcome["error"]["kind"]),
        (&json!("failed"), &json!("api_error"))
    );
}

#[test]
fn a_warning_has_its_code() {
    let schema = "framing: jsonl\ntext: {path: t, join: replace}\n";
    let stream = "{\"t\": \"Hello wrld\"}\n{\"t\": \"Hello world\"}\n";
    let project = Project::empty().file("mine.yaml", schema).file("stream", stream);
    let args = ["decode", "stream", "--schema", "./mine.yaml", "--channels"];
    let found = lines(&project.fluxloop(&args).exits(0));
    assert_eq!(found[1]["warning"]["code"], "not_a_continuation");
    assert_eq!(found[1]["warning"]["count"], 1);
}

#[test]
fn changed_text_is_printed_again_on_a_new_line() {
    let schema = "framing: jsonl\ntext: {path: t, join: replace}\n";
    let stream = "{\"t\": \"Hel\"}\n{\"t\": \"Hello wrld\"}\n{\"t\": \"Hello world\"}\n";
    check_file(schema, &["--text"], stream, "Hello wrld\nHello world");
    // A text that only grows is not repeated.
    let stream = "{\"t\": \"Hel\"}\n{\"t\": \"Hello\"}\n";
    check_file(schema, &["--text"], stream, "Hello");
}

#[test]
fn text_that_only_the_end_repeats_is_printed() {
    let schema = "framing: jsonl\ntext: t\nfinal_text: {path: whole}\n";
    check_file(schema, &["--text"], "{\"whole\": \"Hello\"}\n", "Hello");
}

#[test]
fn an_explanation_names_rules_and_values() {
    let expected = "1 message\n  model <- model: \"m\"\n  text <- message.content: \"Hi\"\n\
                    2 message\n  usage.input <- prompt_eval_count: 3\n  usage.output <- eval_count: 2\n  \
                    finish_reason <- done_reason: \"stop\"\n  text <- message.content: \" you\"\n  \
                    end <- {path: done, equals: true}\n";
    for cut in ["1", "100"] {
        check_text(&["--schema", "ollama", "--explain", "--cut", cut], OLLAMA, expected);
    }
}

#[test]
fn an_explanation_shows_types_errors_and_nothing() {
    let stream = "event: a\ndata: {\"type\": \"b\"}\n\n\
                  data: {\"type\": \"c\", \"t\": \"x\"}\n\n\
                  event: end\n\nstray line\n\n\
                  data: {\"error\": \"no\"}\n\n";
    let expected = "1 a\n  nothing\n\
                    2 c\n  text <- t: \"x\"\n\
                    3 end without data\n  nothing\n\
                    4 a line that is not a field\n  nothing\n\
                    5 message\n  error <- error: \"no\"\n  \
                    the answer fails: the answer reports an error: no\n";
    let finished = decode(&["--path", "t", "--explain"], stream.as_bytes()).exits(0);
    assert_eq!(finished.stdout, expected);
    check_text(&["--stream", "text", "--explain"], "a", "1 message\n  text <- the data: \"a\"\n");
}

#[test]
fn bytes_of_another_framing_name_the_one_that_reads_them() {
    let sse = "data: {\"t\": 1}\n\n";
    let lines = "{\"t\": 1}\n{\"t\": 2}\n";
    let (no_event, no_line) =
        ("no event came: the input ", "no line is a JSON document: the input ");
    for more in [&[] as &[&str], &["--text"], &["--explain"], &["--channels"]] {
        let refused = |stream: &str, bytes: &str, message: String, hint: &str| {
            check_refused(&[&["--stream", stream], more].concat(), bytes, &message, hint);
        };
        refused(
            "sse",
            lines,
            format!("{no_event}looks like JSON line by line"),
            "read it with `--stream jsonl`",
        );
        refused(
            "jsonl",
            sse,
            format!("{no_line}looks like an event stream"),
            "read it with `--stream sse`",
        );
        refused(
            "sse",
            "<html>",
            format!("{no_event}looks like an HTML page"),
            "check the URL that it came from",
        );
        refused("sse", "", format!("{no_event}is empty"), "check the command that writes it");
    }
}

#[test]
fn a_refusal_as_json_is_named() {
    let refusal =
        "{\"error\": {\"message\": \"Incorrect API key\", \"code\": \"invalid_api_key\"}}";
    for more in [&[] as &[&str], &["--schema", "openai-chat", "--text"], &["--channels"]] {
        check_refused(
            more,
            refusal,
            "no event came: the input is JSON, and reports an error: Incorrect API key (`invalid_api_key`)",
            "the server refused the request: check its status, the key and the body",
        );
    }
}

#[test]
fn a_path_that_never_matches_names_the_one_that_does() {
    let stream =
        "data: {\"type\": \"a\", \"x\": \"Hel\"}\n\ndata: {\"type\": \"a\", \"x\": \"lo\"}\n\n";
    for more in [&[] as &[&str], &["--text"], &["--explain"], &["--channels"]] {
        let message = "`--path` finds nothing in any frame; 2 × `message`, 2 × `a`";
        check_refused(&[&["--path", "y"], more].concat(), stream, message, "set `--path` to `x`");
    }
    check_refused(
        &["--path", "x", "--event", "b"],
        stream,
        "no frame has a type that carries text; 2 × `message`, 2 × `a`",
        "set `--path` to `x`, and `--event` to `a`",
    );
}

#[test]
fn a_stream_that_broke_off_is_no_other_framing() {
    for (args, stream) in [
        (&[] as &[&str], ": ping\n\n"),
        (&["--stream", "auto"], ": ping\n\n"),
        (&[], "data: cut"),
        (&["--stream", "json"], "{\"cut\": "),
        (&["--stream", "jsonl"], "{\"t\": 1}"),
    ] {
        assert_eq!(decode(args, stream.as_bytes()).exits(0).stderr, "");
    }
}

#[test]
fn a_wrong_schema_is_a_wrong_configuration() {
    let project = Project::empty().file("mine.yaml", "txt: a\n");
    project.fluxloop(&["decode", "--schema", "olama"]).exits(3).says(&["did you mean `ollama`"]);
    project
        .fluxloop(&["decode", "--schema", "./mine.yaml"])
        .exits(3)
        .says(&["did you mean `text`"]);
}

#[test]
fn arguments_that_exclude_each_other_are_wrong_use() {
    for args in [
        &["--text", "--channels"] as &[&str],
        &["--explain", "--text"],
        &["--stream", "xml"],
        &["--stream", "jsonl", "--last-event-id", "1"],
    ] {
        decode(args, b"").exits(2);
    }
}

/// Another frame than the end came last, and the framing says that the body is whole: perhaps the agent
/// failed.
#[test]
fn an_own_end_that_did_not_come_draws_a_warning() {
    let schema = "{text: {when: tok, path: v}, end: bye}";
    for (last, expected) in [("bye", false), ("problem", true)] {
        let stream = format!("event: tok\ndata: {{\"v\": \"a\"}}\n\nevent: {last}\ndata: {{}}\n\n");
        let project = Project::empty().file("mine.yaml", schema).file("stream", &stream);
        let args = ["decode", "stream", "--schema", "./mine.yaml", "--channels"];
        let said = project.fluxloop(&args).exits(0).stdout;
        assert_eq!(said.contains("missing_end"), expected, "{last}: {said}");
    }
}
