//! Sends one request, over connections that are kept for the next.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use fluxloop_plan::{Connection, HttpVersion, Redirects, RequestSpec};
use http::Version;
use reqwest::{Client, Response};
use url::Url;

use crate::classify::{self, Resend};
use crate::client::{Blueprint, Pooling};
use crate::exchange::Exchange;
use crate::{BuildError, Cause, Phase, Progress, RedirectFault, RequestError, redirect};

/// The connections of a run. Share it by reference: one transport, one pool.
pub struct Transport {
    blueprint: Blueprint,
    redirects: Redirects,
    pooled: Client,
    /// For the one re-send; most runs never need it.
    unpooled: OnceLock<Client>,
    /// Whether the server speaks HTTP/2. An error alone does not tell over what it came.
    http2: AtomicBool,
}

impl Transport {
    /// Makes the connections ready that lead to `target`, the URL of the run; none is opened yet.
    ///
    /// Of `target` only the scheme counts: without TLS the system's certificate authorities need
    /// not be read. `connect` is the connect clock: name lookup, TCP and TLS together.
    pub fn new(
        connection: &Connection,
        target: &Url,
        connect: Duration,
    ) -> Result<Self, BuildError> {
        let blueprint = Blueprint::new(connection, target.scheme() == "https", connect);
        let pooled = blueprint.build(Pooling::Kept)?;
        let redirects = connection.redirects;
        let http2 = blueprint.http_version == HttpVersion::Http2PriorKnowledge;
        Ok(Self { blueprint, redirects, pooled, unpooled: OnceLock::new(), http2: http2.into() })
    }

    /// Sends `request` and waits for the head of its answer, whatever its status.
    ///
    /// The only clock here is the connect clock. `progress` is reset, and tells at any time how far
    /// the exchange has come; dropping the future ends the exchange and closes its connection.
    ///
    /// A request without an answer is sent once more, at once and on a fresh connection
    /// ([`Progress::resent`]), in two cases: its connection was a kept one of HTTP/1.1, which the
    /// server may close in the very moment in which it is used again (RFC 9112, section 9.5); or
    /// the server says, over HTTP/2, that it did not process the request. "Without an answer" means
    /// before its head was whole: hyper reports one and the same error for no byte at all and for
    /// half a head.
    ///
    /// # Errors
    ///
    /// No error status is an error here; a redirect is, unless it was followed.
    pub async fn send(
        &self,
        request: &RequestSpec,
        progress: &Progress,
    ) -> Result<Exchange, RequestError> {
        progress.reset();
        let response = progress.observe(self.follow(request, progress)).await;
        let response = response.map_err(|error| match error.cause() {
            Cause::Proxy(_) => error.with_detail(self.blueprint.proxy_shown.clone()),
            _ => error,
        })?;
        progress.answered();
        Ok(Exchange::new(response))
    }

    /// Whether requests go through a proxy.
    pub fn is_proxied(&self) -> bool {
        self.blueprint.proxy.is_some()
    }

    /// Follows redirects as far as the plan allows.
    async fn follow(
        &self,
        request: &RequestSpec,
        progress: &Progress,
    ) -> Result<Response, RequestError> {
        let mut response = self.deliver(request, progress).await?;
        let mut current = None;
        loop {
            let from = current.as_ref().unwrap_or(request);
            let status = response.status();
            let Some(location) = redirect::location(status, response.headers()) else {
                return Ok(response);
            };
            let next = redirect::follow(self.redirects, from, status, location)?;
            if progress.redirects() == redirect::MAX_HOPS {
                let cause = Cause::Redirect(status, RedirectFault::TooMany);
                return Err(RequestError::new(Phase::Body, cause));
            }
            progress.redirected(next.method != from.method);
            // Its connection is free for the next hop once nothing holds it.
            drop(response);
            response = self.deliver(&next, progress).await?;
            current = Some(next);
        }
    }

    /// Sends `request`, and once more if the server cannot have processed it.
    async fn deliver(
        &self,
        request: &RequestSpec,
        progress: &Progress,
    ) -> Result<Response, RequestError> {
        let before = progress.connect_time();
        let (error, resend) = match self.execute(&self.pooled, request).await {
            Ok(response) => {
                self.http2.fetch_or(response.version() == Version::HTTP_2, Relaxed);
                return Ok(response);
            }
            Err(failed) => failed,
        };
        let may_resend = match resend {
            Resend::Never => false,
            // A connection of HTTP/2 is busy with other streams: it did not die while it was idle.
            Resend::IfKept => !self.http2.load(Relaxed) && progress.connect_time() == before,
            Resend::Always => true,
        };
        if !may_resend || progress.resent() {
            return Err(error);
        }
        let Some(client) = self.unpooled() else {
            return Err(error);
        };
        progress.resending();
        self.execute(client, request).await.map_err(|(error, _)| error)
    }

    async fn execute(
        &self,
        client: &Client,
        request: &RequestSpec,
    ) -> Result<Response, (RequestError, Resend)> {
        let mut builder = client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone());
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        builder.send().await.map_err(|failed| {
            let error = classify::sending(&failed, self.is_proxied());
            let resend = classify::resend(&failed, error.cause());
            (error, resend)
        })
    }

    /// A client that opens connections and uses none of them.
    pub(crate) fn opener(&self) -> Result<Client, BuildError> {
        self.blueprint.build_opener()
    }

    /// A client that keeps no connections. A failure is not remembered: it may be a want of
    /// descriptors that passes.
    fn unpooled(&self) -> Option<&Client> {
        if self.unpooled.get().is_none() {
            let _ = self.unpooled.set(self.blueprint.build(Pooling::None).ok()?);
        }
        self.unpooled.get()
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("redirects", &self.redirects).finish_non_exhaustive()
    }
}
