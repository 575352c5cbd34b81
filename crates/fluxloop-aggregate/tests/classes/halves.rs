//! Characters that are cut in two, wherever their halves meet.

use serde_json::json;

use crate::{Reading, by_schema, check, events, sse};

const FIRST: &str = r#"{"t": "a\ud83d", "g": "a"}"#;
const SECOND: &str = r#"{"t": "\ude00b", "g": "a"}"#;
const WHOLE: &str = "succeeded \"a😀b\"";

fn grouped() -> Reading {
    by_schema(&json!({ "text": { "path": "t", "group": "g" } }))
}

#[test]
fn halves_meet_over_what_says_nothing() {
    let empty = r#"{"t": "", "g": "a"}"#;
    let null = r#"{"t": null, "g": "a"}"#;
    for reading in [sse("t"), grouped()] {
        check(&reading, &events(&[FIRST, SECOND]), WHOLE);
        check(&reading, &events(&[FIRST, empty, null, "{}", SECOND]), WHOLE);
        check(&reading, &events(&[FIRST, r#"{"t": "b", "g": "a"}"#]), "succeeded \"a\u{fffd}b\"");
    }
}

#[test]
fn halves_meet_in_their_group() {
    let frames = [FIRST, r#"{"t": "x", "g": "b"}"#, SECOND];
    check(&grouped(), &events(&frames), "succeeded \"a😀bx\"");
    check(&sse("t"), &events(&frames), "succeeded \"a\u{fffd}x\u{fffd}b\"");
    let frames = [FIRST, r#"{"t": "\ude00", "g": "b"}"#, SECOND];
    check(&grouped(), &events(&frames), "succeeded \"a😀b\u{fffd}\"");
}

#[test]
fn halves_meet_where_texts_are_replaced() {
    let rules = by_schema(
        &json!({ "text": { "path": "t", "join": "replace", "append_when": { "path": "more", "exists": true } } }),
    );
    check(&rules, &events(&[FIRST, r#"{"t": "\ude00b", "more": 1}"#]), WHOLE);
    check(&rules, &events(&[FIRST, r#"{"t": "a\ud83d\ude00b"}"#]), WHOLE);
    let parts = by_schema(&json!({ "text": { "path": "p[*].t", "join": "replace" } }));
    check(&parts, &events(&[r#"{"p": [{"t": "a\ud83d"}, {"t": "\ude00b"}]}"#]), WHOLE);
}
