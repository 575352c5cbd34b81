//! What rules take, frame by frame, as somebody reads it who writes a schema.

use std::time::Duration;

use fluxloop_aggregate::{Aggregator, AnswerReader, AnswerRules, Content};
use fluxloop_frames::{Frame, Frames, Framing};
use fluxloop_jsonpath::JsonPath;
use fluxloop_schema::{Fence, PRESETS, Schema, StreamKind, load, preset};
use serde_json::{Value, json};

fn aggregator(schema: Schema) -> Aggregator {
    Aggregator::new(&AnswerReader::new(&AnswerRules::new(StreamKind::Sse, schema)), None)
}

fn named(name: &str) -> Schema {
    preset(name).expect("a preset").schema()
}

fn inline(schema: &Value) -> Schema {
    load(schema, "inline", &mut |_, _| None).expect("a sound schema").schema
}

/// What is explained of the last of these frames.
#[track_caller]
fn check(schema: Schema, frames: &[&str], expected: &[&str]) {
    let mut aggregator = aggregator(schema).explaining();
    let mut took = Vec::new();
    for data in frames {
        let _ = aggregator.push(&Frame::message(data), Duration::ZERO);
        took = aggregator.took();
    }
    let took = took.iter().map(|took| {
        let from = took.from.as_ref().map(|from| format!(" <- {from}")).unwrap_or_default();
        let value = if took.value.is_null() { String::new() } else { format!(": {}", took.value) };
        format!("{}{from}{value}", took.what)
    });
    assert_eq!(took.collect::<Vec<_>>(), expected);
}

#[test]
fn texts_and_facts_name_their_paths() {
    let chunk = json!({
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": "Hel"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 14, "completion_tokens": 2},
    });
    let expected = [
        "model <- model: \"m\"",
        "usage.input <- usage.prompt_tokens: 14",
        "usage.output <- usage.completion_tokens: 2",
        "finish_reason <- choices[0].finish_reason: \"stop\"",
        "text <- choices[0].delta.content: \"Hel\"",
    ];
    check(named("openai-chat"), &[&chunk.to_string()], &expected);
}

#[test]
fn frames_that_are_alike_are_all_explained() {
    let schema = inline(&json!({"extends": "none", "text": "t"}));
    let frames = ["a", "b", "c", "d"].map(|text| json!({ "t": text }).to_string());
    check(schema, &frames.each_ref().map(String::as_str), &["text <- t: \"d\""]);
}

#[test]
fn a_sum_names_its_parts() {
    let frame = r#"{"usage": {"input_tokens": 1, "cache_read_input_tokens": 2}}"#;
    let expected = [
        "usage.input <- usage.input_tokens + usage.cache_read_input_tokens: 3",
        "usage.cached <- usage.cache_read_input_tokens: 2",
    ];
    check(
        Schema::auto().with_text(None, Some(JsonPath::parse("t").expect("a path"))),
        &[frame],
        &expected,
    );
}

#[test]
fn an_end_names_its_condition() {
    check(named("openai-chat"), &["[DONE]"], &["end <- {data: \"[DONE]\"}"]);
    let when = json!({
        "type": ["fin*", "over"],
        "all": [{"path": ["a.b", "c"], "in": [1, "x"]}, {"not": {"path": "d", "exists": true}}],
    });
    let schema = json!({"text": "t", "end": [{"when": when}]});
    check(
        inline(&schema),
        &[r#"{"type": "final", "c": 1}"#],
        &[
            "type <- type: \"final\"",
            "end <- {all: [[fin*, over], {path: [a.b, c], in: [1,\"x\"]}, {not: {path: d, exists: true}}]}",
        ],
    );
}

#[test]
fn a_call_names_its_parts() {
    let call = |delta: Value| json!({"choices": [{"delta": {"tool_calls": [delta]}}]}).to_string();
    let start = call(json!({"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{"}}));
    let expected = [
        "tool_calls.id <- choices[0].delta.tool_calls[*].id: \"c1\"",
        "tool_calls.name <- choices[0].delta.tool_calls[*].function.name: \"f\"",
        "tool_calls.arguments <- choices[0].delta.tool_calls[*].function.arguments: \"{\"",
    ];
    check(named("openai-chat"), &[&start], &expected);
}

#[test]
fn what_another_channel_took_is_kept_apart() {
    let schema = inline(&json!({"reasoning": {"when": "think", "path": "d"}, "text": "d"}));
    let expected =
        ["type <- type: \"think\"", "reasoning <- d: \"Hm\"", "kept apart as reasoning <- d"];
    check(schema, &[r#"{"type": "think", "d": "Hm"}"#], &expected);
}

#[test]
fn text_after_the_end_is_named() {
    check(
        named("openai-chat"),
        &["[DONE]", r#"{"choices": [{"delta": {"content": "x"}}]}"#],
        &["text after the end <- choices[0].delta.content: \"x\""],
    );
}

#[test]
fn an_error_names_its_rule() {
    let schema = inline(&json!({"text": "t", "error": [{"when": "oops", "message": "m"}]}));
    check(
        schema,
        &[r#"{"type": "oops", "m": "no"}"#],
        &["type <- type: \"oops\"", "error <- oops"],
    );
    let member = [r#"{"error": {"message": "no"}}"#];
    check(named("openai-chat"), &member, &["error <- error: {\"message\":\"no\"}"]);
    let name = ["type <- type: \"run_failed\"", "error <- the type's name: \"run_failed\""];
    check(inline(&json!({"text": "t"})), &[r#"{"type": "run_failed"}"#], &name);
}

#[test]
fn a_second_choice_is_held_back() {
    let chunk = |index: u32, text: &str| {
        json!({"choices": [{"index": index, "delta": {"content": text}}]}).to_string()
    };
    let [a, b, a2] = [chunk(0, "a"), chunk(1, "b"), chunk(0, "c")];
    let held = ["held back until the next frame"];
    check(named("openai-chat"), &[&a, &b], &held);
    let expected = [
        "from the frame before",
        "another choice",
        "from this frame",
        "text <- choices[0].delta.content: \"c\"",
    ];
    check(named("openai-chat"), &[&a, &b, &a2], &expected);
}

#[test]
fn a_reset_names_its_condition() {
    let schema = inline(&json!({"text": "t", "reset": [{"when": "again"}]}));
    let frames = [r#"{"t": "a"}"#, r#"{"type": "again"}"#];
    check(schema, &frames, &["type <- type: \"again\"", "reset <- again"]);
}

fn read(mut aggregator: Aggregator, body: &str, framing: Framing) -> Content {
    let mut frames = Frames::new(framing, 1 << 20);
    let mut fed = frames.feed(body.as_bytes());
    while let Some(Ok(frame)) = fed.next() {
        let _ = aggregator.push(&frame, Duration::ZERO);
    }
    aggregator.finish(None, Duration::ZERO).0
}

#[test]
fn explaining_changes_nothing() {
    for preset in PRESETS {
        let (page, schema) = (preset.page().expect("a page"), preset.schema());
        for case in page.cases.iter().filter(|case| case.fence == Fence::Stream) {
            let framing = match schema.framing {
                Some(StreamKind::JsonLines) => Framing::Lines,
                Some(StreamKind::Json) => Framing::Json,
                _ => Framing::EventStream,
            };
            let plain = read(aggregator(schema.clone()), &case.bytes, framing);
            let explained = read(aggregator(schema.clone()).explaining(), &case.bytes, framing);
            assert_eq!(explained, plain, "{} / {}", page.preset, case.name);
        }
    }
}

#[test]
fn a_part_that_was_forgotten_is_concluded() {
    let chunk = |index: u32, text: &str| {
        json!({"choices": [{"index": index, "delta": {"content": text}}]}).to_string()
    };
    let mut aggregator = aggregator(named("openai-chat"));
    let push = |aggregator: &mut Aggregator, index, text| {
        aggregator.push(&Frame::message(&chunk(index, text)), Duration::ZERO).expect("sound")
    };
    for (index, text) in [(0, "a"), (1, "x"), (0, "b")] {
        push(&mut aggregator, index, text);
    }
    assert_eq!(aggregator.forget().text.text, "ab");
    // The choice is still known.
    for (index, text) in [(1, "y"), (0, "c")] {
        push(&mut aggregator, index, text);
    }
    assert_eq!(aggregator.frames(), 5);
    assert_eq!(aggregator.finish(None, Duration::ZERO).0.text.text, "c");
}
