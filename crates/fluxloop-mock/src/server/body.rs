//! A body that does what a program says.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::control::Active;
use super::counts::InFlight;
use crate::program::{Op, Program};

/// The body of one answer.
pub(super) struct PlayBody {
    program: Program,
    /// The next operation.
    next: usize,
    /// How many bytes were sent.
    sent: usize,
    sized: bool,
    finished: bool,
    /// The timer of all pauses, made at the first one.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the timer runs.
    waiting: bool,
    active: Active,
    in_flight: InFlight,
}

impl PlayBody {
    pub(super) fn new(program: Program, sized: bool, active: Active, in_flight: InFlight) -> Self {
        let (timer, waiting, finished) = (None, false, false);
        let mut body =
            Self { program, next: 0, sent: 0, sized, finished, timer, waiting, active, in_flight };
        // A body without anything in it is never asked.
        body.note_end();
        body
    }

    /// Counts the answer when its last operation is done.
    fn note_end(&mut self) {
        if self.next == self.program.ops.len() && !self.finished {
            self.finished = true;
            self.in_flight.complete(!self.sized);
        }
    }

    /// The next chunk, or nothing at the end.
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if self.waiting
                && let Some(timer) = &mut self.timer
            {
                ready!(timer.as_mut().poll(context));
                self.waiting = false;
            }
            let Some(op) = self.program.ops.get(self.next) else {
                return Poll::Ready(None);
            };
            self.next += 1;
            match *op {
                Op::Send(end) => {
                    let chunk = self.program.bytes.slice(self.sent..end);
                    self.sent = end;
                    // An empty chunk would be no chunk at all.
                    if !chunk.is_empty() {
                        return Poll::Ready(Some(chunk));
                    }
                }
                Op::Pause(wait) => self.wait(wait),
                cut @ Op::Cut(_) => {
                    self.active.control().take_over(Program::only(vec![cut]));
                    return self.stay();
                }
                Op::Stall => return self.stay(),
            }
        }
    }

    fn wait(&mut self, wait: Duration) {
        match &mut self.timer {
            Some(timer) => timer.as_mut().reset(Instant::now() + wait),
            None => self.timer = Some(Box::pin(sleep(wait))),
        }
        self.waiting = true;
    }

    /// Stays at the operation before: whoever asks again waits again.
    fn stay<T>(&mut self) -> Poll<T> {
        self.next -= 1;
        Poll::Pending
    }
}

impl Body for PlayBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let body = self.get_mut();
        let chunk = ready!(body.poll_chunk(context));
        body.note_end();
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.next == self.program.ops.len()
    }

    fn size_hint(&self) -> SizeHint {
        if !self.sized {
            return SizeHint::new();
        }
        SizeHint::with_exact((self.program.bytes.len() - self.sent) as u64)
    }
}
