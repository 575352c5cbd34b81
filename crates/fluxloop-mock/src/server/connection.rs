//! One connection, from the first byte to the last.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;

use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;

use super::control::{Control, Stop, Takeover, Wish};
use super::counts::Shared;
use super::perform::perform;
use super::service::serve;
use super::wire::Wire;

/// The largest head of a request over HTTP/1.1; hyper keeps HTTP/2's to 16 KiB by itself.
const MAX_HEAD: usize = 64 << 10;

/// Serves a connection: HTTP/1.1 with keep-alive, or HTTP/2 if the client begins with it.
///
/// Hyper comes back after an answer that was written by hand and left the connection whole. What a
/// client sent ahead of its turn (pipelining, which none does by itself) is lost then.
pub(super) async fn serve_connection(stream: TcpStream, shared: Arc<Shared>, stop: Stop) {
    // Paced events must leave at once; a failure here means that the peer is gone already.
    let _ = stream.set_nodelay(true);
    let stream = Arc::new(stream);
    while let Some(takeover) = with_hyper(&stream, Arc::clone(&shared), stop.clone()).await {
        let performed = tokio::select! {
            () = gone(stop.clone()) => return,
            performed = perform(&stream, takeover, stop.clone()) => performed,
        };
        match performed {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::debug!(%error, "a connection broke before it was to be broken");
                return;
            }
        }
    }
}

async fn gone(mut stop: Stop) {
    while stop.changed().await.is_ok() {}
}

/// Lets hyper serve the connection, until it ends or an answer takes it over.
async fn with_hyper(
    stream: &Arc<TcpStream>,
    shared: Arc<Shared>,
    mut stop: Stop,
) -> Option<Takeover> {
    let control = Arc::new(Control::default());
    let io = TokioIo::new(Wire::new(Arc::clone(stream), Arc::clone(&control)));
    let service = {
        let control = Arc::clone(&control);
        service_fn(move |request| serve(Arc::clone(&shared), Arc::clone(&control), request))
    };
    let mut builder = Builder::new(UntilStopped(stop.clone()));
    builder.http1().max_buf_size(MAX_HEAD);
    let mut connection = pin!(builder.serve_connection(io, service));
    loop {
        tokio::select! {
            // First hyper, so that what it has is flushed before the others look.
            biased;
            served = connection.as_mut() => {
                if let Err(error) = served {
                    tracing::debug!(%error, "a connection ended early");
                }
                return None;
            }
            wish = poll_fn(|context| control.poll_wish(context)) => match wish {
                Wish::TakeOver(takeover) => return Some(takeover),
                Wish::Drain => connection.as_mut().graceful_shutdown(),
            },
            changed = stop.changed() => match changed {
                Ok(()) => connection.as_mut().graceful_shutdown(),
                Err(_) => return None,
            },
        }
    }
}

/// Runs what hyper does for the streams of HTTP/2, not longer than the mock lives.
#[derive(Clone)]
struct UntilStopped(Stop);

impl<F> Executor<F> for UntilStopped
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, future: F) {
        let stop = self.0.clone();
        tokio::spawn(async move {
            tokio::select! {
                biased;
                _ = future => {}
                () = gone(stop) => {}
            }
        });
    }
}
