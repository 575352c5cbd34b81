//! Where the events of a run go.

use std::error::Error;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use fluxloop_trace::{RunEvent, TimedEvent};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

/// Why a sink cannot take an event.
pub type SinkError = Box<dyn Error + Send + Sync>;

/// Takes the events of a run: stores them, shows them, counts them.
///
/// Sinks run on a thread of their own, behind a bounded queue: a slow one makes the run wait, and
/// never blurs the time at which bytes arrived. An error ends the run: cases under way are
/// finished, and nothing new is sent.
pub trait Sink: Send {
    /// Takes the next events, in their order. Every sink that was named before this one has taken
    /// them whole: what the first one has stored, the second one may show as stored. So when one
    /// has failed, those behind it hear of no further case that is closed, nor of the run's end.
    ///
    /// # Errors
    ///
    /// Whatever keeps the sink from doing its work for good.
    fn events(&mut self, events: &[TimedEvent]) -> Result<(), SinkError>;

    /// Whether this sink shows text while it comes. If none does, no [`RunEvent::Text`] is made.
    fn wants_text(&self) -> bool {
        false
    }
}

/// How many events may wait for the sinks, while they take as many: what a large run tells in the
/// time of a rest. Closed cases are among them, so it bounds memory, too.
const QUEUE: usize = 4096;

/// How long the sinks rest when they have caught up. Without a rest the thread would be woken for
/// each event, which costs more than the event itself; nobody sees five milliseconds.
const REST: Duration = Duration::from_millis(5);

/// The thread on which the sinks run.
#[derive(Debug)]
pub(crate) struct SinkThread {
    failed: watch::Receiver<bool>,
    taken: Arc<Taken>,
    thread: thread::JoinHandle<Result<(), SinkFailure>>,
}

/// How many closed cases the sinks have taken.
#[derive(Debug, Default)]
struct Taken {
    cases: AtomicU64,
    more: Notify,
}

/// The end of the queue that tasks hold.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    queue: mpsc::Sender<TimedEvent>,
    /// When the run began.
    started: Instant,
    /// Whether a sink shows text while it comes.
    wants_text: bool,
}

/// How the sinks ended.
#[derive(Debug)]
pub(crate) enum SinkFailure {
    /// A sink gave an error.
    Error(SinkError),
    /// A sink panicked.
    Panic,
}

impl SinkThread {
    /// Starts the thread of a run that began at this moment.
    pub(crate) fn start(
        sinks: Vec<Box<dyn Sink>>,
        started: Instant,
    ) -> std::io::Result<(Self, Events)> {
        let wants_text = sinks.iter().any(|sink| sink.wants_text());
        let (events, receiver) = Events::with_room(QUEUE, wants_text, started);
        let (failing, failed) = watch::channel(false);
        let taken = Arc::new(Taken::default());
        let told = Arc::clone(&taken);
        let thread = thread::Builder::new()
            .name("sinks".to_owned())
            .spawn(move || deliver(sinks, receiver, &failing, &told))?;
        Ok((Self { failed, taken, thread }, events))
    }

    /// How many closed cases the sinks have taken.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.cases.load(Ordering::Acquire)
    }

    /// Ends their rest.
    pub(crate) fn wake(&self) {
        self.thread.thread().unpark();
    }

    /// Waits until they have taken more.
    pub(crate) async fn have_more(&self) {
        self.taken.more.notified().await;
    }

    /// Waits until a sink has failed.
    pub(crate) async fn failed(&self) {
        // An error says that the thread has gone.
        let _ = self.failed.clone().wait_for(|failed| *failed).await;
    }

    /// Waits for the sinks to take everything that was sent. Every [`Events`] must be gone.
    pub(crate) fn finish(self) -> Result<(), SinkFailure> {
        self.wake();
        match self.thread.join() {
            Ok(result) => result,
            Err(panic) => panic::resume_unwind(panic),
        }
    }
}

impl Events {
    /// A queue with room for so many events.
    pub(crate) fn with_room(
        room: usize,
        wants_text: bool,
        started: Instant,
    ) -> (Self, mpsc::Receiver<TimedEvent>) {
        let (queue, receiver) = mpsc::channel(room);
        (Self { queue, started, wants_text }, receiver)
    }

    fn timed(&self, event: RunEvent) -> TimedEvent {
        TimedEvent::new(self.started.elapsed(), event)
    }

    /// Whether text is to be told while it comes.
    pub(crate) fn wants_text(&self) -> bool {
        self.wants_text
    }

    /// Sends an event, and waits while the queue is full. When the sinks have gone the event is
    /// dropped: the run is about to end with their error.
    pub(crate) async fn send(&self, event: RunEvent) {
        let _ = self.queue.send(self.timed(event)).await;
    }

    /// Sends an event that is only good for showing, if there is room for it: a reader of a stream
    /// never waits for a slow sink.
    pub(crate) fn offer(&self, event: RunEvent) {
        let _ = self.queue.try_send(self.timed(event));
    }

    /// Room for an event that can be told later as well: while half of the queue is free. The rest
    /// is for events that somebody waits to send.
    pub(crate) fn spare_room(&self) -> Option<Room<'_>> {
        if self.queue.capacity() <= self.queue.max_capacity() / 2 {
            return None;
        }
        self.queue.try_reserve().ok().map(|permit| Room { permit, events: self })
    }
}

/// Room for one event.
pub(crate) struct Room<'a> {
    permit: mpsc::Permit<'a, TimedEvent>,
    events: &'a Events,
}

impl Room<'_> {
    /// Sends an event at once.
    pub(crate) fn send(self, event: RunEvent) {
        self.permit.send(self.events.timed(event));
    }
}

/// Gives all events to every sink. One that fails or panics gets no more; the others see the run to its
/// end, so that what is still finished is not lost to them.
///
/// Those behind the one that failed hear of nothing more that may not be kept: no case that is
/// closed, and not the end, whose figures count such cases.
fn deliver(
    sinks: Vec<Box<dyn Sink>>,
    mut events: mpsc::Receiver<TimedEvent>,
    failing: &watch::Sender<bool>,
    taken: &Taken,
) -> Result<(), SinkFailure> {
    let mut sinks: Vec<Option<Box<dyn Sink>>> = sinks.into_iter().map(Some).collect();
    let mut first_failure = None;
    let mut batch = Vec::with_capacity(QUEUE);
    while events.blocking_recv_many(&mut batch, QUEUE) > 0 {
        let caught_up = batch.len() < QUEUE;
        let closed =
            batch.iter().filter(|it| matches!(it.event, RunEvent::CaseFinished(_))).count();
        for slot in &mut sinks {
            let given = slot.as_mut().map(|sink| give(&mut **sink, &batch));
            if let Some(Err(failure)) = given {
                first_failure.get_or_insert(failure);
                failing.send_replace(true);
                *slot = None;
            }
            if slot.is_none() {
                batch.retain(|it| {
                    !matches!(it.event, RunEvent::CaseFinished(_) | RunEvent::RunFinished(_))
                });
            }
        }
        batch.clear();
        if closed > 0 {
            taken.cases.fetch_add(closed as u64, Ordering::Release);
            taken.more.notify_one();
        }
        if caught_up {
            thread::park_timeout(REST);
        }
    }
    first_failure.map_or(Ok(()), Err)
}

fn give(sink: &mut dyn Sink, batch: &[TimedEvent]) -> Result<(), SinkFailure> {
    // Half of what a sink that panicked was about to do does not matter: it gets nothing more.
    match panic::catch_unwind(AssertUnwindSafe(|| sink.events(batch))) {
        Ok(taken) => taken.map_err(SinkFailure::Error),
        Err(_panic) => Err(SinkFailure::Panic),
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_redact::Masked;
    use fluxloop_trace::{CaseId, Milliseconds};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn every_event_has_its_time_since_the_start() {
        let (events, mut queue) = Events::with_room(8, true, Instant::now());
        let event = || RunEvent::CaseStarted { case_id: CaseId::new(Masked::default(), 0) };
        let step = Duration::from_millis(5);
        tokio::time::advance(step).await;
        events.send(event()).await;
        tokio::time::advance(step).await;
        events.offer(event());
        tokio::time::advance(step).await;
        events.spare_room().expect("most of the queue is free").send(event());
        let times = std::iter::from_fn(|| queue.try_recv().ok()).map(|timed| timed.at_ms);
        let expected = [5.0, 10.0, 15.0].map(Milliseconds::from_millis);
        assert_eq!(times.collect::<Vec<_>>(), expected);
    }
}
