//! Content codings, true and false.

use flate2::{Compress, Compression, Crc, FlushCompress};

use super::edit::one_chunk;
use crate::fault::{Coding, Packing};
use crate::program::{Draft, Op, Program};

/// What one piece of a bomb unpacks to.
const BOMB_PIECE: usize = 1 << 20;

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

enum Encoder {
    /// gzip (RFC 1952), whose checksum is made here, or zlib (RFC 1950).
    Deflate(Compress, Option<Crc>),
    Stored(&'static Stored),
}

/// Magic, method deflate, no flags, no time, no extra flags, no known system.
const GZIP_HEADER: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];

impl Encoder {
    fn new(coding: Coding) -> Self {
        let deflate = |zlib, crc| Self::Deflate(Compress::new(Compression::best(), zlib), crc);
        match coding {
            Coding::Gzip => deflate(false, Some(Crc::new())),
            Coding::Deflate => deflate(true, None),
            Coding::Brotli => Self::Stored(BROTLI),
            Coding::Zstd => Self::Stored(ZSTD),
        }
    }

    fn start(&mut self) -> Vec<u8> {
        match self {
            Self::Deflate(_, Some(_)) => GZIP_HEADER.to_vec(),
            // zlib's header must not be part of a piece that is sent again and again.
            Self::Deflate(compress, None) => compressed(compress, &[], FlushCompress::Full),
            Self::Stored(stored) => stored.start.to_vec(),
        }
    }

    fn piece(&mut self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Deflate(compress, crc) => {
                if let Some(crc) = crc {
                    crc.update(bytes);
                }
                compressed(compress, bytes, FlushCompress::Full)
            }
            Self::Stored(stored) => stored.piece(bytes),
        }
    }

    fn end(&mut self) -> Vec<u8> {
        match self {
            Self::Deflate(compress, crc) => {
                let mut end = compressed(compress, &[], FlushCompress::Finish);
                if let Some(crc) = crc {
                    end.extend_from_slice(&crc.sum().to_le_bytes());
                    end.extend_from_slice(&crc.amount().to_le_bytes());
                }
                end
            }
            Self::Stored(stored) => stored.end.to_vec(),
        }
    }
}

fn compressed(compress: &mut Compress, mut bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        out.reserve(bytes.len() / 2 + 64);
        let before = compress.total_in();
        compress
            .compress_vec(bytes, &mut out, flush)
            .expect("a compressor that is used in order takes every input");
        let taken = usize::try_from(compress.total_in() - before);
        bytes = &bytes[taken.unwrap_or(bytes.len()).min(bytes.len())..];
        // Room that is left means that everything was written.
        if bytes.is_empty() && out.len() < out.capacity() {
            return out;
        }
    }
}

/// A format without compression: Brotli (RFC 7932) and Zstandard (RFC 8878) have blocks of bytes as
/// they are.
struct Stored {
    start: &'static [u8],
    /// The last block, which is empty.
    end: &'static [u8],
    block: usize,
    /// The header of a block of this size, in its three lower bytes.
    header: fn(usize) -> usize,
}

/// A window of 64 KiB, and an empty block of metadata, after which everything is on a byte.
/// Blocks have as many bytes as 16 bits can count; a header says: not the last one, four nibbles
/// of length less one, not compressed.
const BROTLI: &Stored = &Stored {
    start: &[0x0C],
    end: &[0x03],
    block: 1 << 16,
    header: |size| ((size - 1) << 3) | (1 << 19),
};

/// The magic number, a frame without a size or a checksum, and a window of 1 MiB. A header says:
/// not the last one, raw, the size.
const ZSTD: &Stored = &Stored {
    start: &[0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x50],
    end: &[0x01, 0x00, 0x00],
    block: 128 << 10,
    header: |size| size << 3,
};

impl Stored {
    fn piece(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 16);
        for block in bytes.chunks(self.block) {
            out.extend_from_slice(&(self.header)(block.len()).to_le_bytes()[..3]);
            out.extend_from_slice(block);
        }
        out
    }
}
