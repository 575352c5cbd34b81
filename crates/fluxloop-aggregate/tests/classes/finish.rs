//! Finish reasons, usage and models of many providers.

use fluxloop_aggregate::BodyEnd;

use crate::{outcome, sse};

#[track_caller]
fn check_facts(frames: &[&str], path: &str, expected: &str) {
    let body = crate::events(frames);
    let result = sse(path).read(body.as_bytes(), body.len(), BodyEnd::Clean { proved: true });
    let content = result.content.as_ref().expect("it was read");
    let usage = content
        .usage
        .as_ref()
        .map_or("?".to_owned(), |it| format!("{} + {} = {}", it.input, it.output, it.total));
    let of = |it: &Option<String>| it.clone().unwrap_or_else(|| "?".to_owned());
    let found = format!(
        "{}, {}, {}, {usage}",
        outcome(&result),
        of(&content.model),
        of(&content.finish_reason)
    );
    assert_eq!(found, expected, "{body}");
}

#[test]
fn makers_of_models_name_their_facts() {
    // Gemini
    check_facts(
        &[
            r#"{"candidates": [{"content": {"parts": [{"text": "Yes."}]}}], "modelVersion": "g-2"}"#,
            r#"{"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "totalTokenCount": 9}}"#,
        ],
        "candidates[0].content.parts[0].text",
        "succeeded \"Yes.\", g-2, STOP, 4 + 5 = 9",
    );
    // Cohere
    check_facts(
        &[
            r#"{"type": "content-delta", "delta": {"message": {"content": {"text": "Yes."}}}}"#,
            r#"{"type": "message-end", "delta": {"finish_reason": "MAX_TOKENS", "usage": {"billed_units": {"input_tokens": 1, "output_tokens": 1}, "tokens": {"input_tokens": 4, "output_tokens": 2}}}}"#,
        ],
        "delta.message.content.text",
        "succeeded \"Yes.\", ?, MAX_TOKENS, 4 + 2 = 6",
    );
    // Groq
    check_facts(
        &[
            r#"{"model": "m", "choices": [{"index": 0, "delta": {"content": "Yes."}}]}"#,
            r#"{"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "x_groq": {"usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}}}"#,
            "[DONE]",
        ],
        "choices[0].delta.content",
        "succeeded \"Yes.\", m, stop, 4 + 2 = 6",
    );
}

#[test]
fn builders_of_agents_name_their_facts() {
    // Dify
    check_facts(
        &[
            r#"{"event": "message", "answer": "Yes."}"#,
            r#"{"event": "message_end", "metadata": {"usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}}}"#,
        ],
        "answer",
        "succeeded \"Yes.\", ?, ?, 4 + 2 = 6",
    );
    // Coze
    check_facts(
        &[
            r#"{"event": "conversation.message.delta", "content": "Yes."}"#,
            r#"{"event": "conversation.chat.completed", "usage": {"token_count": 6, "output_count": 2, "input_count": 4}}"#,
        ],
        "content",
        "succeeded \"Yes.\", ?, ?, 4 + 2 = 6",
    );
    // Ollama
    check_facts(
        &[
            r#"{"model": "q", "message": {"content": "Yes."}, "done": false}"#,
            r#"{"model": "q", "message": {"content": ""}, "done": true, "done_reason": "length", "prompt_eval_count": 4, "eval_count": 2}"#,
        ],
        "message.content",
        "succeeded \"Yes.\", q, length, 4 + 2 = 6",
    );
    // Ollama's generate
    check_facts(
        &[
            r#"{"model": "q", "response": "Yes.", "done": false}"#,
            r#"{"model": "q", "response": "", "done": true, "done_reason": "stop", "prompt_eval_count": 4, "eval_count": 2}"#,
        ],
        "response",
        "succeeded \"Yes.\", q, stop, 4 + 2 = 6",
    );
}

#[test]
fn hosts_of_models_name_their_facts() {
    // Mistral
    check_facts(
        &[
            r#"{"model": "mi", "choices": [{"index": 0, "delta": {"content": "Yes."}, "finish_reason": null}]}"#,
            r#"{"model": "mi", "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "model_length"}], "usage": {"prompt_tokens": 4, "total_tokens": 6, "completion_tokens": 2}}"#,
            "[DONE]",
        ],
        "choices[0].delta.content",
        "succeeded \"Yes.\", mi, model_length, 4 + 2 = 6",
    );
    // DashScope
    check_facts(
        &[
            r#"{"output": {"choices": [{"message": {"content": "Yes."}, "finish_reason": "null"}]}, "usage": {"input_tokens": 4, "output_tokens": 1, "total_tokens": 5}}"#,
            r#"{"output": {"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]}, "usage": {"input_tokens": 4, "output_tokens": 2, "total_tokens": 6}}"#,
        ],
        "output.choices[0].message.content",
        "succeeded \"Yes.\", ?, stop, 4 + 2 = 6",
    );
    // Bedrock Converse, wrapped by a gateway
    check_facts(
        &[
            r#"{"contentBlockDelta": {"delta": {"text": "Yes."}}}"#,
            r#"{"messageStop": {"stopReason": "end_turn"}}"#,
            r#"{"metadata": {"usage": {"inputTokens": 4, "outputTokens": 2, "totalTokens": 6}}}"#,
        ],
        "contentBlockDelta.delta.text",
        "succeeded \"Yes.\", ?, end_turn, 4 + 2 = 6",
    );
    // Cohere's first version, OCI
    check_facts(
        &[
            r#"{"event_type": "text-generation", "text": "Yes."}"#,
            r#"{"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"meta": {"tokens": {"input_tokens": 4, "output_tokens": 2}}}}"#,
        ],
        "text",
        "succeeded \"Yes.\", ?, COMPLETE, 4 + 2 = 6",
    );
    check_facts(
        &[r#"{"text": "Yes."}"#, r#"{"finishReason": "COMPLETE"}"#],
        "text",
        "succeeded \"Yes.\", ?, COMPLETE, ?",
    );
}

#[test]
fn counts_are_read_as_they_are_written() {
    // Counts as texts, and with a fraction
    check_facts(
        &[r#"{"t": "Yes."}"#, r#"{"usage": {"prompt_tokens": 4.0, "completion_tokens": 2.0}}"#],
        "t",
        "succeeded \"Yes.\", ?, ?, 4 + 2 = 6",
    );
    check_facts(
        &[r#"{"t": "Yes."}"#, r#"{"usage": {"prompt_tokens": "4", "completion_tokens": "2"}}"#],
        "t",
        "succeeded \"Yes.\", ?, ?, 4 + 2 = 6",
    );
}

#[test]
fn reasons_that_withhold_fail() {
    for (frame, reason) in [
        (r#"{"candidates": [{"finishReason": "SAFETY"}]}"#, "SAFETY"),
        (r#"{"candidates": [{"finishReason": "RECITATION"}]}"#, "RECITATION"),
        (r#"{"candidates": [{"finishReason": "BLOCKLIST"}]}"#, "BLOCKLIST"),
        (r#"{"candidates": [{"finishReason": "PROHIBITED_CONTENT"}]}"#, "PROHIBITED_CONTENT"),
        (r#"{"candidates": [{"finishReason": "SPII"}]}"#, "SPII"),
        (
            r#"{"choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]}"#,
            "content_filter",
        ),
        (r#"{"delta": {"stop_reason": "refusal"}}"#, "refusal"),
        (r#"{"messageStop": {"stopReason": "guardrail_intervened"}}"#, "guardrail_intervened"),
        (r#"{"messageStop": {"stopReason": "content_filtered"}}"#, "content_filtered"),
        (r#"{"finish_reason": "ERROR_TOXIC"}"#, "ERROR_TOXIC"),
        (
            r#"{"response": {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "type": "response.incomplete"}"#,
            "content_filter",
        ),
    ] {
        check_facts(
            &[r#"{"t": "Half"}"#, frame],
            "t",
            &format!("withheld ({reason}) \"Half\", ?, {reason}, ?"),
        );
    }
    check_facts(
        &[r#"{"promptFeedback": {"blockReason": "SAFETY"}}"#],
        "t",
        "withheld (SAFETY) \"\", ?, ?, ?",
    );
}
