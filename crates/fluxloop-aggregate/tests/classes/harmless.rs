//! A member `error` that means nothing, or means a part, does not end the answer.

use crate::{check, data, events, json, jsonl, lines, named, sse, sse_of, whole};

#[test]
fn empty_errors_mean_nothing() {
    for empty in [
        "null",
        "false",
        "0",
        "0.0",
        "\"\"",
        "\" \"",
        "{}",
        "[]",
        "[ ]",
        "\"none\"",
        "\"None\"",
        "\"null\"",
        r#"{"code": 0}"#,
        r#"{"code": 0, "message": "ok"}"#,
        r#"{"code": "0"}"#,
        r#"{"code": 0, "message": "", "details": []}"#,
        r#"{"message": null}"#,
        "\"0\"",
        "\"ok\"",
        "\"false\"",
        r#"{"code": 200, "message": "OK"}"#,
        r#"{"code": "success", "message": "fine"}"#,
        r#"{"type": "none", "message": "none"}"#,
        r#"{"code": null, "message": ""}"#,
        r#"{"code": "", "message": ""}"#,
    ] {
        let first = format!(r#"{{"delta": "All", "error": {empty}}}"#);
        let second = format!(r#"{{"error": {empty}, "delta": " well"}}"#);
        check(&sse("delta"), &events(&[&first, &second, "[DONE]"]), "succeeded \"All well\"");
        check(&jsonl("delta"), &lines(&[&first, &second]), "succeeded \"All well\"");
        check(&json("delta"), &format!("[{first}, {second}]"), "succeeded \"All well\"");
        check(&whole("delta"), &first, "succeeded \"All\"");
    }
}

#[test]
fn other_errors_mean_something() {
    for (error, words) in [
        ("true", "the provider gives no reason"),
        ("1", "1"),
        ("\"no\"", "no"),
        (r#"["no"]"#, r#"["no"]"#),
        (r#"{"code": 1}"#, r#"1: {"code": 1}"#),
        (r#"{"code": "E0", "message": "no"}"#, "E0: no"),
        (r#"{"message": "no"}"#, "no"),
    ] {
        let frame = format!(r#"{{"delta": "Half", "error": {error}}}"#);
        check(&sse("delta"), &events(&[&frame]), &format!("api_error ({words}) \"Half\""));
    }
}

#[test]
fn errors_in_left_out_frames_are_noted() {
    let tool = named("tool_end", r#"{"name": "find", "error": "no such file"}"#);
    let text = named("answer", r#"{"text": "Found it."}"#);
    let rules = sse_of("answer", "text");
    let noted = "succeeded \"Found it.\", warns failure_in_success";
    check(&rules, &(tool.clone() + &text), noted);
    check(&rules, &(tool.clone() + &text + &named("done", "{}")), noted);
    check(&rules, &(text.clone() + &tool + &named("done", "{}")), noted);
    check(&rules, &(text.clone() + &tool), "api_error (no such file) \"Found it.\"");
    check(&rules, &tool, "api_error (no such file) \"\"");
    check(&rules, &(tool + &data("[DONE]")), "api_error (no such file) \"\"");
}

#[test]
fn errors_in_frames_typed_by_data_are_noted() {
    let tool = r#"{"type": "tool_end", "error": {"message": "no such file"}}"#;
    let text = r#"{"type": "answer", "text": "Found it."}"#;
    let rules = sse_of("answer", "text");
    let noted = "succeeded \"Found it.\", warns failure_in_success";
    check(&rules, &events(&[tool, text]), noted);
    check(&rules, &events(&[text, tool, "[DONE]"]), noted);
    check(&rules, &events(&[text, tool]), "api_error (no such file) \"Found it.\"");
    let untyped = r#"{"error": {"message": "no such file"}}"#;
    check(&rules, &events(&[untyped, text]), "api_error (no such file) \"\"");
}

#[test]
fn a_nested_error_is_not_one_of_the_answer() {
    for frame in [
        r#"{"result": {"error": "no such file"}}"#,
        r#"{"tool": {"name": "find", "error": "no such file"}}"#,
        r#"{"delta": "", "meta": {"errors": ["x"]}}"#,
        r#"{"errors": []}"#,
    ] {
        let body = events(&[r#"{"delta": "All"}"#, frame, r#"{"delta": " well"}"#]);
        check(&sse("delta"), &body, "succeeded \"All well\"");
    }
}
