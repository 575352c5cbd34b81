//! Sends one request, over connections that are kept for the next.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use fluxloop_plan::{Connection, Redirects, RequestSpec};
use reqwest::{Client, Response};
use url::Url;

use crate::client::{Blueprint, Pooling};
use crate::exchange::Exchange;
use crate::{BuildError, Cause, Phase, Progress, RedirectFault, RequestError, classify, redirect};

/// The connections of a run. Share it by reference: one transport, one pool.
pub struct Transport {
    blueprint: Blueprint,
    redirects: Redirects,
    pooled: Client,
    /// For the one re-send; most runs never need it.
    unpooled: OnceLock<Client>,
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
        let blueprint = Blueprint::new(connection, target.scheme() == "https", connect)?;
        let pooled = blueprint.build(Pooling::Kept)?;
        let redirects = connection.redirects;
        Ok(Self { blueprint, redirects, pooled, unpooled: OnceLock::new() })
    }

    /// Sends `request` and waits for the head of its answer, whatever its status.
    ///
    /// The only clock here is the connect clock. `progress` is reset, and tells at any time how far
    /// the exchange has come; dropping the future ends the exchange and closes its connection.
    ///
    /// A connection that breaks before any answer came is replaced by a fresh one, at once and
    /// once ([`Progress::resent`]): a server may close a kept connection in the very moment in
    /// which it is used again (RFC 9112, section 9.5). "Before any answer" means before its head
    /// was whole: hyper reports one and the same error for no byte at all and for half a head.
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
        let response = progress.observe(self.follow(request, progress)).await?;
        progress.answered();
        Ok(Exchange::new(response))
    }

    /// Whether a request to `url` goes through a proxy.
    pub fn is_proxied(&self, url: &Url) -> bool {
        self.blueprint.proxies.proxy_for(url).is_some()
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
            progress.redirected();
            // Its connection is free for the next hop once nothing holds it.
            drop(response);
            response = self.deliver(&next, progress).await?;
            current = Some(next);
        }
    }

    /// Sends `request`, and once more if the connection broke before any answer.
    async fn deliver(
        &self,
        request: &RequestSpec,
        progress: &Progress,
    ) -> Result<Response, RequestError> {
        let error = match self.execute(&self.pooled, request).await {
            Err(error) if error.cause() == Cause::NoAnswer && !progress.resent() => error,
            settled => return settled,
        };
        let Some(client) = self.unpooled() else {
            return Err(error);
        };
        progress.resending();
        self.execute(client, request).await
    }

    async fn execute(
        &self,
        client: &Client,
        request: &RequestSpec,
    ) -> Result<Response, RequestError> {
        let mut builder = client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone());
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        builder
            .send()
            .await
            .map_err(|error| classify::sending(&error, self.is_proxied(&request.url)))
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
