//! The way to a server is opened as for a request, and no request is sent.

use fluxloop_http::{Cause, ReachError, TlsFault, Transport, connect, resolve};
use fluxloop_plan::{Connection, ProxyUrl};
use url::Url;

use crate::request::CONNECT;
use crate::server::{Server, answer, closed_port, in_time, settle, unresolvable, until, whole};
use crate::tls::{Authority, plain, trusting};

fn transport(connection: &Connection, url: &Url) -> Transport {
    Transport::new(connection, url, CONNECT).unwrap()
}

#[tokio::test]
async fn tls_is_agreed_and_nothing_is_sent_over_it() {
    let authority = Authority::new("ours");
    let script = vec![answer(whole("x"))];
    let server = Server::start_tls(script, plain(&authority).acceptor()).await;
    let url: Url = format!("https://localhost:{}/", server.address.port()).parse().unwrap();
    let connection = Connection { tls: trusting(&authority), ..Connection::default() };
    in_time(transport(&connection, &url).reach(&url)).await.unwrap();
    until(|| server.handshakes() == 1).await;
    settle().await;
    assert_eq!(server.connections(), 1);
    assert!(server.requests().is_empty(), "{:?}", server.requests());
}

#[tokio::test]
async fn a_certificate_is_refused_as_in_a_request() {
    let authority = Authority::new("ours");
    let script = vec![answer(whole("x"))];
    let server = Server::start_tls(script, plain(&authority).acceptor()).await;
    let url: Url = format!("https://localhost:{}/", server.address.port()).parse().unwrap();
    let reached = in_time(transport(&Connection::default(), &url).reach(&url)).await;
    let Err(ReachError::Request(error)) = reached else { panic!("{reached:?}") };
    assert_eq!(error.cause(), Cause::Tls(TlsFault::UnknownIssuer));
}

#[tokio::test]
async fn a_proxy_is_reached_for_plain_http() {
    let proxy = Server::start(vec![answer(whole("x"))]).await;
    let url: Url = "http://agent.invalid/".parse().unwrap();
    let proxy_url = format!("http://{}", proxy.address).parse().unwrap();
    let connection = Connection { proxy: ProxyUrl::new(proxy_url), ..Connection::default() };
    in_time(transport(&connection, &url).reach(&url)).await.unwrap();
    until(|| proxy.connections() == 1).await;
    settle().await;
    assert!(proxy.requests().is_empty(), "{:?}", proxy.requests());
}

#[tokio::test]
async fn names_and_ports_are_tried_one_by_one() {
    let server = Server::start(vec![answer(whole("x"))]).await;
    let closed = closed_port().await;
    let addresses = resolve(&server.url().parse().unwrap()).await.unwrap();
    assert_eq!(addresses, [server.address]);
    let (address, _) = connect(&[closed, server.address], CONNECT).await.unwrap();
    assert_eq!(address, server.address);
    let error = connect(&[closed], CONNECT).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    let nowhere: Url = format!("http://{}/", unresolvable()).parse().unwrap();
    resolve(&nowhere).await.unwrap_err();
}
