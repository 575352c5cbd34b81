//! Answers that break, and those that never come.

use fluxloop_http::{Cause, ConnectFault, Phase, ProtocolFault};

use crate::request::{ask, get, transport};
use crate::server::{Server, Step, answer, closed_port, in_time, unresolvable};

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

async fn check_url(url: &str, expected: (Phase, Cause)) {
    let error = in_time(ask(&transport(url), &get(url))).await.expect_err("the exchange fails");
    assert_eq!((error.phase(), error.cause()), expected, "{error}");
    assert!(!error.to_string().contains("key"), "{error} tells the URL");
    assert!(!format!("{error:?}").contains("key"), "{error:?} tells the URL");
}

async fn check(server: Vec<Step>, expected: (Phase, Cause)) {
    let server = Server::start(vec![server]).await;
    check_url(&format!("{}?key=planted", server.url()), expected).await;
}

#[tokio::test]
async fn a_port_where_nothing_listens_refuses() {
    let url = format!("http://{}/?key=planted", closed_port().await);
    check_url(&url, (Phase::Connect, Cause::Connect(ConnectFault::Refused))).await;
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_not_resolved() {
    let url = format!("http://{}/?key=planted", unresolvable());
    check_url(&url, (Phase::Connect, Cause::Dns)).await;
}

#[tokio::test]
async fn a_server_that_closes_instead_of_answering_gives_no_answer() {
    check(vec![Step::Read], (Phase::Sent, Cause::NoAnswer)).await;
    check(vec![Step::Read, Step::Reset], (Phase::Sent, Cause::NoAnswer)).await;
    check(vec![Step::Reset], (Phase::Sent, Cause::NoAnswer)).await;
}

#[tokio::test]
async fn garbage_is_not_http() {
    let garbage = (Phase::Sent, Cause::Protocol(ProtocolFault::Head));
    check(answer("SSH-2.0-OpenSSH_9.6\r\n"), garbage).await;
    check(answer("<html></html>\r\n\r\n"), garbage).await;
    check(answer("HTTP/1.1 OK\r\n\r\n"), garbage).await;
    check(answer("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), garbage).await;
    check(answer("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), garbage).await;
    check(answer([0x15, 3, 1, 0, 2, 2, 70]), garbage).await;
}

#[tokio::test]
async fn a_head_without_measure_is_too_large() {
    let too_large = (Phase::Sent, Cause::Protocol(ProtocolFault::LargeHead));
    let many = "x: y\r\n".repeat(101);
    check(answer(format!("HTTP/1.1 200 OK\r\n{many}\r\n")), too_large).await;
    let long = "y".repeat(1 << 20);
    check(answer(format!("HTTP/1.1 200 OK\r\nx: {long}")), too_large).await;
}

#[tokio::test]
async fn a_body_that_breaks_is_truncated() {
    let truncated = (Phase::Body, Cause::Truncated);
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    check(answer(short), truncated).await;
    check([answer(short), vec![Step::Reset]].concat(), truncated).await;
    for body in ["", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n", "5"] {
        check(answer(format!("{CHUNKED}{body}")), truncated).await;
        check([answer(format!("{CHUNKED}{body}")), vec![Step::Reset]].concat(), truncated).await;
    }
    let until_close = "HTTP/1.1 200 OK\r\n\r\nhello";
    check([answer(until_close), vec![Step::Reset]].concat(), truncated).await;
}

#[tokio::test]
async fn a_chunk_without_a_size_is_no_chunk() {
    let bad = (Phase::Body, Cause::Protocol(ProtocolFault::Body));
    check(answer(format!("{CHUNKED}xyz\r\nhello\r\n")), bad).await;
    check(answer(format!("{CHUNKED}5\r\nhelloworld\r\n")), bad).await;
    check(answer(format!("{CHUNKED}fffffffffffffffff\r\n")), bad).await;
    check(answer(format!("{CHUNKED}5\r\nhello\r\n-1\r\n")), bad).await;
}

#[tokio::test]
async fn a_url_that_is_not_of_the_web_cannot_be_sent() {
    let url = "ftp://agent.example/?key=planted";
    check_url(url, (Phase::Connect, Cause::InvalidRequest)).await;
}
