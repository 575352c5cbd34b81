//! Hints of answers without text: each finds the text that it promises.

use fluxloop_schema::StreamKind;

use crate::{
    Reading, check, check_hint, data, events, jsonl, lines, named, plain, sse, sse_of, whole,
};

#[test]
fn hints_find_the_growing_text() {
    let body = events(&[r#"{"t": "One"}"#, r#"{"t": " two"}"#]);
    check_hint(&sse("delta"), &body, "One two");
    check_hint(&jsonl("delta"), &lines(&[r#"{"t": "One"}"#, r#"{"t": " two"}"#]), "One two");
    // A last frame with a well-known name does not outdo the frames that grow.
    let body = named("token", r#"{"t": "One"}"#)
        + &named("token", r#"{"t": " two"}"#)
        + &named("final", r#"{"answer": "ok"}"#);
    check_hint(&sse("delta"), &body, "One two");
    let body = named("tool", r#"{"name": "find", "text": "x"}"#)
        + &named("token", r#"{"v": "One"}"#)
        + &named("token", r#"{"v": " two"}"#);
    check_hint(&sse("delta"), &body, "One two");
    let body = named("reasoning", r#"{"content": "hm"}"#)
        + &(0..9).map(|n| named("answer", &format!(r#"{{"chunk": " w{n}"}}"#))).collect::<String>();
    check_hint(&sse("delta"), &body, " w0 w1 w2 w3 w4 w5 w6 w7 w8");
}

#[test]
fn hints_pass_by_what_is_constant() {
    for noise in [
        r#""id": "a1""#,
        r#""messageId": "m""#,
        r#""status": "running""#,
        r#""lang": "en""#,
        r#""author": "agent""#,
        r#""provider": "x""#,
        r#""role": "assistant""#,
        r#""thread_id": "t-1234567890""#,
        r#""created_at": "2026-01-01T00:00:00Z""#,
        r#""time": "2026-01-01T00:00:00Z""#,
        r#""traceparent": "00-12""#,
    ] {
        let frames =
            [format!(r#"{{{noise}, "w": "One"}}"#), format!(r#"{{{noise}, "w": " two"}}"#)];
        check_hint(&sse("delta"), &events(&[&frames[0], &frames[1]]), "One two");
        check_hint(&sse("delta"), &events(&[&frames[0]]), "One");
    }
}

#[test]
fn hints_pass_by_what_differs_and_is_not_text() {
    for (one, two) in [
        (r#""id": "a1""#, r#""id": "a2""#),
        (
            r#""uuid": "5f0c9f9e-0000-4000-8000-000000000001""#,
            r#""uuid": "5f0c9f9e-0000-4000-8000-000000000002""#,
        ),
        (r#""time": "2026-01-01T00:00:00Z""#, r#""time": "2026-01-01T00:00:01Z""#),
        (r#""state": "begin""#, r#""state": "going""#),
        (
            r#""spoken": {"role": "user", "content": "What is it?"}"#,
            r#""spoken": {"role": "user", "content": "Why so?"}"#,
        ),
        (r#""reasoning": "Hm, a long thought""#, r#""reasoning": " and one more""#),
        (r#""thought": "Hm, a long thought""#, r#""thought": " and one more""#),
        (r#""analysis": {"thinking": "Hm"}"#, r#""analysis": {"thinking": " hm"}"#),
        (r#""hash": "9f86d081884c7d65""#, r#""hash": "60303ae22b998861""#),
        (r#""token_id": "17""#, r#""token_id": "18""#),
    ] {
        let frames = [format!(r#"{{{one}, "w": "One"}}"#), format!(r#"{{{two}, "w": " two"}}"#)];
        check_hint(&sse("delta"), &events(&[&frames[0], &frames[1]]), "One two");
    }
}

#[test]
fn nothing_is_proposed_where_no_text_came() {
    for frame in [
        r#"{"id": "a1", "status": "queued"}"#,
        r#"{"type": "ping", "time": "2026-01-01T00:00:00Z"}"#,
        r#"{"response": {"reasoning": {"effort": "low"}, "status": "queued"}}"#,
        r#"{"usageMetadata": {"trafficType": "ON_DEMAND"}}"#,
        r#"{"candidates": [{"safetyRatings": [{"category": "HARM_A", "probability": "LOW"}]}]}"#,
        r#"{"response": {"tool_choice": "auto", "truncation": "disabled", "service_tier": "default"}}"#,
        r#"{"response": {"instructions": "Be kind to people."}}"#,
        r#"{"prompt": "What is it?"}"#,
        r#"{"question": "What is it?"}"#,
        r#"{"input": "What is it?"}"#,
        r#"{"metadata": {"chatId": "x", "question": "What is it?"}}"#,
        r#"{"args": {"city": "Rome"}}"#,
        r#"{"parameters": {"city": "Rome"}}"#,
        r#"{"sources": [{"title": "A book", "snippet": "It says"}]}"#,
        r#"{"retriever_resources": [{"content": "It says"}]}"#,
        r#"{"chatHistory": [{"role": "USER", "message": "What is it?"}]}"#,
        r#"{"suggested_questions": ["What is it?"]}"#,
        r#"{"arguments": "{\"a\": 1}"}"#,
        r#"{"function": {"name": "find", "arguments": "{}"}}"#,
        r#"{"function_call": {"name": "find", "arguments": "{}"}}"#,
        r#"{"thoughtSignature": "AbCd"}"#,
    ] {
        check(&sse("delta"), &events(&[frame]), "no_text \"\"");
        check(&sse("delta"), &events(&[frame, frame, frame]), "no_text \"\"");
    }
}

#[test]
fn reasoning_calls_and_refusals_are_named() {
    for (frame, only) in [
        (r#"{"choices": [{"index": 0, "delta": {"reasoning_content": "Hm"}}]}"#, "reasoning"),
        (r#"{"choices": [{"index": 0, "delta": {"refusal": "No."}}]}"#, "refusal"),
        (
            r#"{"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "find", "arguments": ""}}]}}]}"#,
            "tool_calls",
        ),
        (
            r#"{"choices": [{"index": 0, "delta": {"function_call": {"name": "find", "arguments": ""}}}]}"#,
            "tool_calls",
        ),
        (
            r#"{"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm"}}"#,
            "reasoning",
        ),
        (
            r#"{"candidates": [{"content": {"parts": [{"thought": true, "text": "Hm"}]}}]}"#,
            "reasoning",
        ),
        (
            r#"{"candidates": [{"content": {"parts": [{"functionCall": {"name": "find", "args": {}}}]}}]}"#,
            "tool_calls",
        ),
        (r#"{"message": {"thinking": "Hm", "content": ""}}"#, "reasoning"),
        (
            r#"{"message": {"content": "", "tool_calls": [{"function": {"name": "find", "arguments": {}}}]}}"#,
            "tool_calls",
        ),
        (
            r#"{"type": "tool-call-delta", "delta": {"message": {"tool_calls": {"function": {"arguments": ""}}}}}"#,
            "tool_calls",
        ),
        (r#"{"type": "response.refusal.delta", "delta": "No."}"#, "refusal"),
        (r#"{"type": "response.reasoning_summary_text.delta", "delta": "Hm"}"#, "reasoning"),
        (r#"{"type": "REASONING_MESSAGE_CONTENT", "delta": "Hm"}"#, "reasoning"),
        (r#"{"type": "TOOL_CALL_ARGS", "toolCallId": "a", "delta": " "}"#, "tool_calls"),
    ] {
        let warns = if only == "reasoning" { ", warns only_reasoning" } else { "" };
        check(
            &sse("no.such"),
            &events(&[frame, frame]),
            &format!("no_text (only {only}) \"\"{warns}"),
        );
    }
}

#[test]
fn text_before_a_call_is_proposed() {
    let call = r#"{"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "find", "arguments": ""}}]}}]}"#;
    let body = events(&[r#"{"say": "Let me look"}"#, r#"{"say": " it up."}"#, call]);
    check_hint(&sse("delta"), &body, "Let me look it up.");
}

#[test]
fn hints_propose_the_type_with_the_path() {
    let body = named("part", r#"{"t": "One"}"#) + &named("part", r#"{"t": " two"}"#);
    check_hint(&sse_of("delta", "t"), &body, "One two");
    check_hint(&sse_of("delta", "delta"), &body, "One two");
    let body = events(&[r#"{"event": "part", "t": "One"}"#, r#"{"event": "part", "t": " two"}"#]);
    check_hint(&sse_of("delta", "t"), &body, "One two");
    let body = events(&[r#"{"t": "One"}"#, r#"{"t": " two"}"#]);
    check_hint(&sse_of("delta", "t"), &body, "One two");
}

#[test]
fn an_unfiltered_hint_names_the_type_of_several() {
    let body = events(&[
        r#"{"type": "notice", "w": "starting up"}"#,
        r#"{"type": "part", "w": "One"}"#,
        r#"{"type": "part", "w": " two"}"#,
        r#"{"type": "part", "w": " three"}"#,
    ]);
    check_hint(&sse("delta"), &body, "One two three");
}

#[test]
fn data_that_is_text_takes_no_path() {
    check_hint(&sse("delta"), &events(&["\"One\"", "\" two\""]), "One two");
    check(&sse("delta"), &events(&["One", " two"]), "malformed \"\"");
    check_hint(&sse_of("part", "delta"), &events(&["One", "two"]), "Onetwo");
    check(&plain(), &events(&[r#"{"t": "One"}"#]), "succeeded \"{\\\"t\\\": \\\"One\\\"}\"");
}

#[test]
fn json_in_a_string_is_encoded_twice() {
    for body in [
        events(&[r#""{\"delta\": \"One\"}""#, r#""{\"delta\": \" two\"}""#]),
        events(&[r#"{"data": "{\"delta\": \"One\"}"}"#]),
        events(&[r#""[{\"delta\": \"One\"}]""#]),
        events(&[r#""{\"delta\": \"One\"}""#, r#""[DONE]""#]),
    ] {
        check(&sse("delta"), &body, "no_text (encoded twice) \"\"");
    }
}

#[test]
fn hints_reach_into_lists() {
    check_hint(
        &sse("text"),
        &events(&[r#"{"content": [{"type": "text", "text": "One"}]}"#]),
        "One",
    );
    check_hint(&sse("text"), &events(&[r#"{"parts": [{"kind": "text", "text": "One"}]}"#]), "One");
    let body = events(&[
        r#"{"choices": [{"delta": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}, {"type": "text", "text": "One"}]}}]}"#,
    ]);
    check_hint(&sse("text"), &body, "One");
    check_hint(&sse("delta"), &events(&[r#"["One"]"#, r#"[" two"]"#]), "One two");
    check_hint(&jsonl("x"), &lines(&[r#"[{"t": "One"}, {"t": " two"}]"#]), "One two");
    check_hint(
        &sse("$[1].content"),
        &events(&[
            r#"[{"content": "One"}, {"node": "agent"}]"#,
            r#"[{"content": " two"}, {"node": "agent"}]"#,
        ]),
        "One two",
    );
}

#[test]
fn hints_of_a_whole_body_find_its_text() {
    for (body, text) in [
        (r#"{"answer": "Yes."}"#, "Yes."),
        (r#"{"id": "a1", "result": {"answer": "Yes."}}"#, "Yes."),
        (
            r#"{"choices": [{"message": {"role": "assistant", "content": "Yes."}}], "id": "chatcmpl-0123456789"}"#,
            "Yes.",
        ),
        (r#"{"content": [{"type": "text", "text": "Yes."}]}"#, "Yes."),
        (
            r#"{"content": [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Yes."}]}"#,
            "Yes.",
        ),
        (r#"{"candidates": [{"content": {"parts": [{"text": "Yes."}]}}]}"#, "Yes."),
        (
            r#"{"output": [{"type": "reasoning", "summary": []}, {"type": "message", "content": [{"type": "output_text", "text": "Yes."}]}]}"#,
            "Yes.",
        ),
        (r#"["Yes."]"#, "Yes."),
        (r#""Yes.""#, "Yes."),
        (r#"[{"says": "Yes"}, {"says": "."}]"#, "Yes."),
        (r#"{"a b": "Yes."}"#, "Yes."),
        (r#"{"status": "completed successfully", "says": "Yes."}"#, "Yes."),
        (r#"{"question": "Is it so, and why would it be?", "says": "Yes."}"#, "Yes."),
    ] {
        check_hint(&whole("output"), body, text);
        let auto = Reading::new(StreamKind::Auto, None, Some("no.such"));
        check_hint(&auto, body, text);
    }
}

#[test]
fn hints_name_members_of_any_spelling() {
    let body = events(&[r#"{"the-text": "One"}"#, r#"{"the-text": " two"}"#]);
    check_hint(&sse("delta"), &body, "One two");
    let body = events(&[r#"{"größe": {"Text.1": "One"}}"#, r#"{"größe": {"Text.1": " two"}}"#]);
    check_hint(&sse("delta"), &body, "One two");
    // What would have to be escaped in a path is not offered.
    check(&sse("delta"), &events(&[r#"{"it's": "One"}"#]), "no_text \"\"");
}

#[test]
fn hints_do_not_take_the_thoughts_at_the_same_path() {
    let body = named("thinking", r#"{"w": "Hm, well"}"#)
        + &named("said", r#"{"w": "One"}"#)
        + &named("said", r#"{"w": " two"}"#);
    check_hint(&sse("delta"), &body, "One two");
    let body =
        events(&[r#"{"type": "thought", "w": "Hm, well"}"#, r#"{"type": "said", "w": "One"}"#]);
    check_hint(&sse("delta"), &body, "One");
}

#[test]
fn a_filtered_stream_of_events_without_names_keeps_its_filter() {
    // The name of the filter occurs: the path is what is wrong.
    let body = events(&[
        r#"{"type": "part", "t": "One"}"#,
        r#"{"type": "part", "t": " two"}"#,
        r#"{"type": "note", "delta": "Busy"}"#,
    ]);
    check_hint(&sse_of("part", "text"), &body, "One two");
    let _ = data("");
}
