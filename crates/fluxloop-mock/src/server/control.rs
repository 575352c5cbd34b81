//! How an answer tells its connection what to do.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::program::Program;

/// What one connection, its wire and its answers have in common.
#[derive(Debug, Default)]
pub(super) struct Control {
    /// Whether bytes were given to the wire and not flushed yet.
    unflushed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    takeover: Option<Program>,
    /// Answers that are being given on this connection.
    active: usize,
    waker: Option<Waker>,
}

impl Control {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the connection from hyper: what is written so far is flushed, then the program is all
    /// that happens on it, and at the program's end it is closed. The first one wins.
    pub(super) fn take_over(&self, program: Program) {
        let mut state = self.state();
        state.takeover.get_or_insert(program);
        state.wake();
    }

    /// Ready when somebody took the connection over and everything before is flushed.
    pub(super) fn poll_takeover(&self, context: &Context<'_>) -> Poll<Program> {
        let mut state = self.state();
        state.watch(context);
        if self.unflushed.load(Relaxed) {
            return Poll::Pending;
        }
        state.takeover.take().map_or(Poll::Pending, Poll::Ready)
    }

    /// Whether no answer is being given.
    pub(super) fn is_idle(&self, context: &Context<'_>) -> bool {
        let mut state = self.state();
        state.watch(context);
        state.active == 0
    }

    pub(super) fn set_unflushed(&self, unflushed: bool) {
        self.unflushed.store(unflushed, Relaxed);
    }
}

impl State {
    fn watch(&mut self, context: &Context<'_>) {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            self.waker = Some(context.waker().clone());
        }
    }

    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}

/// An answer that is being given on a connection until this is dropped.
pub(super) struct Active(Arc<Control>);

impl Active {
    pub(super) fn new(control: Arc<Control>) -> Self {
        control.state().active += 1;
        Self(control)
    }

    pub(super) fn control(&self) -> &Control {
        &self.0
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.active -= 1;
        state.wake();
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
        control.take_over(Program::only(vec![Op::Cut(Cut::Close)]));
        assert!(control.poll_takeover(&context).is_pending());
        control.set_unflushed(false);
        assert!(control.poll_takeover(&context).is_ready());
    }
}
