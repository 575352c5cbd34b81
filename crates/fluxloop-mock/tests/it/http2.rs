//! What goes wrong over HTTP/2.

use std::time::Duration;

use bytes::Bytes;
use fluxloop_mock::{MockAgent, MockOptions};
use h2::Reason;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::faults::with;
use crate::told::every_fault;
use crate::wire::start;

const BODY: &str = r#"{"input": "a b c"}"#;

struct Client {
    sender: SendRequest<Full<Bytes>>,
    connection: JoinHandle<Result<(), hyper::Error>>,
    url: String,
}

/// What came of an answer: the body so far, and the reason of its end if that was an error.
type Seen = (String, Option<Reason>);

impl Client {
    async fn connect(agent: &MockAgent) -> Self {
        let io = TokioIo::new(TcpStream::connect(agent.addr()).await.expect("the mock accepts"));
        let (sender, connection) =
            handshake(TokioExecutor::new(), io).await.expect("the mock speaks HTTP/2");
        Self { sender, connection: tokio::spawn(connection), url: agent.url() }
    }

    /// Sends a request; what comes of it can be awaited while others are sent.
    fn ask(&mut self, fault: &str) -> impl Future<Output = Seen> + use<> {
        let request = Request::post(format!("{}/chat", self.url)).header("x-mock-fault", fault);
        let answer = self.sender.send_request(request.body(Full::from(BODY)).expect("a request"));
        async move {
            let mut body = match answer.await {
                Ok(answer) => answer.into_body(),
                Err(error) => return (String::new(), Some(reason(&error))),
            };
            let mut text = String::new();
            while let Some(frame) = body.frame().await {
                match frame {
                    Ok(frame) => {
                        let data = frame.into_data().unwrap_or_default();
                        text.push_str(&String::from_utf8_lossy(&data));
                    }
                    Err(error) => return (text, Some(reason(&error))),
                }
            }
            (text, None)
        }
    }
}

/// The error code of HTTP/2 behind an error; a connection that just ended has none, and counts as
/// an internal error.
fn reason(error: &hyper::Error) -> Reason {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return error.reason().unwrap_or(Reason::INTERNAL_ERROR);
        }
        source = error.source();
    }
    Reason::INTERNAL_ERROR
}

/// One request with this fault on a connection of its own.
async fn play(fault: &str) -> Seen {
    let agent = start(MockOptions::default()).await;
    Client::connect(&agent).await.ask(fault).await
}

fn events(seen: &Seen) -> usize {
    seen.0.matches("\n\n").count()
}

#[tokio::test]
async fn a_stream_is_reset_with_the_code_that_is_asked_for() {
    for (fault, events_before, expected) in [
        ("refused_stream", 0, Reason::REFUSED_STREAM),
        ("rst_stream", 0, Reason::INTERNAL_ERROR),
        ("rst_stream=CANCEL,at=head", 0, Reason::CANCEL),
        ("rst_stream=ENHANCE_YOUR_CALM,deltas=2", 2, Reason::ENHANCE_YOUR_CALM),
        ("bad_chunk:deltas=1", 1, Reason::PROTOCOL_ERROR),
    ] {
        let seen = play(fault).await;
        assert_eq!((events(&seen), seen.1), (events_before, Some(expected)), "{fault}");
    }
}

/// Hyper's client takes it for a clean end, as many do.
#[tokio::test]
async fn a_stream_is_reset_without_an_error() {
    let seen = play("rst_stream=NO_ERROR,deltas=2").await;
    assert_eq!((events(&seen), seen.1), (2, None));
}

/// The mock's side of a connection and the answers on it run on different threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_was_sent_before_a_break_arrives_whatever_thread_sends_it() {
    let agent = start(MockOptions::default()).await;
    for _ in 0..50 {
        for fault in ["rst_stream=CANCEL,deltas=2", "goaway=INTERNAL_ERROR,deltas=2"] {
            let seen = Client::connect(&agent).await.ask(fault).await;
            assert_eq!((events(&seen), seen.1.is_some()), (2, true), "{fault}");
        }
    }
}

#[tokio::test]
async fn other_streams_do_not_notice_a_reset_stream() {
    let agent = start(MockOptions::default()).await;
    let mut client = Client::connect(&agent).await;
    let answers = [client.ask("rst_stream:deltas=1"), client.ask("none"), client.ask("status=503")];
    let [reset, whole, status] = answers;
    assert_eq!(reset.await.1, Some(Reason::INTERNAL_ERROR));
    assert_eq!((events(&whole.await), status.await.1), (4, None));
    assert_eq!(agent.served().connections, 1);
}

#[tokio::test]
async fn a_graceful_goaway_lets_streams_end_and_takes_no_new_ones() {
    let agent = start(MockOptions::default()).await;
    let mut client = Client::connect(&agent).await;
    let seen = client.ask("goaway=graceful,deltas=1").await;
    assert_eq!((events(&seen), seen.1), (4, None));
    client.connection.await.expect("no panic").expect("the connection ends in order");
    assert!(client.sender.ready().await.is_err());
}

#[tokio::test]
async fn a_goaway_ends_the_streams_that_it_does_not_count() {
    for (fault, events_before, expected) in [
        ("goaway", 0, Reason::NO_ERROR),
        ("goaway=ENHANCE_YOUR_CALM,deltas=2", 2, Reason::ENHANCE_YOUR_CALM),
    ] {
        let seen = play(fault).await;
        assert_eq!((events(&seen), seen.1), (events_before, Some(expected)), "{fault}");
    }
}

#[tokio::test]
async fn a_connection_breaks_under_all_its_streams() {
    for fault in ["reset_peer:deltas=1", "close", "garbage", "limit_data=10"] {
        let agent = start(with(&["timeout"])).await;
        let mut client = Client::connect(&agent).await;
        let stalled = client.ask("timeout:deltas=1");
        let broken = client.ask(fault);
        assert!(broken.await.1.is_some(), "{fault}");
        assert!(stalled.await.1.is_some(), "{fault}");
    }
}

#[tokio::test]
async fn a_length_that_lies_is_an_error_of_the_stream() {
    let seen = play("short_length=5").await;
    assert_eq!(seen.1, Some(Reason::PROTOCOL_ERROR));
}

#[tokio::test]
async fn what_one_version_alone_can_do_is_left_out_or_done_in_its_way() {
    for fault in ["until_close", "close_idle", "slow_close=1ms", "slicer=3", "line_ends=crlf"] {
        assert_eq!(play(fault).await.1, None, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_fault_is_played_and_told() {
    for fault in every_fault() {
        let agent = start(MockOptions { record: 1, ..MockOptions::default() }).await;
        let mut client = Client::connect(&agent).await;
        // What never ends is left after a while.
        drop(timeout(Duration::from_mins(1), client.ask(fault)).await);
        client.connection.abort();
        while agent.served().in_flight > 0 {
            tokio::task::yield_now().await;
        }
        let told = agent.answers().pop().expect("an answer");
        assert_eq!(told.faults.len(), 1, "{fault}");
        assert_eq!(told.input.as_deref(), Some("a b c"), "{fault}");
    }
}
