//! The running mock.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::connection::serve_connection;
use super::control::Stop;
use super::counts::{Counts, Ledger, Shared, recorded};
use crate::{MockError, MockOptions, MockRequest, Served};

/// Room for thousands of clients that connect at once; the system may allow less.
const BACKLOG: u32 = 16_384;

/// The most connections that are open at once; others wait to be accepted.
const MAX_CONNECTIONS: usize = 16_384;

/// A wait before accepting again when the system cannot (out of descriptors).
const ACCEPT_RETRY: Duration = Duration::from_millis(20);

/// A mock that serves until it is dropped or [shut down](Self::shutdown).
#[derive(Debug)]
pub struct MockAgent {
    address: SocketAddr,
    ledger: Arc<Ledger>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl MockAgent {
    /// Starts to serve.
    ///
    /// Fails if the dialect has no reasoning or no tool calls and they are asked for, or if the
    /// address cannot be listened on.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    #[expect(clippy::unused_async, reason = "the signature says that a runtime must be there")]
    pub async fn start(options: MockOptions) -> Result<Self, MockError> {
        options.dialect.check(&options)?;
        let address = options.listen;
        let listener = listen(address).and_then(|it| Ok((it.local_addr()?, it)));
        let (address, listener) =
            listener.map_err(|source| MockError::Listen { address, source })?;
        let ledger = Arc::new(Ledger::default());
        let shared = Arc::new(Shared::new(options, Arc::clone(&ledger)));
        let (stop, stopped) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, shared, stopped));
        Ok(Self { address, ledger, stop, accepting })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, without a path and without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was served so far.
    pub fn served(&self) -> Counts {
        *self.ledger.counts()
    }

    /// The latest requests, the oldest first: at most [`MockOptions::record`].
    pub fn requests(&self) -> Vec<MockRequest> {
        recorded(&self.ledger.requests)
    }

    /// The latest answers, in the order in which they ended: at most [`MockOptions::record`]. An
    /// answer ends on the mock's side, which may be after the client has read all of it.
    pub fn answers(&self) -> Vec<Served> {
        recorded(&self.ledger.answers)
    }

    /// Accepts no more, lets answers end for as long as `grace`, then drops what is left. When this
    /// returns, every connection of the mock has ended.
    pub async fn shutdown(self, grace: Duration) {
        let Self { stop, mut accepting, .. } = self;
        let draining = stop.send(true).is_ok();
        if !draining || timeout(grace, &mut accepting).await.is_ok() {
            return;
        }
        drop(stop);
        // It ends at once now, and cannot panic; an error would mean that the runtime is going.
        let _ = accepting.await;
    }
}

/// Listens in a way that takes thousands of connects at once.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Unix keeps the port of a server that just ended from the next one otherwise.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Accepts connections until the mock stops, then waits for those that are open.
async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stop: Stop) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    shared.ledger.counts().connections += 1;
                    shared.ledger.counts().open_connections += 1;
                    let (shared, stop) = (Arc::clone(&shared), stop.clone());
                    connections.spawn(async move {
                        serve_connection(stream, Arc::clone(&shared), stop).await;
                        shared.ledger.counts().open_connections -= 1;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(ACCEPT_RETRY).await;
                }
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
