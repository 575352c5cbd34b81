//! Keys that are torn over the parts of an answer that a record keeps apart.

use serde_json::{Value, json};

use super::server::Answer;
use super::{Canary, keys, lines};

/// A schema with parts of every kind.
const PARTS: &str = "stream: sse
    stream_schema:
      text: { rules: [{ when: text, path: t, group: g }], final_text: { when: final, path: t, group: g } }
      reasoning: { when: think, path: t }
      refusal: { when: refuse, path: t }
      channels: { notes: { when: note, path: t, join: list } }
      tool_calls: [{ when: call, id: id, name: name, arguments: arguments, result: result }]
      captures: { thread: thread }
      reset: [{ when: reset }]
      needs_input: [{ when: ask }]
      end: [{ when: done, as: succeeded }]";

/// A way to tear a key in two.
struct Tear {
    name: &'static str,
    events: fn(&str, &str) -> Vec<Value>,
}

fn text(group: &str, text: &str) -> Value {
    json!({ "type": "text", "g": group, "t": text })
}

fn part(of_type: &str, text: &str) -> Value {
    json!({ "type": of_type, "t": text })
}

fn call(id: u32, arguments: &str) -> Value {
    json!({ "type": "call", "id": id.to_string(), "name": "f", "arguments": arguments })
}

const TEARS: &[Tear] = &[
    Tear { name: "reasoning, text", events: |a, b| vec![part("think", a), text("", b)] },
    Tear { name: "text, reasoning", events: |a, b| vec![text("", a), part("think", b)] },
    Tear { name: "text, refusal", events: |a, b| vec![text("", a), part("refuse", b)] },
    Tear { name: "two groups", events: |a, b| vec![text("a", a), text("b", b)] },
    Tear {
        name: "two groups and one between",
        events: |a, b| vec![text("a", a), text("c", "x"), text("b", b), text("a", " y")],
    },
    Tear {
        name: "two groups, and the first goes on",
        events: |a, b| vec![text("a", a), text("c", "x"), text("a", b)],
    },
    Tear {
        name: "half of a character",
        events: |a, b| vec![text("", &format!("{a}\u{fffd}")), text("", b)],
    },
    Tear {
        name: "two items",
        events: |a, b| vec![part("note", a), part("note", b), text("", "x")],
    },
    Tear { name: "two calls", events: |a, b| vec![call(1, a), call(2, b), text("", "x")] },
    Tear {
        name: "arguments and result",
        events: |a, b| {
            let result = json!({ "type": "call", "id": "1", "result": b });
            vec![call(1, a), result, text("", "x")]
        },
    },
    Tear {
        name: "JSON in arguments",
        events: |a, b| {
            let arguments = json!({ "key": a.to_owned() + b }).to_string();
            let (first, second) = arguments.split_at(arguments.floor_char_boundary(14));
            vec![call(1, first), call(1, second), text("", "x")]
        },
    },
    Tear {
        name: "JSON in JSON in arguments",
        events: |a, b| {
            let inner = json!({ "key": a.to_owned() + b }).to_string();
            vec![call(1, &json!({ "inner": inner }).to_string()), text("", "x")]
        },
    },
    Tear { name: "text, final text", events: |a, b| vec![text("", a), part("final", b)] },
    Tear {
        name: "before and after a reset",
        events: |a, b| vec![text("", a), json!({ "type": "reset" }), text("", b)],
    },
    Tear {
        name: "text, capture",
        events: |a, b| vec![text("", a), json!({ "type": "x", "thread": b })],
    },
    Tear {
        name: "capture",
        events: |a, b| vec![text("", "x"), json!({ "type": "x", "thread": a.to_owned() + b })],
    },
    // What a type has must be recognized as a part of a key for the end of the text to be one.
    Tear {
        name: "text, type",
        events: |a, b| {
            let mut name = a.to_owned() + b;
            // Longer names are not types.
            name.truncate(name.floor_char_boundary(64));
            vec![text("", a), json!({ "type": name })]
        },
    },
    Tear {
        name: "two types",
        events: |a, b| vec![json!({ "type": a }), json!({ "type": b }), text("", "x")],
    },
    Tear {
        name: "text, the type of a question",
        events: |a, b| vec![text("", &(a.to_owned() + b)), json!({ "type": "ask", "event": b })],
    },
];

/// A schema whose texts replace each other.
const REPLACED: &str = "stream: sse
    stream_schema:
      text: { when: text, path: t, join: replace }
      end: [{ when: done, as: succeeded }]";

/// Each key, torn in each way and at several places.
fn torn(tears: &[Tear]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for key in keys::all() {
        let line = key.value.replace('\n', "|");
        let characters = line.char_indices().count();
        for at in [8, characters / 2, characters - 8] {
            let place = line.char_indices().nth(at).map_or(line.len(), |(place, _)| place);
            let (head, tail) = line.split_at(place);
            answers.extend(tears.iter().map(|tear| Answer {
                label: format!("{} of {} at {at}", tear.name, key.name),
                pieces: pieces((tear.events)(head, tail)),
                stalls: false,
            }));
        }
    }
    answers
}

/// A stream of these events and its end, each in a chunk of its own.
fn pieces(events: Vec<Value>) -> Vec<Vec<u8>> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    let end = json!({ "type": "done" });
    let events = events.into_iter().chain([end]).map(|data| format!("data: {data}\n\n"));
    std::iter::once(head.to_owned()).chain(events).map(String::into_bytes).collect()
}

#[test]
fn a_key_that_is_torn_over_parts_is_left_in_none_of_them() {
    let replaced = Tear { name: "replaced", events: |a, b| vec![text("", a), text("", b)] };
    for (tears, schema) in [(TEARS, PARTS), (&[replaced][..], REPLACED)] {
        let answers = torn(tears);
        let count = answers.len();
        let canary = Canary::new(answers, schema);
        let said = canary.run(&["--verbose"]).exits(0);
        assert_eq!(lines(canary.artifact("traces.jsonl")), count);
        canary.is_silent(&said);
    }
}

/// What the record has of an answer with parts in which no key is.
fn turn_of(args: &[&str]) -> Value {
    let events =
        [part("think", "thought"), text("a", "said"), part("note", "noted"), call(1, "{}")];
    let label = "all parts".to_owned();
    let answer = Answer { label, pieces: pieces(events.into()), stalls: false };
    let canary = Canary::new(vec![answer], PARTS);
    canary.run(args).exits(0);
    canary.project.traces()[0]["turns"][0].clone()
}

#[test]
fn parts_are_kept_where_no_key_is() {
    let turn = turn_of(&[]);
    assert_eq!(turn["channels"]["reasoning"]["text"], "thought");
    assert_eq!(turn["channels"]["notes"]["items"], json!(["noted"]));
    assert_eq!(turn["tool_calls"][0]["parsed"], json!({}));
}

#[test]
fn parts_are_counted_where_only_counts_are_recorded() {
    // What expectations read is kept.
    let turn = turn_of(&["--set", "record_channels=counts", "--set", "expect=null"]);
    assert_eq!(turn["channels"]["reasoning"]["characters"], 7);
    assert_eq!(turn["channels"]["reasoning"]["text"], Value::Null);
    assert_eq!(turn["tool_calls"][0]["name"], "f");
    assert_eq!(turn["tool_calls"][0]["arguments"], Value::Null);
}
