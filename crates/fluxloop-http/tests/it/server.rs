//! A server that does what its script says, and remembers what it was sent.

use std::mem;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// What a server does next on one connection. After the last step it closes.
#[derive(Clone)]
pub(crate) enum Step {
    /// Reads one request, body and all.
    Read,
    /// Reads frames of HTTP/2 until one ends a stream (RFC 9113, section 4.1).
    Read2,
    /// Writes these bytes; `{address}` stands for the server's own address, `{port}` for its port.
    Write(Vec<u8>),
    /// Closes with a reset instead of an end.
    Reset,
    /// Closes without TLS's own goodbye (RFC 8446, section 6.1).
    Close,
    /// Writes these bytes past TLS, where they make no sense.
    Corrupt(&'static [u8]),
    /// Waits for the test; at the beginning of a script, before TLS.
    Wait(Arc<Notify>),
    /// Waits until the client closes; at the beginning of a script, TLS never gets through.
    Hang,
}

impl Step {
    fn at(self, address: SocketAddr) -> Self {
        match self {
            Self::Write(bytes) => match str::from_utf8(&bytes) {
                Ok(text) => {
                    let text = text.replace("{address}", &address.to_string());
                    Self::Write(text.replace("{port}", &address.port().to_string()).into())
                }
                Err(_) => Self::Write(bytes),
            },
            other => other,
        }
    }
}

/// Reads one request and writes these bytes.
pub(crate) fn answer(bytes: impl AsRef<[u8]>) -> Vec<Step> {
    vec![Step::Read, Step::Write(bytes.as_ref().to_vec())]
}

/// A whole answer of known length.
pub(crate) fn whole(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// A running server. Its tasks end with the test's runtime.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    connections: AtomicUsize,
    handshakes: AtomicUsize,
    requests: Mutex<Vec<String>>,
}

impl Server {
    /// Follows one script on each connection, the last one on all that come after.
    pub(crate) async fn start(scripts: Vec<Vec<Step>>) -> Self {
        Self::listen(scripts, None).await
    }

    /// The same over TLS.
    pub(crate) async fn start_tls(scripts: Vec<Vec<Step>>, tls: TlsAcceptor) -> Self {
        Self::listen(scripts, Some(tls)).await
    }

    async fn listen(scripts: Vec<Vec<Step>>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = shared.connections.fetch_add(1, Ordering::SeqCst);
                let script = scripts[number.min(scripts.len() - 1)].clone();
                let mut script: Vec<_> = script.into_iter().map(|step| step.at(address)).collect();
                let (state, tls) = (Arc::clone(&shared), tls.clone());
                tokio::spawn(async move {
                    let mute = matches!(script.first(), Some(Step::Hang));
                    if let (Some(Step::Wait(gate)), true) = (script.first(), tls.is_some()) {
                        gate.notified().await;
                        script.remove(0);
                    }
                    match tls.filter(|_| !mute) {
                        None => play(stream, script, &state).await,
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else {
                                return;
                            };
                            state.handshakes.fetch_add(1, Ordering::SeqCst);
                            play(stream, script, &state).await;
                        }
                    }
                });
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/chat", self.address)
    }

    /// How many connections were accepted so far.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// On how many of them TLS was agreed.
    pub(crate) fn handshakes(&self) -> usize {
        self.state.handshakes.load(Ordering::SeqCst)
    }

    /// The requests so far, as they came.
    pub(crate) fn requests(&self) -> MutexGuard<'_, Vec<String>> {
        self.state.requests.lock().unwrap()
    }
}

/// A stream that can be reset.
trait Connection: AsyncRead + AsyncWrite + Unpin {
    fn tcp(&self) -> &TcpStream;
}

impl Connection for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Connection for tokio_rustls::server::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

async fn play(mut stream: impl Connection, script: Vec<Step>, state: &State) {
    let mut preface = 24;
    for step in script {
        match step {
            Step::Read => match read_request(&mut stream).await {
                Some(request) => state.requests.lock().unwrap().push(request),
                None => return,
            },
            Step::Read2 => {
                if read_frames(&mut stream, &mut preface).await.is_none() {
                    return;
                }
            }
            Step::Write(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
                stream.flush().await.unwrap_or_default();
            }
            Step::Reset => {
                stream.tcp().set_zero_linger().unwrap();
                return;
            }
            Step::Close => return,
            Step::Corrupt(bytes) => {
                stream.tcp().try_write(bytes).unwrap();
            }
            Step::Wait(gate) => gate.notified().await,
            Step::Hang => {
                let _ = stream.read_to_end(&mut Vec::new()).await;
                return;
            }
        }
    }
    let _ = stream.shutdown().await;
}

/// Reads a head and as many bytes of a body as it announces.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse().unwrap());
            if body.len() >= length {
                return Some(text.into_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Reads up to the end of a request over HTTP/2, behind what is left of the connection preface.
async fn read_frames(stream: &mut (impl AsyncRead + Unpin), preface: &mut usize) -> Option<()> {
    const HEADERS: u8 = 1;
    const END_STREAM: u8 = 1;
    stream.read_exact(&mut vec![0; mem::take(preface)]).await.ok()?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        stream.read_exact(&mut vec![0; length as usize]).await.ok()?;
        if head[3] <= HEADERS && head[4] & END_STREAM != 0 {
            return Some(());
        }
    }
}

/// A port on which nothing listens.
pub(crate) async fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// A host name that no resolver is asked for: its label is too long (RFC 1035, section 2.3.4).
pub(crate) fn unresolvable() -> String {
    format!("{}.invalid", "x".repeat(64))
}

/// Waits until something has happened elsewhere.
pub(crate) async fn until(happened: impl Fn() -> bool) {
    in_time(async {
        while !happened() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Fails a test that hangs. No test comes near it.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("the test hangs")
}

/// Gives the other tasks the time to do what is left to do.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
