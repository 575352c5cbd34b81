//! What is recorded of a run, beside the records: every answer as it came, masked.
//!
//! A recording never breaks a run and never slows it down: it is written on a thread of its own,
//! and where that thread fails, or falls too far back, recording ends and the run goes on.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use fluxloop_plan::RecordMode;
use fluxloop_recording::{Facts, RawAttempt, RecordedCase};
use fluxloop_redact::Redactor;
use fluxloop_trace::{CaseId, RecordingFacts, RecordingStop, RecordingStopReason, Trace};

use crate::SinkError;
use crate::attempt::nanos;

/// How much of the answers may be held at once, of cases under way and of closed ones that wait to be
/// written, in bytes.
const MOST_HELD: usize = 256 << 20;

/// How long the thread rests when it has caught up: to be woken for each case costs more than the
/// case.
const REST: Duration = Duration::from_millis(5);

/// Above which size on disk, in bytes, `record: auto` keeps only the cases that did not succeed, and
/// every hundredth of the others.
const AUTO_BYTES: u64 = 256 << 20;
const AUTO_SHARE: u64 = 100;

/// Keeps recordings. It is called on a thread of its own; an error ends the recording and not the run.
pub trait Recorder: Send {
    /// Takes a case.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being written.
    fn keep(&mut self, case: &RecordedCase) -> Result<(), SinkError>;

    /// Hands what was taken to the system, so that it outlives the process. Gives the size of the
    /// recording, in bytes.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being written.
    fn flush(&mut self) -> Result<u64, SinkError>;

    /// Nothing more comes. Gives the size of the recording, in bytes.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being written.
    fn finish(&mut self) -> Result<u64, SinkError>;
}

/// What tasks know of the recording.
#[derive(Debug)]
pub(crate) struct Recording {
    mode: RecordMode,
    is_on: AtomicBool,
    held: AtomicUsize,
    bytes: AtomicU64,
    cases: AtomicU64,
    withheld: AtomicU64,
    queue: Mutex<Option<Sender<Waiting>>>,
    stopped: OnceLock<RecordingStop>,
    is_stop_told: AtomicBool,
}

/// A closed case that is to be written.
struct Waiting {
    case: RecordedCase,
    case_id: CaseId,
    held: usize,
}

/// The thread that writes.
#[derive(Debug)]
pub(crate) struct RecordingThread(JoinHandle<()>);

/// What is taken of an attempt under way.
#[derive(Debug)]
pub(crate) struct Taking {
    pub(crate) raw: RawAttempt,
    side: Arc<Recording>,
    held: usize,
}

/// A case that was closed, for its recording.
pub(crate) struct Closed<'a> {
    pub(crate) trace: &'a Trace,
    pub(crate) trace_id: u128,
    /// When it was due: nanoseconds since 1970.
    pub(crate) due: u64,
    /// When it was closed: nanoseconds since it was due.
    pub(crate) took: u64,
    pub(crate) redactor: &'a Redactor,
    /// How many places of its answer were masked in its record.
    pub(crate) masked_places: u64,
}

impl Recording {
    /// Starts the thread.
    pub(crate) fn start(
        mode: RecordMode,
        recorder: Box<dyn Recorder>,
    ) -> std::io::Result<(Arc<Self>, RecordingThread)> {
        let (sender, queue) = channel();
        let side = Arc::new(Self {
            mode,
            is_on: AtomicBool::new(true),
            held: AtomicUsize::new(0),
            bytes: AtomicU64::new(0),
            cases: AtomicU64::new(0),
            withheld: AtomicU64::new(0),
            queue: Mutex::new(Some(sender)),
            stopped: OnceLock::new(),
            is_stop_told: AtomicBool::new(false),
        });
        let shared = Arc::clone(&side);
        let thread = thread::Builder::new()
            .name("recording".to_owned())
            .spawn(move || write(recorder, &queue, &shared))?;
        Ok((side, RecordingThread(thread)))
    }

    fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// Takes a closed case; `None` among its attempts stands for one that was too large to be held.
    pub(crate) fn offer(&self, closed: &Closed<'_>, attempts: Vec<(u64, Option<Taking>)>) {
        if !self.is_on() || attempts.is_empty() || !self.wants(closed.trace) {
            return;
        }
        let Closed { trace, trace_id, due, .. } = *closed;
        let (mut recorded, mut places, mut held) = (Vec::with_capacity(attempts.len()), 0, 0);
        for (started, taking) in attempts {
            let taken = taking.map(|mut taking| {
                held += std::mem::take(&mut taking.held);
                let mut raw = std::mem::take(&mut taking.raw);
                raw.facts.started = started;
                raw
            });
            let masked = taken.and_then(|raw| raw.masked(closed.redactor));
            if let Some((attempt, masked)) = masked {
                recorded.push(attempt);
                places += masked;
            } else {
                self.withhold(held);
                return;
            }
        }
        // A key that was torn over parts that interleave: where it stands is known to the record
        // alone, and a mask elsewhere in the answer does not account for it.
        if (places as u64) < closed.masked_places {
            self.withhold(held);
            return;
        }
        let case_index = trace.case_index;
        let case =
            RecordedCase { trace_id, case_index, due, closed: closed.took, attempts: recorded };
        let waiting = Waiting { case, case_id: trace.case_id.clone(), held };
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = &*queue {
            let _ = queue.send(waiting);
        }
    }

    fn withhold(&self, held: usize) {
        self.release(held);
        self.withheld.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether this case is to be kept.
    fn wants(&self, trace: &Trace) -> bool {
        match self.mode {
            RecordMode::Off => false,
            RecordMode::All => true,
            RecordMode::Failures => !trace.success,
            RecordMode::Auto => {
                let is_small = self.bytes.load(Ordering::Relaxed) < AUTO_BYTES;
                is_small || !trace.success || {
                    let mut hasher = DefaultHasher::new();
                    trace.case_id.hash(&mut hasher);
                    hasher.finish().is_multiple_of(AUTO_SHARE)
                }
            }
        }
    }

    /// Accounts for more bytes; `false` when that would be too many.
    fn hold(&self, bytes: usize) -> bool {
        let before = self.held.fetch_add(bytes, Ordering::Relaxed);
        let has_room = before + bytes <= MOST_HELD;
        if !has_room {
            self.release(bytes);
        }
        has_room
    }

    fn release(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn stop(&self, reason: RecordingStopReason, case_id: &CaseId) {
        self.is_on.store(false, Ordering::Relaxed);
        let _ = self.stopped.set(RecordingStop { reason, case_id: case_id.clone() });
    }

    /// Why recording ended before the run, the first time that somebody asks.
    pub(crate) fn news(&self) -> Option<&RecordingStop> {
        let stopped = self.stopped.get()?;
        (!self.is_stop_told.swap(true, Ordering::Relaxed)).then_some(stopped)
    }

    /// No further case comes.
    pub(crate) fn end(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// What was recorded, after what an earlier part of the run had recorded.
    pub(crate) fn facts(&self, earlier: Option<&RecordingFacts>) -> RecordingFacts {
        let nothing = RecordingFacts::default();
        let earlier = earlier.unwrap_or(&nothing);
        let number = |it: &AtomicU64| it.load(Ordering::Relaxed);
        RecordingFacts {
            cases: earlier.cases + number(&self.cases),
            bytes: earlier.bytes.max(number(&self.bytes)),
            withheld: earlier.withheld + number(&self.withheld),
            stopped: earlier.stopped.clone().or_else(|| self.stopped.get().cloned()),
        }
    }
}

impl RecordingThread {
    /// Waits until everything is written.
    pub(crate) fn finish(self, side: &Recording) {
        side.end();
        // It was started to fail alone: a panic of it is no fault of the run.
        let _ = self.0.join();
    }
}

impl Taking {
    /// Begins with an attempt, where something is recorded.
    pub(crate) fn start(side: Option<&Arc<Recording>>) -> Option<Self> {
        let side = side.filter(|side| side.is_on())?;
        Some(Self { raw: RawAttempt::default(), side: Arc::clone(side), held: 0 })
    }

    /// Takes a piece of the body; `false` when there is no room for it.
    pub(crate) fn take(&mut self, bytes: &[u8], at: u64) -> bool {
        self.raw.push(bytes, at);
        let more = self.raw.bytes().saturating_sub(self.held);
        if more == 0 {
            return true;
        }
        let is_held = self.side.hold(more);
        self.held += if is_held { more } else { 0 };
        is_held
    }

    /// The attempt ended.
    pub(crate) fn end(mut self, facts: Facts) -> Self {
        self.raw.facts = facts;
        self
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        self.side.release(self.held);
    }
}

fn write(mut recorder: Box<dyn Recorder>, queue: &Receiver<Waiting>, side: &Recording) {
    while let Ok(first) = queue.recv() {
        let mut last = first.case_id.clone();
        let mut kept = 0;
        for Waiting { case, case_id, held } in std::iter::once(first).chain(queue.try_iter()) {
            let result =
                if side.is_on() { recorder.keep(&case).map(|()| kept += 1) } else { Ok(()) };
            side.release(held);
            if let Err(error) = result {
                tracing::debug!(%error, "recording ends");
                side.stop(RecordingStopReason::Disk, &case_id);
            }
            last = case_id;
        }
        if !side.is_on() {
            continue;
        }
        match recorder.flush() {
            Ok(bytes) => {
                side.bytes.store(bytes, Ordering::Relaxed);
                side.cases.fetch_add(kept, Ordering::Relaxed);
            }
            Err(error) => {
                tracing::debug!(%error, "recording ends");
                side.stop(RecordingStopReason::Disk, &last);
            }
        }
        thread::sleep(REST);
    }
    // What was flushed can be read without it.
    if side.is_on()
        && let Ok(bytes) = recorder.finish()
    {
        side.bytes.store(bytes, Ordering::Relaxed);
    }
}

/// Nanoseconds since 1970, UTC.
pub(crate) fn since_epoch(at: jiff::Timestamp) -> u64 {
    u64::try_from(at.as_nanosecond()).unwrap_or(0)
}

/// Between two moments.
pub(crate) fn between(from: tokio::time::Instant, to: tokio::time::Instant) -> u64 {
    nanos(to.saturating_duration_since(from))
}
