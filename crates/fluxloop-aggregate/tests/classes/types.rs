//! Frames that differ only by a member of their data.

use fluxloop_schema::StreamKind;
use serde_json::json;

use crate::{
    Reading, by_schema, check, check_hint, data, events, jsonl, lines, named, sse, sse_of,
};

const THOUGHT: &str = r#"{"type": "pondering", "text": "Hm. "}"#;
const ANSWER: &str = r#"{"type": "answer", "text": "Yes."}"#;

#[test]
fn a_filter_matches_types_in_the_data() {
    for member in ["type", "event", "event_type"] {
        let frames = [THOUGHT, ANSWER].map(|frame| frame.replace("type", member));
        let [thought, answer] = &frames;
        check(&sse_of("answer", "text"), &events(&[thought, answer]), "succeeded \"Yes.\"");
        let rules = Reading::new(StreamKind::JsonLines, Some("answer"), Some("text"));
        check(&rules, &lines(&[thought, answer]), "succeeded \"Yes.\"");
        let rules = Reading::new(StreamKind::Json, Some("ans*"), Some("text"));
        check(&rules, &format!("[{thought},{answer}]"), "succeeded \"Yes.\"");
    }
}

#[test]
fn an_event_line_named_message_is_not_a_type() {
    let body = named("message", THOUGHT) + &named("message", ANSWER);
    check(&sse_of("answer", "text"), &body, "succeeded \"Yes.\"");
    check(&sse_of("message", "text"), &body, "succeeded \"Hm. Yes.\"");
}

#[test]
fn matches_by_line_and_by_data_are_counted() {
    let body = named("answer", r#"{"text": "No, "}"#) + &data(ANSWER);
    check(&sse_of("answer", "text"), &body, "succeeded \"No, Yes.\", warns filter_by_data");
    let body = named("other", ANSWER) + &data(ANSWER);
    check(&sse_of("answer", "text"), &body, "succeeded \"Yes.\"");
}

#[test]
fn texts_of_several_types_are_a_warning() {
    let mixed = "succeeded \"Hm. Yes.\", warns mixed_types";
    check(&sse("text"), &events(&[THOUGHT, ANSWER]), mixed);
    check(&jsonl("text"), &lines(&[THOUGHT, ANSWER]), mixed);
    let body = named("pondering", r#"{"text": "Hm. "}"#) + &named("answer", r#"{"text": "Yes."}"#);
    check(&sse("text"), &body, mixed);
    let body = data(r#"{"text": "Hm. "}"#) + &data(ANSWER);
    check(&sse("text"), &body, mixed);
}

#[test]
fn several_types_that_are_wanted_give_no_warning() {
    let rules =
        by_schema(&json!({ "text": [{ "when": ["pondering", "answer"], "path": "text" }] }));
    check(&rules, &events(&[THOUGHT, ANSWER]), "succeeded \"Hm. Yes.\"");
    let rules = by_schema(&json!({ "text": [{ "when": { "not": "pondering" }, "path": "text" }] }));
    check(&rules, &events(&[THOUGHT, ANSWER]), "succeeded \"Yes.\"");
    for test in [json!({"equals": false}), json!({"in": [0, false]}), json!({"exists": true})] {
        let mut when = json!({ "path": "hidden" });
        when.as_object_mut().unwrap().extend(test.as_object().unwrap().clone());
        let rules = by_schema(&json!({ "text": [{ "when": when, "path": "text" }] }));
        let body = events(&[r#"{"text": "Hm. "}"#, r#"{"text": "Yes.", "hidden": false}"#]);
        check(&rules, &body, "succeeded \"Yes.\"");
    }
}

#[test]
fn known_reasoning_is_kept_apart() {
    for name in [
        "THINKING_TEXT_MESSAGE_CONTENT",
        "REASONING_MESSAGE_CONTENT",
        "reasoning-delta",
        "response.reasoning_text.delta",
        "response.reasoning_summary_text.delta",
    ] {
        let thought = format!(r#"{{"type": "{name}", "delta": "Hm. "}}"#);
        let body = events(&[&thought, r#"{"type": "words", "delta": "Yes."}"#]);
        check(&sse("delta"), &body, "succeeded \"Yes.\", warns kept_apart");
        check(
            &jsonl("delta"),
            &body.replace("data: ", "").replace("\n\n", "\n"),
            "succeeded \"Yes.\", warns kept_apart",
        );
    }
    let arguments = r#"{"type": "TOOL_CALL_ARGS", "toolCallId": "t", "delta": "{}"}"#;
    let body = events(&[arguments, r#"{"type": "TEXT_MESSAGE_CONTENT", "delta": "Yes."}"#]);
    check(&sse("delta"), &body, "succeeded \"Yes.\", warns kept_apart");
}

#[test]
fn a_hint_names_the_type_of_the_data() {
    let body = events(&[THOUGHT, ANSWER, r#"{"type": "answer", "text": " Or no."}"#]);
    check_hint(&sse_of("message_delta", "text"), &body, "Yes. Or no.");
    let rules = Reading::new(StreamKind::JsonLines, Some("other"), Some("text"));
    check_hint(
        &rules,
        &lines(&[ANSWER, r#"{"type": "answer", "text": " Or no."}"#]),
        "Yes. Or no.",
    );
}
