//! What it costs to look up paths in one chunk of an OpenAI stream, beside what `serde_json` takes
//! to check the chunk alone, or to build a `Value` of it.

#![expect(clippy::unwrap_used, reason = "a bench may stop at the first fault")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fluxloop_jsonpath::{JsonPath, PathSet};
use serde::de::IgnoredAny;
use serde_json::Value;

/// A chat completion chunk, 306 bytes, as the decoder hands it over.
const CHUNK: &str = concat!(
    r#"{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","#,
    r#""created":1741570283,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","#,
    r#""system_fingerprint":"fp_06737a9306","choices":[{"index":0,"delta":{"content":" stream of it"},"#,
    r#""logprobs":null,"finish_reason":null}],"usage":null}"#,
);

/// About what the aggregator looks for in every event.
const MANY: [&str; 20] = [
    "choices[0].delta.content",
    "type",
    "error",
    "error.message",
    "error.type",
    "error.code",
    "choices[0].finish_reason",
    "choices[0].delta.tool_calls",
    "delta.stop_reason",
    "response.status",
    "response.error.message",
    "response.model",
    "message.model",
    "model",
    "usage.prompt_tokens",
    "usage.completion_tokens",
    "usage.total_tokens",
    "usage.input_tokens",
    "usage.output_tokens",
    "response.usage.output_tokens",
];

fn lookup(criterion: &mut Criterion) {
    assert_eq!(CHUNK.len(), 306);
    let path = JsonPath::parse(MANY[0]).unwrap();
    let negative = JsonPath::parse("choices[-1].delta.content").unwrap();
    let wide = JsonPath::parse("choices[*].delta.content").unwrap();
    let paths: Vec<JsonPath> = MANY.iter().map(|path| JsonPath::parse(path).unwrap()).collect();
    let set = PathSet::new(&paths).unwrap();

    let mut group = criterion.benchmark_group("306_byte_chunk");
    group.throughput(Throughput::Bytes(CHUNK.len() as u64));
    group.bench_function("serde_json_ignored_any", |bencher| {
        bencher.iter(|| serde_json::from_str::<IgnoredAny>(black_box(CHUNK)).unwrap());
    });
    group.bench_function("one_path", |bencher| {
        bencher.iter(|| path.find(black_box(CHUNK), |found| drop(black_box(found))).unwrap());
    });
    group.bench_function("one_path_from_the_end", |bencher| {
        bencher.iter(|| negative.find(black_box(CHUNK), |found| drop(black_box(found))).unwrap());
    });
    group.bench_function("twenty_paths", |bencher| {
        bencher.iter(|| set.scan(black_box(CHUNK), |_, found| drop(black_box(found))).unwrap());
    });
    group.bench_function("wide_path", |bencher| {
        bencher.iter(|| wide.find(black_box(CHUNK), |found| drop(black_box(found))).unwrap());
    });
    group.bench_function("serde_json_value", |bencher| {
        bencher.iter(|| serde_json::from_str::<Value>(black_box(CHUNK)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, lookup);
criterion_main!(benches);
