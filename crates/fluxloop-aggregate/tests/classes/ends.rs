//! `[DONE]` in other forms, missing ends, and open connections.

use fluxloop_aggregate::BodyEnd;
use serde_json::json;

use crate::{
    by_schema, check, check_end, data, events, json as json_of, jsonl, lines, named, plain, sse,
    sse_of, whole,
};

#[test]
fn a_last_text_that_is_the_marker_ends_the_answer() {
    let ends = "succeeded \"Yes.\", warns done_as_text";
    check(&sse("$"), &events(&["\"Yes.\"", "\"[DONE]\""]), ends);
    check(&sse("$"), &events(&["\"Yes.\"", "\" [DONE] \""]), ends);
    check(&sse("$"), &events(&["\"Yes.\"", "\"[DONE]\\n\""]), ends);
    check(&sse("t"), &events(&[r#"{"t": "Yes."}"#, r#"{"t": "[DONE]"}"#]), ends);
    check(&jsonl("t"), &lines(&[r#"{"t": "Yes."}"#, r#"{"t": "[DONE]"}"#]), ends);
    check(&json_of("t"), r#"[{"t": "Yes."}, {"t": "[DONE]"}]"#, ends);
    check(&jsonl("$"), &lines(&["\"Yes.\"", "\"[DONE]\""]), ends);
    check(&sse("t"), &events(&[r#"{"t": "Yes."}"#, r#"{"t": "[DONE]"}"#, "{}"]), ends);
    check(&sse("t"), &events(&[r#"{"t": "Yes."}"#, r#"{"t": "[DONE]"}"#, r#"{"t": ""}"#]), ends);
    check(&sse("t"), &events(&[r#"{"t": "Yes."}"#, r#"{"t": "[DONE]"}"#, "[DONE]"]), ends);
    check(
        &sse("t"),
        &events(&[r#"{"t": "Yes."}"#, r#"{"t": "[DONE]"}"#, r#"{"t": "[DONE]"}"#]),
        ends,
    );
}

#[test]
fn the_marker_with_space_around_it_ends_silently() {
    for marker in ["[DONE]", " [DONE] ", "  [DONE]", "\t[DONE]"] {
        check(&sse("t"), &events(&[r#"{"t": "Yes."}"#, marker]), "succeeded \"Yes.\"");
        check(&plain(), &events(&["Yes.", marker]), "succeeded \"Yes.\"");
    }
    check(&jsonl("t"), &lines(&[r#"{"t": "Yes."}"#, "[DONE]"]), "succeeded \"Yes.\"");
    check(&jsonl("t"), &lines(&[r#"{"t": "Yes."}"#, "data: [DONE]"]), "malformed \"Yes.\"");
    check(&sse("t"), &(data(r#"{"t": "Yes."}"#) + &named("done", "[DONE]")), "succeeded \"Yes.\"");
    check(&sse("t"), &(data(r#"{"t": "Yes."}"#) + &named("end", "[DONE]")), "succeeded \"Yes.\"");
    check(
        &sse("t"),
        &(data(r#"{"t": "Yes."}"#) + &named("message", "[DONE]")),
        "succeeded \"Yes.\"",
    );
}

#[test]
fn the_marker_in_another_form_is_named() {
    let warns = |text: &str| format!("succeeded {text:?}, warns done_as_text");
    check(&plain(), "data: Yes.\n\ndata: Sure.\ndata: [DONE]\n\n", &warns("Yes.Sure.\n[DONE]"));
    check(
        &sse("t"),
        &events(&[r#"{"t": "Yes."}"#, r#"{"t": " Sure.[DONE]"}"#]),
        &warns("Yes. Sure.[DONE]"),
    );
    check(&plain(), &events(&["Yes.", "[done]"]), &warns("Yes.[done]"));
    check(&plain(), &events(&["Yes.", "DONE"]), "succeeded \"Yes.DONE\"");
    check(&plain(), &events(&["Yes.", "\"[DONE]\""]), &warns("Yes.\"[DONE]\""));
    check(&plain(), &events(&["Yes.", "data: [DONE]"]), &warns("Yes.data: [DONE]"));
    check(
        &sse_of("part", "$"),
        &(named("part", "\"Yes.\"") + &named("part", "\"[DONE]\"")),
        &warns("Yes."),
    );
}

#[test]
fn a_marker_inside_an_answer_is_text() {
    let body = events(&[r#"{"t": "Write "}"#, r#"{"t": "[DONE]"}"#, r#"{"t": " at the end."}"#]);
    check(&sse("t"), &body, "succeeded \"Write [DONE] at the end.\"");
    check(&sse("t"), &events(&[r#"{"t": "[DONE]"}"#]), "succeeded \"[DONE]\"");
    let body = events(&[r#"{"t": "Then send data: [DONE] "}"#, "[DONE]"]);
    check(&sse("t"), &body, "succeeded \"Then send data: [DONE] \"");
    check(&sse("t"), &events(&[r#"{"t": "Not [DONE] yet"}"#]), "succeeded \"Not [DONE] yet\"");
    check(&whole("t"), r#"{"t": "[DONE]"}"#, "succeeded \"[DONE]\"");
}

#[test]
fn a_clock_after_a_natural_finish_reason_is_a_success() {
    let frame = |finish: &str| {
        format!(
            "{}{}",
            events(&[r#"{"delta": "Yes.", "choices": [{"delta": {"content": "Yes."}}]}"#]),
            data(finish)
        )
    };
    for finish in [
        r#"{"choices": [{"finish_reason": "stop"}]}"#,
        r#"{"finish_reason": "STOP"}"#,
        r#"{"candidates": [{"finishReason": "STOP"}]}"#,
        r#"{"done_reason": "stop"}"#,
        r#"{"delta": {"stop_reason": "end_turn"}}"#,
        r#"{"delta": {"finish_reason": "COMPLETE"}}"#,
        r#"{"output": {"finish_reason": "stop"}}"#,
        r#"{"stop_reason": "eos_token"}"#,
        r#"{"finish_reason": "eos"}"#,
    ] {
        for end in [BodyEnd::Late, BodyEnd::Stopped] {
            check_end(
                &sse("delta"),
                &frame(finish),
                end,
                "succeeded \"Yes.\", warns clock_after_finish",
            );
        }
    }
    for finish in [
        r#"{"finish_reason": "length"}"#,
        r#"{"finish_reason": null}"#,
        r#"{"finish_reason": "null"}"#,
        r#"{"finish_reason": ""}"#,
    ] {
        check_end(&sse("delta"), &frame(finish), BodyEnd::Late, "cut \"Yes.\"");
    }
}

#[test]
fn a_known_protocol_shows_its_end() {
    let chunk = r#"{"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "Yes."}}]}"#;
    let stop = r#"{"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}"#;
    let usage = r#"{"object": "chat.completion.chunk", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}"#;
    let path = "choices[0].delta.content";
    check(&sse(path), &events(&[chunk]), "no_end \"Yes.\"");
    check(&sse(path), &events(&[chunk, stop]), "succeeded \"Yes.\"");
    check(&sse(path), &events(&[chunk, stop, usage, "[DONE]"]), "succeeded \"Yes.\"");
    check(&sse(path), &events(&[chunk, stop, "[DONE]", usage]), "succeeded \"Yes.\"");
    check(&sse(path), &events(&[chunk, "[DONE]"]), "succeeded \"Yes.\"");
    check(&jsonl(path), &lines(&[chunk]), "no_end \"Yes.\"");
}

#[test]
fn the_marker_of_a_gateway_is_not_the_end_of_another_protocol() {
    let start = r#"{"type": "message_start"}"#;
    let text = r#"{"type": "content_block_delta", "index": 0, "delta": {"text": "Half"}}"#;
    let [stop, reason] = [
        r#"{"type": "message_stop"}"#,
        r#"{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}"#,
    ];
    let rules = sse("delta.text");
    check(&rules, &events(&[start, text, "[DONE]"]), "no_end \"Half\"");
    check(&rules, &events(&[start, text, reason, "[DONE]"]), "succeeded \"Half\"");
    check(&rules, &events(&[start, text, stop, "[DONE]"]), "succeeded \"Half\"");
    check(&rules, &events(&[text, "[DONE]"]), "succeeded \"Half\"");
    let mine =
        by_schema(&json!({ "text": "delta.text", "end": [{ "when": { "data": "[DONE]" } }] }));
    check(&mine, &events(&[start, text, "[DONE]"]), "succeeded \"Half\"");
}

#[test]
fn words_that_keep_a_connection_open_are_skipped() {
    for word in ["ping", "heartbeat", "keep-alive", ": ping", "PING", "pong", "[heartbeat]"] {
        let body = events(&[r#"{"t": "Hi "}"#, word, r#"{"t": "you"}"#, "[DONE]"]);
        check(&sse("t"), &body, "succeeded \"Hi you\"");
    }
    let body = events(&[r#"{"t": "Hi "}"#, "ping me", r#"{"t": "you"}"#]);
    check(&sse("t"), &body, "malformed \"Hi \"");
}
