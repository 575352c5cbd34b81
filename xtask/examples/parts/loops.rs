//! The hot loops by themselves: fixed work, for a profiler that counts instructions.

use std::hint::black_box;

use fluxloop_aggregate::{Aggregator, Push, StreamReader};
use fluxloop_jsonpath::{JsonPath, StreamScanner};
use fluxloop_plan::{EventFilter, StreamRules, TextPath};
use fluxloop_redact::{Redactor, Secret};
use fluxloop_sse::Decoder;
use serde_json::{Value, json};

use crate::decoder::{fluxloop, openai_events};
use crate::events::{self, answer};
use crate::ways::{DOCUMENTS, twenty_paths};

/// Which loop, and how often.
#[derive(clap::Args)]
pub(crate) struct Args {
    which: Loop,
    times: u64,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Loop {
    /// Decodes OpenAI events in chunks of 16 KiB
    Decoder,
    /// Looks up twenty paths in one OpenAI event after the other
    Extraction,
    /// The same, as events of one stream
    Stream,
    /// Decodes, filters, extracts and joins a whole answer
    Answer,
    /// Masks the texts of a record
    Masking,
}

/// Runs a loop, and tells how many events, or records, went through it.
pub(crate) fn run(args: &Args) -> Value {
    let events = match args.which {
        Loop::Decoder => decoder(args.times),
        Loop::Extraction => extraction(args.times),
        Loop::Stream => stream(args.times),
        Loop::Answer => answers(args.times),
        Loop::Masking => masking(args.times),
    };
    json!({ "events": events })
}

fn decoder(times: u64) -> u64 {
    let (chunks, events) = openai_events();
    (0..times).for_each(|_| fluxloop(&chunks));
    times * events
}

fn extraction(times: u64) -> u64 {
    let paths = twenty_paths();
    for _ in 0..times {
        for text in texts() {
            paths.scan(text, |_, found| drop(black_box(found))).expect("it is valid");
        }
    }
    2 * times
}

fn stream(times: u64) -> u64 {
    let mut scanner = StreamScanner::new(&twenty_paths());
    for _ in 0..times {
        for text in texts() {
            scanner.scan(text, |_, found| drop(black_box(found))).expect("it is valid");
        }
    }
    2 * times
}

/// Two events of OpenAI, one after the other.
fn texts() -> [&'static str; 2] {
    let [document, ..] = &DOCUMENTS;
    black_box([document.text, document.next])
}

fn answers(times: u64) -> u64 {
    let path = JsonPath::parse("choices[0].delta.content").expect("the path is valid");
    let rules = StreamReader::new(&StreamRules {
        filter: EventFilter::Only(vec!["message".to_owned()]),
        text: TextPath::Path(path),
        ..StreamRules::default()
    });
    let stream = answer();
    for _ in 0..times {
        read(black_box(&stream), &rules);
    }
    times * events::EVENTS
}

/// Reads an answer as the runner does: pieces of 16 KiB, every event to the aggregator.
fn read(stream: &str, rules: &StreamReader) {
    let mut decoder = Decoder::new();
    let mut aggregator = Aggregator::new(rules, None);
    for chunk in stream.as_bytes().chunks(16 * 1024) {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next() {
            let event = event.expect("no event is too large");
            let pushed: Push = aggregator.push(&event).expect("the answer is in order");
            black_box(pushed);
        }
    }
    let answer = aggregator.finish(None);
    assert_eq!(answer.matched, events::DELTAS + 1, "not all text was found");
    black_box(answer);
}

/// What a run with an answer of a hundred words masks for each case, with the secrets of the bench.
fn masking(times: u64) -> u64 {
    let keys = ["sk-bench-5f0c1a9e7d3b2468", "sk-bench-91e4d7b20c6f8a35", "correct+horse/battery"];
    let add = |all: fluxloop_redact::RedactorBuilder, key| all.secret("KEY", &Secret::new(key));
    let redactor = keys.into_iter().fold(Redactor::builder(), add).build();
    let output = ["answers"; 100].join(" ");
    for _ in 0..times {
        for text in black_box(["0123", "Question 0123: why is the sky blue at noon?"]) {
            black_box(redactor.mask(text));
        }
        for text in black_box([&*output, "message", "stop", "gpt-4o-mini"]) {
            black_box(redactor.mask_cut(text));
        }
    }
    times
}
