//! Reports that loading waits for a pipe.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{fmt, thread};

use crate::LoadOptions;
use crate::error::without_keys;

/// Who gets a message when loading waits, and after how long: a pipe without a writer would keep the
/// program silent for as long as nobody writes to it.
#[derive(Clone)]
pub struct Waiting {
    after: Duration,
    report: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Waiting {
    /// Calls `report` when a wait has taken longer than `after`, once for each wait, with what is
    /// waited for. It is called on another thread.
    pub fn new(after: Duration, report: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { after, report: Arc::new(report) }
    }

    fn during<T>(&self, what: String, read: impl FnOnce() -> T) -> T {
        let (is_done, wait) = mpsc::channel::<()>();
        let Self { after, report } = self.clone();
        let watch = thread::Builder::new().spawn(move || {
            if wait.recv_timeout(after) == Err(RecvTimeoutError::Timeout) {
                report(&without_keys(what));
            }
        });
        let result = read();
        drop(is_done);
        // Without a thread there is no message, and the file is read all the same.
        if let Ok(watch) = watch {
            let _ = watch.join();
        }
        result
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("after", &self.after).finish_non_exhaustive()
    }
}

impl LoadOptions {
    /// Opens or reads a file. If it is a pipe, a wait for somebody who writes to it is reported.
    pub(crate) fn reading<T>(&self, path: &Path, shown: &Path, read: impl FnOnce() -> T) -> T {
        if !is_pipe(path) {
            return read();
        }
        let shown = shown.display();
        let what = format!(
            "waiting for a program that writes to the pipe `{shown}`; Ctrl-C stops waiting"
        );
        self.waiting(what, read)
    }

    /// Reads something that may not come at once.
    pub(crate) fn waiting<T>(&self, what: String, read: impl FnOnce() -> T) -> T {
        match &self.waiting {
            Some(waiting) => waiting.during(what, read),
            None => read(),
        }
    }
}

/// Whether it is a named pipe, which opens only once somebody writes to it.
#[cfg(unix)]
pub(crate) fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    path.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo())
}

#[cfg(not(unix))]
pub(crate) fn is_pipe(_: &Path) -> bool {
    false
}
