//! Calls of tools: which pieces belong to which call, and which arguments count.

use std::fmt::Write;

use fluxloop_aggregate::BodyEnd;
use serde_json::{Value, json};

use crate::{Reading, by_schema, events, outcome};

/// The calls of a stream as `name arguments`, and the codes of its warnings.
#[track_caller]
fn check(reading: &Reading, frames: &[Value], expected: &str) {
    let frames: Vec<String> = frames.iter().map(Value::to_string).collect();
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    let body = events(&frames);
    let result = reading.read(body.as_bytes(), body.len(), BodyEnd::Clean { proved: true });
    let mut found = String::new();
    for call in &result.content.as_ref().expect("a stream").tool_calls {
        let name = call.name.as_deref().unwrap_or("?");
        let _ = write!(found, "{name} {}, ", call.arguments);
    }
    let outcome = outcome(&result);
    let (_, warnings) = outcome.split_once("warns ").unwrap_or_default();
    assert_eq!(found + warnings, expected, "{body}{result:#?}");
}

/// Pieces at `a` of the call `n`, and whole arguments at `w`.
fn rules() -> Reading {
    by_schema(&json!({ "text": "t", "tool_calls": [
        { "key": "n", "id": "id", "name": "f", "arguments": "a" },
        { "key": "n", "arguments": "w", "join": "replace" },
    ], "reset": [{ "when": { "path": "r", "exists": true }, "since": { "path": "s", "exists": true } }] }))
}

/// Calls in a list. Their only key is the id.
fn list() -> Reading {
    by_schema(&json!({ "text": "t", "tool_calls": [
        { "each": "calls[*]", "id": "id", "name": "f", "arguments": "a" },
    ] }))
}

#[test]
fn whole_arguments_replace_pieces() {
    let call = |more: &[Value]| [&[json!({ "t": "x", "n": 0, "f": "f" })], more].concat();
    let [start, end] = [json!({ "n": 0, "a": "{\"a\":" }), json!({ "n": 0, "a": "1}" })];
    let whole = |text: &str| json!({ "n": 0, "w": text });
    let one = "f {\"a\":1}, ";
    check(&rules(), &call(&[start.clone(), end.clone()]), one);
    check(&rules(), &call(&[whole("{\"a\":1}")]), one);
    check(&rules(), &call(&[start.clone(), end.clone(), whole("{\"a\":1}")]), one);
    check(&rules(), &call(&[start.clone(), end.clone(), whole("")]), one);
    check(&rules(), &call(&[whole("{}"), start.clone(), end.clone()]), one);
    check(&rules(), &call(&[start.clone(), whole("{\"a\":1}")]), "f {\"a\":1}, arguments_differ");
    check(&rules(), &call(&[whole("{\"b\":2}"), start, end]), "f {\"a\":1}, arguments_differ");
    check(
        &rules(),
        &call(&[whole("{\"a\":1}"), whole("{\"b\":2}")]),
        "f {\"b\":2}, arguments_differ",
    );
}

#[test]
fn one_id_for_all_calls_makes_no_call_of_them() {
    let call = |n: u8, name: &str| json!({ "t": "x", "n": n, "id": "call", "f": name });
    let frames = [call(0, "now"), call(1, "find"), json!({ "n": 1, "a": "{\"a\":1}" })];
    check(&rules(), &frames, "now {}, find {\"a\":1}, ");
    let call = |name: &str, a: u8| json!({ "id": "x", "f": name, "a": { "a": a } });
    let two = "f {\"a\":1}, g {\"a\":2}, ";
    check(&list(), &[json!({ "t": "x", "calls": [call("f", 1), call("g", 2)] })], two);
    let frames = [json!({ "t": "x", "calls": [call("f", 1)] }), json!({ "calls": [call("g", 2)] })];
    check(&list(), &frames, two);
    let frames = [json!({ "t": "x", "calls": [call("f", 1), call("f", 2)] })];
    check(&list(), &frames, "f {\"a\":1}, f {\"a\":2}, ");
}

#[test]
fn calls_stay_whole_after_many_were_taken_back() {
    for gone in [14, 16, 40] {
        let mut frames = vec![json!({ "t": "x", "n": 100, "f": "kept" }), json!({ "s": 1 })];
        frames.extend((0..gone).map(|n| json!({ "n": n, "f": "gone" })));
        frames.extend([
            json!({ "r": 1 }),
            json!({ "n": 0, "f": "f" }),
            json!({ "n": 1, "f": "g" }),
            json!({ "n": 0, "a": "{\"a\":1}" }),
            json!({ "n": 1, "a": "{\"b\":2}" }),
        ]);
        check(&rules(), &frames, "kept {}, f {\"a\":1}, g {\"b\":2}, ");
    }
}
