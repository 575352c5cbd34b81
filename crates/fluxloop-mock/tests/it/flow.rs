//! When bytes come, in which pieces, and when connections end.

use std::time::Duration;

use fluxloop_mock::MockOptions;
use tokio::time::Instant;

use crate::faults::{CHAT, STREAM, text, with};
use crate::wire::{Client, Ended, ask, post, start};

/// How long the whole answer takes, on a paused clock.
async fn takes(options: MockOptions) -> Duration {
    let agent = start(options).await;
    let start = Instant::now();
    let answer = ask(&agent, CHAT, STREAM).await;
    assert_eq!((text(&answer).as_str(), answer.ended), ("a b c d", Ended::Complete));
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn latency_delays_everything_once() {
    assert_eq!(takes(with(&["latency=250ms"])).await.as_millis(), 250);
    let paced = MockOptions { chunk_gap: Duration::from_secs(1), ..with(&["latency=250ms"]) };
    assert_eq!(takes(paced).await.as_millis(), 3_250);
    let jittered = takes(with(&["latency=250ms,jitter=100ms"])).await.as_millis();
    assert!((150..=350).contains(&jittered), "{jittered} ms");
}

#[tokio::test(start_paused = true)]
async fn bandwidth_is_bytes_per_second() {
    let agent = start(with(&["bandwidth=100"])).await;
    let start = Instant::now();
    let answer = ask(&agent, CHAT, STREAM).await;
    assert_eq!(text(&answer), "a b c d");
    let bytes = agent.answers()[0].bytes as f64;
    let rate = bytes / start.elapsed().as_secs_f64();
    assert!((99.0..=102.0).contains(&rate), "{rate} bytes per second");
}

#[tokio::test(start_paused = true)]
async fn a_slicer_cuts_anywhere_and_changes_no_byte() {
    let whole = post(with(&["latency=0ms"]), CHAT, STREAM).await;
    for fault in ["slicer", "slicer=5", "slicer=9,variation=8", "slicer=3,delay=1ms"] {
        let agent = start(with(&[fault])).await;
        let answer = ask(&agent, CHAT, STREAM).await;
        assert_eq!((&answer.head, &answer.body), (&whole.head, &whole.body), "{fault}");
    }
    let agent = start(with(&["slicer=1,delay=1ms"])).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    for expected in b"HTTP/1.1 200 OK\r\n" {
        assert_eq!(client.some().await, [*expected]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_is_slow() {
    let agent = start(with(&["slow_close=3s"])).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    let answer = client.answer().await;
    assert_eq!((answer.header("connection"), answer.ended), (Some("close"), Ended::Complete));
    let start = Instant::now();
    assert_eq!(client.rest().await, (Vec::new(), Ended::Closed));
    assert_eq!(start.elapsed().as_secs(), 3);
}

#[tokio::test]
async fn a_connection_ends_after_so_many_bytes() {
    for (fault, ended) in [
        ("limit_data=100", Ended::Closed),
        ("close:bytes=100", Ended::Closed),
        ("reset_peer:bytes=100", Ended::Reset),
        ("timeout=1ms,bytes=100", Ended::Closed),
    ] {
        check_bytes(fault, 100, ended).await;
    }
}

#[tokio::test]
async fn an_endless_answer_ends_after_so_many_bytes_too() {
    for fault in [
        "endless=text+close:bytes=100000",
        "endless=text+limit_data=100000",
        "endless=line,every=1ms+limit_data=100000",
        "gzip=bomb+limit_data=100000",
    ] {
        check_bytes(fault, 100_000, Ended::Closed).await;
    }
}

/// How many bytes come on the wire, and how they end.
async fn check_bytes(fault: &str, bytes: usize, ended: Ended) {
    let agent = start(with(&[fault])).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    let (read, seen) = client.rest().await;
    assert_eq!((read.len(), seen), (bytes, ended), "{fault}");
}

#[tokio::test]
async fn an_answer_that_is_shorter_stays_whole() {
    let agent = start(with(&["limit_data=1MiB"])).await;
    let answer = ask(&agent, CHAT, STREAM).await;
    assert_eq!((text(&answer).as_str(), answer.ended), ("a b c d", Ended::Complete));
    let bytes = agent.answers()[0].bytes;
    let agent =
        start(with(&[&format!("limit_data={bytes}@1"), &format!("limit_data={}", bytes - 1)]))
            .await;
    assert_eq!(ask(&agent, CHAT, STREAM).await.ended, Ended::Complete);
    assert_eq!(ask(&agent, CHAT, STREAM).await.ended, Ended::Closed);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_closes_after_its_time() {
    let agent = start(with(&["close_idle=5s@1-3"])).await;
    let mut client = Client::connect(&agent).await;
    // Requests that come in time are answered.
    for _ in 0..3 {
        client.post(CHAT, STREAM).await;
        assert_eq!(client.answer().await.ended, Ended::Complete);
    }
    let start = Instant::now();
    assert_eq!(client.rest().await, (Vec::new(), Ended::Closed));
    assert_eq!((start.elapsed().as_secs(), agent.served().connections), (5, 1));
}

#[tokio::test]
async fn a_connection_closes_just_before_its_second_request() {
    let agent = start(with(&["close_idle"])).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    let answer = client.answer().await;
    assert_eq!((answer.header("connection"), answer.ended), (None, Ended::Complete));
    client.post(CHAT, STREAM).await;
    assert_eq!(client.rest().await, (Vec::new(), Ended::Closed));
    assert_eq!(agent.served().requests, 1);
}

#[tokio::test]
async fn a_waiting_connection_ends_with_the_mock() {
    let agent = start(with(&["close_idle"])).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    client.answer().await;
    agent.shutdown(Duration::from_mins(1)).await;
    assert_eq!(client.rest().await, (Vec::new(), Ended::Closed));
}
