//! What it costs to look up paths in the events of a stream, beside what `serde_json` takes to
//! check them alone, or to build a `Value`, and what `sonic-rs` takes for one path.

#![expect(clippy::unwrap_used, reason = "a bench may stop at the first fault")]

mod documents;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use documents::{DOCUMENTS, Document, TWENTY_PATHS};
use fluxloop_jsonpath::{JsonPath, PathSet, StreamScanner};
use serde::de::IgnoredAny;
use serde_json::Value;
use sonic_rs::{FastStr, PointerNode};

fn parsed(paths: &[&str]) -> Vec<JsonPath> {
    paths.iter().map(|path| JsonPath::parse(path).unwrap()).collect()
}

/// The path of a document, as `sonic-rs` takes it.
fn pointer(document: &Document) -> Vec<PointerNode> {
    let step = |step: &&'static str| match step.parse() {
        Ok(index) => PointerNode::Index(index),
        Err(_) => PointerNode::Key(FastStr::from_static_str(step)),
    };
    document.pointer.iter().map(step).collect()
}

fn rows(criterion: &mut Criterion, document: &Document) {
    let Document { text, .. } = *document;
    let path = JsonPath::parse(document.path).unwrap();
    let set = PathSet::new(&parsed(&TWENTY_PATHS)).unwrap();

    let mut group = criterion.benchmark_group(document.name);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("serde_json_ignored_any", |bencher| {
        bencher.iter(|| serde_json::from_str::<IgnoredAny>(black_box(text)).unwrap());
    });
    group.bench_function("one_path", |bencher| {
        bencher.iter(|| path.find(black_box(text), |found| drop(black_box(found))).unwrap());
    });
    group.bench_function("twenty_paths", |bencher| {
        bencher.iter(|| set.scan(black_box(text), |_, found| drop(black_box(found))).unwrap());
    });
    group.bench_function("twenty_paths_in_a_stream", |bencher| {
        let mut scanner = StreamScanner::new(&set);
        let mut events = [text, document.next].into_iter().cycle();
        bencher.iter(|| {
            let event = black_box(events.next()).unwrap();
            scanner.scan(event, |_, found| drop(black_box(found))).unwrap();
        });
    });
    group.bench_function("sonic_rs_get", |bencher| {
        let pointer = pointer(document);
        bencher.iter(|| sonic_rs::get_from_str(black_box(text), &pointer).unwrap());
    });
    group.bench_function("serde_json_value", |bencher| {
        bencher.iter(|| serde_json::from_str::<Value>(black_box(text)).unwrap());
    });
    group.finish();
}

/// Paths that need more than one look.
fn other_paths(criterion: &mut Criterion) {
    let text = DOCUMENTS[0].text;
    let mut group = criterion.benchmark_group("other_paths");
    for (name, path) in
        [("from_the_end", "choices[-1].delta.content"), ("wide", "choices[*].delta.content")]
    {
        let path = JsonPath::parse(path).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| path.find(black_box(text), |found| drop(black_box(found))).unwrap());
        });
    }
    group.finish();
}

fn lookup(criterion: &mut Criterion) {
    for document in &DOCUMENTS {
        rows(criterion, document);
    }
    other_paths(criterion);
}

criterion_group!(benches, lookup);
criterion_main!(benches);
