//! What was served.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::request::MockRequest;

/// What a mock has served so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Connections that were accepted.
    pub connections: u64,
    /// Connections that are open now.
    pub open_connections: u64,
    /// Requests that were read to their end.
    pub requests: u64,
    /// Requests whose answer is not complete yet.
    pub in_flight: u64,
    /// Answers that were given to their end, streams and others, whatever their status.
    pub completed: u64,
    /// Streams among them.
    pub completed_streams: u64,
    /// Answers that a [`Fault`](crate::Fault) changed or prevented.
    pub faults: u64,
}

/// The counts as they change, and the latest requests.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    connections: AtomicU64,
    open_connections: AtomicU64,
    requests: AtomicU64,
    in_flight: AtomicU64,
    completed: AtomicU64,
    completed_streams: AtomicU64,
    faults: AtomicU64,
    recent: Mutex<VecDeque<MockRequest>>,
}

impl Ledger {
    pub(super) fn snapshot(&self) -> Counts {
        Counts {
            connections: self.connections.load(Relaxed),
            open_connections: self.open_connections.load(Relaxed),
            requests: self.requests.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            completed: self.completed.load(Relaxed),
            completed_streams: self.completed_streams.load(Relaxed),
            faults: self.faults.load(Relaxed),
        }
    }

    /// Numbers a request, from 0.
    pub(super) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Relaxed)
    }

    pub(super) fn fault(&self) {
        self.faults.fetch_add(1, Relaxed);
    }

    /// Keeps a request, and forgets the oldest if there are more than `limit`.
    pub(super) fn record(&self, request: MockRequest, limit: usize) {
        let mut recent = self.recent();
        recent.push_back(request);
        while recent.len() > limit {
            recent.pop_front();
        }
    }

    /// The latest requests.
    pub(super) fn recent(&self) -> MutexGuard<'_, VecDeque<MockRequest>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is open until this is dropped.
pub(super) struct OpenConnection(Arc<Ledger>);

impl OpenConnection {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        ledger.connections.fetch_add(1, Relaxed);
        ledger.open_connections.fetch_add(1, Relaxed);
        Self(ledger)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.open_connections.fetch_sub(1, Relaxed);
    }
}

/// A request that is in flight until this is dropped.
pub(super) struct InFlight(Arc<Ledger>);

impl InFlight {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        ledger.in_flight.fetch_add(1, Relaxed);
        Self(ledger)
    }

    /// Its answer was given to the end.
    pub(super) fn complete(&self, stream: bool) {
        self.0.completed.fetch_add(1, Relaxed);
        if stream {
            self.0.completed_streams.fetch_add(1, Relaxed);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}
