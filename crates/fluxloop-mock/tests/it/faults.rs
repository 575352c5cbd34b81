//! What goes wrong on purpose, as the peer sees it.

use std::time::Duration;

use fluxloop_mock::{At, Fault, Faults, MockOptions};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::wire::{Answer, Client, Ended, ask, post, start};

const CHAT: &str = "/v1/chat/completions";
const STREAM: &str =
    r#"{"model":"m","messages":[{"role":"user","content":"a b c d"}],"stream":true}"#;
const PLAIN: &str = r#"{"model":"m","messages":[{"role":"user","content":"a b c d"}]}"#;

/// Longer than anything takes, on a clock that runs only while all wait.
const LONG: Duration = Duration::from_hours(24);

fn always(fault: Fault) -> MockOptions {
    MockOptions { faults: Faults::Always(fault), ..MockOptions::default() }
}

/// The text of the deltas that arrived in a chat stream.
fn text(answer: &Answer) -> String {
    let events = answer.events();
    let chunks = events.iter().filter_map(|(_, data)| serde_json::from_str::<Value>(data).ok());
    chunks
        .filter_map(|chunk| Some(chunk["choices"][0]["delta"]["content"].as_str()?.to_owned()))
        .collect()
}

/// What arrives of a stream with a fault in it.
async fn check_stream(fault: Fault, said: &str, ended: Ended) -> Answer {
    let answer = post(always(fault), CHAT, STREAM).await;
    assert_eq!((answer.status(), text(&answer).as_str(), answer.ended), (200, said, ended));
    assert!(!answer.text().contains("[DONE]"));
    answer
}

#[tokio::test]
async fn a_status_is_given_as_often_as_asked_and_then_an_answer() {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let faults = Faults::first(2, Fault::Status { status, headers, body: None });
    let agent = start(MockOptions { faults, ..MockOptions::default() }).await;
    for _ in 0..2 {
        let answer = ask(&agent, CHAT, STREAM).await;
        assert_eq!((answer.status(), answer.header("retry-after")), (503, Some("2")));
        assert!(answer.text().contains(r#""type":"server_error""#), "{}", answer.text());
    }
    assert_eq!(text(&ask(&agent, CHAT, STREAM).await), "a b c d");
    let served = agent.served();
    assert_eq!((served.requests, served.completed_streams, served.faults), (3, 1, 2));
}

#[tokio::test]
async fn a_status_has_the_error_of_its_provider_or_a_body_of_its_own() {
    let overloaded = StatusCode::from_u16(529).expect("a status");
    let answer = post(always(Fault::status(overloaded)), "/v1/messages", "{}").await;
    assert!(answer.text().contains(r#""type":"overloaded_error""#), "{}", answer.text());
    let fault = Fault::Status {
        status: StatusCode::BAD_GATEWAY,
        headers: HeaderMap::new(),
        body: Some("<html>".into()),
    };
    let answer = post(always(fault), CHAT, STREAM).await;
    assert_eq!((answer.status(), answer.text()), (502, "<html>"));
}

#[tokio::test]
async fn a_connection_closes_or_resets_before_any_byte() {
    let at = At::BeforeAnswer;
    for (fault, expected) in
        [(Fault::Close { at }, Ended::Closed), (Fault::ResetPeer { at }, Ended::Reset)]
    {
        let answer = post(always(fault), CHAT, STREAM).await;
        assert_eq!((answer.head.as_str(), answer.ended), ("", expected));
    }
}

#[tokio::test]
async fn a_stream_breaks_after_its_deltas() {
    let at = At::AfterDeltas(2);
    check_stream(Fault::Close { at }, "a b", Ended::Closed).await;
    check_stream(Fault::ResetPeer { at }, "a b", Ended::Reset).await;
}

#[tokio::test]
async fn a_stream_breaks_before_its_text_or_before_its_end() {
    let fault = Fault::Close { at: At::AfterDeltas(0) };
    let answer = check_stream(fault, "", Ended::Closed).await;
    assert_eq!(answer.events().len(), 1);
    check_stream(Fault::Close { at: At::AfterDeltas(99) }, "a b c d", Ended::Closed).await;
}

#[tokio::test]
async fn a_stream_may_end_in_order_without_its_end_marker() {
    check_stream(Fault::End { after_deltas: 3 }, "a b c", Ended::Complete).await;
}

/// Far more than the buffers of both systems hold.
#[tokio::test]
async fn everything_before_a_close_arrives() {
    let input = "word ".repeat(50_000);
    let body = serde_json::json!({"model": "m", "stream": true,
        "messages": [{"role": "user", "content": input}]});
    let fault = Fault::Close { at: At::AfterDeltas(usize::MAX) };
    let answer = post(always(fault), CHAT, &body.to_string()).await;
    assert_eq!(answer.ended, Ended::Closed);
    assert!(text(&answer) == input, "{} bytes arrived", answer.body.len());
}

#[tokio::test]
async fn an_error_comes_inside_the_stream_as_each_provider_writes_it() {
    let messages = r#"{"model":"m","max_tokens":9,"stream":true,
        "messages":[{"role":"user","content":"a b"}]}"#;
    let responses = r#"{"model":"m","input":"a b","stream":true}"#;
    for (path, body, event_type, expected) in [
        (CHAT, STREAM, "message", r#"{"error":{"message":"too much","type":"overloaded_error","#),
        ("/v1/responses", responses, "response.failed", r#""error":{"code":"overloaded_error","#),
        (
            "/v1/messages",
            messages,
            "error",
            r#"{"type":"error","error":{"type":"overloaded_error","#,
        ),
        ("/chat", r#"{"input":"a b"}"#, "error", r#"{"error":{"type":"overloaded_error","#),
    ] {
        let fault = Fault::ErrorEvent {
            after_deltas: 1,
            error_type: "overloaded_error".into(),
            message: "too much".into(),
        };
        let answer = post(always(fault), path, body).await;
        assert_eq!((answer.status(), answer.ended), (200, Ended::Complete));
        let (last_type, data) = answer.events().pop().expect("an event");
        assert_eq!(last_type, event_type);
        assert!(data.contains(expected) && data.contains("too much"), "{data}");
    }
}

#[tokio::test]
async fn a_plain_answer_breaks_in_the_middle_or_is_an_error() {
    let answer = post(always(Fault::Close { at: At::AfterDeltas(1) }), CHAT, PLAIN).await;
    let announced: usize = answer.header("content-length").expect("a length").parse().expect("it");
    assert_eq!((answer.body.len(), answer.ended), (announced / 2, Ended::Closed));
    let fault = Fault::ErrorEvent { after_deltas: 0, error_type: "e".into(), message: "m".into() };
    let answer = post(always(fault), CHAT, PLAIN).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().starts_with(r#"{"error":"#), "{}", answer.text());
}

#[tokio::test]
async fn another_content_type_changes_nothing_else() {
    let fault = Fault::ContentType(HeaderValue::from_static("text/html"));
    let answer = post(always(fault), CHAT, STREAM).await;
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!((text(&answer).as_str(), answer.ended), ("a b c d", Ended::Complete));
}

#[tokio::test]
async fn garbage_is_all_there_is() {
    let agent = start(always(Fault::Garbage("SSH-2.0\r\n".into()))).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    assert_eq!(client.rest().await, (b"SSH-2.0\r\n".to_vec(), Ended::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_holds_the_connection_open_in_silence() {
    for (at, said) in [(At::BeforeAnswer, 0), (At::AfterDeltas(2), 3)] {
        let agent = start(always(Fault::Timeout { at, close_after: None })).await;
        let mut client = Client::connect(&agent).await;
        client.post(CHAT, STREAM).await;
        let mut seen = Answer { head: String::new(), body: Vec::new(), ended: Ended::Complete };
        let silent = timeout(LONG, client.read(&mut seen)).await;
        assert!(silent.is_err(), "{seen:?}");
        assert_eq!(seen.events().len(), said, "role chunk and deltas");
        assert_eq!(agent.served().in_flight, 1);
        drop(client);
        while agent.served().open_connections > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(agent.served().in_flight, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_may_end() {
    for at in [At::BeforeAnswer, At::AfterDeltas(1)] {
        let close_after = Some(Duration::from_secs(7));
        let agent = start(always(Fault::Timeout { at, close_after })).await;
        let start = Instant::now();
        assert_eq!(ask(&agent, CHAT, STREAM).await.ended, Ended::Closed);
        assert_eq!(start.elapsed().as_secs(), 7);
    }
}

#[tokio::test]
async fn faults_come_in_order_or_by_the_chance_of_the_seed() {
    let close = Fault::Close { at: At::BeforeAnswer };
    let faults = Faults::InOrder(vec![None, Some(close.clone())]);
    let agent = start(MockOptions { faults, ..MockOptions::default() }).await;
    for expected in [Ended::Complete, Ended::Closed, Ended::Complete] {
        assert_eq!(ask(&agent, CHAT, STREAM).await.ended, expected);
    }
    let run = async |seed| {
        let faults = Faults::Chance { probability: 0.5, fault: close.clone() };
        let agent = start(MockOptions { faults, seed, ..MockOptions::default() }).await;
        let mut ends = Vec::new();
        for _ in 0..32 {
            ends.push(ask(&agent, CHAT, STREAM).await.ended);
        }
        ends
    };
    let first = run(1).await;
    assert_eq!(first, run(1).await);
    assert_ne!(first, run(2).await);
    let broken = first.iter().filter(|end| **end == Ended::Closed).count();
    assert!((8..=24).contains(&broken), "{broken} of 32 with probability 0.5, seed 1");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let agent = start(MockOptions {
        close_idle: Some(Duration::from_secs(5)),
        chunk_gap: Duration::from_secs(20),
        ..MockOptions::default()
    })
    .await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    assert_eq!(client.answer().await.ended, Ended::Complete);
    let idle_since = Instant::now();
    assert_eq!(client.rest().await, (Vec::new(), Ended::Closed));
    assert_eq!(idle_since.elapsed().as_secs(), 5);
}
