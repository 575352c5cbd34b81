//! The answer to one request.

use std::future::pending;
use std::mem::size_of;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{Request, Response, StatusCode, Version, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::sleep;

use super::body::PlayBody;
use super::control::{Control, Takeover};
use super::counts::{InFlight, Shared, record};
use crate::MockOptions;
use crate::play::{MAX_ANSWER, Play, Protocol, may_break, play};
use crate::program::{Cut, Op};
use crate::request::MockRequest;
use crate::script::Head;
use crate::served::Served;

/// Far above what an agent accepts.
const MAX_REQUEST: usize = 8 << 20;

/// Answers a request. An error is a stream of HTTP/2 that is reset.
pub(super) async fn serve(
    shared: Arc<Shared>,
    control: Arc<Control>,
    request: Request<Incoming>,
) -> Result<Response<PlayBody>, h2::Error> {
    let mut in_flight = InFlight::new(Arc::clone(&shared));
    let protocol = protocol(&request);
    let (parts, body) = request.into_parts();
    let body = match read(body, &mut in_flight).await {
        Ok(body) => body,
        Err(status) => return Ok(refused(status, control, in_flight)),
    };
    let number = {
        let mut counts = shared.ledger.counts();
        counts.requests += 1;
        counts.requests - 1
    };
    let (play, spoiled) = {
        let request = received(parts, body);
        if let Err(status) = in_flight.claim(estimate(&shared.options, &request)).await {
            return Ok(refused(status, control, in_flight));
        }
        let mut play = play(&shared.options, number, &request, protocol);
        let spoiled = !play.served.faults.is_empty();
        if shared.options.tells() {
            let case = request.header(Served::CASE_HEADER).map(str::to_owned);
            let told = std::mem::take(&mut play.served);
            in_flight.tells(Served { number: number + 1, case, ..told });
        }
        if shared.options.record > 0 {
            record(&shared.ledger.requests, request, shared.options.record);
        }
        (play, spoiled)
    };
    let ops = play.program.ops.len() * size_of::<Op>();
    in_flight.keep(play.program.bytes.len() + ops);
    shared.ledger.counts().faults += u64::from(spoiled);
    sleep_if_any(play.delay).await;
    respond(play, control, in_flight).await
}

async fn respond(
    mut play: Play,
    control: Arc<Control>,
    in_flight: InFlight,
) -> Result<Response<PlayBody>, h2::Error> {
    match play.head.take() {
        Some(head) => Ok(response(head, PlayBody::new(play, control, in_flight))),
        None => Err(without_http(play, &control, in_flight).await),
    }
}

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

/// How much memory an answer may need while it is made.
fn estimate(options: &MockOptions, request: &MockRequest) -> usize {
    let usual = (8 << 10) + 64 * request.body.len();
    if may_break(options, request) { MAX_ANSWER } else { usual.min(MAX_ANSWER) }
}

/// Reads a body, for which memory is claimed as it comes.
async fn read(mut body: Incoming, in_flight: &mut InFlight) -> Result<Bytes, StatusCode> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        if bytes.len() + data.len() > MAX_REQUEST {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        in_flight.claim(data.len()).await?;
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

fn refused(status: StatusCode, control: Arc<Control>, in_flight: InFlight) -> Response<PlayBody> {
    let head = Head { status, ..Head::default() };
    let play = Play { sized: true, ..Play::default() };
    response(head, PlayBody::new(play, control, in_flight))
}

/// Waits as long as the program begins with waiting, so that other streams of the connection live
/// on and a client that leaves is noticed; then takes the connection for the rest. Ends only where
/// the stream is to be reset.
async fn without_http(play: Play, control: &Control, mut in_flight: InFlight) -> h2::Error {
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
                control.take_over(Takeover { program, from, then, stream, in_flight });
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
