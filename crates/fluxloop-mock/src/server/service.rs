//! The answer to one request.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use tokio::time::sleep;

use super::body::PlayBody;
use super::control::{Active, Control};
use super::counts::{InFlight, Ledger};
use crate::MockOptions;
use crate::play::{Play, play};
use crate::program::{Op, Program};
use crate::request::MockRequest;
use crate::script::Head;

/// Far above what any agent takes, and below what would hurt.
const MAX_REQUEST_BYTES: usize = 64 * 1024 * 1024;

/// What all connections have in common.
pub(super) struct Shared {
    pub(super) options: MockOptions,
    pub(super) ledger: Arc<Ledger>,
}

/// Answers a request.
pub(super) async fn serve(
    shared: Arc<Shared>,
    control: Arc<Control>,
    request: Request<Incoming>,
) -> Result<Response<PlayBody>, Infallible> {
    let active = Active::new(control);
    let in_flight = InFlight::new(Arc::clone(&shared.ledger));
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
        let play = play(&shared.options, number, &request);
        if shared.options.record > 0 {
            shared.ledger.record(request, shared.options.record);
        }
        play
    };
    if play.faulty {
        shared.ledger.fault();
    }
    sleep_if_any(play.delay).await;
    let Play { head, program, sized, .. } = play;
    let Some(head) = head else { match without_http(program, &active).await {} };
    Ok(response(head, PlayBody::new(program, sized, active, in_flight)))
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
    response(head, PlayBody::new(Program::default(), true, active, in_flight))
}

/// Waits as long as the program begins with waiting, so that other streams of the connection live
/// on and a client that leaves is noticed; then takes the connection for the rest.
async fn without_http(mut program: Program, active: &Active) -> Infallible {
    let mut ops = std::mem::take(&mut program.ops).into_iter();
    while let Some(op) = ops.next() {
        match op {
            Op::Pause(wait) => sleep(wait).await,
            Op::Stall => pending().await,
            op => {
                program.ops = std::iter::once(op).chain(ops).collect();
                break;
            }
        }
    }
    active.control().take_over(program);
    pending().await
}

async fn sleep_if_any(wait: Duration) {
    if !wait.is_zero() {
        sleep(wait).await;
    }
}
