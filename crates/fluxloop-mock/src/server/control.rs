//! How an answer tells its connection what to do.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::watch;

use super::counts::InFlight;
use crate::play::Then;
use crate::program::Program;

/// Whether the mock still serves: the sender says `true` to drain, and is gone to end at once.
pub(super) type Stop = watch::Receiver<bool>;

/// What is done on a connection instead of what hyper would do.
pub(super) struct Takeover {
    pub(super) program: Program,
    /// The operation to begin with, before which nothing is sent.
    pub(super) from: usize,
    pub(super) then: Then,
    pub(super) stream: bool,
    /// The request that is answered, if nobody else keeps it.
    pub(super) in_flight: Option<InFlight>,
}

impl Takeover {
    /// This, and then the end of the connection.
    pub(super) fn last(program: Program) -> Self {
        Self { program, from: 0, then: Then::Close, stream: false, in_flight: None }
    }
}

pub(super) enum Wish {
    TakeOver(Takeover),
    /// To end after the answers that are under way.
    Drain,
}

#[derive(Default)]
pub(super) struct Control {
    /// Whether bytes were given to the wire and not flushed yet.
    unflushed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    takeover: Option<Takeover>,
    drain: bool,
    /// How often the connection was seen with everything flushed.
    rounds: u64,
    /// The round in which a takeover may happen.
    due: u64,
    waiting: Vec<Waker>,
    waker: Option<Waker>,
}

/// How many rounds later everything is flushed that hyper has now: the first one may have begun
/// before, on another thread.
const FLUSHED: u64 = 2;

impl Control {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the connection from hyper: what is written so far is flushed, then the program is all
    /// that happens on it. The first one wins.
    pub(super) fn take_over(&self, takeover: Takeover) {
        let mut state = self.state();
        if state.takeover.is_none() {
            state.takeover = Some(takeover);
            state.due = state.rounds + FLUSHED;
        }
        state.wake();
    }

    /// Lets the connection end after the answers that are under way.
    pub(super) fn drain(&self) {
        let mut state = self.state();
        state.drain = true;
        state.wake();
    }

    /// Ready when everything is flushed that hyper had when this was first asked; `due` remembers
    /// that.
    pub(super) fn poll_flushed(&self, due: &mut Option<u64>, context: &Context<'_>) -> Poll<()> {
        let mut state = self.state();
        let due = *due.get_or_insert(state.rounds + FLUSHED);
        if state.rounds >= due {
            return Poll::Ready(());
        }
        state.waiting.push(context.waker().clone());
        state.wake();
        Poll::Pending
    }

    /// What the answers want, once each. To be asked whenever hyper has done all it can.
    pub(super) fn poll_wish(&self, context: &Context<'_>) -> Poll<Wish> {
        let mut state = self.state();
        state.waker = Some(context.waker().clone());
        if self.unflushed.load(Relaxed) {
            return Poll::Pending;
        }
        state.rounds += 1;
        if std::mem::take(&mut state.drain) {
            return Poll::Ready(Wish::Drain);
        }
        if state.rounds >= state.due
            && let Some(takeover) = state.takeover.take()
        {
            return Poll::Ready(Wish::TakeOver(takeover));
        }
        if state.takeover.is_some() || !state.waiting.is_empty() {
            state.waiting.drain(..).for_each(Waker::wake);
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }

    pub(super) fn set_unflushed(&self, unflushed: bool) {
        self.unflushed.store(unflushed, Relaxed);
    }
}

impl State {
    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::program::{Cut, Op};

    #[test]
    fn a_takeover_waits_until_everything_before_is_flushed() {
        let control = Control::default();
        let context = Context::from_waker(Waker::noop());
        control.set_unflushed(true);
        control.take_over(Takeover::last(Program::only(vec![Op::Cut(Cut::Close)])));
        for _ in 0..10 {
            assert!(control.poll_wish(&context).is_pending());
        }
        control.set_unflushed(false);
        // What another thread gave to hyper in the meantime is flushed in the next round.
        assert!(control.poll_wish(&context).is_pending());
        assert!(control.poll_wish(&context).is_ready());
    }
}
