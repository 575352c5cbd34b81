//! A program that serves until it is dropped.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

/// Longer than any of the servers needs to start on a busy machine.
const START: Duration = Duration::from_mins(1);

/// A program that serves on a loopback port until it is dropped.
pub(crate) struct Background {
    child: Child,
    url: String,
}

impl Background {
    /// Starts a server on a port that it chooses itself, and waits for the line in which it tells
    /// its address: `announcement`, then the URL.
    #[track_caller]
    pub(crate) fn start(command: &mut Command, announcement: &str) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server can be started");
        let (lines, said) = mpsc::channel();
        forward(child.stdout.take().expect("it is piped"), lines.clone());
        forward(child.stderr.take().expect("it is piped"), lines);
        match address(&said, announcement) {
            Ok(url) => Self { child, url },
            Err(log) => {
                stop(&mut child);
                panic!("no server after {START:?}; it said:\n{log}");
            }
        }
    }

    /// `http://127.0.0.1:PORT` and this path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The port that the server chose.
    pub(crate) fn port(&self) -> &str {
        self.url.rsplit(':').next().expect("a split has one part at least")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// One server for the tests of a module, which runs for as long as one of them uses it.
pub(crate) struct Shared(Mutex<Weak<Background>>);

impl Shared {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Weak::new()))
    }

    /// The server, which `start` starts if it does not run.
    pub(crate) fn get(
        &self,
        start: impl FnOnce() -> Option<Background>,
    ) -> Option<Arc<Background>> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let started = Arc::new(start()?);
        *shared = Arc::downgrade(&started);
        Some(started)
    }
}

/// Ends a process, if it has not ended by itself, and takes its exit code so that it is gone.
pub(super) fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Sends on every line that is read, and reads on when nobody listens any more: a server whose log
/// has no reader would stand still.
fn forward(source: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(source).lines().map_while(Result::ok) {
            let _ = lines.send(line);
        }
    });
}

/// The URL behind `announcement`, or else everything that was said.
fn address(said: &Receiver<String>, announcement: &str) -> Result<String, String> {
    let mut log = String::new();
    // A server says a handful of lines when it starts, so that the wait is bounded as well.
    while let Ok(line) = said.recv_timeout(START) {
        let url = line.split_once(announcement).map(|(_, rest)| rest.split_whitespace().next());
        if let Some(Some(url)) = url {
            return Ok(url.to_owned());
        }
        log.push_str(&line);
        log.push('\n');
    }
    Err(log)
}
