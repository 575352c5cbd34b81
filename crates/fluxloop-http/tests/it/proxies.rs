//! Proxies: those of the plan, and no others.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::Command;

use fluxloop_http::{Cause, Phase, ProxyFault, SocksFault};
use fluxloop_plan::{Connection, ProxyUrl};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::request::{ask, get, transport_with};
use crate::server::{Server, Step, answer, closed_port, in_time, unresolvable, whole};

fn through(proxy: &str) -> Connection {
    let proxy = ProxyUrl::new(proxy.parse().unwrap());
    assert!(proxy.is_some());
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

/// A SOCKS proxy that answers as if it were the server, and gives the user and the target that it was
/// asked for (RFC 1928, RFC 1929, SOCKS 4A).
async fn socks() -> (SocketAddr, JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let mut stream = BufReader::new(listener.accept().await.unwrap().0);
        let asked = if stream.read_u8().await.unwrap() == 4 {
            socks4(&mut stream).await
        } else {
            socks5(&mut stream).await
        };
        let mut line = String::new();
        while stream.read_line(&mut line).await.unwrap() > 2 {}
        stream.write_all(whole("through").as_bytes()).await.unwrap();
        asked
    });
    (address, asked)
}

type Peer = BufReader<TcpStream>;

async fn socks4(stream: &mut Peer) -> (String, String) {
    assert_eq!(stream.read_u8().await.unwrap(), 1);
    let port = stream.read_u16().await.unwrap();
    let address = stream.read_u32().await.unwrap();
    let user = until_zero(stream).await;
    let host = match address {
        1..256 => until_zero(stream).await,
        address => Ipv4Addr::from(address).to_string(),
    };
    stream.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).await.unwrap();
    (user, format!("{host}:{port}"))
}

async fn until_zero(stream: &mut Peer) -> String {
    let mut bytes = Vec::new();
    stream.read_until(0, &mut bytes).await.unwrap();
    bytes.pop();
    String::from_utf8(bytes).unwrap()
}

async fn socks5(stream: &mut Peer) -> (String, String) {
    let methods = counted(stream).await;
    let mut user = String::new();
    let with_password = methods.contains(&2);
    stream.write_all(&[5, if with_password { 2 } else { 0 }]).await.unwrap();
    if with_password {
        assert_eq!(stream.read_u8().await.unwrap(), 1);
        let (name, password) = (counted(stream).await, counted(stream).await);
        user = String::from_utf8([&name[..], b":", &password].concat()).unwrap();
        stream.write_all(&[1, 0]).await.unwrap();
    }
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.unwrap();
    let host = match head[3] {
        1 => Ipv4Addr::from(stream.read_u32().await.unwrap()).to_string(),
        4 => Ipv6Addr::from(stream.read_u128().await.unwrap()).to_string(),
        _ => String::from_utf8(counted(stream).await).unwrap(),
    };
    let port = stream.read_u16().await.unwrap();
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
    (user, format!("{host}:{port}"))
}

async fn counted(stream: &mut Peer) -> Vec<u8> {
    let mut bytes = vec![0; stream.read_u8().await.unwrap().into()];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}

#[tokio::test]
async fn socks_proxies_of_every_kind_lead_to_the_server() {
    for (scheme, user, target, expected) in [
        ("socks5h", "", "agent.invalid", ("", "agent.invalid:80")),
        ("socks5h", "ada:pw@", "agent.invalid", ("ada:pw", "agent.invalid:80")),
        ("socks5", "", "192.0.2.1:81", ("", "192.0.2.1:81")),
        ("socks4a", "", "agent.invalid", ("", "agent.invalid:80")),
        ("socks4", "", "192.0.2.1", ("", "192.0.2.1:80")),
    ] {
        let (address, asked) = socks().await;
        let (connection, url) =
            (through(&format!("{scheme}://{user}{address}")), format!("http://{target}/"));
        let answer = in_time(ask(&transport_with(&connection, &url), &get(&url))).await.unwrap();
        assert_eq!(answer.body, "through", "{scheme}");
        let (user, target) = in_time(asked).await.unwrap();
        assert_eq!((&*user, &*target), expected, "{scheme}");
    }
}

async fn check_fails(proxy: &str, url: &str, fault: ProxyFault) {
    let transport = transport_with(&through(proxy), url);
    let error = in_time(ask(&transport, &get(url))).await.unwrap_err();
    assert_eq!(
        (error.phase(), error.cause()),
        (Phase::Connect, Cause::Proxy(fault)),
        "{proxy} {url}"
    );
    let named = error.detail().expect("the proxy");
    assert!(named.ends_with(", named by `runner.http.proxy`") && !named.contains('@'), "{named}");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_the_proxys_fault() {
    let closed = closed_port().await;
    for url in ["http://agent.invalid/", "https://agent.invalid/"] {
        check_fails(&format!("http://{closed}"), url, ProxyFault::Unreachable).await;
        check_fails(&format!("socks5h://{closed}"), url, ProxyFault::Unreachable).await;
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
    check_fails(&socks, "http://agent.invalid/", ProxyFault::Closed).await;
    let through = format!("http://{}", proxy.address);
    check_fails(&through, "https://agent.invalid/", ProxyFault::Closed).await;
}

/// A proxy that answers what is sent to it with these pieces, each after it has read something.
async fn replying(replies: &'static [&'static [u8]]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut stream = listener.accept().await.unwrap().0;
        for reply in replies {
            assert!(stream.read(&mut [0; 512]).await.unwrap() > 0);
            stream.write_all(reply).await.unwrap();
        }
    });
    address
}

/// The reply of SOCKS 5 with this code.
macro_rules! reply {
    ($code:literal) => {
        &[&[5, 0], &[5, $code, 0, 1, 0, 0, 0, 0, 0, 0]]
    };
}

const WITH_PASSWORD: &str = "ada:pw@";

#[tokio::test]
async fn a_socks_proxy_names_its_cause() {
    use SocksFault::*;
    let rows: [(&str, &'static [&'static [u8]], SocksFault); 17] = [
        ("socks5h://", reply!(1), General),
        ("socks5h://", reply!(2), NotAllowed),
        ("socks5h://", reply!(3), NetworkUnreachable),
        ("socks5h://", reply!(4), HostUnreachable),
        ("socks5h://", reply!(5), Refused),
        ("socks5h://", reply!(6), TtlExpired),
        ("socks5h://", reply!(7), Command),
        ("socks5h://", reply!(8), AddressType),
        // The RFC has no code 9.
        ("socks5h://", reply!(9), NotSocks),
        ("socks5h://", &[&[5, 0xff]], Method),
        ("socks5h://", &[&[5, 2]], Method),
        (WITH_PASSWORD, &[&[5, 2], &[1, 1]], Credentials),
        ("socks5h://", &[b"HTTP/1.1 400 Bad Request\r\n\r\n"], NotSocks),
        ("socks5h://", &[&[0, 91, 0, 0, 0, 0, 0, 0]], NotSocks),
        ("socks4a://", &[&[0, 91, 0, 0, 0, 0, 0, 0]], Rejected),
        ("socks4a://", &[&[0, 93, 0, 0, 0, 0, 0, 0]], Ident),
        ("socks4a://", &[b"HTTP/1.1 400 Bad Request\r\n\r\n"], NotSocks),
    ];
    for (scheme, replies, fault) in rows {
        for url in ["http://agent.invalid/", "https://agent.invalid/"] {
            let address = replying(replies).await;
            let proxy = match scheme {
                WITH_PASSWORD => format!("socks5h://{WITH_PASSWORD}{address}"),
                _ => format!("{scheme}{address}"),
            };
            check_fails(&proxy, url, ProxyFault::Socks(fault)).await;
        }
    }
    let unknown = format!("http://{}/", unresolvable());
    let address = replying(&[]).await;
    let fault = ProxyFault::Socks(Unresolved);
    check_fails(&format!("socks5://{address}"), &unknown, fault).await;
    let fault = ProxyFault::Socks(Version4);
    let address = replying(&[]).await;
    check_fails(&format!("socks4a://{address}"), "http://[2001:db8::1]/", fault).await;
    let address = replying(&[&[5]]).await;
    let url = "http://agent.invalid/";
    check_fails(&format!("socks5h://{address}"), url, ProxyFault::Closed).await;
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
