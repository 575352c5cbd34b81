//! What a stream allocates does not grow with the number of its events, counted.

use std::time::Duration;

use allocation_counter::measure;
use fluxloop_aggregate::{Aggregator, AnswerReader, AnswerRules, Push};
use fluxloop_frames::Frame;
use fluxloop_schema::{Schema, StreamKind, load};
use serde_json::{Value, json};

/// An event of a chat completion that carries a piece of text.
fn chat(text: &str) -> String {
    let delta = format!(r#"{{"content":"{text}"}}"#);
    format!(
        r#"{{"id":"c","model":"m","choices":[{{"delta":{delta},"finish_reason":null}}],"usage":null}}"#
    )
}

/// An event of an Anthropic message that carries a piece of text.
fn block(text: &str) -> String {
    format!(
        r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{text}"}}}}"#
    )
}

/// After two events of a stream, the next ones allocate nothing, as long as the room for the text
/// lasts.
#[track_caller]
fn check(event_type: &str, schema: &Value, event: fn(&str) -> String) {
    let loaded = load(schema, "inline", &mut |_, _| None).expect("the test's schema is sound");
    let rules = AnswerReader::new(&AnswerRules::new(StreamKind::Sse, loaded.schema));
    let events = [" one", " two", "", ", three"].map(event);
    for limit in [None, Some(200)] {
        let mut aggregator = Aggregator::new(&rules, limit);
        let mut push = |data: &String| {
            let frame = Frame::new(event_type, data);
            aggregator.push(&frame, Duration::ZERO).expect("the test's events are right")
        };
        for data in &events[..2] {
            push(data);
        }
        let counted = measure(|| {
            for data in events.iter().cycle().take(40) {
                assert_ne!(push(data), Push::LimitReached);
            }
        });
        assert_eq!(counted.count_total, 0, "with the limit {limit:?}");
    }
}

#[test]
fn events_of_a_chat_completion_allocate_nothing() {
    check("message", &json!({ "text": "choices[0].delta.content" }), chat);
    check("message", &json!("openai-chat"), chat);
}

#[test]
fn events_of_a_message_allocate_nothing() {
    let text = json!({ "when": "content_block_delta", "path": "delta.text", "group": "index" });
    check("content_block_delta", &json!({ "text": text }), block);
    check("content_block_delta", &json!("anthropic"), block);
}

#[test]
fn conditions_and_types_in_the_data_allocate_nothing() {
    let when = json!({ "type": "content_block_delta", "path": "delta.type", "matches": "^text" });
    check("message", &json!({ "text": { "when": when, "path": "delta.text" } }), block);
}

/// An event with forty values besides the text.
fn wide(text: &str) -> String {
    let more: Value = (0..40).map(|number| (format!("x{number}"), json!("yes"))).collect();
    json!({ "text": text, "more": more }).to_string()
}

#[test]
fn forty_paths_and_forty_conditions_allocate_nothing() {
    let path = |number| format!("more.x{number}");
    let captures: Value =
        (0..40).map(|number| (format!("x{number}"), json!(path(number)))).collect();
    let errors: Value =
        (0..40).map(|number| json!({ "when": { "path": path(number), "equals": "no" } })).collect();
    check("message", &json!({ "text": "text", "captures": captures, "error": errors }), wide);
}

#[test]
fn an_aggregator_allocates_no_text_before_its_first_event() {
    let reader = AnswerReader::new(&AnswerRules::new(StreamKind::Sse, Schema::auto()));
    let counted = measure(|| drop(Aggregator::new(&reader, Some(1))));
    assert!(counted.bytes_total < 8 << 10, "{counted:?}");
}
