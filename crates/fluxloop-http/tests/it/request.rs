//! What the tests send, and what they make of the answer.

use std::time::Duration;

use fluxloop_http::{Exchange, Framing, Progress, RequestError, Transport};
use fluxloop_plan::{Connection, RequestSpec};
use http::{HeaderMap, Method};

/// Long enough never to fire by itself.
pub(crate) const CONNECT: Duration = Duration::from_secs(10);

pub(crate) fn get(url: &str) -> RequestSpec {
    RequestSpec {
        method: Method::GET,
        url: url.parse().unwrap(),
        headers: HeaderMap::new(),
        body: None,
    }
}

pub(crate) fn post(url: &str, body: &'static str) -> RequestSpec {
    RequestSpec { method: Method::POST, body: Some(body.into()), ..get(url) }
}

pub(crate) fn transport(url: &str) -> Transport {
    transport_with(&Connection::default(), url)
}

pub(crate) fn transport_with(connection: &Connection, url: &str) -> Transport {
    Transport::new(connection, &url.parse().unwrap(), CONNECT).unwrap()
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) framing: Framing,
    pub(crate) body: String,
    pub(crate) resent: bool,
    pub(crate) redirects: u8,
}

/// Sends and reads to the end.
pub(crate) async fn ask(
    transport: &Transport,
    request: &RequestSpec,
) -> Result<Answer, RequestError> {
    let progress = Progress::default();
    let mut exchange = transport.send(request, &progress).await?;
    let (status, framing) = (exchange.status().as_u16(), exchange.framing());
    let body = read(&mut exchange).await?;
    let (resent, redirects) = (progress.resent(), progress.redirects());
    Ok(Answer { status, framing, body, resent, redirects })
}

pub(crate) async fn read(exchange: &mut Exchange) -> Result<String, RequestError> {
    let mut body = Vec::new();
    while let Some(chunk) = exchange.chunk().await? {
        body.extend_from_slice(&chunk.bytes);
    }
    Ok(String::from_utf8(body).unwrap())
}
