//! Ctrl-C, SIGTERM, and the terminal that goes away.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use std::{io, thread};

use fluxloop_runner::{Stop, StopHandle, stop_signal};
use rustix::process::Signal as Number;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::time::sleep;

use crate::exit::Exit;
use crate::output;

/// Which signal ended the run, if one did.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    heard: Arc<AtomicU8>,
    stop: Stop,
}

/// Dropped when everything of the run is kept, or nothing more can be.
pub(crate) type UnderWay = oneshot::Sender<Infallible>;

/// How long a run that was asked to end waits, once everything is kept, for somebody who reads its
/// outputs.
const UNREAD: Duration = Duration::from_secs(2);

impl Signals {
    /// Listens from now on: the first signal lets the run drain, the second ends the process. After
    /// the first, the process also ends when all is kept and nobody reads what it prints.
    ///
    /// On a thread and a runtime of its own, because those of the run may all wait: for the disk
    /// while the run is closed, or for somebody to read standard output.
    pub(crate) fn listen() -> io::Result<(Self, UnderWay)> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let inside = runtime.enter();
        // A limit to the size of files is a full disk: an error of `write(2)`, which can be told,
        // and not the end of the process. Listening is enough; nobody has to hear it.
        drop(signal(SignalKind::from_raw(Number::XFSZ.as_raw()))?);
        let asked = Asked::listen()?;
        drop(inside);
        let (handle, stop) = stop_signal();
        let (under_way, over) = oneshot::channel();
        let signals = Self { heard: Arc::default(), stop };
        let heard = signals.heard.clone();
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || runtime.block_on(obey(asked, &handle, &heard, over)))?;
        Ok((signals, under_way))
    }

    /// What a run listens to.
    pub(crate) fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// The exit code that a signal asks for.
    pub(crate) fn exit(&self) -> Option<Exit> {
        match self.heard.load(Ordering::Relaxed) {
            0 => None,
            code if code == Exit::Terminated.code() => Some(Exit::Terminated),
            _ => Some(Exit::Interrupted),
        }
    }
}

async fn obey(
    mut asked: Asked,
    handle: &StopHandle,
    heard: &AtomicU8,
    mut over: oneshot::Receiver<Infallible>,
) {
    let first = asked.next().await;
    heard.store(first.code(), Ordering::Relaxed);
    handle.drain();
    let is_under_way = over.try_recv() == Err(TryRecvError::Empty);
    if is_under_way {
        output::note("ending: no new cases, up to 10 s for those under way (again to end at once)");
    }
    let unread = async {
        if is_under_way {
            let _ = over.await;
        }
        sleep(UNREAD).await;
    };
    let exit = tokio::select! {
        second = asked.next() => second,
        () = unread => first,
    };
    // Every closed case is on disk already; that is what the journal is for.
    std::process::exit(exit.code().into());
}

/// Waits for the first signal.
pub(crate) async fn first() -> io::Result<Exit> {
    Ok(Asked::listen()?.next().await)
}

/// The signals that ask for an end; none where whoever started the process has it ignore them.
#[derive(Debug)]
struct Asked {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    /// The terminal has gone.
    hang_up: Option<Signal>,
}

impl Asked {
    fn listen() -> io::Result<Self> {
        let ignored = ignored();
        let listen = |number: Number| {
            let is_ignored = ignored & (1 << (number.as_raw() - 1)) != 0;
            (!is_ignored).then(|| signal(SignalKind::from_raw(number.as_raw()))).transpose()
        };
        Ok(Self {
            interrupt: listen(Number::INT)?,
            terminate: listen(Number::TERM)?,
            hang_up: listen(Number::HUP)?,
        })
    }

    async fn next(&mut self) -> Exit {
        tokio::select! {
            () = came(&mut self.interrupt) => Exit::Interrupted,
            () = came(&mut self.terminate) => Exit::Terminated,
            () = came(&mut self.hang_up) => Exit::Terminated,
        }
    }
}

async fn came(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// The signals that this process was started to ignore, the first in the lowest bit: `nohup` does
/// that to SIGHUP, and a shell without job control to SIGINT for what it starts with `&` (POSIX,
/// Shell Command Language, 2.11). Only Linux tells without `unsafe` (`proc_pid_status(5)`);
/// elsewhere none counts as ignored.
fn ignored() -> u64 {
    std::fs::read_to_string("/proc/self/status").map_or(0, |status| ignored_in(&status))
}

fn ignored_in(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: &str, expected: u64) {
        assert_eq!(ignored_in(status), expected, "{status}");
    }

    #[test]
    fn the_system_says_what_is_ignored() {
        check("SigBlk:\t0000000000000007\nSigIgn:\t0000000000001003\nSigCgt:\t0\n", 0x1003);
    }

    #[test]
    fn a_system_that_says_nothing_ignores_nothing() {
        check("", 0);
        check("SigIgn:\tno number\n", 0);
    }
}
