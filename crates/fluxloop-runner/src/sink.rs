//! Where the events of a run go.

use std::error::Error;
use std::thread;

use fluxloop_trace::RunEvent;
use tokio::sync::mpsc;

/// Why a sink cannot take an event.
pub type SinkError = Box<dyn Error + Send + Sync>;

/// Takes the events of a run: stores them, shows them, counts them.
///
/// Sinks run on a thread of their own, behind a bounded queue: a slow one makes the run wait, and
/// never blurs the time at which bytes arrived. An error ends the run: cases under way are
/// finished, and nothing new is sent.
pub trait Sink: Send {
    /// Takes one event.
    ///
    /// # Errors
    ///
    /// Whatever keeps the sink from doing its work for good.
    fn event(&mut self, event: &RunEvent) -> Result<(), SinkError>;
}

/// How many events may wait for the sinks.
const QUEUE: usize = 1024;

/// The thread on which the sinks run.
#[derive(Debug)]
pub(crate) struct SinkThread {
    sender: mpsc::Sender<RunEvent>,
    thread: thread::JoinHandle<Result<(), SinkError>>,
}

/// The end of the queue that tasks hold.
#[derive(Clone, Debug)]
pub(crate) struct Events(mpsc::Sender<RunEvent>);

impl SinkThread {
    /// Starts the thread.
    pub(crate) fn start(mut sinks: Vec<Box<dyn Sink>>) -> std::io::Result<(Self, Events)> {
        let (sender, mut receiver) = mpsc::channel::<RunEvent>(QUEUE);
        let thread = thread::Builder::new().name("sinks".to_owned()).spawn(move || {
            while let Some(event) = receiver.blocking_recv() {
                deliver(&mut sinks, &event)?;
            }
            Ok(())
        })?;
        let events = Events(sender.clone());
        Ok((Self { sender, thread }, events))
    }

    /// Waits until a sink has failed.
    pub(crate) async fn failed(&self) {
        self.sender.closed().await;
    }

    /// Waits for the sinks to take everything that was sent. Every [`Events`] must be gone.
    pub(crate) fn finish(self) -> Result<(), SinkError> {
        drop(self.sender);
        match self.thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Events {
    /// Sends an event, and waits while the queue is full. When a sink has failed the event is
    /// dropped: the run is about to end with the sink's error.
    pub(crate) async fn send(&self, event: RunEvent) {
        let _ = self.0.send(event).await;
    }
}

fn deliver(sinks: &mut [Box<dyn Sink>], event: &RunEvent) -> Result<(), SinkError> {
    sinks.iter_mut().try_for_each(|sink| sink.event(event))
}
