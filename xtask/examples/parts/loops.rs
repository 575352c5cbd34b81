//! The hot loops by themselves: fixed work, for a profiler that counts instructions.

use std::hint::black_box;
use std::time::Duration;

use fluxloop_aggregate::{Answer, AnswerLimits, AnswerReader, AnswerRules, BodyEnd, Head};
use fluxloop_jsonpath::{JsonPath, StreamScanner};
use fluxloop_redact::{Redactor, Secret};
use fluxloop_schema::{Schema, StreamKind, TypePattern, load};
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
    /// The same answer as JSON lines
    Lines,
    /// The same answer by a schema of channels, with forty paths and forty conditions
    Channels,
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
        Loop::Lines => lines(args.times),
        Loop::Channels => channels(args.times),
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
    let filter = vec![TypePattern { text: "message".to_owned(), is_prefix: false }];
    let schema = Schema::auto().with_text(Some(filter), Some(path));
    read(times, StreamKind::Sse, schema, &answer())
}

/// The same answer as JSON lines.
fn lines(times: u64) -> u64 {
    let path = JsonPath::parse("choices[0].delta.content").expect("the path is valid");
    let lines = answer().replace("data: [DONE]", "").replace("data: ", "").replace("\n\n", "\n");
    read(times, StreamKind::JsonLines, Schema::auto().with_text(None, Some(path)), &lines)
}

/// The same answer by a schema of channels and groups, with forty paths that find a value in each
/// event and forty conditions.
fn channels(times: u64) -> u64 {
    let names = || (0..40).map(|number| format!("x{number}"));
    let captures: Value =
        names().map(|name| (name.clone(), json!(format!("more.{name}")))).collect();
    let errors =
        names().map(|name| json!({"when": {"path": format!("more.{name}"), "equals": "no"}}));
    let schema = json!({
        "text": {"path": "choices[0].delta.content", "group": "choices[0].index"},
        "reasoning": {"path": "choices[0].delta.reasoning"},
        "channels": {"notes": {"when": "note", "path": "choices[0].delta.note", "join": "list"}},
        "captures": captures,
        "error": errors.collect::<Value>(),
    });
    let schema = load(&schema, "bench", &mut |_, _| None).expect("the schema is sound").schema;
    let more: Value = names().map(|name| (name, json!("yes"))).collect();
    let stream = answer().replace("data: {", &format!("data: {{\"more\":{more},"));
    read(times, StreamKind::Sse, schema, &stream)
}

/// Reads an answer as the runner does, in pieces of 16 KiB, again and again. Returns how many events
/// were read.
fn read(times: u64, kind: StreamKind, schema: Schema, stream: &str) -> u64 {
    let reader = AnswerReader::new(&AnswerRules::new(kind, schema));
    let media_type = match kind {
        StreamKind::Sse => "text/event-stream",
        _ => "application/x-ndjson",
    };
    let limits = AnswerLimits {
        output_char_limit: None,
        max_frame_bytes: 16 << 20,
        max_body_bytes: 256 << 20,
    };
    for _ in 0..times {
        let media_type = Some(media_type.to_owned());
        let head = Head { status: 200, media_type, ..Head::default() };
        let mut answer = Answer::new(&reader, head, limits);
        for chunk in black_box(stream).as_bytes().chunks(16 * 1024) {
            black_box(answer.feed(chunk, Duration::ZERO));
        }
        let result = answer.end(BodyEnd::Clean { proved: true }, Duration::ZERO);
        let matched = result.content.as_ref().map(|content| content.matched);
        assert_eq!(matched, Some(events::DELTAS + 1), "not all text was found");
        black_box(result);
    }
    times * events::EVENTS
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
