//! What was served.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::MockOptions;
use crate::program::Mark;
use crate::request::MockRequest;
use crate::served::{Ended, Reached, Served};

/// From this size on, in bytes, an answer counts four times.
const LARGE: usize = 1 << 20;

/// How much a mock takes on at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The most connections that are open at once; others wait to be accepted.
    pub(super) connections: usize,
    /// What all requests and answers together may have in memory, in bytes.
    pub(super) memory: usize,
    /// How long a request waits for the memory that others use.
    pub(super) patience: Duration,
}

impl Default for Limits {
    /// Memory for thousands of small answers, but of [`LARGE`] ones for 256 MiB.
    fn default() -> Self {
        Self { connections: 16_384, memory: 1 << 30, patience: Duration::from_secs(5) }
    }
}

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
    counts: Mutex<Counts>,
    pub(super) requests: Mutex<VecDeque<MockRequest>>,
    /// In the order of their ends.
    pub(super) answers: Mutex<VecDeque<Served>>,
}

impl Ledger {
    pub(super) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps an item, and forgets the oldest if there are more than `limit`.
pub(super) fn record<T>(queue: &Mutex<VecDeque<T>>, item: T, limit: usize) {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    queue.push_back(item);
    while queue.len() > limit {
        queue.pop_front();
    }
}

/// What is kept, the oldest first.
pub(super) fn recorded<T: Clone>(queue: &Mutex<VecDeque<T>>) -> Vec<T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}

pub(super) struct Shared {
    pub(super) options: MockOptions,
    pub(super) ledger: Arc<Ledger>,
    pub(super) limits: Limits,
    /// What is left of [`Limits::memory`], in KiB.
    memory: Arc<Semaphore>,
}

impl Shared {
    pub(super) fn new(options: MockOptions, ledger: Arc<Ledger>, limits: Limits) -> Self {
        let memory = Arc::new(Semaphore::new(limits.memory >> 10));
        Self { options, ledger, limits, memory }
    }
}

/// A request that is in flight until this is dropped.
pub(super) struct InFlight {
    shared: Arc<Shared>,
    served: Option<Box<Served>>,
    memory: Option<OwnedSemaphorePermit>,
}

impl InFlight {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        shared.ledger.counts().in_flight += 1;
        Self { shared, served: None, memory: None }
    }

    /// Claims memory, for which it waits if others use too much.
    pub(super) async fn claim(&mut self, bytes: usize) -> Result<(), StatusCode> {
        let permits = u32::try_from(bytes.div_ceil(1 << 10)).unwrap_or(u32::MAX);
        let claimed = Arc::clone(&self.shared.memory).acquire_many_owned(permits);
        let Ok(Ok(claimed)) = timeout(self.shared.limits.patience, claimed).await else {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        };
        match &mut self.memory {
            Some(memory) => memory.merge(claimed),
            None => self.memory = Some(claimed),
        }
        Ok(())
    }

    /// Gives back what was claimed beyond this.
    pub(super) fn keep(&mut self, bytes: usize) {
        let Some(memory) = &mut self.memory else { return };
        let bytes = if bytes > LARGE { 4 * bytes } else { bytes };
        drop(memory.split(memory.num_permits().saturating_sub(bytes.div_ceil(1 << 10))));
    }

    pub(super) fn tells(&mut self, served: Served) {
        self.served = Some(Box::new(served));
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        if let Some(served) = &mut self.served {
            served.bytes += bytes as u64;
        }
    }

    pub(super) fn reached(&mut self, mark: Mark) {
        let Some(served) = &mut self.served else { return };
        match mark {
            Mark::Head => served.reached = Reached::Head,
            Mark::Said { characters, .. } => served.characters = characters,
            Mark::Done => served.reached = Reached::End,
        }
    }

    pub(super) fn broken(&mut self) {
        self.ended(Ended::Broken);
    }

    pub(super) fn complete(&mut self, stream: bool) {
        {
            let mut counts = self.shared.ledger.counts();
            counts.completed += 1;
            counts.completed_streams += u64::from(stream);
        }
        self.ended(Ended::Complete);
    }

    fn ended(&mut self, ended: Ended) {
        if let Some(served) = &mut self.served {
            served.ended = ended;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(served) = self.served.take() {
            let options = &self.shared.options;
            if let Some(on_served) = &options.on_served {
                on_served(&served);
            }
            record(&self.shared.ledger.answers, *served, options.record);
        }
        self.shared.ledger.counts().in_flight -= 1;
    }
}
