//! Connections, pace, counts and the end.

use std::time::Duration;

use bytes::Bytes;
use fluxloop_mock::{Counts, Dialect, MockAgent, MockOptions, Script};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::wire::{Client, Ended, ask, start};

const BODY: &str = r#"{"input": "a b c"}"#;

fn paced() -> MockOptions {
    MockOptions {
        delay: Duration::from_secs(3),
        chunk_gap: Duration::from_secs(1),
        ..MockOptions::default()
    }
}

/// Waits until nothing of the mock is left beside the test itself.
async fn all_tasks_ended() {
    for _ in 0..1_000 {
        if Handle::current().metrics().num_alive_tasks() == 0 {
            return;
        }
        yield_now().await;
    }
    panic!("{} tasks are alive", Handle::current().metrics().num_alive_tasks());
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let agent = start(MockOptions::default()).await;
    let mut client = Client::connect(&agent).await;
    for _ in 0..3 {
        client.post("/chat", BODY).await;
        assert_eq!(client.answer().await.events().len(), 4);
    }
    client.post("/v1/messages", "{}").await;
    assert_eq!(client.answer().await.status(), 400);
    let expected = Counts {
        connections: 1,
        open_connections: 1,
        requests: 4,
        completed: 4,
        completed_streams: 3,
        ..Counts::default()
    };
    assert_eq!(agent.served(), expected);
}

#[tokio::test]
async fn http2_is_served_to_a_client_that_begins_with_it() {
    let agent = start(MockOptions::default()).await;
    let io = TokioIo::new(TcpStream::connect(agent.addr()).await.expect("the mock accepts"));
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await;
    let (mut sender, connection) = handshake.expect("the mock speaks HTTP/2");
    tokio::spawn(connection);
    let request = || {
        let request = Request::post(format!("{}/chat", agent.url()));
        request.body(Full::new(Bytes::from(BODY))).expect("a request")
    };
    let answers = [sender.send_request(request()), sender.send_request(request())];
    for answer in answers {
        let body = answer.await.expect("an answer").into_body().collect().await.expect("a body");
        assert!(body.to_bytes().ends_with(b"event: done\ndata: {\"finish_reason\":\"stop\"}\n\n"));
    }
    assert_eq!(agent.served().connections, 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_takes_its_delay_and_a_gap_before_each_delta_but_the_first() {
    let agent = start(paced()).await;
    let start = Instant::now();
    let answer = ask(&agent, "/chat", BODY).await;
    assert_eq!((answer.events().len(), start.elapsed().as_millis()), (4, 5_000));
    let refused = Instant::now();
    assert_eq!(ask(&agent, "/chat", "{").await.status(), 400);
    assert_eq!(refused.elapsed().as_millis(), 0);
}

#[tokio::test(start_paused = true)]
async fn jitter_varies_pauses_by_the_seed() {
    let run = async |seed| {
        let agent = start(MockOptions { jitter: 0.5, seed, ..paced() }).await;
        let start = Instant::now();
        ask(&agent, "/chat", BODY).await;
        start.elapsed()
    };
    let first = run(1).await;
    assert_eq!(first, run(1).await);
    assert_ne!(first, run(2).await);
    assert!((2.5..7.5).contains(&first.as_secs_f64()), "{first:?}");
}

#[tokio::test]
async fn the_latest_requests_are_kept_and_their_credentials_hidden() {
    let agent = start(MockOptions { record: 2, ..MockOptions::default() }).await;
    for number in 0..3 {
        let mut client = Client::connect(&agent).await;
        let headers = "authorization: Bearer hidden\r\nx-extra: shown\r\n";
        client.send("PUT", &format!("/chat?n={number}"), headers, BODY).await;
        client.answer().await;
    }
    let requests = agent.requests();
    let seen: Vec<_> = requests.iter().map(|it| (it.path.as_str(), it.query.as_str())).collect();
    assert_eq!(seen, [("/chat", "n=1"), ("/chat", "n=2")]);
    assert_eq!((requests[1].method.as_str(), &requests[1].body[..]), ("PUT", BODY.as_bytes()));
    assert_eq!(requests[1].headers["authorization"], "Bearer hidden");
    let shown = format!("{requests:?}");
    assert!(shown.contains("shown") && !shown.contains("hidden"), "{shown}");
}

#[tokio::test]
async fn nothing_is_kept_by_default() {
    let agent = start(MockOptions::default()).await;
    ask(&agent, "/chat", BODY).await;
    assert!(agent.requests().is_empty());
}

#[tokio::test]
async fn every_task_ends_with_the_handle() {
    let agent = start(MockOptions { delay: Duration::from_hours(1), ..paced() }).await;
    let mut idle = Client::connect(&agent).await;
    let mut busy = Client::connect(&agent).await;
    busy.post("/chat", BODY).await;
    while agent.served().in_flight == 0 {
        yield_now().await;
    }
    assert!(Handle::current().metrics().num_alive_tasks() >= 3);
    drop(agent);
    all_tasks_ended().await;
    assert_eq!(idle.rest().await.1, Ended::Closed);
    assert_eq!(busy.rest().await.1, Ended::Closed);
}

#[tokio::test]
async fn a_bare_connection_ends_with_the_handle_or_with_its_client() {
    let script = r#"{"answers": [{"raw": true, "steps": [{"send": "x"}, "stall"]}]}"#;
    let dialect = Dialect::Script(Script::from_json(script).expect("a good script"));
    let agent = start(MockOptions { dialect, ..MockOptions::default() }).await;
    let mut clients = [Client::connect(&agent).await, Client::connect(&agent).await];
    for client in &mut clients {
        client.post("/", BODY).await;
        assert_eq!(client.some().await, b"x");
    }
    let [leaves, mut stays] = clients;
    drop(leaves);
    while agent.served().open_connections > 1 {
        yield_now().await;
    }
    drop(agent);
    all_tasks_ended().await;
    assert_eq!(stays.rest().await.1, Ended::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_answers_end() {
    let agent = start(paced()).await;
    let address = agent.addr();
    let mut client = Client::connect(&agent).await;
    client.post("/chat", BODY).await;
    while agent.served().in_flight == 0 {
        yield_now().await;
    }
    let ((), answer) = tokio::join!(agent.shutdown(Duration::from_mins(1)), client.answer());
    assert_eq!((answer.events().len(), answer.ended), (4, Ended::Complete));
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_after_its_grace() {
    let agent = start(MockOptions { delay: Duration::from_hours(1), ..paced() }).await;
    let mut client = Client::connect(&agent).await;
    client.post("/chat", BODY).await;
    while agent.served().in_flight == 0 {
        yield_now().await;
    }
    let start = Instant::now();
    agent.shutdown(Duration::from_secs(2)).await;
    assert_eq!(start.elapsed().as_secs(), 2);
    assert_eq!(client.answer().await.ended, Ended::Closed);
}

#[tokio::test]
async fn an_address_in_use_is_an_error_with_a_hint() {
    let agent = start(MockOptions::default()).await;
    let options = MockOptions { listen: agent.addr(), ..MockOptions::default() };
    let error = MockAgent::start(options).await.expect_err("the address is in use");
    assert_eq!(error.to_string(), format!("cannot listen on `{}`", agent.addr()));
    assert!(error.hint().is_some());
}
