//! Which requests share a connection, and which are sent a second time.

use std::time::Duration;

use fluxloop_http::{Cause, Progress};

use crate::request::{ask, get, post, transport};
use crate::server::{Server, Step, answer, in_time, settle, whole};

fn twice(step: Vec<Step>) -> Vec<Step> {
    [step.clone(), step].concat()
}

#[tokio::test]
async fn a_body_read_to_its_end_leaves_a_connection_for_the_next() {
    let server = Server::start(vec![twice(answer(whole("hi")))]).await;
    let transport = transport(&server.url());
    for first in [true, false] {
        let progress = Progress::default();
        let mut exchange = transport.send(&get(&server.url()), &progress).await.unwrap();
        assert_eq!(crate::request::read(&mut exchange).await.unwrap(), "hi");
        assert_eq!(progress.connect_time().is_some(), first);
        settle().await;
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced_at_once() {
    // The server reads the second request and closes, as one does whose idle time is up.
    let closing = [answer(whole("one")), vec![Step::Read]].concat();
    let server = Server::start(vec![closing, answer(whole("two"))]).await;
    let transport = transport(&server.url());
    let request = post(&server.url(), "{\"input\":1}");
    assert!(!in_time(ask(&transport, &request)).await.unwrap().resent);
    settle().await;

    let answer = in_time(ask(&transport, &request)).await.unwrap();
    assert_eq!((&*answer.body, answer.resent), ("two", true));
    assert_eq!((server.connections(), server.requests().len()), (2, 3));
    assert!(server.requests()[2].ends_with("\r\n\r\n{\"input\":1}"));
}

/// A server that closes each connection in place of a second answer.
async fn closing() -> Server {
    let once = [answer(whole("one")), vec![Step::Read]].concat();
    Server::start(vec![once, vec![Step::Read]]).await
}

#[tokio::test]
async fn a_fresh_connection_that_dies_sends_nothing_twice() {
    for end in [vec![Step::Read], vec![Step::Read, Step::Reset], answer("HTTP/1.1 200 OK\r\n")] {
        let server = Server::start(vec![end]).await;
        let progress = Progress::default();
        let transport = transport(&server.url());
        let error = in_time(transport.send(&get(&server.url()), &progress)).await.unwrap_err();
        assert_eq!((error.cause(), progress.resent()), (Cause::NoAnswer, false));
        assert!(progress.connect_time().is_some());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_kept_connection_that_dies_sends_a_request_twice() {
    let server = closing().await;
    let transport = transport(&server.url());
    in_time(ask(&transport, &get(&server.url()))).await.unwrap();
    settle().await;
    let progress = Progress::default();
    let error = in_time(transport.send(&get(&server.url()), &progress)).await.unwrap_err();
    assert_eq!((error.cause(), progress.resent()), (Cause::NoAnswer, true));
    assert_eq!((server.connections(), server.requests().len()), (2, 3), "and not more");
}

/// The client's error does not tell that bytes had come. Should this fail one day, it tells, and
/// such a request need not be sent again.
#[tokio::test]
async fn a_head_that_breaks_is_not_an_answer() {
    for head in ["H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n"] {
        for end in [vec![], vec![Step::Reset]] {
            let script = [answer(whole("one")), answer(head), end].concat();
            let server = Server::start(vec![script, vec![Step::Read]]).await;
            let transport = transport(&server.url());
            in_time(ask(&transport, &get(&server.url()))).await.unwrap();
            settle().await;
            let progress = Progress::default();
            let error = in_time(transport.send(&get(&server.url()), &progress)).await.unwrap_err();
            assert_eq!((error.cause(), progress.resent()), (Cause::NoAnswer, true), "{head}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_began_is_not_asked_for_again() {
    for broken in ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "garbage\r\n\r\n"] {
        let server = Server::start(vec![answer(broken)]).await;
        in_time(ask(&transport(&server.url()), &get(&server.url()))).await.unwrap_err();
        assert_eq!(server.requests().len(), 1);
    }
}

/// The one on which it is sent again is not kept.
#[tokio::test]
async fn a_request_is_sent_again_on_a_fresh_connection() {
    let kept = || [answer(whole("kept")), vec![Step::Read]].concat();
    let scripts = vec![kept(), twice(answer(whole("a"))), kept(), answer(whole("b"))];
    let server = Server::start(scripts).await;
    let transport = transport(&server.url());
    for (expected, resent) in [("kept", false), ("a", true), ("kept", false), ("b", true)] {
        let answer = in_time(ask(&transport, &get(&server.url()))).await.unwrap();
        assert_eq!((&*answer.body, answer.resent), (expected, resent));
        settle().await;
    }
    assert_eq!(server.connections(), 4);
}

/// uvicorn closes a connection that nobody used for 5 seconds.
#[tokio::test]
async fn a_connection_that_was_idle_for_long_is_not_used_again() {
    for (idle_ms, connections) in [(3_000, 1), (4_000, 2)] {
        let server = Server::start(vec![twice(answer(whole("hi")))]).await;
        let transport = transport(&server.url());
        in_time(ask(&transport, &get(&server.url()))).await.unwrap();
        settle().await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_millis(idle_ms)).await;
        tokio::time::resume();
        in_time(ask(&transport, &get(&server.url()))).await.unwrap();
        assert_eq!(server.connections(), connections, "{idle_ms} ms");
    }
}
