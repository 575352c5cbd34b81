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
use super::counts::{Counts, Ledger, Limits, Shared, recorded};
use crate::{MockError, MockOptions, MockRequest, Served};

/// Room for thousands of clients that connect at once; the system may allow less.
const BACKLOG: u32 = 16_384;

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
        Self::start_within(Limits::default(), options)
    }

    fn start_within(limits: Limits, options: MockOptions) -> Result<Self, MockError> {
        options.dialect.check(&options)?;
        let address = options.listen;
        let listener = listen(address).and_then(|it| Ok((it.local_addr()?, it)));
        let (address, listener) =
            listener.map_err(|source| MockError::Listen { address, source })?;
        let ledger = Arc::new(Ledger::default());
        let shared = Arc::new(Shared::new(options, Arc::clone(&ledger), limits));
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
    let most = shared.limits.connections;
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < most => match accepted {
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::task::yield_now;

    use super::*;

    fn start(limits: Limits) -> MockAgent {
        MockAgent::start_within(limits, MockOptions::default()).expect("it starts")
    }

    /// Connects, and asks for an answer that ends with its connection.
    async fn ask(agent: &MockAgent) -> TcpStream {
        let mut stream = TcpStream::connect(agent.addr()).await.expect("the backlog has room");
        let request = "POST /chat HTTP/1.1\r\nhost: mock\r\nconnection: close\r\n\
                       content-length: 18\r\n\r\n{\"input\": \"a b c\"}";
        stream.write_all(request.as_bytes()).await.expect("the mock reads");
        stream
    }

    async fn answer(mut stream: TcpStream) -> String {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    #[tokio::test]
    async fn connections_beyond_the_limit_wait() {
        let agent = start(Limits { connections: 1, ..Limits::default() });
        let idle = TcpStream::connect(agent.addr()).await.expect("the backlog has room");
        while agent.served().connections == 0 {
            yield_now().await;
        }
        let waiting = ask(&agent).await;
        for _ in 0..100 {
            yield_now().await;
        }
        assert_eq!((agent.served().connections, agent.served().requests), (1, 0));
        drop(idle);
        assert!(answer(waiting).await.starts_with("HTTP/1.1 200 "));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_without_memory_gets_503() {
        let agent = start(Limits { memory: 4 << 10, ..Limits::default() });
        let began = tokio::time::Instant::now();
        let refused = answer(ask(&agent).await).await;
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        assert!(refused.contains("the mock's clients use all of its memory"), "{refused}");
        assert!(began.elapsed() >= Limits::default().patience, "{:?}", began.elapsed());
        assert_eq!(agent.served().in_flight, 0, "what it claimed is free again");
    }

    #[tokio::test(start_paused = true)]
    async fn answers_free_their_memory() {
        // Room for one answer while it is made, and for many that are small.
        let agent = start(Limits { memory: 12 << 10, ..Limits::default() });
        for _ in 0..4 {
            let streams = [ask(&agent).await, ask(&agent).await];
            for stream in streams {
                assert!(answer(stream).await.starts_with("HTTP/1.1 200 "));
            }
        }
    }
}
