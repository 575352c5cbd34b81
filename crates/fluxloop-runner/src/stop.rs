//! Ends a run early.

use std::time::Duration;

use tokio::sync::watch;

/// How long cases that are under way may go on after the run was asked to end.
pub(crate) const DRAIN: Duration = Duration::from_secs(10);

/// How far a run has been asked to end.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Stage {
    /// It goes on.
    Running,
    /// No new cases; those under way may finish.
    Draining,
    /// Those under way end now and are recorded as interrupted.
    Ending,
}

/// Asks a run to end.
#[derive(Clone, Debug)]
pub struct StopHandle(watch::Sender<Stage>);

/// Hears that a run shall end.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Stage>);

/// A handle that asks and the signal that hears.
pub fn stop_signal() -> (StopHandle, Stop) {
    let (sender, receiver) = watch::channel(Stage::Running);
    (StopHandle(sender), Stop(receiver))
}

impl StopHandle {
    /// Lets the cases that are under way finish, and starts no new ones.
    pub fn drain(&self) {
        self.raise(Stage::Draining);
    }

    /// Ends the cases that are under way.
    pub fn end(&self) {
        self.raise(Stage::Ending);
    }

    /// Whether the cases under way have not yet been asked to end.
    pub(crate) fn is_open(&self) -> bool {
        *self.0.borrow() < Stage::Ending
    }

    /// A run never goes back to an earlier stage.
    fn raise(&self, stage: Stage) {
        self.0.send_if_modified(|current| {
            let raised = stage > *current;
            *current = stage.max(*current);
            raised
        });
    }
}

impl Stop {
    /// How far the run has been asked to end.
    pub fn stage(&self) -> Stage {
        *self.0.borrow()
    }

    /// Whether more was asked since this signal was cloned or waited for. Takes no lock.
    pub(crate) fn has_news(&self) -> bool {
        self.0.has_changed().unwrap_or(true)
    }

    /// Waits until the run has been asked to come this far. Without a handle that could still
    /// ask, it waits for ever.
    pub(crate) async fn reached(&mut self, stage: Stage) {
        if self.0.wait_for(|current| *current >= stage).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_never_lowered() {
        let (handle, stop) = stop_signal();
        handle.end();
        handle.drain();
        assert_eq!(stop.stage(), Stage::Ending);
    }
}
