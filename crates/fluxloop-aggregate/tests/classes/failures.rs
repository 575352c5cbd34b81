//! A failure that the stream reports is a failure, whatever it is called and wherever it stands.

use serde_json::json;

use crate::{by_schema, check, data, events, json, jsonl, lines, named, sse, sse_of, whole};

const HALF: &str = r#"{"delta": "Half"}"#;

/// A frame after half of an answer fails it in every framing.
#[track_caller]
fn check_failing(frame: &str, error: &str) {
    let expected = format!("api_error ({error}) \"Half\"");
    check(&sse("delta"), &events(&[HALF, frame]), &expected);
    check(&sse("delta"), &events(&[HALF, frame, "[DONE]"]), &expected);
    check(&jsonl("delta"), &lines(&[HALF, frame]), &expected);
    check(&json("delta"), &format!("[{HALF},\n{frame}]"), &expected);
}

#[test]
fn types_in_the_data_report_failures() {
    for name in
        ["error", "Error", "FAILED", "chat.failed", "run_error", "streamFailed", "agent/error"]
    {
        for member in ["type", "event", "event_type"] {
            check_failing(&format!(r#"{{"{member}": "{name}", "message": "no luck"}}"#), "no luck");
        }
    }
}

#[test]
fn names_of_events_report_failures() {
    for name in
        ["error", "Error", "chat.failed", "thread.run.failed", "RUN_ERROR", "StreamError", "ERROR"]
    {
        let body = data(HALF) + &named(name, r#"{"message": "no luck"}"#) + &named("done", "{}");
        check(&sse("delta"), &body, "api_error (no luck) \"Half\"");
        let body = named("part", HALF) + &named(name, "no luck");
        check(&sse_of("part", "delta"), &body, "api_error (no luck) \"Half\"");
        let body = named("part", HALF) + &format!("event: {name}\n\n");
        check(&sse_of("part", "delta"), &body, "api_error (the provider gives no reason) \"Half\"");
    }
}

#[test]
fn a_message_stands_where_providers_put_it() {
    for (members, error) in [
        (r#""last_error": {"code": 7, "msg": "no luck"}"#, "7: no luck"),
        (
            r#""last_error": {"code": "server_error", "message": "no luck"}"#,
            "server_error: no luck",
        ),
        (r#""error": "no luck at all""#, "no luck at all"),
        (r#""error": {"code": "busy", "message": "no luck"}"#, "busy: no luck"),
        (r#""errorText": "no luck""#, "no luck"),
        (r#""error_message": "no luck""#, "no luck"),
        (r#""data": {"error": "no luck at all"}"#, "no luck at all"),
        (r#""data": {"message": "no luck"}"#, "no luck"),
        (r#""data": "no luck""#, "no luck"),
        (r#""response": {"error": {"code": "busy", "message": "no luck"}}"#, "busy: no luck"),
        (r#""detail": "no luck""#, "no luck"),
        (r#""errors": [{"message": "no luck"}]"#, "no luck"),
        (r#""data": {"msg": "no luck"}"#, "no luck"),
        (r#""content": "no luck""#, "no luck"),
        (r#""text": "no luck""#, "no luck"),
        (r#""run": {"last_error": {"code": "busy", "message": "no luck"}}"#, "busy: no luck"),
    ] {
        check_failing(&format!(r#"{{"type": "run.failed", {members}}}"#), error);
    }
}

#[test]
fn the_failure_of_a_part_is_not_one_of_the_answer() {
    for name in [
        "tool_error",
        "tool-output-error",
        "node_failed",
        "STEP_FAILED",
        "step.error",
        "response.mcp_call.failed",
        "function_call_error",
        "retrieverError",
        "toolCallFailed",
        "file_search_call.failed",
    ] {
        let body =
            data(HALF) + &named(name, r#"{"message": "no luck"}"#) + &data(r#"{"delta": "!"}"#);
        check(&sse("delta"), &body, "succeeded \"Half!\"");
        let frame = format!(r#"{{"type": "{name}", "error": "no luck"}}"#);
        check(&jsonl("delta"), &lines(&[HALF, &frame, r#"{"delta": "!"}"#]), "succeeded \"Half!\"");
    }
}

#[test]
fn a_finish_reason_that_says_error_fails() {
    for frame in [
        r#"{"choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]}"#,
        r#"{"choices": [{"index": 0, "delta": {}, "finish_reason": "ERROR"}]}"#,
        r#"{"finish_reason": "Error"}"#,
        r#"{"stop_reason": "error"}"#,
        r#"{"done": true, "done_reason": "error"}"#,
        r#"{"type": "message-end", "delta": {"finish_reason": "ERROR"}}"#,
        r#"{"type": "finish", "finishReason": "error"}"#,
        r#"{"output": {"finish_reason": "error"}}"#,
        r#"{"candidates": [{"finishReason": "ERROR"}]}"#,
    ] {
        let reason = frame.to_lowercase();
        assert!(reason.contains("error"));
        let body = events(&[HALF, frame, "[DONE]"]);
        let name = if frame.contains("ERROR") {
            "ERROR"
        } else if frame.contains("\"Error") {
            "Error"
        } else {
            "error"
        };
        let expected = format!(
            "api_error ({name}: the model stopped with the finish reason `{name}`) \"Half\""
        );
        check(&sse("delta"), &body, &expected);
        check(&jsonl("delta"), &lines(&[HALF, frame]), &expected);
    }
}

#[test]
fn a_failed_state_is_named() {
    for state in ["failed", "FAILED", "error", "errored", "Failure"] {
        for member in ["status", "state"] {
            let frame =
                format!(r#"{{"event": "over", "{member}": "{state}", "message": "no luck"}}"#);
            let expected = "api_error (no luck) \"Half\"";
            check(&sse("delta"), &events(&[HALF, &frame]), expected);
            check(&jsonl("delta"), &lines(&[HALF, &frame]), expected);
            let body = events(&[HALF, &frame, "[DONE]"]);
            check(&sse("delta"), &body, "succeeded \"Half\", warns failure_in_success");
        }
    }
}

#[test]
fn a_task_of_an_agent_may_fail() {
    for frame in [
        r#"{"jsonrpc": "2.0", "result": {"kind": "status-update", "status": {"state": "failed", "message": {"parts": [{"text": "no luck"}]}}}}"#,
        r#"{"result": {"statusUpdate": {"status": {"state": "TASK_STATE_FAILED", "message": {"parts": [{"text": "no luck"}]}}}}}"#,
        r#"{"statusUpdate": {"status": {"state": "TASK_STATE_REJECTED", "message": {"parts": [{"text": "no "}, {"text": "luck"}]}}}}"#,
        r#"{"jsonrpc": "2.0", "error": {"code": -32000, "message": "no luck"}}"#,
    ] {
        let code = ["TASK_STATE_FAILED", "TASK_STATE_REJECTED", "-32000", "failed"];
        let code = code.iter().find(|code| frame.contains(**code)).expect("one of them");
        check_failing(frame, &format!("{code}: no luck"));
    }
}

#[test]
fn exceptions_are_failures() {
    for (name, error) in [
        ("throttlingException", "throttlingException: no luck"),
        ("internalServerException", "internalServerException: no luck"),
        ("exception", "exception: no luck"),
        ("run.failure", "no luck"),
    ] {
        let body = data(HALF) + &named(name, r#"{"message": "no luck"}"#);
        check(&sse("delta"), &body, &format!("api_error ({error}) \"Half\""));
        let frame = format!(r#"{{"type": "{name}", "message": "no luck"}}"#);
        check_failing(&frame, error);
    }
    let body = data(HALF) + &named("toolException", r#"{"message": "no luck"}"#) + &data(HALF);
    check(&sse("delta"), &body, "succeeded \"HalfHalf\"");
    check_failing(r#"{"choices": [], "x_groq": {"id": "r", "error": "no luck"}}"#, "no luck");
}

#[test]
fn a_code_and_words_report_a_failure() {
    for frame in [
        r#"{"code": 1113, "msg": "no luck", "success": false}"#,
        r#"{"success": false, "message": "no luck", "code": "1113"}"#,
        r#"{"code": 1113, "message": "no luck"}"#,
        r#"{"code": "1113", "errmsg": "no luck", "requestId": "r"}"#,
    ] {
        let failed = "api_error (1113: no luck)";
        check_failing_late(frame, failed);
        check(&sse("delta"), &events(&[frame]), &format!("{failed} \"\""));
        check(&sse("delta"), &events(&[frame, "[DONE]"]), &format!("{failed} \"\""));
        check(&whole("delta"), frame, &format!("{failed} \"\""));
    }
}

#[track_caller]
fn check_failing_late(frame: &str, failed: &str) {
    check(&sse("delta"), &events(&[HALF, frame]), &format!("{failed} \"Half\""));
    check(&jsonl("delta"), &lines(&[HALF, frame]), &format!("{failed} \"Half\""));
    let body = events(&[HALF, frame, "[DONE]"]);
    check(&sse("delta"), &body, "succeeded \"Half\", warns failure_in_success");
}

#[test]
fn codes_of_a_success_are_silent() {
    for members in [
        r#""code": 0, "message": "ok""#,
        r#""code": 200, "msg": "success""#,
        r#""code": "0", "msg": "ok""#,
        r#""code": "200", "msg": "ok""#,
        r#""code": "print(1)", "message": "run""#,
        r#""success": true, "message": "fine""#,
        r#""code": 20000, "msg": """#,
        r#""code": null, "msg": "x""#,
        r#""type": "exit", "code": 7, "message": "x""#,
        r#""code": "SUCCESS", "message": "x""#,
    ] {
        let frame = format!("{{{members}}}");
        check(&sse("delta"), &events(&[HALF, &frame]), "succeeded \"Half\"");
        let both = format!(r#"{{{members}, "delta": "Half"}}"#);
        check(&sse("delta"), &events(&[&both]), "succeeded \"Half\"");
    }
    // A code beside a text is not the code of a failure.
    check(
        &sse("delta"),
        &events(&[r#"{"code": 7, "message": "x", "delta": "All"}"#]),
        "succeeded \"All\"",
    );
}

#[test]
fn a_failure_beats_an_end_in_one_frame() {
    let frame = r#"{"type": "over", "done": true, "error": {"message": "no luck"}}"#;
    let rules = by_schema(&json!({ "text": "delta", "end": [{ "when": "over" }] }));
    check(&rules, &events(&[HALF, frame]), "api_error (no luck) \"Half\"");
    let frame = r#"{"delta": " way", "error": {"message": "no luck"}}"#;
    check(&sse("delta"), &events(&[HALF, frame]), "api_error (no luck) \"Half way\"");
}

#[test]
fn a_whole_body_reports_its_failure() {
    for (body, expected) in [
        (r#"{"answer": "Half", "error": {"message": "no luck"}}"#, "api_error (no luck) \"Half\""),
        (
            r#"{"answer": "Half", "finish_reason": "error"}"#,
            "api_error (error: the model stopped with the finish reason `error`) \"Half\"",
        ),
        (r#"{"type": "error", "message": "no luck"}"#, "api_error (no luck) \"\""),
        (
            r#"{"answer": "Half", "status": "failed", "message": "no luck"}"#,
            "api_error (no luck) \"Half\"",
        ),
    ] {
        check(&whole("answer"), body, expected);
    }
}

#[test]
fn a_frame_that_is_only_a_failure_is_noted() {
    let noted = "succeeded \"Half\", warns failure_in_success";
    for frame in [
        r#"[{"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}]"#,
        r#"{"error_code": 336100, "error_msg": "busy"}"#,
        r#"{"errcode": 1001, "errmsg": "busy"}"#,
        r#"{"ret": -1, "msg": "busy"}"#,
        r#"{"code": 50001, "message": "busy", "data": null}"#,
        r#"{"code": "50001", "message": "busy"}"#,
        r#"{"code": "InternalError", "message": "busy", "request_id": "r"}"#,
        r#"{"code": "InvalidParameter", "message": "busy"}"#,
        r#"{"detail": "Internal Server Error"}"#,
        r#"{"errors": [{"message": "busy"}]}"#,
    ] {
        check(&sse("delta"), &events(&[HALF, frame, "[DONE]"]), noted);
        let result = sse("delta").read(
            events(&[HALF, frame]).as_bytes(),
            usize::MAX,
            fluxloop_aggregate::BodyEnd::Clean { proved: true },
        );
        assert!(crate::outcome(&result).starts_with("api_error ("), "{frame}");
    }
    for frame in [
        r#"{"code": 0, "message": "ok"}"#,
        r#"{"code": 20000, "msg": "success"}"#,
        r#"{"code": 102, "message": "Processing"}"#,
        r#"{"code": "print(1)", "message": "running"}"#,
        r#"{"code": "STEP_2", "message": "searching"}"#,
        r#"{"ret": 0, "msg": "fine"}"#,
        r#"{"detail": "searching", "progress": 3}"#,
        r#"{"detail": "", "errors": []}"#,
        r#"{"errors": []}"#,
        r#"{"code": 7, "message": "row", "data": {"rows": 7}}"#,
        r#"[{"error": null}]"#,
    ] {
        check(&sse("delta"), &events(&[HALF, frame]), "succeeded \"Half\"");
    }
    let choice = r#"{"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop", "error": {"code": 502, "message": "upstream"}}]}"#;
    check_failing(choice, "502: upstream");
}
