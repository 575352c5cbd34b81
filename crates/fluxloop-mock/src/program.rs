//! What is done on the wire to give one answer.

use std::time::Duration;

use bytes::Bytes;
use fluxloop_sse::{EncodeError, Encoder, Event};

/// Bytes and what to do with them, in order.
///
/// All bytes of an answer lie in one buffer, and an operation says how far to send: an answer of
/// a hundred events costs two allocations and not a hundred.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) bytes: Bytes,
    /// What is done; at the end, the answer is complete.
    pub(crate) ops: Vec<Op>,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Op {
    /// Send up to here, as one chunk.
    Send(usize),
    Pause(Duration),
    /// Remember that this place was reached.
    Mark(Mark),
    /// Go back to this operation, before which so many bytes were sent.
    Again {
        op: usize,
        byte: usize,
    },
    /// Let the connection end after the answers that are under way.
    Drain,
    Cut(Cut),
    Stall,
}

/// A place in an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mark {
    /// Behind the head.
    Head,
    /// Behind so many deltas, which have so many characters together.
    Said { deltas: usize, characters: usize },
    /// Behind the last event.
    Done,
}

/// How a connection, or one stream of it, is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cut {
    Close,
    Reset,
    /// HTTP/2's GOAWAY, then FIN.
    GoAway {
        code: u32,
        /// The last stream that was processed, as the frame says.
        last: u32,
    },
    /// HTTP/2's `RST_STREAM` with this error code.
    Stream(u32),
}

impl Program {
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let ops = vec![Op::Send(bytes.len())];
        Self { bytes, ops }
    }

    pub(crate) fn sent(&self) -> usize {
        let send = |op: &Op| {
            if let Op::Send(end) = op { Some(*end) } else { None }
        };
        self.ops.iter().rev().find_map(send).unwrap_or(0)
    }

    /// Whether it never comes to an end by itself.
    pub(crate) fn is_endless(&self) -> bool {
        matches!(self.ops.last(), Some(Op::Again { .. } | Op::Stall))
    }

    pub(crate) fn only(ops: Vec<Op>) -> Self {
        Self { bytes: Bytes::new(), ops }
    }
}

/// A program that is made from another one, operation by operation.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ops: Vec<Op>,
}

impl Draft {
    /// Sends these bytes; none are no chunk.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.bytes.extend_from_slice(bytes);
            self.ops.push(Op::Send(self.bytes.len()));
        }
    }

    /// Waits, if there is anything to wait.
    pub(crate) fn pause(&mut self, wait: Duration) {
        if !wait.is_zero() {
            self.ops.push(Op::Pause(wait));
        }
    }

    /// Goes through a program: `each` gets its operations with the bytes that they send, and puts
    /// others in their place. Loops stay where they were.
    pub(crate) fn rewrite(
        &mut self,
        program: &Program,
        mut each: impl FnMut(&mut Self, Op, &[u8]),
    ) {
        let mut sent = 0;
        let mut starts = Vec::with_capacity(program.ops.len());
        for op in &program.ops {
            starts.push((self.ops.len(), self.bytes.len()));
            match *op {
                Op::Send(end) => {
                    each(self, *op, &program.bytes[sent..end]);
                    sent = end;
                }
                Op::Again { op, .. } => {
                    let (op, byte) = starts[op];
                    self.ops.push(Op::Again { op, byte });
                }
                op => each(self, op, &[]),
            }
        }
    }

    /// The same, where only the bytes that are sent change.
    pub(crate) fn resend(&mut self, program: &Program, mut each: impl FnMut(&mut Self, &[u8])) {
        self.rewrite(program, |draft, op, bytes| match op {
            Op::Send(_) => each(draft, bytes),
            op => draft.ops.push(op),
        });
    }

    pub(crate) fn finish(self) -> Program {
        Program { bytes: self.bytes.into(), ops: self.ops }
    }
}

/// Appends an event, as servers write it: a type that was given is written, `message` too.
pub(crate) fn encode(
    encoder: &mut Encoder,
    event_type: Option<&str>,
    id: &str,
    data: &str,
    out: &mut String,
) -> Result<(), EncodeError> {
    let start = out.len();
    if event_type == Some(Event::MESSAGE) {
        // Implied by the standard and left out by the encoder, but sent by most agents.
        out.push_str("event: message\n");
    }
    let event = Event { event_type: event_type.unwrap_or_default(), data, id };
    encoder.event(&event, out).inspect_err(|_| out.truncate(start))
}
