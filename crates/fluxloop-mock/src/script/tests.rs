//! Scripts at fault, and what is read of good ones.

use std::time::Duration;

use serde_json::{Value, json};

use super::written::Wait;
use crate::Script;

#[track_caller]
fn check(script: &str, expected: &str) {
    let error = Script::from_json(script).expect_err("the script is at fault");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_script_that_is_no_json_says_where() {
    check("{", "script: not valid JSON: EOF while parsing an object at line 1 column 1");
}

#[test]
fn a_script_without_answers_is_refused() {
    check("{}", "script: missing field `answers`");
    check(r#"{"answers": []}"#, "answers: a script needs at least one answer");
    check(r#"{"answers": {}}"#, "answers: invalid type: map, expected a sequence");
}

#[test]
fn a_fault_names_its_place() {
    check(
        r#"{"answers": [{}, {"status": 99}]}"#,
        "answers[1].status: expected a status from 200 to 999",
    );
    check(
        r#"{"answers": [{"headers": {"x y": "1"}}]}"#,
        "answers[0].headers: `x y` is not a header name",
    );
    check(
        r#"{"answers": [{"steps": [{"pause": "soon"}]}]}"#,
        "answers[0].steps[0].pause: expected a duration such as `250ms`, `1.5s`, `2m`, \
         or seconds as a number",
    );
    check(
        r#"{"answers": [{"dialect": "custom", "fault": "close:deltas=x"}]}"#,
        "answers[0].fault: the fault `close:deltas=x`: `deltas=x`: expected a whole number",
    );
    check(
        r#"{"answers": [{"dialect": "custom", "fault": "bom@30%"}]}"#,
        "answers[0].fault: the faults of an answer strike always: leave `@…` out",
    );
    check(
        r#"{"answers": [{"steps": [{"event": {"type": "a\nb", "data": ""}}]}]}"#,
        "answers[0].steps[0]: the event type holds a line break",
    );
}

#[test]
fn keys_that_make_no_sense_together_are_refused() {
    check(
        r#"{"answers": [{"raw": true, "status": 200}]}"#,
        "answers[0]: `status` has no meaning in a raw answer",
    );
    check(
        r#"{"answers": [{"dialect": "anthropic", "steps": []}]}"#,
        "answers[0]: `steps` has no meaning in an answer with `dialect`",
    );
    check(
        r#"{"answers": [{"steps": ["close", {"send": "x"}]}]}"#,
        "answers[0].steps[0]: the steps after this one are never reached",
    );
}

#[test]
fn bytes_are_written_in_hexadecimal() {
    check(
        r#"{"answers": [{"steps": [{"send_hex": "0g"}]}]}"#,
        "answers[0].steps[0].send_hex: expected pairs of hexadecimal digits",
    );
}

#[track_caller]
fn check_wait(value: &Value, milliseconds: Option<u64>) {
    let wait = Wait::try_from(value.clone()).ok().map(|Wait(wait)| wait);
    assert_eq!(wait, milliseconds.map(Duration::from_millis));
}

#[test]
fn units_and_numbers_of_seconds_are_read() {
    check_wait(&json!("250ms"), Some(250));
    check_wait(&json!("1.5s"), Some(1_500));
    check_wait(&json!("2 m"), Some(120_000));
    check_wait(&json!(0.25), Some(250));
}

#[test]
fn anything_else_is_refused() {
    for value in [json!("250"), json!("2h"), json!("-1s"), json!(-1), json!(null), json!("")] {
        check_wait(&value, None);
    }
}
