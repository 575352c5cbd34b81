//! HTTP/1.1, written by hand: what a well-behaved library cannot emit.

use std::io::Write;

use crate::program::{Draft, Mark, Op, Program};
use crate::script::Head;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Length {
    Chunked,
    /// The body has so many bytes, true or not.
    Announced(u64),
    /// The body ends where the connection does.
    UntilClose,
    Nothing,
}

pub(crate) fn frame(head: &Head, body: &Program, length: Length, close: bool) -> Program {
    let mut draft = Draft::default();
    draft.send(&head_bytes(head, length, close));
    draft.ops.push(Op::Mark(Mark::Head));
    match length {
        Length::Nothing => {}
        Length::Chunked => {
            draft.resend(body, |draft, bytes| draft.send(&chunk(bytes)));
            if !body.is_endless() {
                draft.send(b"0\r\n\r\n");
            }
        }
        Length::Announced(_) | Length::UntilClose => draft.resend(body, Draft::send),
    }
    draft.finish()
}

fn head_bytes(head: &Head, length: Length, close: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let reason = head.status.canonical_reason().unwrap_or("Unknown");
    let mut line = |line: &[&[u8]]| {
        out.extend_from_slice(&line.concat());
        out.extend_from_slice(b"\r\n");
    };
    line(&[b"HTTP/1.1 ", head.status.as_str().as_bytes(), b" ", reason.as_bytes()]);
    for (name, value) in &head.headers {
        line(&[name.as_str().as_bytes(), b": ", value.as_bytes()]);
    }
    match length {
        Length::Chunked => line(&[b"transfer-encoding: chunked"]),
        Length::Announced(bytes) => line(&[b"content-length: ", bytes.to_string().as_bytes()]),
        Length::UntilClose | Length::Nothing => {}
    }
    if close {
        line(&[b"connection: close"]);
    }
    line(&[]);
    out
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(bytes.len() + 16);
    if !bytes.is_empty() {
        write!(chunk, "{:x}\r\n", bytes.len()).expect("a `Vec` takes everything");
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
    }
    chunk
}
