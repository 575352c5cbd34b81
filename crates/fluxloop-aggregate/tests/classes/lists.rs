//! Text inside a list or an object.

use serde_json::json;

use crate::{by_schema, check, events, json, jsonl, lines, sse, whole};

#[track_caller]
fn check_skipped(list: &str, path: Option<&str>) {
    let first = format!(r#"{{"content": {list}}}"#);
    let frames = [first.as_str(), r#"{"content": "Yes."}"#];
    let warns = if path.is_some() { ", warns list_with_text" } else { "" };
    check(&sse("content"), &events(&frames), &format!("succeeded \"Yes.\"{warns}"));
    check(&jsonl("content"), &lines(&frames), &format!("succeeded \"Yes.\"{warns}"));
    check(
        &json("content"),
        &format!("[{}]", frames.join(",")),
        &format!("succeeded \"Yes.\"{warns}"),
    );
    if let Some(path) = path {
        let rules = by_schema(&json!({ "text": [{ "path": ["content", path] }] }));
        check(&rules, &events(&frames), "succeeded \"No. Yes.\"");
    }
}

#[test]
fn skipped_lists_of_text_are_a_warning() {
    check_skipped(r#"[{"type": "text", "text": "No. "}]"#, Some("content[?@.type == 'text'].text"));
    check_skipped(
        r#"[{"type": "thinking", "text": "Hm."}, {"type": "text", "text": "No. "}]"#,
        Some("content[?@.type == 'text'].text"),
    );
    check_skipped(r#"[{"text": "No. "}]"#, Some("content[*].text"));
    check_skipped(r#"[{"type": "output_text", "text": "No. "}]"#, Some("content[*].text"));
    check_skipped(r#"[{"content": "No. "}]"#, Some("content[*].content"));
    check_skipped(r#"["No. "]"#, Some("content[*]"));
    check_skipped(r#"{"text": "No. "}"#, Some("content.text"));
    check_skipped(r#"{"type": "text", "value": "No. "}"#, Some("content.value"));
    check_skipped(r#"{"parts": ["No. "]}"#, Some("content.parts[*]"));
    check_skipped(r#"{"parts": [{"text": "No. "}]}"#, Some("content.parts[*].text"));
    check_skipped(
        r#"[{"type": "text", "text": {"value": "No. "}}]"#,
        Some("content[?@.type == 'text'].text.value"),
    );
}

#[test]
fn lists_without_text_are_silent() {
    for list in [
        "[]",
        "{}",
        "null",
        "[1]",
        r#"[{"type": "thinking", "text": "Hm."}]"#,
        r#"[{"type": "image", "url": "x"}]"#,
        r#"[{"text": ""}]"#,
        r#"[{"type": "tool_use", "name": "find", "input": {"text": "x"}}]"#,
    ] {
        check_skipped(list, None);
    }
}

#[test]
fn a_whole_body_may_hold_a_list() {
    let body = r#"{"content": [{"type": "text", "text": "Yes."}]}"#;
    check(
        &whole("content"),
        body,
        "no_text (at content[?@.type == 'text'].text) \"\", warns list_with_text",
    );
    check(
        &sse("content"),
        &events(&[body]),
        "no_text (at content[?@.type == 'text'].text) \"\", warns list_with_text",
    );
}
