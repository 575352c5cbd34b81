//! Numbers are sent as they were written.

use super::*;

/// Of an exponent, the sign is added.
#[track_caller]
fn check(name: &str, text: &str) {
    let written = "[0.9452706955539223, 1.10, -0.0, 123456789012345678901234567890, 7]";
    let case = Case::new(name, text.replace("NUMBERS", written));
    let input = case.inputs().iter().next().unwrap().unwrap();
    let sent = input.metadata["n"].to_string();
    assert_eq!(sent, written.replace(' ', ""), "{name}");
}

#[test]
fn numbers_keep_their_text_in_every_format() {
    check("i.jsonl", "{\"input\": \"a\", \"n\": NUMBERS}");
    check("i.json", "[{\"input\": \"a\", \"n\": NUMBERS}]");
    check("i.yaml", "- {input: a, n: NUMBERS}");
}

#[test]
fn a_body_of_a_batch_keeps_its_numbers() {
    let body = r#"{"input":"a","temperature":0.70,"seed":12345678901234567890123}"#;
    let entry = format!(r#"{{"custom_id": "x", "body": {body}}}"#);
    let case = section("i.jsonl", &entry, "preset: openai-batch");
    let input = case.inputs().iter().next().unwrap().unwrap();
    assert_eq!(input.body.as_ref().unwrap().to_string(), body);
}

#[test]
fn long_ids_differ_in_their_last_digit() {
    let text = r#"[{"input": "a", "id": 12345678901234567890121}, {"input": "b", "id": 12345678901234567890122}]"#;
    check_ids(text, "i.json");
    check_ids(&text[1..text.len() - 1].replace("}, {", "}\n{"), "i.jsonl");
}

#[track_caller]
fn check_ids(text: &str, name: &str) {
    let shown = Case::new(name, text).shown();
    assert_eq!(shown, ["12345678901234567890121: a", "12345678901234567890122: b"]);
}

#[test]
fn conditions_compare_long_integers_exactly() {
    let text = "{\"input\": \"a\", \"n\": 12345678901234567890121}\n{\"input\": \"b\", \"n\": 12345678901234567890122}";
    let lines = "where: {path: n, equals: 12345678901234567890122}";
    assert_eq!(section("i.jsonl", text, lines).shown(), ["1: b"]);
}
