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
    /// Everything that is sent.
    pub(crate) bytes: Bytes,
    /// What is done; at the end, the answer is complete.
    pub(crate) ops: Vec<Op>,
}

/// One thing to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Op {
    /// Send up to here, as one chunk.
    Send(usize),
    /// Wait.
    Pause(Duration),
    /// Break the connection.
    Cut(Cut),
    /// Do nothing, for ever.
    Stall,
}

/// How a connection is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cut {
    /// FIN.
    Close,
    /// RST.
    Reset,
}

impl Program {
    /// One body.
    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let ops = vec![Op::Send(bytes.len())];
        Self { bytes, ops }
    }

    /// How many of the bytes are sent, all in all.
    pub(crate) fn sent(&self) -> usize {
        let send = |op: &Op| {
            if let Op::Send(end) = op { Some(*end) } else { None }
        };
        self.ops.iter().rev().find_map(send).unwrap_or(0)
    }

    /// No bytes at all.
    pub(crate) fn only(ops: Vec<Op>) -> Self {
        Self { bytes: Bytes::new(), ops }
    }
}

/// Writes the program of a stream, event by event.
#[derive(Debug, Default)]
pub(crate) struct EventWriter {
    encoder: Encoder,
    text: String,
    data: String,
    ops: Vec<Op>,
}

impl EventWriter {
    /// An event with this data; without a type, the line `event:` is left out.
    pub(crate) fn event(&mut self, event_type: Option<&str>, data: &str) {
        if let Err(error) = encode(&mut self.encoder, event_type, "", data, &mut self.text) {
            // Only a custom dialect that nobody checked has such a type.
            self.encoder.comment(&format!(" not an event: {error}"), &mut self.text);
        }
        self.ops.push(Op::Send(self.text.len()));
    }

    /// An event whose data is written in place.
    pub(crate) fn event_with(&mut self, event_type: Option<&str>, write: impl FnOnce(&mut String)) {
        let mut data = std::mem::take(&mut self.data);
        data.clear();
        write(&mut data);
        self.event(event_type, &data);
        self.data = data;
    }

    /// Anything but sending.
    pub(crate) fn op(&mut self, op: Op) {
        debug_assert!(!matches!(op, Op::Send(_)), "bytes come with their operation");
        self.ops.push(op);
    }

    /// The program.
    pub(crate) fn finish(self) -> Program {
        Program { bytes: self.text.into(), ops: self.ops }
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
