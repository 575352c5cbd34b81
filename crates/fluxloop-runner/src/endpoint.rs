//! Where answers come from.

use std::time::{Duration, SystemTime};

use fluxloop_aggregate::Head;
use fluxloop_http::{BuildError, Chunk, Exchange, MediaType, Progress, RequestError, Transport};
use fluxloop_plan::{Plan, RequestSpec};

/// Where answers come from: what an attempt asks, whatever carries the bytes. A WebSocket is a further
/// variant here and in [`Incoming`]; nothing else of an attempt changes.
#[derive(Debug)]
pub(crate) enum Endpoint {
    Http(Box<Transport>),
    /// Nothing is sent: answers were recorded.
    Recording,
}

/// An answer whose head came.
#[derive(Debug)]
pub(crate) enum Incoming {
    Http(Exchange),
}

impl Endpoint {
    /// The endpoint that a plan describes.
    pub(crate) fn of(plan: &Plan) -> Result<Self, BuildError> {
        let transport = Transport::new(&plan.connection, &plan.request.url, plan.clocks.connect)?;
        Ok(Self::Http(Box::new(transport)))
    }

    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn open(
        &self,
        request: &RequestSpec,
        progress: &Progress,
    ) -> Result<Incoming, RequestError> {
        match self {
            Self::Http(transport) => transport.send(request, progress).await.map(Incoming::Http),
            Self::Recording => unreachable!("a recorded attempt is not sent"),
        }
    }

    /// Whether requests go through a proxy.
    pub(crate) fn is_proxied(&self) -> bool {
        match self {
            Self::Http(transport) => transport.is_proxied(),
            Self::Recording => false,
        }
    }
}

impl Incoming {
    pub(crate) fn head(&self) -> Head {
        match self {
            Self::Http(exchange) => {
                let media_type = exchange.media_type();
                let text = |part: Option<&str>| part.map(str::to_owned);
                Head {
                    status: exchange.status().as_u16(),
                    media_type: text(media_type.as_ref().map(MediaType::essence)),
                    charset: text(media_type.as_ref().and_then(MediaType::charset)),
                }
            }
        }
    }

    /// Name and value of each header, in order; not masked.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        match self {
            Self::Http(exchange) => {
                let text = |value: &http::HeaderValue| {
                    String::from_utf8_lossy(value.as_bytes()).into_owned()
                };
                let headers = exchange.headers().iter();
                headers.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
            }
        }
    }

    /// How long the head asks to wait before the next request, and how long until a limit that is
    /// used up begins anew.
    pub(crate) fn waits(&self) -> [Option<Duration>; 2] {
        let now = SystemTime::now();
        match self {
            Self::Http(exchange) => [exchange.retry_after(now), exchange.until_reset(now)],
        }
    }

    /// Whether a proxy answers in the server's place.
    pub(crate) fn is_from_proxy(&self) -> bool {
        match self {
            Self::Http(exchange) => exchange.is_from_proxy(),
        }
    }

    /// Whether the answer shares its connection with others (HTTP/2).
    pub(crate) fn is_multiplexed(&self) -> bool {
        match self {
            Self::Http(exchange) => exchange.is_http2(),
        }
    }

    /// Whether the framing of the transport proves that a body which ended is whole.
    pub(crate) fn proves_end(&self) -> bool {
        match self {
            Self::Http(exchange) => exchange.framing().proves_end(),
        }
    }

    /// Waits for the next piece of the body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Chunk>, RequestError> {
        match self {
            Self::Http(exchange) => exchange.chunk().await,
        }
    }
}
