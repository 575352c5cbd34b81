//! Tells an exchange about the connection that is opened for it.

use std::error::Error;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use crate::Progress;

/// Wraps the client's connector. It costs something only where a connection is opened.
#[derive(Clone)]
pub(crate) struct Observe;

/// A connector that reports to the [`Progress`] of the exchange that asked for a connection.
#[derive(Clone)]
pub(crate) struct Observed<S>(S);

impl<S> Layer<S> for Observe {
    type Service = Observed<S>;

    fn layer(&self, connector: S) -> Observed<S> {
        Observed(connector)
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

impl<S, T> Service<T> for Observed<S>
where
    S: Service<T, Error = BoxError>,
    S::Response: 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, target: T) -> Self::Future {
        let connecting = Box::pin(self.0.call(target));
        match Progress::current() {
            Some(progress) => Box::pin(report(connecting, progress)),
            None => connecting,
        }
    }
}

/// Opens a connection and says so.
///
/// The client polls this inside the exchange. When another connection becomes free first, it takes
/// that one and lets this one finish in a task of its own, where the exchange is not the current
/// one: then the exchange has gone on without us.
async fn report<C, T, E>(mut connecting: Pin<Box<C>>, progress: Progress) -> Result<T, E>
where
    C: Future<Output = Result<T, E>>,
{
    let started = Instant::now();
    progress.connecting();
    let mut overtaken = false;
    let connection = poll_fn(|context| {
        if !overtaken && !progress.is_current() {
            overtaken = true;
            progress.overtaken();
        }
        connecting.as_mut().poll(context)
    })
    .await?;
    if !overtaken {
        progress.connected(started.elapsed());
    }
    Ok(connection)
}
