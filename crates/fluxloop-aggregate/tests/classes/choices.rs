//! Several choices in one stream.

use serde_json::{Value, json};

use crate::{by_schema, check, events, json, jsonl, lines, sse};

fn piece(index: i64, text: &str) -> String {
    json!({ "choices": [{ "index": index, "delta": { "content": text } }] }).to_string()
}

fn stop(index: i64, reason: &str) -> String {
    json!({ "choices": [{ "index": index, "delta": {}, "finish_reason": reason }] }).to_string()
}

const PATH: &str = "choices[0].delta.content";

#[track_caller]
fn check_pieces(frames: &[String], expected: &str) {
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    check(&sse(PATH), &events(&[&frames[..], &["[DONE]"]].concat()), expected);
    check(&jsonl(PATH), &lines(&frames), expected);
    check(&json(PATH), &format!("[{}]", frames.join(", ")), expected);
}

#[test]
fn the_first_choice_is_the_answer() {
    let others = "succeeded \"One two\", warns other_choices";
    let [one, two] = [piece(0, "One"), piece(0, " two")];
    let [a, b, c] = [piece(1, "Uno"), piece(1, " due"), piece(2, "Un")];
    let of = |frames: &[&String]| frames.iter().map(|it| (*it).clone()).collect::<Vec<_>>();
    check_pieces(&of(&[&one, &a, &two, &b]), others);
    check_pieces(&of(&[&one, &two, &a, &b]), others);
    check_pieces(&of(&[&one, &a, &b, &two]), others);
    check_pieces(&of(&[&one, &a, &c, &two, &b]), others);
    check_pieces(&of(&[&one, &a, &c, &c, &two]), others);
    check_pieces(&of(&[&one, &c, &a, &two]), others);
    check_pieces(&of(&[&one, &two, &a]), others);
}

#[test]
fn roles_come_before_texts_of_choices() {
    let role = |index: i64| {
        json!({ "choices": [{ "index": index, "delta": { "role": "assistant" } }] }).to_string()
    };
    let frames = [
        role(0),
        role(1),
        role(2),
        piece(0, "One"),
        piece(1, "Uno"),
        piece(2, "Un"),
        piece(0, " two"),
        stop(0, "stop"),
        stop(1, "length"),
        stop(2, "stop"),
    ];
    check_pieces(&frames, "succeeded \"One two\", warns other_choices");
}

#[test]
fn frames_without_a_choice_belong_to_all() {
    let none = r#"{"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}"#;
    let none = none.to_owned();
    let frames = [
        none.clone(),
        piece(0, "One"),
        none.clone(),
        piece(1, "Uno"),
        none.clone(),
        piece(2, "Un"),
        piece(0, " two"),
        none,
    ];
    check_pieces(&frames, "succeeded \"One two\", warns other_choices");
}

#[test]
fn choices_that_come_back_late_are_choices() {
    let mut frames: Vec<String> = (0..8).map(|index| piece(index, &format!("{index}"))).collect();
    frames.extend((0..8).map(|index| piece(index, "!")));
    check_pieces(&frames, "succeeded \"0!\", warns other_choices");
    let mut frames: Vec<String> = (0..200).map(|index| piece(index, "a")).collect();
    frames.push(stop(0, "stop"));
    check_pieces(&frames, &format!("succeeded {:?}", "a".repeat(200)));
}

#[test]
fn calls_of_other_choices_are_left_out() {
    let call = |index: i64| {
        json!({ "choices": [{ "index": index, "delta": { "tool_calls": [{ "index": 0, "id": format!("c{index}"), "function": { "name": "find", "arguments": "{}" } }] } }] }).to_string()
    };
    let frames = [call(0), call(1), call(2), stop(0, "tool_calls")];
    check_pieces(&frames, "no_text (only tool_calls) \"\", warns other_choices");
}

#[test]
fn a_counter_is_not_a_choice() {
    check_pieces(
        &[piece(0, "One"), piece(1, " two"), piece(2, " three")],
        "succeeded \"One two three\"",
    );
    check_pieces(
        &[piece(1, "One"), piece(2, " two"), piece(3, " three"), piece(4, " four")],
        "succeeded \"One two three four\"",
    );
    check_pieces(&[piece(0, "One"), piece(1, " two")], "succeeded \"One two\"");
    check_pieces(&[piece(0, "One"), piece(0, " two")], "succeeded \"One two\"");
    check_pieces(&[piece(7, "One"), piece(7, " two")], "succeeded \"One two\"");
}

#[test]
fn several_choices_stand_in_one_chunk() {
    let frame = json!({ "choices": [{ "index": 0, "delta": { "content": "One" } }, { "index": 1, "delta": { "content": "Uno" } }] }).to_string();
    check_pieces(&[frame.clone(), piece(0, " two")], "succeeded \"One two\", warns other_choices");
    let turned = json!({ "choices": [{ "index": 1, "delta": { "content": "Uno" } }, { "index": 0, "delta": { "content": " two" } }] }).to_string();
    check_pieces(
        &[piece(0, "One"), turned.clone(), piece(0, "!")],
        "succeeded \"One two!\", warns other_choices",
    );
    check_pieces(&[turned, piece(0, "!")], "succeeded \" two!\", warns other_choices");
}

#[test]
fn whole_answers_stand_in_one_chunk_each() {
    let whole = |index: Value, text: &str| {
        json!({ "choices": [{ "index": index, "delta": { "content": text }, "finish_reason": "stop" }] }).to_string()
    };
    let one = "succeeded \"One.\", warns other_choices";
    check_pieces(&[whole(json!(0), "One."), whole(json!(1), "Uno.")], one);
    check_pieces(&[whole(json!(0), "One."), whole(json!(1), "Uno."), whole(json!(2), "Un.")], one);
    check_pieces(&[whole(json!("0"), "One."), whole(json!("1"), "Uno.")], one);
    check_pieces(&[piece(0, "One."), stop(0, "stop"), piece(1, "Uno."), stop(1, "stop")], one);
}

#[test]
fn a_missing_number_is_zero() {
    let first = r#"{"choices": [{"delta": {"content": "One"}}]}"#;
    let last = r#"{"choices": [{"delta": {"content": " two"}, "finish_reason": "stop"}]}"#;
    let frames = [first.to_owned(), piece(1, "Uno"), last.to_owned(), piece(1, " due")];
    check_pieces(&frames, "succeeded \"One two\", warns other_choices");
}

#[test]
fn the_finish_reason_of_another_choice_does_not_count() {
    let frames =
        [piece(0, "One"), piece(1, "Uno"), stop(1, "error"), piece(0, " two"), stop(0, "stop")];
    check_pieces(&frames, "succeeded \"One two\", warns other_choices");
    let frames = [piece(0, "One"), piece(1, "Uno"), stop(0, "stop"), stop(1, "content_filter")];
    check_pieces(&frames, "succeeded \"One\", warns other_choices");
}

#[test]
fn a_group_takes_all_choices() {
    let rules = by_schema(&json!({ "text": [{ "path": PATH, "group": "choices[0].index" }] }));
    let frames = [piece(0, "One"), piece(1, "Uno"), piece(0, " two")];
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    check(&rules, &events(&frames), "succeeded \"One twoUno\"");
}
