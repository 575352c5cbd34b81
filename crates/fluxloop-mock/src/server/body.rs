//! A body that does what a program says.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::control::{Control, Takeover};
use super::counts::InFlight;
use crate::play::Play;
use crate::program::{Cut, Mark, Op, Program};

pub(super) struct PlayBody {
    program: Program,
    next: usize,
    sent: usize,
    length: Option<usize>,
    stream: bool,
    finished: bool,
    /// The timer of all pauses, made at the first one.
    timer: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    /// The round in which everything before a reset is flushed.
    flushed_at: Option<u64>,
    control: Arc<Control>,
    in_flight: InFlight,
}

impl PlayBody {
    pub(super) fn new(play: Play, control: Arc<Control>, mut in_flight: InFlight) -> Self {
        let Play { program, sized, stream, .. } = play;
        in_flight.reached(Mark::Head);
        let mut body = Self {
            length: sized.then_some(program.bytes.len()),
            program,
            next: 0,
            sent: 0,
            stream,
            finished: false,
            timer: None,
            waiting: false,
            flushed_at: None,
            control,
            in_flight,
        };
        // A body without anything in it is never asked.
        body.note_end();
        body
    }

    /// Counts the answer when its last operation is done. Marks need nobody to ask for them.
    fn note_end(&mut self) {
        while let Some(Op::Mark(mark)) = self.program.ops.get(self.next) {
            self.in_flight.reached(*mark);
            self.next += 1;
        }
        if self.next == self.program.ops.len() && !self.finished {
            self.finished = true;
            self.in_flight.complete(self.stream);
        }
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, h2::Error>>> {
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
                        self.in_flight.sent(chunk.len());
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                Op::Pause(wait) => self.wait(wait),
                Op::Mark(mark) => self.in_flight.reached(mark),
                Op::Again { op, byte } => (self.next, self.sent) = (op, byte),
                Op::Drain => self.control.drain(),
                Op::Cut(Cut::Stream(code)) => {
                    // A reset overtakes what was not sent by then.
                    if self.control.poll_flushed(&mut self.flushed_at, context).is_pending() {
                        return self.stay();
                    }
                    self.in_flight.broken();
                    return Poll::Ready(Some(Err(h2::Reason::from(code).into())));
                }
                cut @ Op::Cut(_) => {
                    self.in_flight.broken();
                    self.control.take_over(Takeover::last(Program::only(vec![cut])));
                    return self.stay();
                }
                Op::Stall => {
                    self.in_flight.broken();
                    return self.stay();
                }
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
    type Error = h2::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        let body = self.get_mut();
        let chunk = ready!(body.poll_chunk(context));
        body.note_end();
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.next == self.program.ops.len()
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.length.map(|length| (length - self.sent) as u64);
        left.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}
