//! Proxies: those of the plan, and no others.

use std::process::Command;

use fluxloop_http::{Cause, Phase, ProxyFault};
use fluxloop_plan::{Connection, ProxyRules};

use crate::request::{ask, get, transport_with};
use crate::server::{Server, Step, answer, closed_port, in_time, unresolvable, whole};

fn through(proxy: &str) -> Connection {
    let url: url::Url = proxy.parse().unwrap();
    let proxy = ProxyRules { http: Some(url.clone()), https: Some(url), no_proxy: None };
    Connection { proxy, ..Connection::default() }
}

#[tokio::test]
async fn a_proxy_is_asked_with_the_whole_url() {
    let proxy = Server::start(vec![answer(whole("through"))]).await;
    let connection = through(&format!("http://user:word@{}", proxy.address));
    let url = "http://agent.invalid:8000/chat?a=b";
    let answer = in_time(ask(&transport_with(&connection, url), &get(url))).await.unwrap();
    assert_eq!(answer.body, "through");
    let request = &proxy.requests()[0];
    assert!(
        request.starts_with("GET http://agent.invalid:8000/chat?a=b HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("proxy-authorization: Basic dXNlcjp3b3Jk\r\n"), "{request}");
}

#[tokio::test]
async fn loopback_goes_past_the_proxy() {
    let proxy = Server::start(vec![answer(whole("through"))]).await;
    let server = Server::start(vec![answer(whole("direct"))]).await;
    let connection = through(&format!("http://{}", proxy.address));
    let url = format!("http://localhost:{}/", server.address.port());
    let answer = in_time(ask(&transport_with(&connection, &url), &get(&url))).await.unwrap();
    assert_eq!((&*answer.body, proxy.connections()), ("direct", 0));
}

#[tokio::test]
async fn hosts_of_no_proxy_go_past_it() {
    let proxy = Server::start(vec![answer(whole("through"))]).await;
    let mut connection = through(&format!("http://{}", proxy.address));
    connection.proxy.no_proxy = Some("invalid".into());
    let url = &*format!("http://{}/", unresolvable());
    let error = in_time(ask(&transport_with(&connection, url), &get(url))).await.unwrap_err();
    assert_eq!((error.cause(), proxy.connections()), (Cause::Dns, 0));
}

async fn check_fails(proxy: &str, url: &str, fault: ProxyFault) {
    let transport = transport_with(&through(proxy), url);
    let error = in_time(ask(&transport, &get(url))).await.unwrap_err();
    assert_eq!(
        (error.phase(), error.cause()),
        (Phase::Connect, Cause::Proxy(fault)),
        "{proxy} {url}"
    );
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_the_proxys_fault() {
    let closed = closed_port().await;
    for url in ["http://agent.invalid/", "https://agent.invalid/"] {
        check_fails(&format!("http://{closed}"), url, ProxyFault::Unreachable).await;
        check_fails(&format!("socks5h://{closed}"), url, ProxyFault::Other).await;
        let unknown = format!("http://{}:3128", unresolvable());
        check_fails(&unknown, url, ProxyFault::Unreachable).await;
    }
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_the_proxys_fault() {
    for (refusal, fault) in [
        ("HTTP/1.1 407 Who?\r\n\r\n", ProxyFault::Credentials),
        ("HTTP/1.1 502 Bad\r\n\r\n", ProxyFault::Refused),
        ("nonsense\r\n\r\n", ProxyFault::Refused),
        ("HTTP/1.1 200", ProxyFault::Closed),
        ("", ProxyFault::Closed),
        ("HTTP/1.1 200 Open\r\n\r\n", ProxyFault::Other),
    ] {
        let proxy = Server::start(vec![answer(refusal)]).await;
        let through = format!("http://{}", proxy.address);
        check_fails(&through, "https://agent.invalid/", fault).await;
        assert!(proxy.requests()[0].starts_with("CONNECT agent.invalid:443 HTTP/1.1\r\n"));
    }
    let proxy = Server::start(vec![vec![Step::Reset]]).await;
    let socks = format!("socks5h://{}", proxy.address);
    check_fails(&socks, "http://agent.invalid/", ProxyFault::Other).await;
    let through = format!("http://{}", proxy.address);
    check_fails(&through, "https://agent.invalid/", ProxyFault::Closed).await;
}

#[tokio::test]
async fn without_a_proxy_none_is_used() {
    let url = format!("http://{}/", unresolvable());
    let transport = transport_with(&Connection::default(), &url);
    let error = in_time(ask(&transport, &get(&url))).await.unwrap_err();
    assert_eq!((error.phase(), error.cause()), (Phase::Connect, Cause::Dns));
}

/// Runs the test above in a process whose environment names a proxy.
#[tokio::test]
async fn a_proxy_of_the_environment_is_not_used() {
    let proxy = Server::start(vec![answer(whole("through"))]).await;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "proxies::without_a_proxy_none_is_used"]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, format!("http://{}", proxy.address));
    }
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    assert_eq!(proxy.connections(), 0);
}
