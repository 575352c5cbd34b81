//! A body that does what a program says.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::{control::Active, counts::InFlight};
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
    pause: Option<Pin<Box<Sleep>>>,
    active: Active,
    in_flight: InFlight,
}

impl PlayBody {
    pub(super) fn new(program: Program, sized: bool, active: Active, in_flight: InFlight) -> Self {
        Self {
            program,
            next: 0,
            sent: 0,
            sized,
            finished: false,
            pause: None,
            active,
            in_flight,
        }
    }

    /// The next chunk, or nothing at the end.
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
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
                Op::Pause(wait) => self.pause = Some(Box::pin(sleep(wait))),
                cut @ Op::Cut(_) => {
                    self.active.control().take_over(Program::only(vec![cut]));
                    return self.stay();
                }
                Op::Stall => return self.stay(),
            }
        }
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
        if body.next == body.program.ops.len() && !body.finished {
            body.finished = true;
            body.in_flight.complete(!body.sized);
        }
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
