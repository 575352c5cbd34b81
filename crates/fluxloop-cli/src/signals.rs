//! Ctrl-C and SIGTERM.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use fluxloop_runner::StopHandle;
use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Exit;
use crate::output;

/// Which signal ended the run, if one did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signals(Arc<AtomicU8>);

impl Signals {
    /// Listens from now on: the first signal lets the run drain, the second ends the process.
    pub(crate) fn listen(handle: StopHandle) -> std::io::Result<Self> {
        let signals = Self::default();
        // A limit to the size of files is a full disk: an error of `write(2)`, which can be told,
        // and not the end of the process. Listening is enough; nobody has to hear it.
        drop(signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?);
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let heard = signals.0.clone();
        tokio::spawn(async move {
            loop {
                let exit = tokio::select! {
                    _ = interrupt.recv() => Exit::Interrupted,
                    _ = terminate.recv() => Exit::Terminated,
                    // The terminal has gone; the run ends as if it had been asked to.
                    _ = hang_up.recv() => Exit::Terminated,
                };
                if heard.swap(exit.code(), Ordering::Relaxed) != 0 {
                    // Every closed case is on disk already; that is what the journal is for.
                    std::process::exit(exit.code().into());
                }
                output::note(
                    "ending: no new cases, up to 10 s for those under way \
                     (again to end at once)",
                );
                handle.drain();
            }
        });
        Ok(signals)
    }

    /// The exit code that a signal asks for.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            code if code == Exit::Terminated.code() => Some(Exit::Terminated),
            _ => Some(Exit::Interrupted),
        }
    }
}

/// Waits for the first signal.
pub(crate) async fn first() -> std::io::Result<Exit> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    })
}
