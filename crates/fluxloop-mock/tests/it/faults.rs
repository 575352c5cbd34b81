//! What goes wrong on purpose, as the peer sees it.

use std::time::{Duration, SystemTime};

use fluxloop_mock::{Faults, MockOptions};
use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::wire::{Answer, Client, Ended, ask, post, start};

pub(crate) const CHAT: &str = "/v1/chat/completions";
pub(crate) const STREAM: &str =
    r#"{"model":"m","messages":[{"role":"user","content":"a b c d"}],"stream":true}"#;
pub(crate) const PLAIN: &str = r#"{"model":"m","messages":[{"role":"user","content":"a b c d"}]}"#;

/// Longer than anything takes, on a clock that runs only while all wait.
pub(crate) const LONG: Duration = Duration::from_hours(24);

/// A mock for which these rules hold, with the seed 7.
pub(crate) fn with(rules: &[&str]) -> MockOptions {
    let rules = rules.iter().map(|rule| rule.parse().expect("a good rule"));
    let faults = Faults::new(rules).expect("good rules");
    MockOptions { faults, seed: 7, record: 64, ..MockOptions::default() }
}

/// The text of the deltas that arrived in a chat stream.
pub(crate) fn text(answer: &Answer) -> String {
    let events = answer.events();
    let chunks = events.iter().filter_map(|(_, data)| serde_json::from_str::<Value>(data).ok());
    chunks
        .filter_map(|chunk| Some(chunk["choices"][0]["delta"]["content"].as_str()?.to_owned()))
        .collect()
}

/// What arrives of a stream with a fault in it.
async fn check_stream(fault: &str, said: &str, ended: Ended) -> Answer {
    let answer = post(with(&[fault]), CHAT, STREAM).await;
    assert_eq!((answer.status(), text(&answer).as_str(), answer.ended), (200, said, ended));
    assert!(!answer.text().contains("[DONE]"));
    answer
}

#[tokio::test]
async fn a_status_is_given_as_often_as_asked_and_then_an_answer() {
    let agent = start(with(&["status=503,retry_after=2@1-2"])).await;
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
    let answer = post(with(&["status=529"]), "/v1/messages", "{}").await;
    assert!(answer.text().contains(r#""type":"overloaded_error""#), "{}", answer.text());
    let answer = post(with(&["status=502,body=<html>"]), CHAT, STREAM).await;
    assert_eq!((answer.status(), answer.text()), (502, "<html>"));
    let answer = post(with(&["status=204"]), CHAT, STREAM).await;
    assert_eq!(
        answer.head,
        "HTTP/1.1 204 No Content\r\nx-request-id: ".to_owned()
            + answer.header("x-request-id").expect("an id")
            + "\r\ncache-control: no-cache"
    );
}

#[tokio::test]
async fn a_wait_may_be_told_in_every_form() {
    for value in ["2", "0.5", "-1", "99999999999999999999", "soon"] {
        let answer = post(with(&[&format!("status=429,retry_after={value}")]), CHAT, STREAM).await;
        assert_eq!(answer.header("retry-after"), Some(value));
    }
    let fault = "status=429,retry_after_ms=1500,header=\"x-ratelimit-reset: 1s\"";
    let answer = post(with(&[fault]), CHAT, STREAM).await;
    assert_eq!(answer.header("retry-after-ms"), Some("1500"));
    assert_eq!(answer.header("x-ratelimit-reset"), Some("1s"));
    let before = SystemTime::now();
    let answer = post(with(&["status=429,retry_at=30s"]), CHAT, STREAM).await;
    let date = answer.header("retry-after").map(httpdate::parse_http_date);
    let wait = date.expect("a header").expect("a date").duration_since(before);
    // A date has whole seconds.
    assert!((29..32).contains(&wait.expect("ahead").as_secs()), "{}", answer.head);
}

#[tokio::test]
async fn a_redirect_leads_elsewhere_or_to_itself() {
    let answer = post(with(&["redirect"]), "/chat?a=b", STREAM).await;
    assert_eq!((answer.status(), answer.header("location")), (307, Some("/chat?a=b")));
    let answer = post(with(&["redirect=302,to=http://127.0.0.1:9/x"]), CHAT, STREAM).await;
    assert_eq!((answer.status(), answer.header("location")), (302, Some("http://127.0.0.1:9/x")));
}

#[tokio::test]
async fn a_connection_closes_or_resets_before_any_byte() {
    for (fault, expected) in [("close", Ended::Closed), ("reset_peer", Ended::Reset)] {
        let answer = post(with(&[fault]), CHAT, STREAM).await;
        assert_eq!((answer.head.as_str(), answer.ended), ("", expected));
    }
}

#[tokio::test]
async fn a_stream_breaks_after_its_deltas() {
    check_stream("close:deltas=2", "a b", Ended::Closed).await;
    check_stream("reset_peer:deltas=2", "a b", Ended::Reset).await;
}

#[tokio::test]
async fn a_stream_breaks_before_its_text_or_before_its_end() {
    let answer = check_stream("close:deltas=0", "", Ended::Closed).await;
    assert_eq!(answer.events().len(), 1);
    check_stream("close:deltas=99", "a b c d", Ended::Closed).await;
    let answer = check_stream("close:at=head", "", Ended::Closed).await;
    assert_eq!(answer.body, b"");
}

#[tokio::test]
async fn a_stream_breaks_inside_an_event() {
    let answer = post(with(&["close:inside=1"]), CHAT, STREAM).await;
    assert_eq!(text(&answer), "a");
    assert!(answer.text().len() > answer.text().rfind("\n\n").expect("events") + 2);
}

#[tokio::test]
async fn a_stream_with_its_end_marker_may_lack_its_last_chunk() {
    let answer = post(with(&["close:at=done"]), CHAT, STREAM).await;
    assert_eq!((text(&answer).as_str(), answer.ended), ("a b c d", Ended::Closed));
    assert!(answer.text().ends_with("data: [DONE]\n\n"));
}

#[tokio::test]
async fn a_stream_may_end_in_order_without_its_end_marker() {
    check_stream("end:deltas=3", "a b c", Ended::Complete).await;
    check_stream("end", "a b c d", Ended::Complete).await;
    let inside = check_stream("end:inside=3", "a b c", Ended::Complete).await;
    assert!(!inside.text().ends_with('\n'));
    let nothing = check_stream("end:at=head", "", Ended::Complete).await;
    assert_eq!(nothing.body, b"");
}

/// Far more than the buffers of both systems hold.
#[tokio::test]
async fn everything_before_a_close_arrives() {
    let input = "word ".repeat(30_000);
    let body = serde_json::json!({"model": "m", "stream": true,
        "messages": [{"role": "user", "content": input}]});
    let answer = post(with(&["close:deltas=99999"]), CHAT, &body.to_string()).await;
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
        for (after, said) in [(0, 0), (9, 2)] {
            let fault = format!("error,deltas={after}");
            let events = post(with(&[&fault]), path, body).await.events();
            let deltas =
                events.iter().filter(|(_, data)| data.contains("\"a\"") || data.contains("\" b\""));
            assert_eq!(deltas.count(), said, "{path} {fault}");
            assert!(events[events.len() - 1].1.contains("server_error"));
        }
        let fault = "error=overloaded_error,message=\"too much\",deltas=1";
        let answer = post(with(&[fault]), path, body).await;
        assert_eq!((answer.status(), answer.ended), (200, Ended::Complete));
        let (last_type, data) = answer.events().pop().expect("an event");
        assert_eq!(last_type, event_type);
        assert!(data.contains(expected) && data.contains("too much"), "{data}");
    }
}

#[tokio::test]
async fn a_plain_answer_breaks_in_the_middle_or_is_an_error() {
    let answer = post(with(&["close:deltas=0"]), CHAT, PLAIN).await;
    let announced: usize = answer.header("content-length").expect("a length").parse().expect("it");
    assert_eq!((answer.body.len(), answer.ended), (announced / 2, Ended::Closed));
    for (fault, body) in [("error=e", PLAIN), ("error=e,whole", STREAM)] {
        let answer = post(with(&[fault]), CHAT, body).await;
        let content_type = answer.header("content-type");
        assert_eq!((answer.status(), content_type), (200, Some("application/json")));
        assert!(answer.text().starts_with(r#"{"error":"#), "{}", answer.text());
    }
}

#[tokio::test]
async fn another_content_type_changes_nothing_else() {
    for (fault, expected) in [("content_type=text/html", Some("text/html")), ("content_type", None)]
    {
        let answer = post(with(&[fault]), CHAT, STREAM).await;
        assert_eq!(answer.header("content-type"), expected);
        assert_eq!((text(&answer).as_str(), answer.ended), ("a b c d", Ended::Complete));
    }
}

#[tokio::test]
async fn garbage_is_all_there_is() {
    let agent = start(with(&["garbage=\"SSH-2.0\\r\\n\""])).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    assert_eq!(client.rest().await, (b"SSH-2.0\r\n".to_vec(), Ended::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_holds_the_connection_open_in_silence() {
    for (fault, said) in
        [("timeout", 0), ("timeout:at=head", 0), ("timeout:deltas=0", 1), ("timeout:deltas=2", 3)]
    {
        let agent = start(with(&[fault])).await;
        let mut client = Client::connect(&agent).await;
        client.post(CHAT, STREAM).await;
        let mut seen = Answer { head: String::new(), body: Vec::new(), ended: Ended::Complete };
        let silent = timeout(LONG, client.read(&mut seen)).await;
        assert!(silent.is_err(), "{seen:?}");
        assert_eq!(seen.events().len(), said, "role chunk and deltas");
        assert_eq!(seen.head.is_empty(), fault == "timeout");
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
    for fault in ["timeout=7s", "timeout=7s,deltas=1"] {
        let agent = start(with(&[fault])).await;
        let start = Instant::now();
        assert_eq!(ask(&agent, CHAT, STREAM).await.ended, Ended::Closed);
        assert_eq!(start.elapsed().as_secs(), 7);
    }
}

#[tokio::test]
async fn faults_come_in_order_or_by_the_chance_of_the_seed() {
    let agent = start(with(&["close@2"])).await;
    for expected in [Ended::Complete, Ended::Closed, Ended::Complete] {
        assert_eq!(ask(&agent, CHAT, STREAM).await.ended, expected);
    }
    let run = async |seed| {
        let agent = start(MockOptions { seed, ..with(&["close@50%"]) }).await;
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

#[tokio::test]
async fn a_request_may_ask_for_its_own_fault() {
    let agent = start(with(&["status=500"])).await;
    let ask = async |target: &str, headers: &str| {
        let mut client = Client::connect(&agent).await;
        client.send("POST", target, headers, STREAM).await;
        client.answer().await
    };
    assert_eq!(ask(CHAT, "").await.status(), 500);
    assert_eq!(text(&ask(CHAT, "x-mock-fault: none\r\n").await), "a b c d");
    assert_eq!(text(&ask(CHAT, "x-mock-fault: bom+close:deltas=1\r\n").await), "a");
    assert_eq!(ask(&format!("{CHAT}?x_mock_fault=status%3D418"), "").await.status(), 418);
    let refused = ask(CHAT, "x-mock-fault: clsoe\r\n").await;
    assert_eq!(refused.status(), 400);
    assert!(refused.text().contains("unknown fault `clsoe`"), "{}", refused.text());
}

#[tokio::test]
async fn a_connection_lives_on_after_a_fault_that_does_not_break_it() {
    let agent = start(with(&["slicer=7@1", "gzip=whole@2", "status=503@3"])).await;
    let mut client = Client::connect(&agent).await;
    for expected in [200, 200, 503, 200] {
        client.post(CHAT, STREAM).await;
        assert_eq!(client.answer().await.status(), expected);
    }
    assert_eq!(agent.served().connections, 1);
}
