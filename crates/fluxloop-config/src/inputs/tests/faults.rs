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

/// The lines at which rows of three columns have a cell too few, after this text.
#[track_caller]
fn check_line(before: &str, line: usize) {
    for (text, name) in [(before.to_owned(), "lf"), (before.replace('\n', "\r\n"), "crlf")] {
        let end = if name == "lf" { "\n" } else { "\r\n" };
        let errors = Case::new("i.csv", format!("{text}a,b{end}x,y,z{end}")).errors();
        assert!(errors.starts_with(&format!("i.csv:{line}:1: has 2 fields")), "{name}: {errors}");
    }
}

#[test]
fn lines_of_csv_are_those_of_an_editor() {
    check_line("input,b,c\n", 2);
    check_line("\u{feff}input,b,c\n", 2);
    check_line("input,b,c\nx,y,z\n\n\nx,y,z\n", 6);
    check_line("input,b,c\n\"x\ny\n\",\"z\n\",\"\"\n", 6);
    check_line("sep=,\ninput,b,c\nx,y,z\n", 4);
    check_line("\n\ninput,b,c\n", 4);
    for end in ["\n", "\r\n"] {
        let text = ["input,b", "x,y", "", "a,\"b\"c", ""].join(end);
        let errors = Case::new("i.csv", text).errors();
        assert!(errors.starts_with("i.csv:4:1: text follows a closing quote"), "{errors}");
        let text = ["input,id", "x,1", "\"y", "\",2", "z,1", ""].join(end);
        let errors = Case::new("i.csv", text).errors();
        assert_eq!(
            errors,
            "i.csv:5:1: has the same id as the input at i.csv:2:1; give it another `id`, or leave `id` out"
        );
    }
}

#[test]
fn rows_and_ids_without_any_text_are_nothing() {
    check("i.csv", "id,input\n,a\n,\n\" \",b\n,,\n".trim_end_matches(",,\n"), &["0: a", "1: b"]);
}

#[test]
fn messages_that_end_with_an_answer_warn() {
    let entry = json!({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]});
    assert_snapshot!(Case::new("i.jsonl", entry.to_string()).warnings(), @"i.jsonl: the messages of 1 input end with one of the assistant, which is sent; set `preset: openai-messages` below `inputs` to keep it as the expected answer");
    assert_eq!(section("i.jsonl", &entry.to_string(), "preset: openai-messages").warnings(), "");
    let alpaca = json!({"instruction": "i", "input": "a", "output": "o"}).to_string();
    let warned =
        |keys: &str| section("i.jsonl", &alpaca, keys).warnings().contains("preset: alpaca");
    assert!(warned("limit: 1") && warned("expected: output") && !warned("preset: alpaca"));
}

#[test]
fn conditions_name_what_is_not_there() {
    let lines = "{\"input\": \"a\", \"n\": 7}\n{\"input\": \"b\", \"n\": 8}";
    let case = |condition: &str| section("i.jsonl", lines, &format!("where: {{{condition}}}"));
    assert_snapshot!(case("path: m, equals: 7").errors(), @"agent.yaml:1:32: inputs.where: no entry has `m` (there is `input`, `n`)");
    assert_snapshot!(case("not: {path: m, equals: 7}").warnings(), @"agent.yaml:1:32: inputs.where: no entry has `m` (there is `input`, `n`)");
    assert_snapshot!(case("path: n, equals: 9").errors(), @"i.jsonl: none of the 2 inputs is left; check `where`");
    assert_eq!(case("path: n, matches: '^7$'").shown(), ["0: a"]);
    assert_eq!(case("path: n, equals: '8'").shown(), ["1: b"]);
    assert_eq!(case("not: {path: m, exists: true}").warnings(), "");
}

#[test]
fn a_fault_of_every_entry_is_reported_once() {
    let errors = Case::new("i.jsonl", "{\"x\": 1}\n".repeat(40)).errors();
    assert_snapshot!(errors, @r##"
i.jsonl:1:1: `input` is missing: no text is at `input`, `prompt`, `question`, `query`, `text`, `instruction`, `message` or `messages` (there is `x`); name the text below `inputs`, for example `input: x`
i.jsonl:1:1: and 39 more inputs like this one
"##);
}

#[test]
fn faults_with_other_reasons_are_reported_each() {
    let errors =
        Case::new("i.jsonl", "{\"prompt\": 1}\n{\"prompt\": null}\n{\"prompt\": 2}").errors();
    let lines: Vec<&str> = errors.lines().map(|line| &line[..11]).collect();
    assert_eq!(lines, ["i.jsonl:1:1", "i.jsonl:1:1", "i.jsonl:2:1"], "{errors}");
    assert!(errors.contains("1 more input like this one"), "{errors}");
}

#[test]
fn choices_say_what_does_not_fit() {
    let mut case = section("i.jsonl", "\"a\"", "sample: {count: 5}");
    assert_snapshot!(case.warnings(), @"i.jsonl: `sample` asks for 5 of 1 input: all are sent");
    case.options.only = vec!["0/0".to_owned()];
    assert_snapshot!(case.errors(), @"--only: no input has an id like `0/0`; leave out `/` and the iteration: it names inputs, not cases");
}
