//! Texts that repeat everything before them.

use serde_json::json;

use crate::{by_schema, check, events, json, jsonl, lines, named, sse};

/// Frames of these texts at `text`.
fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| json!({ "text": text }).to_string()).collect()
}

#[track_caller]
fn check_texts(all: &[&str], warns: bool) {
    let text: String = all.concat();
    let warns = if warns { ", warns cumulative_text" } else { "" };
    let expected = format!("succeeded {text:?}{warns}");
    let frames = texts(all);
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    check(&sse("text"), &events(&frames), &expected);
    check(&jsonl("text"), &lines(&frames), &expected);
    check(&json("text"), &format!("[{}]", frames.join(",")), &expected);
}

#[test]
fn growing_texts_are_a_warning() {
    check_texts(&["The cat", "The cat sat", "The cat sat down."], true);
    check_texts(&["T", "Th", "The", "The cat"], true);
    check_texts(&["The cat", "The cat", "The cat sat", "The cat sat down."], true);
    check_texts(&["The cat", "The cat sat", "The cat sat", "The cat sat down."], true);
    check_texts(&["The cat", "The cat sat", "The cat sat down.", "The cat sat down."], true);
    check_texts(&["The cat", "The cat sat", "The cat sat"], true);
    check_texts(&["", "The cat", "", "The cat sat", "The cat sat down."], true);
    check_texts(&["Der Bär", "Der Bär saß", "Der Bär saß da."], true);
}

#[test]
fn a_last_text_that_repeats_everything_is_a_warning() {
    check_texts(&["The cat ", "sat down.", "The cat sat down."], true);
    check_texts(&["The ", "cat ", "sat.", "The cat sat."], true);
    check_texts(&["The cat sat down on a mat.", "The cat sat down on a mat."], true);
    check_texts(&["The cat ", "sat down.", "The cat sat down.", ""], true);
    check_texts(&["\n\nThe cat ", "sat down. ", "The cat sat down."], true);
    check_texts(&["The cat ", "sat down.", "\nThe cat sat down.\n"], true);
}

#[test]
fn texts_that_repeat_by_chance_are_silent() {
    for all in [
        &["ha", "ha", "ha"][..],
        &["ha", "ha"],
        &["no", " no", " no"],
        &["1", "1", "1"],
        &["1", "10", "0"],
        &["a", "ab"],
        &["The cat ", "sat ", "The cat "],
        &["-", "-", "--"],
        &["=", "==", "="],
        &[" ", "  ", "text"],
        &["The ", "cat"],
        &["-", "--", "---", " title"],
        &["\n", "\n\n", "The cat"],
    ] {
        check_texts(all, false);
    }
}

#[test]
fn replacing_takes_the_last_text() {
    let rules = by_schema(&json!({ "text": [{ "path": "text", "join": "replace" }] }));
    let check_last = |all: &[&str], expected: &str| {
        let frames = texts(all);
        let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
        check(&rules, &events(&frames), expected);
    };
    check_last(&["The", "The cat", "The cat sat."], "succeeded \"The cat sat.\"");
    check_last(&["The", "The", "The cat", "The cat"], "succeeded \"The cat\"");
    check_last(&["The", "", "The cat"], "succeeded \"The cat\"");
    check_last(&["The dog", "The cat"], "succeeded \"The cat\", warns not_a_continuation");
}

#[test]
fn pieces_of_several_groups_do_not_repeat_each_other() {
    let rules = by_schema(&json!({ "text": [{ "path": "text", "group": "of" }] }));
    let piece = |of: u64, text: &str| json!({ "of": of, "text": text }).to_string();
    let frames = [piece(1, "ab"), piece(2, "aé"), piece(1, "cd"), piece(2, "xyz")];
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    check(&rules, &events(&frames), "succeeded \"abcdaéxyz\"");
}

#[test]
fn named_events_repeat_their_texts() {
    let part = |text: &str| named("part", &json!([{ "content": text }]).to_string());
    let body = part("The cat") + &part("The cat sat") + &part("The cat sat down.");
    let text = "The catThe cat satThe cat sat down.";
    check(&sse("$[0].content"), &body, &format!("succeeded {text:?}, warns cumulative_text"));
}
