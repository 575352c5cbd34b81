//! Lines that are not fields, and torn ends.

use crate::{check, data, plain, sse, sse_of};

const HALF: &str = "data: {\"delta\": \"Half\"}\n\n";

#[track_caller]
fn check_line(line: &str, expected: &str) {
    check(&sse("delta"), &format!("{HALF}{line}\n\n"), expected);
    check(&sse("delta"), &format!("{HALF}{line}\n"), expected);
    check(&sse("delta"), &format!("{HALF}{line}"), expected);
}

#[test]
fn an_error_field_is_the_error_of_the_provider() {
    for (line, words) in [
        (r#"error: {"code": 400, "message": "no luck"}"#, "400: no luck"),
        (r#"error:{"message": "no luck"}"#, "no luck"),
        (r#"error: {"error": {"message": "no luck"}}"#, "no luck"),
        (r#"error: "no luck""#, "no luck"),
        (r#"Error: {"message": "no luck"}"#, "no luck"),
    ] {
        check_line(line, &format!("api_error ({words}) \"Half\""));
        check(
            &sse("delta"),
            &format!("{HALF}{line}\n\ndata: [DONE]\n\n"),
            &format!("api_error ({words}) \"Half\""),
        );
    }
}

#[test]
fn a_bare_json_error_fails_without_an_end() {
    for (line, words) in [
        (r#"{"error": {"code": 500, "message": "no luck"}}"#, "500: no luck"),
        (r#"{"type": "error", "message": "no luck"}"#, "no luck"),
        (r#"[{"error": {"code": 500, "message": "no luck"}}]"#, "500: no luck"),
        (r#"  {"error": {"code": 500, "message": "no luck"}}"#, "500: no luck"),
        (r#"{"code": 500, "message": "no luck"}"#, "500: no luck"),
        (r#"{"code": 1113, "msg": "no luck", "success": false}"#, "1113: no luck"),
        (
            "{\n  \"error\": {\n    \"code\": 500,\n    \"message\": \"no luck\"\n  }\n}",
            "500: no luck",
        ),
    ] {
        check_line(line, &format!("api_error ({words}) \"Half\""));
    }
    let line = r#"{"error": {"message": "no luck"}}"#;
    let body = format!("{HALF}{line}\n\ndata: [DONE]\n\n");
    check(&sse("delta"), &body, "succeeded \"Half\", warns lines_not_fields");
}

#[test]
fn an_error_over_several_lines_is_read() {
    let error = "{\n  \"error\": {\n    \"code\": 500,\n    \"message\": \"no luck\"\n  }\n}";
    let failed = "api_error (500: no luck) \"Half\"";
    check_line(&format!("[{error}\n]"), failed);
    check_line(&format!("[\n{error}\n]"), failed);
    check_line(&format!("502 Bad Gateway\n{error}"), failed);
    check_line(&format!("{{ torn\n{error}"), failed);
    check_line(&format!("}}\n{{}}\n{error}"), failed);
    check_line(&error.replace('\n', "\r\n"), failed);
}

#[test]
fn other_lines_are_counted() {
    let warns = "succeeded \"Half\", warns lines_not_fields";
    for line in [
        "Internal Server Error",
        "<html><body>502 Bad Gateway</body></html>",
        "error: no luck",
        "upstream connect error",
        r#"{"delta": " way"}"#,
        "dat: {}",
        "error no luck",
        "data {}",
    ] {
        check_line(line, warns);
    }
    for line in ["message:", "retry: 10", ": comment", "id:", "data", "data:", "id", "retry"] {
        check(&sse("delta"), &format!("{HALF}{line}\n\n"), "succeeded \"Half\"");
    }
}

#[test]
fn the_second_line_of_a_text_is_missed() {
    let body = "data: Roses\nare red\n\ndata: , violets\n\n";
    check(&plain(), body, "succeeded \"Roses, violets\", warns lines_not_fields");
    let body = "data: Roses\n\nare red\n\ndata: , violets\n\n";
    check(&plain(), body, "succeeded \"Roses, violets\", warns lines_not_fields");
    let body = "data: Roses:\r\nhow: red\r\n\r\n";
    check(&plain(), body, "succeeded \"Roses:\", warns lines_not_fields");
}

#[test]
fn a_torn_end_proves_nothing() {
    for (name, torn) in [
        ("done", r#"{"usage": {"#),
        ("message_stop", r#"{"type": "message_st"#),
        ("response.completed", r#"{"type": "response.completed", "resp"#),
        ("done", "[1, "),
        ("done", r#""ok"#),
        ("response.completed", "{\"a\": 1}\ndata: {\"error\": {\"message\": \"x\"}}"),
    ] {
        let body = format!("{HALF}event: {name}\ndata: {torn}\n\n");
        check(&sse("delta"), &body, "malformed \"Half\"");
        let body = format!("event: part\n{HALF}event: {name}\ndata: {torn}\n\n");
        check(&sse_of("part", "delta"), &body, "malformed \"Half\"");
    }
    for whole in ["{}", "null", "", "ok", "[DONE]", "\"[DONE]\"", "1"] {
        let body = format!("{HALF}event: done\ndata: {whole}\n\n");
        check(&sse("delta"), &body, "succeeded \"Half\"");
    }
}

#[test]
fn an_unfinished_frame_counts_if_it_is_whole() {
    let body = format!("{HALF}data: {{\"delta\": \" way\"}}");
    check(&sse("delta"), &body, "succeeded \"Half way\", warns unfinished_frame");
    check(&sse("delta"), &format!("{body}\n"), "succeeded \"Half way\", warns unfinished_frame");
    check(&sse("delta"), &format!("{body}\r"), "succeeded \"Half way\", warns unfinished_frame");
    check(
        &sse("delta"),
        &format!("{HALF}data: {{\"delta\": \" w"),
        "succeeded \"Half\", warns cut_frame",
    );
    check(
        &plain(),
        "data: Half\n\ndata: \"a way\"",
        "succeeded \"Half\\\"a way\\\"\", warns unfinished_frame",
    );
    check(&plain(), "data: Half\n\ndata: a way", "succeeded \"Half\", warns cut_frame");
    check(&sse("delta"), &format!("{HALF}data: [DONE]"), "succeeded \"Half\"");
    check(
        &sse("delta"),
        &format!("{HALF}data: {{\"error\": {{\"message\": \"no\"}}}}"),
        "api_error (no) \"Half\", warns unfinished_frame",
    );
    check(
        &sse("delta"),
        &format!("{HALF}event: error\ndata: no luck"),
        "api_error (no luck) \"Half\", warns unfinished_frame",
    );
    check(
        &sse("delta"),
        &(data("{}") + "data: {\"delta\": \"Half\"}"),
        "succeeded \"Half\", warns unfinished_frame",
    );
}
