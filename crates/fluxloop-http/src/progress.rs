//! How far an exchange has come, for a caller whose own clock fires.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Phase {
    /// A connection is being opened: name lookup, TCP, TLS, or a proxy's tunnel.
    Connect,
    /// A connection is there; the request goes out, or its answer is awaited.
    Sent,
    /// The status and headers came; the body is being read.
    Body,
}

/// How far an exchange has come. Clones share one state.
///
/// The future of [`Transport::send`](crate::Transport::send) may be dropped at any time; this stays
/// and tells what it was about. Make one for each attempt.
#[derive(Clone, Default)]
pub struct Progress(Arc<State>);

#[derive(Default)]
struct State {
    phase: AtomicU8,
    /// Nanoseconds, plus one; zero while no connection was opened for this exchange.
    connect: AtomicU64,
    resent: AtomicBool,
    redirects: AtomicU8,
    became_get: AtomicBool,
}

/// No connection was asked for yet: a pooled one is used, unless the connector says otherwise.
const SENT: u8 = 0;
const CONNECTING: u8 = 1;
const BODY: u8 = 2;

tokio::task_local! {
    /// The exchange that the current task polls; the connector finds it here.
    static CURRENT: Progress;
}

impl Progress {
    /// How far the exchange has come.
    pub fn phase(&self) -> Phase {
        match self.0.phase.load(Ordering::Relaxed) {
            CONNECTING => Phase::Connect,
            BODY => Phase::Body,
            _ => Phase::Sent,
        }
    }

    /// How long name lookup, TCP and TLS took; `None` when a pooled connection served.
    pub fn connect_time(&self) -> Option<Duration> {
        let nanoseconds = self.0.connect.load(Ordering::Relaxed).checked_sub(1)?;
        Some(Duration::from_nanos(nanoseconds))
    }

    /// Whether the request was sent a second time; see [`Transport::send`](crate::Transport::send).
    pub fn resent(&self) -> bool {
        self.0.resent.load(Ordering::Relaxed)
    }

    /// How many redirects were followed.
    pub fn redirects(&self) -> u8 {
        self.0.redirects.load(Ordering::Relaxed)
    }

    /// Whether a redirect turned the request into a GET without a body.
    pub fn became_get(&self) -> bool {
        self.0.became_get.load(Ordering::Relaxed)
    }

    /// Forgets an earlier exchange.
    pub(crate) fn reset(&self) {
        self.0.phase.store(SENT, Ordering::Relaxed);
        self.0.connect.store(0, Ordering::Relaxed);
        self.0.resent.store(false, Ordering::Relaxed);
        self.0.redirects.store(0, Ordering::Relaxed);
        self.0.became_get.store(false, Ordering::Relaxed);
    }

    /// The exchange that the current task polls.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Runs `exchange` so that the connector, which it polls, finds this.
    pub(crate) async fn observe<T>(&self, exchange: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), exchange).await
    }

    /// Whether the current task polls the exchange that this belongs to.
    pub(crate) fn is_current(&self) -> bool {
        CURRENT.try_with(|current| Arc::ptr_eq(&current.0, &self.0)).unwrap_or(false)
    }

    pub(crate) fn connecting(&self) {
        self.0.phase.store(CONNECTING, Ordering::Relaxed);
    }

    pub(crate) fn connected(&self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX - 1);
        self.0.connect.store(nanoseconds + 1, Ordering::Relaxed);
        self.0.phase.store(SENT, Ordering::Relaxed);
    }

    /// The exchange got a pooled connection while its own was still being opened.
    pub(crate) fn overtaken(&self) {
        let (from, to) = (CONNECTING, SENT);
        // Fails when the exchange has moved on, which is as good.
        let _ = self.0.phase.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed);
    }

    pub(crate) fn resending(&self) {
        self.0.resent.store(true, Ordering::Relaxed);
    }

    pub(crate) fn redirected(&self, becomes_get: bool) {
        self.0.redirects.fetch_add(1, Ordering::Relaxed);
        self.0.became_get.fetch_or(becomes_get, Ordering::Relaxed);
    }

    pub(crate) fn answered(&self) {
        self.0.phase.store(BODY, Ordering::Relaxed);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("phase", &self.phase())
            .field("connect_time", &self.connect_time())
            .field("resent", &self.resent())
            .field("redirects", &self.redirects())
            .finish()
    }
}
