//! What a decoder is measured against: the fastest published one and two floors.

use std::hint::black_box;
use std::num::NonZeroUsize;

use bytes::Bytes;

/// The fastest decoder that was published.
pub(crate) fn sse_core(chunks: &[Bytes]) {
    let limit = NonZeroUsize::new(16 * 1024 * 1024).expect("not zero");
    let mut decoder = sse_core::SseDecoder::with_limit(limit);
    for chunk in chunks {
        let mut chunk = chunk.clone();
        while let Some(event) = decoder.next(&mut chunk) {
            let _ = black_box(event);
        }
    }
}

/// The floor for a decoder that searches line by line: one search per line, and nothing else.
pub(crate) fn memchr2_per_line(chunks: &[Bytes]) {
    for chunk in chunks {
        let mut rest = &**chunk;
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            black_box(&rest[..end]);
            rest = &rest[end + 1..];
        }
    }
}

/// The floor for a decoder that goes over a chunk once: how many LF it has, and nothing else.
pub(crate) fn memchr_iter(chunks: &[Bytes]) {
    for chunk in chunks {
        black_box(memchr::memchr_iter(b'\n', chunk).count());
    }
}
