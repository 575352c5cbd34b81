//! Redirects: none, within an origin, and away from it.

use fluxloop_http::{Cause, RedirectFault, RequestError};
use fluxloop_plan::{Connection, Redirects};
use http::{Method, StatusCode};

use crate::request::{Answer, ask, get, post, transport_with};
use crate::server::{Server, Step, answer, in_time, whole};

fn redirect(status: u16, location: &str) -> Vec<Step> {
    answer(format!("HTTP/1.1 {status} R\r\nLocation: {location}\r\nContent-Length: 5\r\n\r\nmoved"))
}

async fn send(rule: Redirects, server: &Server, method: Method) -> Result<Answer, RequestError> {
    let connection = Connection { redirects: rule, ..Connection::default() };
    let mut request = post(&server.url(), "body");
    request.method = method;
    for (name, value) in [
        ("authorization", "Bearer planted"),
        ("x-api-key", "planted"),
        ("content-type", "text/plain"),
    ] {
        request.headers.insert(name, value.parse().unwrap());
    }
    in_time(ask(&transport_with(&connection, &server.url()), &request)).await
}

async fn check_fails(
    rule: Redirects,
    script: Vec<Step>,
    fault: RedirectFault,
    origin: Option<&str>,
) {
    let server = Server::start(vec![script]).await;
    let error = send(rule, &server, Method::POST).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Redirect(_, found) if found == fault), "{error:?}");
    assert_eq!(error.detail(), origin);
    assert_eq!(server.requests().len(), 1);
    assert!(!error.to_string().contains("planted"));
}

async fn check_follows(status: u16, method: Method, expected: &str) {
    let script = [redirect(status, "/new?a=b"), answer(whole("there"))].concat();
    let server = Server::start(vec![script, answer(whole("there"))]).await;
    let answer = send(Redirects::SameOrigin, &server, method).await.unwrap();
    assert_eq!((&*answer.body, answer.redirects), ("there", 1));
    let second = &server.requests()[1];
    assert!(second.starts_with(&format!("{expected} /new?a=b HTTP/1.1\r\n")), "{status}: {second}");
    assert_eq!(second.ends_with("\r\n\r\nbody"), expected != "GET", "{status}: {second}");
    assert_eq!(second.contains("content-type:"), expected != "GET", "{status}: {second}");
    assert!(second.contains("x-api-key: planted\r\n"), "{second}");
    assert!(second.contains("authorization: Bearer planted\r\n"), "{second}");
    assert!(!second.to_ascii_lowercase().contains("referer"), "{second}");
}

#[tokio::test]
async fn a_redirect_is_an_error_that_names_the_address_without_its_query() {
    for status in [301, 302, 303, 307, 308, 300] {
        let script = redirect(status, "https://other.example/x?key=planted");
        let address = Some("https://other.example/x");
        check_fails(Redirects::None, script, RedirectFault::NotFollowed, address).await;
    }
}

#[tokio::test]
async fn method_and_body_are_kept_where_the_standard_keeps_them() {
    check_follows(307, Method::POST, "POST").await;
    check_follows(308, Method::PUT, "PUT").await;
    check_follows(302, Method::PUT, "PUT").await;
}

#[tokio::test]
async fn a_post_becomes_a_get_where_the_standard_says_so() {
    check_follows(301, Method::POST, "GET").await;
    check_follows(302, Method::POST, "GET").await;
    check_follows(303, Method::PUT, "GET").await;
}

#[tokio::test]
async fn nothing_reaches_another_origin() {
    let other = Server::start(vec![answer(whole("caught"))]).await;
    let origin = format!("http://{}", other.address);
    let fault = RedirectFault::OtherOrigin;
    for status in [301, 302, 303, 307, 308] {
        let script = redirect(status, &format!("{origin}/x"));
        check_fails(Redirects::SameOrigin, script, fault, Some(&format!("{origin}/x"))).await;
    }
    assert_eq!(other.connections(), 0);

    let elsewhere =
        [("//127.0.0.2:9/", "http://127.0.0.2:9/"), ("https://127.0.0.1/", "https://127.0.0.1/")];
    for (location, address) in elsewhere {
        check_fails(Redirects::SameOrigin, redirect(307, location), fault, Some(address)).await;
    }
}

#[tokio::test]
async fn the_same_server_under_another_name_is_another_origin() {
    for location in ["http://localhost:{port}/x", "https://{address}/x", "//[::1]:{port}/x"] {
        let server = Server::start(vec![redirect(307, location)]).await;
        let error = send(Redirects::SameOrigin, &server, Method::POST).await.unwrap_err();
        let other = |cause| matches!(cause, Cause::Redirect(_, RedirectFault::OtherOrigin));
        assert!(other(error.cause()), "{location}: {error:?}");
        assert_eq!((server.connections(), server.requests().len()), (1, 1), "{location}");
    }
}

#[tokio::test]
async fn a_target_that_is_no_url_is_refused() {
    for location in ["http://", "ftp://files.example/", "javascript:alert(1)", "http://[::"] {
        let fault = RedirectFault::BadTarget;
        check_fails(Redirects::SameOrigin, redirect(302, location), fault, None).await;
    }
}

#[tokio::test]
async fn a_target_that_is_too_long_is_refused() {
    let script = redirect(302, &format!("/{}", "a".repeat(65_534)));
    check_fails(Redirects::SameOrigin, script, RedirectFault::LongTarget, None).await;
}

#[tokio::test]
async fn a_ring_of_redirects_ends() {
    let script = vec![redirect(307, "/chat"); 20].concat();
    let server = Server::start(vec![script]).await;
    let error = send(Redirects::SameOrigin, &server, Method::POST).await.unwrap_err();
    let status = StatusCode::TEMPORARY_REDIRECT;
    assert_eq!(error.cause(), Cause::Redirect(status, RedirectFault::TooMany));
    assert_eq!(server.requests().len(), 1 + 5);
}

#[tokio::test]
async fn a_3xx_without_a_place_is_a_status() {
    for head in [
        "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nLocation: /x\r\n\r\n",
    ] {
        let server = Server::start(vec![answer(head)]).await;
        let url = server.url();
        let connection = Connection { redirects: Redirects::SameOrigin, ..Connection::default() };
        let answer = in_time(ask(&transport_with(&connection, &url), &get(&url))).await.unwrap();
        assert!((300..400).contains(&answer.status));
    }
}

#[tokio::test]
async fn the_servers_user_name_is_not_taken() {
    let script = [redirect(307, "http://evil:word@{address}/"), answer(whole("there"))].concat();
    let server = Server::start(vec![script, answer(whole("there"))]).await;
    let connection = Connection { redirects: Redirects::SameOrigin, ..Connection::default() };
    let transport = transport_with(&connection, &server.url());
    let mut request = get(&server.url());
    request.url.set_username("mine").unwrap();
    assert_eq!(in_time(ask(&transport, &request)).await.unwrap().body, "there");
    // `mine:` in base64; the URL's user name becomes a header, as browsers do it.
    assert!(
        server.requests().iter().all(|request| request.contains("authorization: Basic bWluZTo="))
    );
}
