//! What each provider's answer looks like.

use fluxloop_mock::{MockOptions, MockRequest, Reply, transcript};
use serde_json::{Value, json};

use crate::wire::{Ended, HARD, post};

const CHAT: &str = "/v1/chat/completions";
const RESPONSES: &str = "/v1/responses";
const MESSAGES: &str = "/v1/messages";

/// A request in the form of each provider.
fn request(path: &str, input: &str, stream: bool) -> Value {
    let messages = json!([
        {"role": "user", "content": "an older question"},
        {"role": "assistant", "content": "an answer"},
        {"role": "user", "content": input},
    ]);
    match path {
        CHAT => json!({"model": "gpt-4o-mini", "messages": messages, "stream": stream}),
        RESPONSES => json!({"model": "gpt-4o-mini", "input": messages, "stream": stream}),
        MESSAGES => json!({
            "model": "claude-sonnet-4-5", "max_tokens": 100, "system": "be brief",
            "messages": messages, "stream": stream,
        }),
        _ => json!({"input": input, "stream": stream}),
    }
}

#[track_caller]
fn check_bytes(body: &[u8], fixture: &str) {
    let body = str::from_utf8(body).expect("UTF-8");
    assert!(body == fixture, "another stream than the fixture:\n{body}");
}

/// The stream on the wire, the stream without a wire, and the fixture are the same.
async fn check_stream(path: &str, request: Value, fixture: &str) {
    let body = request.to_string();
    let answer = post(MockOptions::default(), path, &body).await;
    assert_eq!((answer.status(), answer.ended), (200, Ended::Complete));
    assert_eq!(answer.header("content-type"), Some("text/event-stream; charset=utf-8"));
    check_bytes(&answer.body, fixture);
    let pure = transcript(&MockOptions::default(), 0, &MockRequest::post(path, body));
    check_bytes(&pure.expect("an answer").body, fixture);
}

#[tokio::test]
async fn chat_has_role_deltas_finish_and_done() {
    check_stream(CHAT, request(CHAT, "Hi there", true), include_str!("fixtures/chat.sse")).await;
}

#[tokio::test]
async fn chat_has_usage_if_it_is_asked_for() {
    let mut request = request(CHAT, "Hi there", true);
    request["stream_options"] = json!({"include_usage": true});
    check_stream(CHAT, request, include_str!("fixtures/chat_usage.sse")).await;
}

#[tokio::test]
async fn responses_open_and_close_item_and_part() {
    let request = request(RESPONSES, "Hi there", true);
    check_stream(RESPONSES, request, include_str!("fixtures/responses.sse")).await;
}

#[tokio::test]
async fn messages_have_a_ping_and_both_usages() {
    let request = request(MESSAGES, "Hi there", true);
    check_stream(MESSAGES, request, include_str!("fixtures/messages.sse")).await;
}

#[tokio::test]
async fn a_custom_agent_has_messages_and_done() {
    check_stream("/chat", request("/chat", "Hi there", true), include_str!("fixtures/custom.sse"))
        .await;
}

#[tokio::test]
async fn the_deltas_of_every_dialect_are_the_input_byte_by_byte() {
    for (path, pointer) in [
        (CHAT, "/choices/0/delta/content"),
        (RESPONSES, "/delta"),
        (MESSAGES, "/delta/text"),
        ("/chat", "/delta"),
    ] {
        for input in [HARD, "", " ", "\n", "one"] {
            let answer =
                post(MockOptions::default(), path, &request(path, input, true).to_string()).await;
            let events = answer.events();
            let found: Vec<Value> =
                events.iter().filter_map(|(_, data)| serde_json::from_str(data).ok()).collect();
            let text: String =
                found.iter().filter_map(|data| data.pointer(pointer)?.as_str()).collect();
            assert_eq!(text, input, "{path}");
        }
    }
}

#[tokio::test]
async fn every_dialect_answers_without_a_stream() {
    for (path, pointer) in [
        (CHAT, "/choices/0/message/content"),
        (RESPONSES, "/output/0/content/0/text"),
        (MESSAGES, "/content/0/text"),
        ("/chat", "/output"),
    ] {
        let body = request(path, HARD, false).to_string();
        let answer = post(MockOptions::default(), path, &body).await;
        assert_eq!((answer.status(), answer.ended), (200, Ended::Complete));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(body.pointer(pointer), Some(&Value::from(HARD)), "{path}");
    }
}

#[tokio::test]
async fn a_plain_answer_counts_words() {
    let usage = async |path| {
        let body = request(path, "three words here", false).to_string();
        let answer = post(MockOptions::default(), path, &body).await;
        serde_json::from_slice::<Value>(&answer.body).expect("JSON")["usage"].clone()
    };
    let chat = usage(CHAT).await;
    assert_eq!(chat["prompt_tokens"], 8);
    assert_eq!((&chat["completion_tokens"], &chat["total_tokens"]), (&json!(3), &json!(11)));
    let responses = usage(RESPONSES).await;
    assert_eq!((&responses["input_tokens"], &responses["output_tokens"]), (&json!(8), &json!(3)));
    let messages = usage(MESSAGES).await;
    assert_eq!((&messages["input_tokens"], &messages["output_tokens"]), (&json!(10), &json!(3)));
}

#[tokio::test]
async fn parts_of_a_message_are_joined() {
    let body = r#"{"model":"m","input":[{"role":"user","content":[
        {"type":"input_text","text":"a b"},{"type":"input_image"},{"type":"input_text","text":" c"}
    ]}]}"#;
    let answer = post(MockOptions::default(), RESPONSES, body).await;
    assert!(answer.text().contains(r#""text":"a b c""#), "{}", answer.text());
}

#[tokio::test]
async fn a_reply_may_be_given_beforehand() {
    let options = MockOptions { reply: Reply::Text("so be it".into()), ..MockOptions::default() };
    let answer = post(options, "/chat", r#"{"input":"?","stream":false}"#).await;
    assert_eq!(answer.text(), r#"{"output":"so be it"}"#);
}

#[test]
fn a_seed_decides_all_ids() {
    let body = |seed, number| {
        let options = MockOptions { seed, ..MockOptions::default() };
        let request = MockRequest::post(CHAT, request(CHAT, "x", true).to_string());
        transcript(&options, number, &request).expect("an answer").body
    };
    assert_eq!(body(7, 3), body(7, 3));
    assert_ne!(body(7, 3), body(8, 3));
    assert_ne!(body(7, 3), body(7, 4));
}
