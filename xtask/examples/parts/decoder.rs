//! The decoder, beside two floors and the fastest published one.

#[path = "../../../crates/fluxloop-sse/benches/shapes/mod.rs"]
mod shapes;
#[path = "../../../crates/fluxloop-sse/benches/yardsticks/mod.rs"]
mod yardsticks;

use std::hint::black_box;

use bytes::Bytes;
use fluxloop_sse::Decoder;
use serde_json::{Value, json};
use shapes::Shape;
use yardsticks::{memchr_iter, memchr2_per_line, sse_core};

use crate::clock::{Row, best};

/// How often each column is measured.
const ROUNDS: u32 = 60;
/// How often each hostile shape is measured.
const HOSTILE_ROUNDS: u32 = 100;
/// The sizes of a hostile stream, in bytes. The first is small enough for a round that nothing
/// interrupts on a busy machine; what takes no time at that size is measured at the second, because
/// there the time is the decoder's and not that of getting memory from the system.
const SIZES: [usize; 2] = [64 * 1024, 256 * 1024];
/// What takes less than this takes no time, in nanoseconds.
const NO_TIME: f64 = 100_000.0;

/// What reads a stream, by the name of its row.
type Reader = (&'static str, fn(&[Bytes]));

const READERS: [Reader; 4] = [
    ("fluxloop", fluxloop),
    ("sse-core", sse_core),
    ("memchr2", memchr2_per_line),
    ("memchr_iter", memchr_iter),
];

/// The time of each reader for each column.
pub(crate) fn columns() -> Value {
    shapes::columns().iter().map(column).collect()
}

fn column(shape: &Shape) -> Value {
    let chunks = &chunks(shape);
    let mut rows = READERS.map(|(_, read)| -> Row<'_> { Box::new(move || read(chunks)) });
    let times = best(ROUNDS, &mut rows);
    let times: Value = READERS
        .iter()
        .zip(times)
        .map(|(&(name, _), time)| (name.to_owned(), json!(time)))
        .collect();
    json!({
        "name": shape.name,
        "description": shape.description,
        "bytes": shape.bytes.len(),
        "nanoseconds": times,
    })
}

/// The time of our decoder for each hostile shape, at one size and at twice that.
pub(crate) fn hostile() -> Value {
    let [small, large] = SIZES.map(|size| [shapes::hostile(size), shapes::hostile(2 * size)]);
    (0..small[0].len())
        .map(|which| {
            let [small, large] =
                [&small, &large].map(|sizes| sizes.each_ref().map(|all| &all[which]));
            let times = doubled(small);
            if times[0] < NO_TIME { figures(large, doubled(large)) } else { figures(small, times) }
        })
        .collect()
}

fn doubled(streams: [&Shape; 2]) -> [f64; 2] {
    // Chunks are cut as they are fed: a list of a hundred thousand of them falls out of the cache.
    let mut rows = streams.map(|shape| -> Row<'_> { Box::new(|| decode(shape.chunks())) });
    let times = best(HOSTILE_ROUNDS, &mut rows);
    [times[0], times[1]]
}

fn figures([shape, _]: [&Shape; 2], [once, twice]: [f64; 2]) -> Value {
    json!({
        "name": shape.name,
        "description": shape.description,
        "bytes": shape.bytes.len(),
        "once": once,
        "twice": twice,
    })
}

/// The stream in chunks that can be shared, as HTTP clients hand them out.
fn chunks(shape: &Shape) -> Vec<Bytes> {
    let stream = Bytes::from(shape.bytes.clone());
    let mut start = 0;
    let mut slice = |chunk: &[u8]| {
        let end = start + chunk.len();
        let slice = stream.slice(start..end);
        start = end;
        slice
    };
    shape.chunks().map(&mut slice).collect()
}

/// Our decoder. Like the others it only looks at every event.
pub(crate) fn fluxloop(chunks: &[Bytes]) {
    decode(chunks.iter().map(|chunk| &**chunk));
}

fn decode<'c>(chunks: impl Iterator<Item = &'c [u8]>) {
    let mut decoder = Decoder::new();
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next() {
            let _ = black_box(event);
        }
    }
}

/// The stream of column `a1`, for a profiler: its chunks, and how many events it has.
pub(crate) fn openai_events() -> (Vec<Bytes>, u64) {
    let shape = shapes::columns().swap_remove(0);
    assert_eq!(shape.name, "a1", "the first column has another name");
    let chunks = chunks(&shape);
    let mut count = 0;
    let mut decoder = Decoder::new();
    for chunk in &chunks {
        let mut events = decoder.feed(chunk);
        while events.next().is_some() {
            count += 1;
        }
    }
    (chunks, count)
}
