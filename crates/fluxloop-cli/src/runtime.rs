//! The threads of a run: how many there are, and when they rest.
//!
//! Most servers write every event of a stream by itself. A client that is ready before the next
//! event comes is woken for each of them, and waking a thread costs more than reading an event, the
//! server included. So a thread that had to be woken again and again after a very short wait rests
//! before its next wait: what arrives meanwhile is read together. Workers wake each other, too, so
//! there are fewer of them than cores.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;
use std::{io, thread};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::Instant;

/// How long a thread rests: long enough for several writes of a busy server, and far below the
/// millisecond that timers are exact to. A first token is late by half of it on average.
const REST: Duration = Duration::from_micros(250);

/// How many waits in a row that are shorter than a rest show that data come densely.
const IN_A_ROW: u32 = 8;

/// With fewer tasks a thread never rests. An answer that is being read has two: its case, and its
/// connection.
const MANY_TASKS: usize = 64;

thread_local! {
    static RHYTHM: Cell<Rhythm> = const { Cell::new(Rhythm::new()) };
}

/// Threads of a run beside those of the runtime: for signals, sinks, standard error, and the bar.
const OTHERS: usize = 4;

/// Threads that wait for the system: one reads the inputs, one looks up names of hosts. The runtime
/// starts more, and a task that gets none of them waits for one of these.
const WAITING: usize = 2;

/// For longer no thread takes to start.
const PATIENCE: Duration = Duration::from_secs(5);

/// Starts the runtime. With the mock agent in the same process it has a worker for each core, and
/// no thread rests, because the agent would rest too.
///
/// All threads without which a run would come to a standstill are started now.
pub(crate) fn start(has_mock: bool) -> io::Result<Runtime> {
    let cores = thread::available_parallelism().ok();
    let workers = if has_mock { cores.map_or(1, NonZeroUsize::get) } else { workers(cores) };
    // The runtime panics where it gets no worker, and the bar where it gets no thread.
    try_threads(workers + OTHERS + WAITING, thread::Builder::new)?;
    let mut builder = Builder::new_multi_thread();
    builder.enable_all().worker_threads(workers);
    if !has_mock {
        builder.on_thread_park(before_wait).on_thread_unpark(after_wait);
    }
    let runtime = builder.build()?;
    let (ready, started) = channel();
    for _ in 0..WAITING {
        let ready = ready.clone();
        runtime.spawn_blocking(move || stay(&ready));
    }
    let started = (0..WAITING).map(|_| started.recv_timeout(PATIENCE));
    started.collect::<Result<Vec<_>, RecvTimeoutError>>().map_err(io::Error::other)?;
    Ok(runtime)
}

/// Starts as many threads at once, which end together.
fn try_threads(count: usize, builder: impl Fn() -> thread::Builder) -> io::Result<()> {
    let (ready, started) = channel();
    let start = |_| {
        let ready = ready.clone();
        builder().spawn(move || stay(&ready))
    };
    let threads: io::Result<Vec<_>> = (0..count).map(start).collect();
    drop((ready, started));
    for thread in threads? {
        let _ = thread.join();
    }
    Ok(())
}

/// Says that this thread has started, and stays until the other side is gone.
fn stay(ready: &Sender<Sender<()>>) {
    let (end, ended) = channel();
    let _ = ready.send(end);
    let _ = ended.recv();
}

/// Half of the cores. On two cores that a server shares, one worker reads 220,000 events a second; a
/// second worker cost a quarter more CPU time, and up to twice as many switches between threads.
fn workers(cores: Option<NonZeroUsize>) -> usize {
    cores.map_or(1, NonZeroUsize::get).div_ceil(2)
}

fn before_wait() {
    let rhythm = RHYTHM.get();
    if rhythm.is_dense() && Handle::current().metrics().num_alive_tasks() >= MANY_TASKS {
        // The thread has no task to run, and would sleep in the next moment anyway.
        thread::sleep(REST);
    }
    RHYTHM.set(rhythm.waits(Instant::now()));
}

fn after_wait() {
    RHYTHM.set(RHYTHM.get().woken(Instant::now()));
}

/// How long a thread has waited lately.
#[derive(Clone, Copy, Debug)]
struct Rhythm {
    since: Option<Instant>,
    /// Short waits without a long one.
    short: u32,
}

impl Rhythm {
    const fn new() -> Self {
        Self { since: None, short: 0 }
    }

    fn waits(self, now: Instant) -> Self {
        Self { since: Some(now), ..self }
    }

    fn woken(self, now: Instant) -> Self {
        let waited = self.since.map(|since| now.saturating_duration_since(since));
        let is_short = waited.is_some_and(|waited| waited < REST);
        Self { since: None, short: if is_short { self.short.saturating_add(1) } else { 0 } }
    }

    fn is_dense(self) -> bool {
        self.short >= IN_A_ROW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits in microseconds, and whether the thread rests before the next one.
    #[track_caller]
    fn check(waits: &[u64], rests: bool) {
        let mut now = Instant::now();
        let rhythm = waits.iter().fold(Rhythm::new(), |rhythm, wait| {
            let waiting = rhythm.waits(now);
            now += Duration::from_micros(*wait);
            waiting.woken(now)
        });
        assert_eq!(rhythm.is_dense(), rests, "{waits:?}");
    }

    #[test]
    fn short_waits_in_a_row_bring_a_rest() {
        check(&[10; 8], true);
        check(&[10; 7], false);
        check(&[249; 8], true);
    }

    #[test]
    fn one_long_wait_ends_the_rests() {
        check(&[10, 10, 10, 10, 10, 10, 10, 10, 250], false);
        check(&[250, 10, 10, 10, 10, 10, 10, 10, 10], true);
    }

    #[test]
    fn half_of_the_cores_have_a_worker() {
        let workers_of = |cores| workers(NonZeroUsize::new(cores));
        assert_eq!([0, 1, 2, 3, 8].map(workers_of), [1, 1, 1, 2, 4]);
    }

    /// More than an address space has.
    #[test]
    fn a_thread_that_cannot_be_started_is_an_error() {
        try_threads(3, thread::Builder::new).expect("three threads");
        let huge = || thread::Builder::new().stack_size(1 << 47);
        try_threads(1, huge).expect_err("nothing has room for it");
    }

    #[test]
    fn a_thread_that_never_waited_does_not_rest() {
        check(&[], false);
    }
}
