//! The answer to one request.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode, Version, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use tokio::time::sleep;

use super::body::PlayBody;
use super::control::{Active, Control, Takeover};
use super::counts::{InFlight, Shared};
use crate::play::{Play, Protocol, play};
use crate::program::{Cut, Op};
use crate::request::MockRequest;
use crate::script::Head;
use crate::served::{Ended, Reached, Served};

/// Far above what any agent takes, and below what would hurt.
const MAX_REQUEST_BYTES: usize = 64 * 1024 * 1024;

/// Answers a request. An error is a stream of HTTP/2 that is reset.
pub(super) async fn serve(
    shared: Arc<Shared>,
    control: Arc<Control>,
    request: Request<Incoming>,
) -> Result<Response<PlayBody>, h2::Error> {
    let active = Active::new(control);
    let mut in_flight = InFlight::new(Arc::clone(&shared));
    let protocol = protocol(&request);
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, MAX_REQUEST_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            tracing::debug!(%error, "a request broke off or is too large");
            return Ok(too_large(active, in_flight));
        }
    };
    let number = shared.ledger.next_request();
    let play = {
        let request = received(parts, body);
        let mut play = play(&shared.options, number, &request, protocol);
        if shared.options.tells() {
            in_flight.tells(served(number, &request, &mut play));
        }
        if shared.options.record > 0 {
            shared.ledger.record(request, shared.options.record);
        }
        play
    };
    if !play.faults.is_empty() {
        shared.ledger.fault();
    }
    sleep_if_any(play.delay).await;
    respond(play, active, in_flight).await
}

async fn respond(
    mut play: Play,
    active: Active,
    in_flight: InFlight,
) -> Result<Response<PlayBody>, h2::Error> {
    match play.head.take() {
        Some(head) => Ok(response(head, PlayBody::new(play, active, in_flight))),
        None => Err(without_http(play, &active, in_flight).await),
    }
}

/// How the answer will travel.
fn protocol(request: &Request<Incoming>) -> Protocol {
    if request.version() == Version::HTTP_2 {
        return Protocol::Http2;
    }
    let connection = request.headers().get(header::CONNECTION);
    let closes = connection.is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"close"));
    let chunks = request.version() >= Version::HTTP_11;
    Protocol::Http1 { chunks, keep_alive: chunks && !closes }
}

/// What there is to tell before the answer is given.
fn served(number: u64, request: &MockRequest, play: &mut Play) -> Served {
    let story = std::mem::take(&mut play.story);
    Served {
        number: number + 1,
        case: request.header(Served::CASE_HEADER).map(str::to_owned),
        input: story.input,
        faults: play.faults.clone(),
        status: story.status.map(|status| status.as_u16()),
        text: story.text,
        characters: 0,
        bytes: 0,
        reached: Reached::Nothing,
        ended: Ended::Abandoned,
    }
}

fn received(parts: Parts, body: Bytes) -> MockRequest {
    let mut request = MockRequest {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    request.hide_credentials();
    request
}

fn response(head: Head, body: PlayBody) -> Response<PlayBody> {
    let mut response = Response::new(body);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    response
}

fn too_large(active: Active, in_flight: InFlight) -> Response<PlayBody> {
    let head = Head { status: StatusCode::PAYLOAD_TOO_LARGE, ..Head::default() };
    let play = Play { sized: true, ..Play::default() };
    response(head, PlayBody::new(play, active, in_flight))
}

/// Waits as long as the program begins with waiting, so that other streams of the connection live
/// on and a client that leaves is noticed; then takes the connection for the rest. Ends only where
/// the stream is to be reset.
async fn without_http(play: Play, active: &Active, mut in_flight: InFlight) -> h2::Error {
    let Play { program, then, stream, .. } = play;
    for (from, op) in program.ops.iter().enumerate() {
        match *op {
            Op::Pause(wait) => sleep(wait).await,
            Op::Stall => {
                in_flight.broken();
                return pending().await;
            }
            Op::Cut(Cut::Stream(code)) => {
                in_flight.broken();
                return h2::Reason::from(code).into();
            }
            _ => {
                let in_flight = Some(in_flight);
                active.control().take_over(Takeover { program, from, then, stream, in_flight });
                break;
            }
        }
    }
    pending().await
}

async fn sleep_if_any(wait: Duration) {
    if !wait.is_zero() {
        sleep(wait).await;
    }
}
