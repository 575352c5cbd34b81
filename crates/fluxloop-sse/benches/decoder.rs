//! How fast streams are decoded, beside two floors and the fastest published decoder.
//!
//! `shapes` says what the columns are. Their hostile streams show that work is linear: of
//! the two figures of one, the second is about twice the first.
//!
//! Machines differ and are shared: compare rows of one run only.

mod shapes;
mod yardsticks;

use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use fluxloop_sse::Decoder;
use shapes::Shape;
use yardsticks::{memchr_iter, memchr2_per_line, sse_core};

/// Something that reads a stream.
type Row = fn(&[Bytes]);

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

/// A stream in chunks that can be shared, as HTTP clients hand them out.
fn chunks(shape: Shape) -> Vec<Bytes> {
    let lengths: Vec<_> = shape.chunks().map(<[u8]>::len).collect();
    let mut stream = Bytes::from(shape.bytes);
    lengths.into_iter().map(|length| stream.split_to(length)).collect()
}

/// A group of one shape, whose rows take half a second each.
fn group<'a>(criterion: &'a mut Criterion, shape: &Shape) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(format!("{}: {}", shape.name, shape.description));
    group
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .sample_size(20);
    group
}

fn columns(criterion: &mut Criterion) {
    let rows: [(&str, Row); 4] = [
        ("fluxloop", fluxloop),
        ("sse-core", sse_core),
        ("memchr2 per line", memchr2_per_line),
        ("memchr_iter", memchr_iter),
    ];
    for shape in shapes::columns() {
        let mut group = group(criterion, &shape);
        group.throughput(Throughput::Bytes(shape.bytes.len() as u64));
        let chunks = chunks(shape);
        for (row, decode) in rows {
            group.bench_function(row, |bench| bench.iter(|| decode(&chunks)));
        }
        group.finish();
    }
}

fn hostile(criterion: &mut Criterion) {
    const N: usize = 1024 * 1024;
    for (once, twice) in shapes::hostile(N).into_iter().zip(shapes::hostile(2 * N)) {
        let mut group = group(criterion, &once);
        for (n, shape) in [("n", once), ("2n", twice)] {
            let chunks = chunks(shape);
            group.bench_function(n, |bench| bench.iter(|| fluxloop(&chunks)));
        }
        group.finish();
    }
}

criterion_group!(benches, columns, hostile);
criterion_main!(benches);
