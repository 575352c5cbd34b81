//! Answers that are whole.

use std::time::{Duration, SystemTime};

use fluxloop_http::{Framing, Progress};

use crate::request::{ask, get, post, transport};
use crate::server::{Server, Step, answer, in_time, whole};

#[track_caller]
fn check(server: Vec<Step>, expected: (Framing, &str)) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let server = Server::start(vec![server]).await;
        let url = server.url();
        let answer = in_time(ask(&transport(&url), &get(&url))).await;
        let answer = answer.unwrap_or_else(|error| panic!("{caller}: {error:?}"));
        assert_eq!((answer.framing, &*answer.body), expected, "{caller}");
        assert!(!answer.resent, "{caller}");
    }
}

#[tokio::test]
async fn a_length_frames_a_body() {
    check(answer(whole("hello")), (Framing::Length, "hello")).await;
    check(answer(whole("")), (Framing::Length, "")).await;
    check(answer("HTTP/1.1 204 No Content\r\n\r\n"), (Framing::Length, "")).await;
}

#[tokio::test]
async fn a_last_chunk_frames_a_body() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    check(answer(format!("{head}5\r\nhello\r\n0\r\n\r\n")), (Framing::Chunked, "hello")).await;
    check(
        answer(format!("{head}2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: t\r\n\r\n")),
        (Framing::Chunked, "hello"),
    )
    .await;
}

#[tokio::test]
async fn the_end_of_the_connection_proves_nothing() {
    check(answer("HTTP/1.1 200 OK\r\n\r\nhello"), (Framing::UntilClose, "hello")).await;
    check(answer("HTTP/1.0 200 OK\r\n\r\nhello"), (Framing::UntilClose, "hello")).await;
    assert!(!Framing::UntilClose.proves_end() && Framing::Length.proves_end());
}

#[tokio::test]
async fn interim_answers_are_passed_over() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    check(answer(format!("{interim}{}", whole("hi"))), (Framing::Length, "hi")).await;
}

#[tokio::test]
async fn a_status_is_no_error() {
    let server =
        Server::start(vec![answer("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")]).await;
    let answer = in_time(ask(&transport(&server.url()), &get(&server.url()))).await.unwrap();
    assert_eq!(answer.status, 500);
}

#[tokio::test]
async fn a_request_says_who_sends_it_unless_its_headers_do() {
    let server = Server::start(vec![answer(whole("")), answer(whole(""))]).await;
    let transport = transport(&server.url());
    let mut request = post(&server.url(), "{}");
    in_time(ask(&transport, &request)).await.unwrap();
    request.headers.insert("user-agent", "mine".parse().unwrap());
    request.headers.insert("accept-encoding", "identity".parse().unwrap());
    in_time(ask(&transport, &request)).await.unwrap();

    let requests = server.requests();
    assert!(requests[0].starts_with("POST /chat HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[0].contains(&format!("user-agent: fluxloop/{}", env!("CARGO_PKG_VERSION"))));
    assert!(requests[0].ends_with("\r\n\r\n{}"));
    assert!(requests[1].contains("user-agent: mine\r\n"));
    assert!(requests[1].contains("accept-encoding: identity\r\n"));
}

#[tokio::test]
async fn the_head_is_read_as_the_caller_needs_it() {
    let head = "HTTP/1.1 429 Too Many Requests\r\nContent-Type: Application/JSON; charset=UTF-8\r\n\
                Retry-After: 1.5\r\nContent-Length: 2\r\n\r\n{}";
    let server = Server::start(vec![answer(head)]).await;
    let progress = Progress::default();
    let exchange = transport(&server.url()).send(&get(&server.url()), &progress).await.unwrap();
    let media_type = exchange.media_type().unwrap();
    assert_eq!((media_type.essence(), media_type.charset()), ("application/json", Some("utf-8")));
    assert_eq!(exchange.retry_after(SystemTime::UNIX_EPOCH), Some(Duration::from_millis(1_500)));
    assert_eq!(exchange.headers()["content-length"], "2");
    assert_eq!(exchange.version(), http::Version::HTTP_11);
}
