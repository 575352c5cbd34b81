//! How late this process is itself.

use std::sync::Arc;
use std::time::Duration;

use fluxloop_trace::OwnLag;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::pulse::Pulse;

/// How often it is measured.
const INTERVAL: Duration = Duration::from_millis(10);

/// Measures until it is asked, on a task of its own: a run that waits for its sinks is not late.
pub(crate) struct LagMeter {
    stop: oneshot::Sender<()>,
    measuring: JoinHandle<OwnLag>,
}

impl LagMeter {
    /// The ticks are the pulse of the process, too.
    pub(crate) fn start(pulse: Arc<Pulse>) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { stop, measuring: tokio::spawn(measure(stopped, pulse)) }
    }

    /// What was measured.
    pub(crate) async fn stop(self) -> OwnLag {
        drop(self.stop);
        // Without a runtime that still runs it there is nothing to tell.
        self.measuring.await.unwrap_or_default()
    }
}

async fn measure(mut stopped: oneshot::Receiver<()>, pulse: Arc<Pulse>) -> OwnLag {
    let mut lag = OwnLag::default();
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = &mut stopped => return lag,
            due = ticks.tick() => {
                lag.note(due.elapsed());
                pulse.beat(Instant::now());
            }
        }
    }
}
