//! Redirects over TLS, in both versions of HTTP that it agrees on.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use fluxloop_http::{Cause, RedirectFault, RequestError};
use fluxloop_plan::{Connection, Redirects};
use http::{Request, Response};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::request::{Answer, ask, post, transport_with};
use crate::server::{Server, answer, in_time, whole};
use crate::tls::{Authority, speaking, trusting};

/// The redirects that may be followed, and what a POST becomes.
const REDIRECTS: &[(u16, &str)] =
    &[(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")];

const HTTP1: &str = "http/1.1";
const HTTP2: &str = "h2";

/// An origin that redirects whoever does not ask for `/there`.
struct Origin {
    address: SocketAddr,
    requests: Box<dyn Fn() -> Vec<String>>,
}

impl Origin {
    async fn start(authority: &Authority, http: &str, status: u16, location: &str) -> Self {
        let tls = speaking(authority, &[http]).acceptor();
        if http == HTTP2 {
            return Self::start_http2(tls, status, location.to_owned()).await;
        }
        let head = format!("HTTP/1.1 {status} R\r\nLocation: {location}\r\n");
        let redirect = answer(head + "Content-Length: 5\r\n\r\nmoved");
        let script = [redirect, answer(whole("there"))].concat();
        let server = Server::start_tls(vec![script], tls).await;
        Self { address: server.address, requests: Box::new(move || server.requests().clone()) }
    }

    async fn start_http2(tls: TlsAcceptor, status: u16, location: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let location = location.replace("{port}", &address.port().to_string());
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let stream = tls.accept(stream).await.unwrap();
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    let mut response = Response::builder();
                    if request.uri().path() != "/there" {
                        response = response.status(status).header("location", &location);
                    }
                    seen.lock().unwrap().push(as_text(&request));
                    let response = response.body(()).unwrap();
                    let mut body = respond.send_response(response, false).unwrap();
                    body.send_data("there".into(), true).unwrap();
                }
            }
        });
        Self { address, requests: Box::new(move || requests.lock().unwrap().clone()) }
    }

    /// Sends a key to this origin, and follows where it leads.
    async fn send(&self, authority: &Authority) -> Result<Answer, RequestError> {
        let url = format!("https://localhost:{}/chat", self.address.port());
        let (redirects, tls) = (Redirects::SameOrigin, trusting(authority));
        let connection = Connection { redirects, tls, ..Connection::default() };
        let mut request = post(&url, "body");
        request.headers.insert("authorization", "Bearer planted".parse().unwrap());
        in_time(ask(&transport_with(&connection, &url), &request)).await
    }
}

/// The head of a request as HTTP/1.1 would write it.
fn as_text<T>(request: &Request<T>) -> String {
    let (method, path) = (request.method(), request.uri().path());
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap()));
    format!("{method} {path} HTTP/2\r\n{}", headers.collect::<String>())
}

async fn check_follows(http: &str, location: &str) {
    let authority = Authority::new("ours");
    for (status, method) in REDIRECTS {
        let origin = Origin::start(&authority, http, *status, location).await;
        let answer = origin.send(&authority).await.unwrap();
        assert_eq!((&*answer.body, answer.redirects), ("there", 1));
        let requests = (origin.requests)();
        let [first, second] = requests.as_slice() else { panic!("{requests:?}") };
        assert!(first.starts_with("POST /chat HTTP/"), "{status}: {first}");
        assert!(second.starts_with(&format!("{method} /there HTTP/")), "{status}: {second}");
        assert!(second.contains("authorization: Bearer planted\r\n"), "{status}: {second}");
        assert_eq!(second.contains("content-length: 4"), *method == "POST", "{status}: {second}");
    }
}

async fn check_stays(http: &str, location: &str) {
    let authority = Authority::new("ours");
    let tls = speaking(&authority, &[http]).acceptor();
    let other = Server::start_tls(vec![answer(whole("caught"))], tls).await;
    let location = location.replace("{other}", &other.address.port().to_string());
    for (status, _) in REDIRECTS {
        let origin = Origin::start(&authority, http, *status, &location).await;
        let error = origin.send(&authority).await.unwrap_err();
        let is_told = matches!(error.cause(), Cause::Redirect(_, RedirectFault::OtherOrigin));
        assert!(is_told, "{status} {location}: {error:?}");
        assert_eq!((origin.requests)().len(), 1, "{status} {location}");
    }
    assert_eq!(other.connections(), 0, "{location}");
}

#[tokio::test]
async fn a_redirect_within_an_origin_is_followed_in_either_version() {
    for http in [HTTP1, HTTP2] {
        check_follows(http, "/there").await;
        check_follows(http, "https://localhost:{port}/there").await;
    }
}

#[tokio::test]
async fn nothing_reaches_another_origin_in_either_version() {
    for http in [HTTP1, HTTP2] {
        check_stays(http, "https://localhost:{other}/there").await;
    }
}

/// The certificate, or the connection that is open already, would be good for it.
#[tokio::test]
async fn the_same_server_without_tls_or_under_another_name_is_another_origin() {
    for http in [HTTP1, HTTP2] {
        check_stays(http, "http://localhost:{port}/there").await;
        check_stays(http, "https://127.0.0.1:{port}/there").await;
    }
}
