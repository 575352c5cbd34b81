//! Content codings, true and false.

mod deflate;
mod stored;

use deflate::Deflate;
use stored::Stored;

use super::edit::one_chunk;
use crate::fault::{Coding, Packing};
use crate::program::{Draft, Op, Program};

/// What one piece of a bomb unpacks to.
const BOMB_PIECE: usize = 1 << 20;

/// A body in a coding.
pub(crate) fn encode(body: Program, coding: Coding, how: Packing) -> Program {
    match how {
        Packing::Lying => body,
        Packing::Flushed => encoded(&body, Encoder::new(coding)),
        Packing::Whole => one_chunk(&encoded(&one_chunk(&body), Encoder::new(coding))),
        Packing::Truncated => half(&encoded(&one_chunk(&body), Encoder::new(coding))),
        Packing::Bomb => {
            let mut bomb = Draft::default();
            bomb.send(": a bomb follows\n".repeat(BOMB_PIECE / 17).as_bytes());
            bomb.ops.push(Op::Again { op: 0, byte: 0 });
            encoded(&bomb.finish(), Encoder::new(coding))
        }
    }
}

/// Each piece encoded so that it can be decoded at once. No piece refers to those before it, so
/// that loops can begin anywhere.
fn encoded(body: &Program, mut encoder: Encoder) -> Program {
    let mut draft = Draft::default();
    draft.send(&encoder.start());
    draft.resend(body, |draft, bytes| draft.send(&encoder.piece(bytes)));
    if !body.is_endless() {
        draft.send(&encoder.end());
    }
    draft.finish()
}

/// The first half of all bytes. What was to be remembered on the way cannot be: nobody knows what
/// a decoder makes of it.
fn half(program: &Program) -> Program {
    Program::whole(program.bytes.slice(..program.sent() / 2))
}

/// Writes one coding.
enum Encoder {
    Deflate(Box<Deflate>),
    Stored(&'static Stored),
}

impl Encoder {
    fn new(coding: Coding) -> Self {
        match coding {
            Coding::Gzip => Self::Deflate(Box::new(Deflate::gzip())),
            Coding::Deflate => Self::Deflate(Box::new(Deflate::zlib())),
            Coding::Brotli => Self::Stored(stored::BROTLI),
            Coding::Zstd => Self::Stored(stored::ZSTD),
        }
    }

    fn start(&mut self) -> Vec<u8> {
        match self {
            Self::Deflate(deflate) => deflate.start(),
            Self::Stored(stored) => stored.start.to_vec(),
        }
    }

    fn piece(&mut self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Deflate(deflate) => deflate.piece(bytes),
            Self::Stored(stored) => stored.piece(bytes),
        }
    }

    fn end(&mut self) -> Vec<u8> {
        match self {
            Self::Deflate(deflate) => deflate.end(),
            Self::Stored(stored) => stored.end.to_vec(),
        }
    }
}
