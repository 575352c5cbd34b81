//! Answers as written.

use fluxloop_mock::{Dialect, MockAgent, MockOptions, Script};
use tokio::time::Instant;

use crate::wire::{Client, Ended, ask, start};

async fn play(script: &str) -> MockAgent {
    let dialect = Dialect::Script(Script::from_json(script).expect("a good script"));
    start(MockOptions { dialect, ..MockOptions::default() }).await
}

#[tokio::test]
async fn answers_come_in_order_and_the_last_one_repeats() {
    let agent = play(
        r#"{"answers": [
            {"status": 503, "headers": {"retry-after": "1"}, "steps": [{"send": "busy"}]},
            {"steps": [{"event": {"data": {"delta": "Hi"}}}, {"event": {"data": "[DONE]"}}]}
        ]}"#,
    )
    .await;
    let first = ask(&agent, "/any", "").await;
    assert_eq!((first.status(), first.text()), (503, "busy"));
    assert_eq!(first.header("retry-after"), Some("1"));
    assert_eq!(first.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(first.header("content-length"), Some("4"));
    for _ in 0..2 {
        let answer = ask(&agent, "/other", "").await;
        assert_eq!(answer.header("content-type"), Some("text/event-stream"));
        assert_eq!(answer.text(), "data: {\"delta\":\"Hi\"}\n\ndata: [DONE]\n\n");
        assert_eq!(answer.ended, Ended::Complete);
    }
}

#[tokio::test]
async fn events_have_types_and_ids_and_comments_between_them() {
    let agent = play(
        r#"{"answers": [{"steps": [
            {"event": {"type": "message", "id": "1", "data": "a\nb"}},
            {"comment": " ping"},
            {"event": {"type": "x", "data": ""}}
        ]}]}"#,
    )
    .await;
    let expected = "event: message\nid: 1\ndata: a\ndata: b\n\n: ping\nevent: x\ndata: \n\n";
    assert_eq!(ask(&agent, "/", "").await.text(), expected);
}

#[tokio::test(start_paused = true)]
async fn pauses_and_delays_are_real() {
    let agent = play(
        r#"{"answers": [{"delay": "2s", "steps": [
            {"send": "a"}, {"pause": 1.5}, {"send": "b"}
        ]}]}"#,
    )
    .await;
    let start = Instant::now();
    let answer = ask(&agent, "/", "").await;
    assert_eq!((answer.text(), answer.ended), ("ab", Ended::Complete));
    assert_eq!(start.elapsed().as_millis(), 3_500);
}

#[tokio::test]
async fn an_answer_ends_as_its_last_step_says() {
    for (step, expected) in
        [("end", Ended::Complete), ("close", Ended::Closed), ("reset", Ended::Reset)]
    {
        let agent =
            play(&format!(r#"{{"answers": [{{"steps": [{{"send": "data: cut"}}, "{step}"]}}]}}"#))
                .await;
        let answer = ask(&agent, "/", "").await;
        assert_eq!((answer.text(), answer.ended), ("data: cut", expected), "{step}");
    }
}

#[tokio::test]
async fn a_raw_answer_is_every_byte_on_the_wire() {
    let agent = play(
        r#"{"answers": [{"raw": true, "steps": [
            {"send": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nda"},
            {"send_hex": "00 ff"}, "close"
        ]}]}"#,
    )
    .await;
    let mut client = Client::connect(&agent).await;
    client.post("/", "").await;
    let (bytes, ended) = client.rest().await;
    assert!(bytes.ends_with(b"\r\n\r\n5\r\nda\x00\xff"), "{}", bytes.escape_ascii());
    assert_eq!(ended, Ended::Closed);
}

#[tokio::test]
async fn a_length_that_lies_is_a_short_body() {
    let agent = play(
        r#"{"answers": [{"headers": {"content-length": "10"}, "steps": [{"send": "four"}]}]}"#,
    )
    .await;
    let answer = ask(&agent, "/", "").await;
    assert_eq!((answer.text(), answer.ended), ("four", Ended::Closed));
}

#[tokio::test]
async fn an_answer_may_be_that_of_a_dialect_at_any_path() {
    let agent = play(
        r#"{"answers": [
            {"dialect": "openai-chat", "fault": "reset_peer:deltas=1"},
            {"dialect": "openai-chat"}
        ]}"#,
    )
    .await;
    let body = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"a b"}]}"#;
    let broken = ask(&agent, "/gateway", body).await;
    assert_eq!((broken.events().len(), broken.ended), (2, Ended::Reset));
    let whole = ask(&agent, "/gateway", body).await;
    assert_eq!((whole.events().len(), whole.ended), (5, Ended::Complete));
}
