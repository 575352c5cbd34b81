//! What is wrong with events, codings, heads and lengths.

use std::time::Duration;

use fluxloop_http::{Exchange, Progress, RequestError, Transport};
use fluxloop_mock::MockAgent;
use fluxloop_plan::{Connection, RequestSpec};
use http::{HeaderMap, Method};

use crate::faults::{CHAT, PLAIN, STREAM, text, with};
use crate::wire::{Answer, Client, Ended, post, start};

/// The answer to a chat stream with this fault.
async fn play(fault: &str) -> Answer {
    post(with(&[fault]), CHAT, STREAM).await
}

/// The beginning of an answer that has no end: so many bytes of it, and it is still there.
async fn endless(fault: &str, bytes: usize) -> Vec<u8> {
    let agent = start(with(&[fault])).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    let mut seen = Vec::new();
    while seen.len() < bytes {
        seen.extend(client.some().await);
    }
    assert_eq!(agent.served().in_flight, 1, "{fault}");
    drop(client);
    while agent.served().in_flight > 0 {
        tokio::task::yield_now().await;
    }
    seen
}

#[tokio::test]
async fn one_event_among_the_others_is_no_good_json() {
    for (kind, begins) in [("cut", "{\"delta\": \"cut o"), ("text", "This"), ("deep", "[[[[[[")] {
        let answer = play(&format!("malformed={kind},deltas=2")).await;
        assert_eq!((text(&answer).as_str(), answer.ended), ("a b c d", Ended::Complete));
        let events = answer.events();
        assert!(events[3].1.starts_with(begins), "{}", events[3].1);
        assert_eq!(events.len(), 8);
    }
    assert_eq!(play("malformed=deep").await.events()[1].1.len(), 20_000);
}

#[tokio::test]
async fn bytes_that_are_no_utf8_are_one_replacement_character() {
    let answer = play("invalid_utf8:deltas=1").await;
    assert!(str::from_utf8(&answer.body).is_err());
    assert!(answer.body.windows(5).any(|bytes| bytes == b"\"\xF0\x9F\x98\""));
    assert_eq!(text(&answer), "a\u{FFFD} b c d");
}

#[tokio::test]
async fn a_byte_order_mark_comes_first() {
    let answer = play("bom").await;
    assert!(answer.body.starts_with(b"\xEF\xBB\xBFdata: "));
    assert_eq!(text(&answer), "a b c d");
}

#[tokio::test]
async fn a_comment_is_as_long_as_asked() {
    let answer = play("long_line=1MiB").await;
    assert_eq!(answer.text().find('\n'), Some(1 << 20));
    assert_eq!(text(&answer), "a b c d");
}

#[tokio::test]
async fn lines_end_as_asked() {
    let answer = play("line_ends=crlf").await;
    assert_eq!((answer.text().matches("\r\n").count()), answer.text().matches('\n').count());
    assert_eq!(text(&answer), "a b c d");
    let answer = play("line_ends=cr").await;
    assert!(!answer.text().contains('\n') && answer.text().ends_with("[DONE]\r\r"));
}

#[tokio::test]
async fn a_stream_may_be_one_chunk() {
    let agent = start(with(&["one_chunk"])).await;
    let mut client = Client::connect(&agent).await;
    client.send("POST", CHAT, "connection: close\r\n", STREAM).await;
    let (bytes, _) = client.rest().await;
    let bytes = String::from_utf8(bytes).expect("text");
    let (head, body) = bytes.split_once("\r\n\r\n").expect("a head");
    assert!(head.ends_with("connection: close"));
    let (size, body) = body.split_once("\r\n").expect("a chunk");
    let size = usize::from_str_radix(size, 16).expect("a size");
    assert_eq!(&body[size..], "\r\n0\r\n\r\n");
}

#[tokio::test]
async fn what_is_endless_goes_on_until_the_client_leaves() {
    const MUCH: usize = 1 << 20;
    for (kind, part) in [
        ("line", "xxxxxxxxxxxxxxxx"),
        ("event", "data: more\ndata: more\n"),
        ("comments", ": ping\n\n: ping\n\n"),
        ("text", r#""delta":{"content":" again"}"#),
    ] {
        let seen = endless(&format!("endless={kind},deltas=1"), MUCH).await;
        let seen = String::from_utf8_lossy(&seen);
        assert!(seen.contains(r#""content":"a"}"#) && !seen.contains(r#""content":" b"}"#));
        assert!(seen.matches(part).count() > MUCH / 1024, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn endless_comments_may_come_now_and_then() {
    let agent = start(with(&["endless=comments,every=1s"])).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    let mut seen = Answer { head: String::new(), body: Vec::new(), ended: Ended::Complete };
    let minute = Duration::from_millis(60_500);
    tokio::time::timeout(minute, client.read(&mut seen)).await.expect_err("it has no end");
    assert_eq!(seen.text().matches(": ping").count(), 61);
}

#[tokio::test]
async fn a_body_is_announced_longer_than_it_is() {
    for (body, fault) in [(STREAM, "short_length=7"), (PLAIN, "short_length=7")] {
        let answer = post(with(&[fault]), CHAT, body).await;
        let announced: usize =
            answer.header("content-length").expect("a length").parse().expect("a number");
        assert_eq!((answer.body.len() + 7, answer.ended), (announced, Ended::Closed));
        assert_eq!(answer.header("transfer-encoding"), None);
    }
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_its_connection() {
    let answer = play("until_close").await;
    assert_eq!((text(&answer).as_str(), answer.ended), ("a b c d", Ended::Complete));
    assert_eq!(answer.header("transfer-encoding"), None);
    assert_eq!(answer.header("content-length"), None);
    assert_eq!(answer.header("connection"), Some("close"));
}

#[tokio::test]
async fn a_chunk_size_is_no_number() {
    let agent = start(with(&["bad_chunk:deltas=1"])).await;
    let mut client = Client::connect(&agent).await;
    client.post(CHAT, STREAM).await;
    let (bytes, ended) = client.rest().await;
    assert!(bytes.ends_with(b"}\n\n\r\nno number\r\nx\r\n"), "{}", bytes.escape_ascii());
    assert_eq!(ended, Ended::Closed);
}

#[tokio::test]
async fn headers_are_many_or_large_or_contradict() {
    let answer = play("many_headers=300,size=1000").await;
    assert_eq!(answer.header("x-filler-300").map(str::len), Some(1000));
    let answer = play("header=\"content-type: text/html\"+header=\"content-length: 5\"").await;
    assert_eq!(answer.head.matches("content-type: ").count(), 2);
    assert!(answer.head.contains("content-length: 5\r\ntransfer-encoding: chunked"));
}

#[tokio::test]
async fn an_encoded_body_says_so_and_a_lie_is_a_lie() {
    for (name, magic) in [
        ("gzip", &b"\x1F\x8B"[..]),
        ("deflate", b"\x78"),
        ("br", b"\x0C"),
        ("zstd", b"\x28\xB5\x2F\xFD"),
    ] {
        let answer = play(&format!("{name}=flushed")).await;
        assert_eq!(answer.header("content-encoding"), Some(name));
        assert!(answer.body.starts_with(magic), "{}", answer.body.escape_ascii());
        let answer = play(&format!("{name}=lying")).await;
        assert_eq!(answer.header("content-encoding"), Some(name));
        assert_eq!(text(&answer), "a b c d");
    }
}

/// The answer to a chat stream as a client reads it that decodes.
async fn decoded(fault: &str) -> Result<String, RequestError> {
    let agent = start(with(&[fault])).await;
    let mut answer = decoding(&agent).await;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk.bytes);
    }
    Ok(String::from_utf8(body).expect("whole events"))
}

/// The answer to a chat stream, whose body is decoded as it is read.
async fn decoding(agent: &MockAgent) -> Exchange {
    let url: url::Url = format!("{}{CHAT}", agent.url()).parse().expect("a URL");
    let transport = Transport::new(&Connection::default(), &url, Duration::from_secs(5));
    let request = RequestSpec {
        method: Method::POST,
        url,
        headers: HeaderMap::new(),
        body: Some(STREAM.into()),
    };
    let sent = transport.expect("a client").send(&request, &Progress::default()).await;
    sent.expect("an answer")
}

#[tokio::test]
async fn an_encoded_body_is_what_it_was_or_half_of_it() {
    let plain = decoded("until_close").await.expect("a body");
    for name in ["gzip", "deflate", "br", "zstd"] {
        for how in ["flushed", "whole"] {
            let body = decoded(&format!("{name}={how}")).await;
            assert_eq!(body.expect("a good body"), plain, "{name}={how}");
        }
        decoded(&format!("{name}=truncated")).await.expect_err("it ends too early");
        decoded(&format!("{name}=lying")).await.expect_err("it is not encoded");
    }
}

#[tokio::test]
async fn an_event_can_be_decoded_as_soon_as_it_is_there() {
    for name in ["gzip", "deflate", "br", "zstd"] {
        let agent = start(with(&[&format!("{name}+timeout:deltas=2")])).await;
        let mut answer = decoding(&agent).await;
        let mut seen = String::new();
        while !seen.contains(r#""content":" b"}"#) {
            let chunk = answer.chunk().await.expect("no error").expect("more to come");
            seen.push_str(str::from_utf8(&chunk.bytes).expect("whole events"));
        }
    }
}

#[tokio::test]
async fn a_bomb_unpacks_to_a_thousand_times_its_size() {
    let agent = start(with(&["gzip=bomb"])).await;
    let mut answer = decoding(&agent).await;
    let mut unpacked = 0;
    while unpacked < 32 << 20 {
        let chunk = answer.chunk().await.expect("no error").expect("it has no end");
        unpacked += chunk.bytes.len();
    }
    drop(answer);
    while agent.served().in_flight > 0 {
        tokio::task::yield_now().await;
    }
    let sent = agent.answers()[0].bytes;
    // The client reads ahead, as far as the buffers of both systems go.
    assert!(sent < 4 << 20, "{sent} bytes for 32 MiB");
}
