//! HTTP/2 without TLS.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use fluxloop_http::{Cause, Framing, Phase, Progress, ProtocolFault, RequestError};
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

/// RFC 9113, section 8.1: a server may say so when the rest of the request is not needed. To hyper
/// it is a good end.
#[tokio::test]
async fn a_stream_given_up_without_an_error_is_not_whole() {
    for bytes in ["", "hello"] {
        let server = script(vec![HEAD.into(), data(bytes, false), reset(0)]).await;
        let error = failed(&server).await;
        assert_eq!((error.phase(), error.cause()), (Phase::Body, Cause::Abandoned), "{bytes:?}");
    }
}

/// `GOAWAY` with the last stream 0, below the request's stream, which is 1.
#[tokio::test]
async fn a_goodbye_below_the_stream_breaks_its_body() {
    for (code, cause) in [(0, Cause::Abandoned), (2, Cause::Truncated), (8, Cause::Truncated)] {
        for bytes in ["", "hello"] {
            let server = script(vec![HEAD.into(), data(bytes, false), goaway(0, code)]).await;
            assert_eq!(failed(&server).await.cause(), cause, "{code} {bytes:?}");
        }
    }
}

/// The connection ends below a stream that the server goes on with, as its `GOAWAY` says.
#[tokio::test]
async fn a_connection_that_ends_after_a_goodbye_breaks_the_body() {
    for end in [Step::Reset, Step::Write(vec![])] {
        let frames = vec![HEAD.into(), data("hello", false), goaway(1, 0)];
        let server = script_until(frames, end).await;
        assert_eq!(failed(&server).await.cause(), Cause::Truncated);
    }
}

#[tokio::test]
async fn a_stream_that_was_whole_stays_whole() {
    for after in [reset(0), reset(8), goaway(0, 0), goaway(0, 2)] {
        let server = script(vec![HEAD.into(), data("hello", true), after]).await;
        let transport = transport_with(&prior_knowledge(), &server.url());
        let answer = in_time(ask(&transport, &get(&server.url()))).await.unwrap();
        assert_eq!((&*answer.body, answer.framing), ("hello", Framing::Http2));
    }
}

#[tokio::test]
async fn an_end_in_a_frame_of_its_own_is_proved() {
    let body = |frames: &[Vec<u8>]| [HEAD, &data("hello", false), &frames.concat()].concat();
    // `END_STREAM` on an empty frame of data, or on trailers (`END_HEADERS` too): `:status` is not
    // one of them, `age: ` without a value is.
    let trailers = vec![0, 0, 3, 1, 5, 0, 0, 0, 1, 0x0f, 0x06, 0];
    for end in [data("", true), trailers] {
        let server = script(vec![body(&[end])]).await;
        let transport = transport_with(&prior_knowledge(), &server.url());
        let answer = in_time(ask(&transport, &get(&server.url()))).await.unwrap();
        assert_eq!((&*answer.body, answer.framing), ("hello", Framing::Http2));
    }
}

#[tokio::test]
async fn a_length_that_was_reached_proves_the_end() {
    check(
        |mut respond| {
            let mut body = respond.send_response(ok(Some(5)), false).unwrap();
            body.send_data("hello".into(), false).unwrap();
            reset_when_sent(body, Reason::NO_ERROR);
        },
        Framing::Length,
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

/// RFC 9113, section 8.7: what was refused was not processed.
#[tokio::test]
async fn a_refused_stream_is_sent_again_once() {
    let (answer, requests) = send(|mut respond| respond.send_reset(Reason::REFUSED_STREAM)).await;
    assert_eq!((answer.unwrap_err(), requests), ((Phase::Sent, Cause::Refused), 2));
}

#[tokio::test]
async fn a_stream_reset_otherwise_is_not_sent_again() {
    let reset: [Behavior; 3] = [
        |mut respond| respond.send_reset(Reason::INTERNAL_ERROR),
        |mut respond| respond.send_reset(Reason::CANCEL),
        |mut respond| respond.send_reset(Reason::NO_ERROR),
    ];
    for behavior in reset {
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
    assert!(!progress.resent(), "the server had looked at it");
}

/// `GOAWAY` with the last stream 0: the request, stream 1, was not looked at (RFC 9113, section
/// 6.8). A server that restarts says so to a request that crosses its goodbye.
#[tokio::test]
async fn a_goodbye_that_crosses_a_request_sends_it_again() {
    for code in [0, 2] {
        let server = script(vec![goaway(0, code)]).await;
        let transport = transport_with(&prior_knowledge(), &server.url());
        let progress = Progress::default();
        let error = in_time(transport.send(&get(&server.url()), &progress)).await.unwrap_err();
        assert_eq!((error.cause(), progress.resent()), (Cause::NoAnswer, true));
        assert_eq!(server.connections(), 2);
    }
}

/// Other streams keep a connection of HTTP/2 busy, so it did not die because it was idle.
#[tokio::test]
async fn a_kept_connection_that_ends_under_streams_sends_nothing_again() {
    let first = [SETTINGS, HEAD, &data("hello", true)].concat();
    let steps = vec![Step::Read2, Step::Write(first), Step::Read2];
    let server = Server::start(vec![steps]).await;
    let transport = transport_with(&prior_knowledge(), &server.url());
    let answer = in_time(ask(&transport, &get(&server.url()))).await.unwrap();
    assert_eq!(answer.body, "hello");
    settle().await;
    let progress = Progress::default();
    let error = in_time(transport.send(&get(&server.url()), &progress)).await.unwrap_err();
    assert_eq!((error.cause(), progress.resent()), (Cause::NoAnswer, false));
    assert_eq!((progress.connect_time(), server.connections()), (None, 1));
}

/// The frames that follow are written by hand (RFC 9113, section 4.1).
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// `:status: 200` on stream 1, with `END_HEADERS`.
const HEAD: &[u8] = &[0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88];

fn data(bytes: &str, ends: bool) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    [&[0, 0, length, 0, u8::from(ends), 0, 0, 0, 1], bytes.as_bytes()].concat()
}

fn reset(code: u8) -> Vec<u8> {
    vec![0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, code]
}

fn goaway(last: u8, code: u8) -> Vec<u8> {
    vec![0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, last, 0, 0, 0, code]
}

/// Writes these frames on each connection when a request came, and keeps it open.
async fn script(frames: Vec<Vec<u8>>) -> Server {
    script_until(frames, Step::Hang).await
}

async fn script_until(frames: Vec<Vec<u8>>, end: Step) -> Server {
    let frames = frames.concat();
    Server::start(vec![vec![Step::Read2, Step::Write([SETTINGS, &frames].concat()), end]]).await
}

async fn failed(server: &Server) -> RequestError {
    let transport = transport_with(&prior_knowledge(), &server.url());
    in_time(ask(&transport, &get(&server.url()))).await.unwrap_err()
}
