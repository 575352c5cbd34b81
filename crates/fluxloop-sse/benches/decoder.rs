//! How fast streams are decoded, beside a floor and the fastest published decoder.
//!
//! Columns: `a1` events of an OpenAI stream (263 bytes) in chunks of 16 KiB, `a2` the same in 64
//! bytes, `a3` one event a chunk; `a5` events of an Anthropic stream (122 bytes) in 16 KiB; `a6`
//! events of 17 bytes in 16 KiB; `b1` events of 1 MiB in 16 KiB, `b2` in 64 bytes.
//!
//! Machines differ and are shared: compare rows of one run only.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Duration;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fluxloop_sse::Decoder;

/// Something that reads a stream.
type Row = fn(&[Bytes]);

/// One stream, in chunks.
struct Column {
    name: &'static str,
    chunks: Vec<Bytes>,
}

impl Column {
    /// An event again and again until the stream is large enough, cut into chunks of `size`.
    fn new(name: &'static str, event: &str, size: usize) -> Self {
        const STREAM: usize = 4 * 1024 * 1024;
        let stream = Bytes::from(event.repeat(STREAM.div_ceil(event.len())));
        let starts = (0..stream.len()).step_by(size);
        let chunks = starts.map(|at| stream.slice(at..stream.len().min(at + size))).collect();
        Self { name, chunks }
    }

    fn len(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.len() as u64).sum()
    }
}

fn columns() -> Vec<Column> {
    let openai = padded(
        "data: {\"id\":\"chatcmpl-0\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\
         \"model\":\"model\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\
         \"logprobs\":null,\"finish_reason\":null}],\"system_fingerprint\":\"",
        "\"}\n\n",
        263,
    );
    let anthropic = padded(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\
         \"delta\":{\"type\":\"text_delta\",\"text\":\"",
        "\"}}\n\n",
        122,
    );
    let tiny = padded("data: ", "\n\n", 17);
    let huge = padded("data: ", "\n\n", 1024 * 1024);
    vec![
        Column::new("a1", &openai, 16 * 1024),
        Column::new("a2", &openai, 64),
        Column::new("a3", &openai, openai.len()),
        Column::new("a5", &anthropic, 16 * 1024),
        Column::new("a6", &tiny, 16 * 1024),
        Column::new("b1", &huge, 16 * 1024),
        Column::new("b2", &huge, 64),
    ]
}

/// An event of exactly this many bytes.
fn padded(start: &str, end: &str, length: usize) -> String {
    let padding = length.checked_sub(start.len() + end.len()).expect("the event is long enough");
    format!("{start}{}{end}", "x".repeat(padding))
}

/// Our decoder. Like the others it only looks at every event.
fn fluxloop(chunks: &[Bytes]) {
    let mut decoder = Decoder::new();
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next() {
            let _ = black_box(event);
        }
    }
}

/// The floor for a decoder that searches line by line: one search per line, and nothing else.
fn memchr2_per_line(chunks: &[Bytes]) {
    for chunk in chunks {
        let mut rest = &**chunk;
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            black_box(&rest[..end]);
            rest = &rest[end + 1..];
        }
    }
}

/// The fastest decoder that was published.
fn sse_core(chunks: &[Bytes]) {
    let limit = NonZeroUsize::new(16 * 1024 * 1024).expect("not zero");
    let mut decoder = sse_core::SseDecoder::with_limit(limit);
    for chunk in chunks {
        let mut chunk = chunk.clone();
        while let Some(event) = decoder.next(&mut chunk) {
            let _ = black_box(event);
        }
    }
}

fn decoders(criterion: &mut Criterion) {
    let rows: [(&str, Row); 3] =
        [("fluxloop", fluxloop), ("memchr2 per line", memchr2_per_line), ("sse-core", sse_core)];
    let mut group = criterion.benchmark_group("decoder");
    group
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .sample_size(20);
    for column in columns() {
        group.throughput(Throughput::Bytes(column.len()));
        for (row, decode) in rows {
            group.bench_with_input(BenchmarkId::new(column.name, row), &column, |bench, column| {
                bench.iter(|| decode(&column.chunks));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, decoders);
criterion_main!(benches);
