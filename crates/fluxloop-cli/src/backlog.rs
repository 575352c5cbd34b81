//! A writer that never blocks its caller.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{mem, thread};

use fluxloop_explain::counted;

/// What was written and has not been taken by the writer yet. A thread of its own passes it on, so a
/// reader that stops reading (a paused pager, a pipe that is stuck) stops nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backlog(Arc<(Mutex<Waiting>, Condvar)>);

#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// How many bytes the thread is passing on.
    on_the_way: usize,
    /// How many lines were dropped since the last one that was kept.
    skipped: usize,
}

impl Backlog {
    /// Starts the thread that writes to `out`. What `out` refuses is lost, and the next piece is
    /// tried again: a reader that has gone away is not an error of the run.
    pub(crate) fn start(mut out: impl Write + Send + 'static) -> io::Result<Self> {
        let backlog = Self::default();
        let shared = backlog.clone();
        thread::Builder::new().name("stderr".to_owned()).spawn(move || {
            loop {
                let bytes = shared.take();
                let _ = out.write_all(&bytes).and_then(|()| out.flush());
            }
        })?;
        Ok(backlog)
    }

    /// Keeps whole lines for the writer. While that would be more than `room` bytes, they are
    /// dropped, and a line in their place says how many they were.
    pub(crate) fn push(&self, lines: &[u8], room: usize) {
        let (_, more) = &*self.0;
        let mut waiting = self.lock();
        let used = waiting.bytes.len() + waiting.on_the_way;
        // After a gap there is to be one longer piece again, and not a line here and there.
        let room = if waiting.skipped > 0 { room / 2 } else { room };
        if used > 0 && used + lines.len() > room {
            waiting.skipped += lines.split(|byte| *byte == b'\n').count() - 1;
            return;
        }
        waiting.say_skipped();
        waiting.bytes.extend_from_slice(lines);
        more.notify_all();
    }

    /// Waits until everything has been passed on.
    pub(crate) fn flush(&self) {
        let (_, more) = &*self.0;
        let mut waiting = self.lock();
        waiting.say_skipped();
        more.notify_all();
        let is_busy = |it: &mut Waiting| it.on_the_way > 0 || !it.bytes.is_empty();
        drop(more.wait_while(waiting, is_busy));
    }

    /// What the thread passes on next; what it took before has been passed on.
    fn take(&self) -> Vec<u8> {
        let (_, more) = &*self.0;
        let mut waiting = self.lock();
        waiting.on_the_way = 0;
        more.notify_all();
        let waiting = more.wait_while(waiting, |it| it.bytes.is_empty());
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        waiting.on_the_way = waiting.bytes.len();
        mem::take(&mut waiting.bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn say_skipped(&mut self) {
        let skipped = mem::take(&mut self.skipped);
        if skipped > 0 {
            let lines = counted(skipped as u64, "line", "lines");
            let line = format!("[fluxloop] {lines} skipped: standard error was not read\n");
            self.bytes.extend_from_slice(line.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Takes a piece whenever it is allowed to.
    struct Reader(Receiver<()>, Sender<String>);

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(io::Error::other)?;
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.1.send(text).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_waits_misses_lines_and_is_told_how_many() {
        let ((allow, allowed), (wrote, written)) = (channel(), channel());
        let backlog = Backlog::start(Reader(allowed, wrote)).expect("a thread");
        let push = |line: &str| backlog.push(line.as_bytes(), 16);
        push("one\n");
        while backlog.lock().on_the_way == 0 {
            thread::yield_now();
        }
        ["two\n", "three\n", "four\n", "5\n"].into_iter().for_each(push);
        assert_eq!(backlog.lock().bytes, b"two\nthree\n", "there is no room for the others");
        allow.send(()).expect("it waits");
        assert_eq!(written.recv().as_deref(), Ok("one\n"));
        while !backlog.lock().bytes.is_empty() {
            thread::yield_now();
        }
        push("6\n");
        allow.send(()).expect("it waits");
        assert_eq!(written.recv().as_deref(), Ok("two\nthree\n"));
        (0..2).for_each(|_| allow.send(()).expect("it waits"));
        backlog.flush();
        let rest: String = written.try_iter().collect();
        assert_eq!(rest, "[fluxloop] 3 lines skipped: standard error was not read\n");
    }
}
