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
use crate::served::Served;

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
    let number = {
        let mut counts = shared.ledger.counts();
        counts.requests += 1;
        counts.requests - 1
    };
    let (play, spoiled) = {
        let request = received(parts, body);
        let mut play = play(&shared.options, number, &request, protocol);
        let spoiled = !play.served.faults.is_empty();
        if shared.options.tells() {
            let case = request.header(Served::CASE_HEADER).map(str::to_owned);
            let told = std::mem::take(&mut play.served);
            in_flight.tells(Served { number: number + 1, case, ..told });
        }
        if shared.options.record > 0 {
            shared.ledger.record(request, shared.options.record);
        }
        (play, spoiled)
    };
    shared.ledger.counts().faults += u64::from(spoiled);
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
