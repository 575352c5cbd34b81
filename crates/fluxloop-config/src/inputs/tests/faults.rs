//! What is wrong with entries, and what to do about it.

use super::*;

#[track_caller]
fn check_errors(name: &str, text: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(Case::new(name, text).errors(), expected);
}

#[test]
fn a_member_that_stands_twice_is_an_error() {
    let entry = r#"{"input": "a", "x": {"input": "b"}, "input": "c"}"#;
    let message = "names the member `input` twice; keep one of them";
    check_errors("i.jsonl", entry, &format!("i.jsonl:1:1: {message}"));
    check_errors("i.json", format!("[{entry}]"), &format!("i.json:1:2: {message}"));
}

#[test]
fn columns_without_a_name_keep_apart() {
    let case = Case::new("i.csv", ",input,,\n1,a,2,\n");
    let input = case.inputs().iter().next().unwrap().unwrap();
    assert_eq!(json!(input.metadata), json!({"column 1": "1", "column 3": "2"}));
}

#[test]
fn text_that_is_not_utf_8_says_how_to_convert_it() {
    let message = "is not UTF-8 text; save it as UTF-8 (in Excel as \"CSV UTF-8\"), or convert it, \
                   for example with `iconv -f WINDOWS-1252 -t UTF-8`";
    check_errors("i.jsonl", b"\"a\"\n\"caf\xe9\"\n", &format!("i.jsonl:2:1: {message}"));
    check_errors("i.json", b"[\"caf\xe9\"]", &format!("i.json: {message}"));
    check_errors("i.csv", b"input\ncaf\xe9\n", &format!("i.csv:2:1: {message}"));
}

#[test]
fn numbers_that_json_does_not_have_are_named() {
    let message =
        "is not valid JSON: `NaN` and `Infinity` are not JSON; write `null`, or put them in quotes";
    for number in ["NaN", "Infinity", "-Infinity", "-inf", "nan"] {
        let entry = format!(r#"{{"input": "a", "n": {number}}}"#);
        check_errors("i.jsonl", &entry, &format!("i.jsonl:1:1: {message}"));
        let errors = Case::new("i.json", format!("[\n{entry}]")).errors();
        assert!(errors.starts_with("i.json:2:") && errors.ends_with(message), "{errors}");
    }
}

#[test]
fn what_this_program_saved_is_read_as_it_is() {
    let mut case = section("i.jsonl", "", "input: '$[0]'");
    case.options.saved_input = Some(case.folder.path().join("i.jsonl"));
    let config = case.folder.path().join("agent.yaml");
    let text = std::fs::read_to_string(&config).unwrap().replace("file: i.jsonl", "file: '-'");
    std::fs::write(config, text).unwrap();
    std::fs::write(case.folder.path().join("i.jsonl"), "[\"a\",\"b\"]\n").unwrap();
    assert_eq!(case.shown(), ["0: a"]);
}
