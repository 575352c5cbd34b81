//! Good streams of many protocols give no warning.

use crate::{check, data, events, named, sse, sse_of};

const SAID: &str = "succeeded \"Yes, sure.\"";

#[test]
fn typed_events_are_silent() {
    let delta = |text: &str| {
        let data = format!(
            r#"{{"type": "content_block_delta", "index": 1, "delta": {{"type": "text_delta", "text": "{text}"}}}}"#
        );
        named("content_block_delta", &data)
    };
    let thinking = r#"{"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm"}}"#;
    let body = named(
        "message_start",
        r#"{"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 3}}}"#,
    ) + &named("ping", r#"{"type": "ping"}"#)
        + &named("content_block_delta", thinking)
        + &delta("Yes, ")
        + &delta("sure.")
        + &named(
            "message_delta",
            r#"{"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}"#,
        )
        + &named("message_stop", r#"{"type": "message_stop"}"#);
    check(&sse_of("content_block_delta", "delta.text"), &body, SAID);
    check(&sse("delta.text"), &body, SAID);
}

#[test]
fn types_in_the_data_are_silent() {
    let body = events(&[
        r#"{"type": "RUN_STARTED", "runId": "r"}"#,
        r#"{"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "find"}"#,
        r#"{"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": "{}"}"#,
        r#"{"type": "TOOL_CALL_RESULT", "toolCallId": "c", "content": "nothing"}"#,
        r#"{"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "Yes, "}"#,
        r#"{"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "sure."}"#,
        r#"{"type": "RUN_FINISHED", "runId": "r"}"#,
    ]);
    let rules = sse_of("TEXT_MESSAGE_CONTENT", "delta");
    check(&rules, &body, SAID);
    check(&rules, &(body + &data("[DONE]")), SAID);
    let body = events(&[
        r#"{"type": "start", "messageId": "m"}"#,
        r#"{"type": "reasoning-delta", "id": "r", "delta": "Hm"}"#,
        r#"{"type": "tool-input-start", "toolCallId": "c", "toolName": "find"}"#,
        r#"{"type": "tool-output-error", "toolCallId": "c", "errorText": "no such file"}"#,
        r#"{"type": "text-delta", "id": "t", "delta": "Yes, "}"#,
        r#"{"type": "text-delta", "id": "t", "delta": "sure."}"#,
        r#"{"type": "finish", "finishReason": "stop"}"#,
        "[DONE]",
    ]);
    check(&sse_of("text-delta", "delta"), &body, SAID);
    let body = events(&[
        r#"{"type": "response.created", "response": {"status": "in_progress", "error": null}}"#,
        r#"{"type": "response.output_text.delta", "item_id": "i", "delta": "Yes, "}"#,
        r#"{"type": "response.output_text.delta", "item_id": "i", "delta": "sure."}"#,
        r#"{"type": "response.output_text.done", "item_id": "i", "text": "Yes, sure."}"#,
        r#"{"type": "response.completed", "response": {"status": "completed", "error": null}}"#,
    ]);
    check(&sse_of("response.output_text.delta", "delta"), &body, SAID);
}

#[test]
fn workflows_are_silent() {
    let body = events(&[
        r#"{"event": "workflow_started", "task_id": "t", "data": {"id": "w"}}"#,
        r#"{"event": "node_finished", "task_id": "t", "data": {"status": "succeeded", "error": null}}"#,
        r#"{"event": "message", "task_id": "t", "answer": "Yes, "}"#,
        r#"{"event": "message", "task_id": "t", "answer": "sure."}"#,
        r#"{"event": "workflow_finished", "task_id": "t", "data": {"status": "succeeded"}}"#,
        r#"{"event": "message_end", "metadata": {"usage": {"total_tokens": 3}}}"#,
    ]);
    check(&sse("answer"), &body, SAID);
    let body = named("conversation.chat.created", r#"{"id": "1", "status": "created"}"#)
        + &named("conversation.message.delta", r#"{"type": "answer", "content": "Yes, "}"#)
        + &named("conversation.message.delta", r#"{"type": "answer", "content": "sure."}"#)
        + &named(
            "conversation.message.completed",
            r#"{"type": "answer", "content": "Yes, sure."}"#,
        )
        + &named(
            "conversation.chat.completed",
            r#"{"status": "completed", "last_error": {"code": 0, "msg": ""}}"#,
        )
        + &named("done", "\"[DONE]\"");
    check(&sse_of("conversation.message.delta", "content"), &body, SAID);
}

#[test]
fn pieces_and_pauses_are_silent() {
    let body = ": hello\n\nid: 1\ndata: {\"t\": \"Yes, \"}\n\ndata:\n\n".to_owned()
        + &named("ping", "2026-01-01")
        + "retry: 5\n\nid: 2\ndata: {\"t\": \"sure.\", \"code\": 0, \"msg\": \"ok\", \"success\": true}\n\n";
    check(&sse("t"), &body, SAID);
    check(&sse("t"), &body.replace('\n', "\r\n"), SAID);
    check(&sse("t"), &body.replace('\n', "\r"), SAID);
}

#[test]
fn other_events_that_are_not_json_are_named() {
    let body = data(r#"{"t": "Yes."}"#) + &named("status", "busy");
    check(&sse("t"), &body, "succeeded \"Yes.\", warns not_json");
    let body = data(r#"{"t": "Yes."}"#) + &named("keep-alive", "busy") + &named("PING", "{");
    check(&sse("t"), &body, "succeeded \"Yes.\"");
}
