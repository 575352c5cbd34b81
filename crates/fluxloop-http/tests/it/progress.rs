//! What `Progress` tells a caller that gave up.

use std::sync::Arc;
use std::time::Duration;

use fluxloop_http::{Cause, Phase, Progress, Transport};
use fluxloop_plan::Connection;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::request::{get, transport, transport_with};
use crate::server::{Server, Step, answer, in_time, settle, until};
use crate::tls::{Authority, plain, trusting};

/// Lets the caller's clock run out, and tells how far the exchange had come.
async fn give_up(url: &str) -> Progress {
    let progress = Progress::default();
    let transport = transport(url);
    let request = get(url);
    let patience = Duration::from_millis(100);
    let reading = async {
        let mut exchange = transport.send(&request, &progress).await.unwrap();
        while exchange.chunk().await.unwrap().is_some() {}
    };
    timeout(patience, reading).await.expect_err("the server never ends");
    progress
}

#[tokio::test]
async fn a_silent_server_is_waited_for() {
    let server = Server::start(vec![vec![Step::Hang]]).await;
    let progress = give_up(&server.url()).await;
    assert_eq!(progress.phase(), Phase::Sent);
    assert!(progress.connect_time().is_some_and(|time| time < Duration::from_millis(100)));
}

#[tokio::test]
async fn a_stalled_body_is_being_read() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    let server = Server::start(vec![[answer(head), vec![Step::Hang]].concat()]).await;
    assert_eq!(give_up(&server.url()).await.phase(), Phase::Body);
}

#[tokio::test]
async fn a_peer_that_never_speaks_tls_is_being_connected_to() {
    let server = Server::start(vec![vec![Step::Hang]]).await;
    let progress = give_up(&format!("https://{}/", server.address)).await;
    assert_eq!((progress.phase(), progress.connect_time()), (Phase::Connect, None));
}

#[tokio::test(start_paused = true)]
async fn the_connect_clock_covers_tls() {
    // Nothing is accepted; the system opens the connection all the same.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let clock = Duration::from_secs(10);
    let transport = Transport::new(&Connection::default(), &url.parse().unwrap(), clock).unwrap();
    let started = tokio::time::Instant::now();
    let error = transport.send(&get(&url), &Progress::default()).await.unwrap_err();
    assert_eq!((error.phase(), error.cause()), (Phase::Connect, Cause::ConnectTimeout));
    assert!((clock..clock * 2).contains(&started.elapsed()), "{:?}", started.elapsed());
}

/// The first connection is busy when the second request comes; that one opens a connection of its
/// own, which takes its time. Then the first becomes free.
#[tokio::test]
async fn a_connection_that_becomes_free_is_taken_instead_of_a_new_one() {
    let gate = Arc::new(Notify::new());
    let begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let busy = [
        answer(begun),
        vec![Step::Wait(Arc::clone(&gate))],
        vec![Step::Write(b"0\r\n\r\n".into())],
        vec![Step::Read, Step::Hang],
    ];
    let authority = Authority::new("ours");
    let late = Arc::new(Notify::new());
    let scripts = vec![busy.concat(), vec![Step::Wait(Arc::clone(&late)), Step::Hang]];
    let server = Server::start_tls(scripts, plain(&authority).acceptor()).await;
    let url = format!("https://localhost:{}/", server.address.port());
    let connection = Connection { tls: trusting(&authority), ..Connection::default() };
    let transport = Arc::new(transport_with(&connection, &url));
    let mut first = transport.send(&get(&url), &Progress::default()).await.unwrap();

    let progress = Progress::default();
    let (watched, shared) = (progress.clone(), Arc::clone(&transport));
    tokio::spawn(async move { shared.send(&get(&url), &watched).await.map(|_| ()) });
    until(|| server.connections() == 2).await;
    assert_eq!(progress.phase(), Phase::Connect);

    gate.notify_one();
    assert!(in_time(first.chunk()).await.unwrap().is_none());
    until(|| server.requests().len() == 2).await;
    assert_eq!((progress.phase(), progress.connect_time()), (Phase::Sent, None));

    late.notify_one();
    until(|| server.handshakes() == 2).await;
    settle().await;
    assert_eq!((progress.phase(), progress.connect_time()), (Phase::Sent, None));
}
