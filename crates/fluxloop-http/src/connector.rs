//! Does something around the opening of a connection.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use crate::Progress;

/// What is done around the client's connector. It costs something only where a connection is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Opening {
    /// The [`Progress`] of the exchange that asked for the connection is kept up to date.
    Reported,
    /// The connection is closed as soon as it is open, which is the error [`Opened`].
    Closed,
}

/// A connector with something around it.
#[derive(Clone)]
pub(crate) struct Opener<S> {
    connector: S,
    opening: Opening,
}

/// A connection was opened in this time, and closed.
#[derive(Debug)]
pub(crate) struct Opened(pub(crate) Duration);

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was opened and closed")
    }
}

impl Error for Opened {}

impl<S> Layer<S> for Opening {
    type Service = Opener<S>;

    fn layer(&self, connector: S) -> Opener<S> {
        Opener { connector, opening: *self }
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

impl<S, T> Service<T> for Opener<S>
where
    S: Service<T, Error = BoxError>,
    S::Response: 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, target: T) -> Self::Future {
        let connecting = Box::pin(self.connector.call(target));
        match (self.opening, Progress::current()) {
            (Opening::Reported, Some(progress)) => Box::pin(report(connecting, progress)),
            (Opening::Reported, None) => connecting,
            (Opening::Closed, _) => Box::pin(close(connecting)),
        }
    }
}

/// Opens a connection and closes it.
async fn close<T>(connecting: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
    let started = Instant::now();
    drop(connecting.await?);
    Err(Opened(started.elapsed()).into())
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
