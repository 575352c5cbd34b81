//! HTTP/2 without TLS.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use fluxloop_http::{Cause, Framing, Phase, Progress, ProtocolFault};
use fluxloop_plan::{Connection, HttpVersion};
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::Response;
use tokio::net::{TcpListener, TcpStream};

use crate::request::{Answer, ask, get, transport_with};
use crate::server::{Server, Step, answer, in_time, settle};

type Behavior = fn(SendResponse<Bytes>);

/// Answers every request in one way; gives the URL and the number of requests seen.
async fn start(behavior: Behavior) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/chat", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((_, respond))) = connection.accept().await {
                    seen.fetch_add(1, Ordering::SeqCst);
                    behavior(respond);
                }
            });
        }
    });
    (url, requests)
}

fn prior_knowledge() -> Connection {
    Connection { http_version: HttpVersion::Http2PriorKnowledge, ..Connection::default() }
}

async fn send(behavior: Behavior) -> (Result<Answer, (Phase, Cause)>, usize) {
    let (url, requests) = start(behavior).await;
    let transport = transport_with(&prior_knowledge(), &url);
    let answer = in_time(ask(&transport, &get(&url))).await;
    let answer = answer.map_err(|error| (error.phase(), error.cause()));
    (answer, requests.load(Ordering::SeqCst))
}

/// Resets a stream after its data went out; at once, the reset would overtake it.
fn reset_when_sent(mut body: SendStream<Bytes>, reason: Reason) {
    tokio::spawn(async move {
        settle().await;
        body.send_reset(reason);
    });
}

fn ok(length: Option<u64>) -> Response<()> {
    let mut response = Response::new(());
    if let Some(length) = length {
        response.headers_mut().insert("content-length", length.into());
    }
    response
}

async fn check(behavior: Behavior, framing: Framing) {
    let (answer, requests) = send(behavior).await;
    let answer = answer.unwrap();
    assert_eq!((&*answer.body, answer.framing, requests), ("hello", framing, 1));
}

async fn check_fails(behavior: Behavior, expected: (Phase, Cause)) {
    let (answer, requests) = send(behavior).await;
    assert_eq!((answer.unwrap_err(), requests), (expected, 1));
}

#[tokio::test]
async fn an_answer_comes_over_http2() {
    check(
        |mut respond| {
            let mut body = respond.send_response(ok(None), false).unwrap();
            body.send_data("hello".into(), true).unwrap();
        },
        Framing::Http2,
    )
    .await;
}

#[tokio::test]
async fn a_length_proves_the_end_on_http2_too() {
    check(
        |mut respond| {
            let mut body = respond.send_response(ok(Some(5)), false).unwrap();
            body.send_data("hello".into(), true).unwrap();
        },
        Framing::Length,
    )
    .await;
}

/// This is why the end of an HTTP/2 stream proves nothing.
#[tokio::test]
async fn a_stream_that_is_given_up_in_good_order_looks_like_an_end() {
    check(
        |mut respond| {
            let mut body = respond.send_response(ok(None), false).unwrap();
            body.send_data("hello".into(), false).unwrap();
            reset_when_sent(body, Reason::NO_ERROR);
        },
        Framing::Http2,
    )
    .await;
}

#[tokio::test]
async fn a_stream_that_ends_at_another_length_than_announced_has_the_wrong_length() {
    let given_up: Behavior = |mut respond| {
        let mut body = respond.send_response(ok(Some(9)), false).unwrap();
        body.send_data("hello".into(), false).unwrap();
        reset_when_sent(body, Reason::NO_ERROR);
    };
    let short: Behavior = |mut respond| {
        let mut body = respond.send_response(ok(Some(9)), false).unwrap();
        body.send_data("hello".into(), true).unwrap();
    };
    let long: Behavior = |mut respond| {
        let mut body = respond.send_response(ok(Some(3)), false).unwrap();
        body.send_data("hello".into(), true).unwrap();
    };
    for behavior in [given_up, short, long] {
        check_fails(behavior, (Phase::Body, Cause::WrongLength)).await;
    }
}

#[tokio::test]
async fn a_stream_that_is_reset_in_its_body_is_no_broken_connection() {
    check_fails(
        |mut respond| {
            let body = respond.send_response(ok(None), false).unwrap();
            reset_when_sent(body, Reason::INTERNAL_ERROR);
        },
        (Phase::Body, Cause::Reset),
    )
    .await;
}

#[tokio::test]
async fn a_refused_stream_is_one_request_and_not_three() {
    for behavior in
        [(|mut respond| respond.send_reset(Reason::REFUSED_STREAM)) as Behavior, |mut respond| {
            respond.send_reset(Reason::INTERNAL_ERROR);
        }]
    {
        check_fails(behavior, (Phase::Sent, Cause::Refused)).await;
    }
}

#[tokio::test]
async fn a_server_of_http1_is_no_http2() {
    let head = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let server = Server::start(vec![[answer(head), vec![Step::Hang]].concat()]).await;
    let transport = transport_with(&prior_knowledge(), &server.url());
    let error =
        in_time(transport.send(&get(&server.url()), &Progress::default())).await.unwrap_err();
    assert_eq!(
        (error.phase(), error.cause()),
        (Phase::Sent, Cause::Protocol(ProtocolFault::Http2))
    );
}

/// Says goodbye after the first request of each connection came, and answers what is open.
async fn start_leaving(leave: fn(&mut h2::server::Connection<TcpStream, Bytes>)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/chat", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            let (_, mut respond) = connection.accept().await.unwrap().unwrap();
            leave(&mut connection);
            tokio::spawn(async move {
                settle().await;
                let Ok(mut body) = respond.send_response(ok(Some(5)), false) else { return };
                body.send_data("hello".into(), true).unwrap();
            });
            while connection.accept().await.is_some() {}
        }
    });
    url
}

#[tokio::test]
async fn a_stream_under_a_graceful_goodbye_is_finished() {
    let url = start_leaving(h2::server::Connection::graceful_shutdown).await;
    let transport = transport_with(&prior_knowledge(), &url);
    let answer = in_time(ask(&transport, &get(&url))).await.unwrap();
    assert_eq!((&*answer.body, answer.resent), ("hello", false));
}

#[tokio::test]
async fn a_connection_that_is_given_up_leaves_no_answer() {
    let url = start_leaving(|connection| connection.abrupt_shutdown(Reason::INTERNAL_ERROR)).await;
    let transport = transport_with(&prior_knowledge(), &url);
    let progress = Progress::default();
    let error = in_time(transport.send(&get(&url), &progress)).await.unwrap_err();
    assert_eq!((error.phase(), error.cause()), (Phase::Sent, Cause::NoAnswer));
    assert!(progress.resent());
}

/// `GOAWAY` with the last stream 0: the request, stream 1, was not looked at (RFC 9113, section
/// 6.8). A server that restarts says so to a request that crosses its goodbye.
#[tokio::test]
async fn a_goodbye_that_crosses_a_request_leaves_no_answer() {
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let goaway = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let script =
        vec![Step::Write(settings.into()), Step::Read, Step::Write(goaway.into()), Step::Hang];
    let server = Server::start(vec![script]).await;
    let transport = transport_with(&prior_knowledge(), &server.url());
    let progress = Progress::default();
    let error = in_time(transport.send(&get(&server.url()), &progress)).await.unwrap_err();
    assert_eq!((error.cause(), progress.resent()), (Cause::NoAnswer, true));
    assert_eq!(server.connections(), 2);
}
