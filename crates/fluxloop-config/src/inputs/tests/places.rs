//! What is said where inputs stand at the wrong place, or a value there does not count.

use super::*;

/// What is wrong with a configuration without its runner, next to the file `q.csv`.
#[track_caller]
fn check_config(lines: &str, expected: &str) {
    let case = Case::new("q.csv", "input,lang\na,en\n");
    let config = format!("{lines}\nrunner: {{http: {{url: 'http://localhost'}}}}\n");
    std::fs::write(case.folder.path().join("agent.yaml"), config).unwrap();
    assert_eq!(case.errors(), expected, "{lines}");
}

#[test]
fn two_places_are_joined_in_one_line() {
    check_config(
        "inputs_file: q.csv\ninputs: {limit: 5}",
        "agent.yaml:1:14: inputs_file: cannot be used together with `inputs`; write `inputs: {file: \
         q.csv, limit: 5}`, and remove `inputs_file`",
    );
    check_config(
        "base_inputs: [a]\ninputs: {limit: 5}",
        "agent.yaml:1:14: base_inputs: cannot be used together with `inputs`; move the list to a \
         file, and write `inputs: {file: inputs.yaml, limit: 5}`",
    );
    check_config(
        "base_inputs: [a]\ninputs: {file: q.csv}",
        "agent.yaml:1:14: base_inputs: cannot be used together with `inputs`; remove it, or move \
         its list to a file that `inputs.file` names, too",
    );
    check_config(
        "inputs: {where: {path: lang, equals: en}}",
        "agent.yaml:1:9: inputs.file: is required; write for example `inputs: {file: \
         inputs/questions.jsonl, where: {…}}`",
    );
}

#[test]
fn a_misplaced_key_gets_its_line() {
    check_config(
        "inputs_file: q.csv\nlimit: 5",
        "agent.yaml:2:1: limit: unknown key; write `inputs: {file: q.csv, limit: 5}`, and remove \
         this key and `inputs_file`",
    );
    check_config(
        "inputs_file: q.csv\nsimulation: {sample: {count: 3}}",
        "agent.yaml:2:14: simulation.sample: unknown key; write `inputs: {file: q.csv, sample: \
         {count: 3}}`, and remove this key and `inputs_file`",
    );
    check_config(
        "base_inputs: [a]\nshuffle: true",
        "agent.yaml:2:1: shuffle: unknown key; write `inputs: {file: inputs.yaml, shuffle: true}`, \
         and move the list of `base_inputs` to the file `inputs.yaml`",
    );
    check_config(
        "inputs: q.csv",
        "agent.yaml:1:9: inputs: must be a mapping of keys to values, not text; write `inputs: \
         {file: q.csv}`",
    );
    check_config(
        "inputs: [a, b]",
        "agent.yaml:1:9: inputs: must be a mapping of keys to values, not a list; write \
         `base_inputs` in the place of `inputs` for a list of inputs",
    );
    check_config(
        "inputs_file: {file: q.csv, limit: 5}",
        "agent.yaml:1:14: inputs_file: must be a path or a pattern, not a mapping; write `inputs: \
         {file: q.csv, limit: 5}` in its place",
    );
    check_config(
        "base_inputs: data/*.csv",
        "agent.yaml:1:14: base_inputs: must be a list, not text; write `inputs_file: 'data/*.csv'` \
         in its place",
    );
}

#[test]
fn what_is_not_supported_is_not_among_the_accepted_values() {
    let errors = |keys: &str| section("i.csv", "input\na\n", keys).errors();
    assert_snapshot!(errors("format: parquet"), @"agent.yaml:1:31: inputs.format: Parquet is not read by this program; convert the file to JSON Lines");
    assert_snapshot!(errors("format: excel"), @"agent.yaml:1:31: inputs.format: is none of `auto`, `csv`, `tsv`, `jsonl`, `json`, `yaml`");
    assert_snapshot!(errors("where: {path: input, contains: a}"), @"agent.yaml:1:44: inputs.where.contains: unknown test; write `matches`, `equals`, `in` or `exists`");
    assert_snapshot!(errors("where: {any: [{path: input, eq: a}]}"), @"agent.yaml:1:51: inputs.where.any[0].eq: unknown test; write `equals`, `in`, `exists` or `matches`");
}

#[track_caller]
fn check_unfit(entry: &str, keys: &str, expected: &str) {
    let errors = section("i.jsonl", entry, keys).errors();
    assert!(errors.ends_with(expected), "{errors}");
}

#[test]
fn a_value_that_does_not_count_says_why() {
    let usual = "`input` is missing: no text is at `input`, `prompt`, `question`, `query`, `text`, \
                 `instruction`, `message` or `messages`";
    let check = |entry: &str, rest: &str| check_unfit(entry, "limit: 1", &format!("{usual}{rest}"));
    check(
        r#"{"input": null, "x": 1}"#,
        ", because `input` is null (there is `input`, `x`); write a text there, or name another place below `inputs`, for example `input: prompt`",
    );
    check(
        r#"{"prompt": 5}"#,
        ", because `prompt` is a number, not text (there is `prompt`); put it in quotes",
    );
    check(
        r#"{"prompt": {"text": "a"}}"#,
        ", because `prompt` is a mapping, not text (there is `prompt`); name the text in it below `inputs`, for example `input: $.prompt.text`",
    );
    check(
        r#"{"messages": " "}"#,
        ", because `messages` is empty (there is `messages`); write a text there, or name another place below `inputs`, for example `input: prompt`",
    );
    check(r#"{"a": "b"}"#, " (there is `a`); name the text below `inputs`, for example `input: a`");
    check_unfit(
        r#"{"q": 5, "input": "a"}"#,
        "input: [q, $.r]",
        "`input` is missing: no text is at `q`, `r` or `messages`, because `q` is a number, not text (there is \
         `q`, `input`); put it in quotes",
    );
    check_unfit(r#"{"input": true}"#, "limit: 1", "`input` must be text, not `true` or `false`");
    check_unfit(
        r#"{"input": "a", "key": " "}"#,
        "id: [key, nr]",
        "inputs.id: no entry has a value at `key` or `nr`, because `key` is empty (there is `input`, `key`); name a member that the entries have",
    );
    check_unfit(
        r#"{"input": "a", "who": null}"#,
        "persona: who",
        "inputs.persona: no entry has a value at `who`, because `who` is null (there is `input`, `who`); name a member that the entries have",
    );
    check_unfit(
        r#"{"messages": [{"role": "system", "content": "a"}]}"#,
        "limit: 1",
        "`messages` has no message of the role `user` (there is `system`); name the text with \
         `input` below `inputs`",
    );
}

#[test]
fn files_that_promptfoo_would_read_are_named_with_a_remedy() {
    let errors =
        |tests: &str| section("i.yaml", &format!("tests: {tests}\n"), "preset: promptfoo").errors();
    let reference = "i.yaml:1:8: is read from a file (`file://`), which this program does not do; \
                     name the file itself: `inputs: {file: more.csv, preset: promptfoo}`";
    assert_eq!(errors("file://more.csv"), reference);
    assert_eq!(errors("[file://more.csv]"), reference.replace("1:8", "1:9"));
    assert_snapshot!(errors("[{vars: {q: file://q.txt}}]"), @"i.yaml:1:9: does not fit `preset: promptfoo`: the entry has a variable that is read from a file (`file://`), which this program does not do; write the text of that file in its place");
    assert_snapshot!(errors("[{vars: file://vars.yaml}]"), @"i.yaml:1:9: does not fit `preset: promptfoo`: the entry has `vars` that are read from a file (`file://`), which this program does not do; write the variables of that file below `vars`");
    assert_snapshot!(errors("[{vars: {n: 5}}]"), @"i.yaml:1:9: `input` is missing: `vars` has no text at `input`, `prompt`, `question`, `query`, `text`, `instruction` or `message`, nor as the only variable, because `n` is a number, not text (there is `n`); name the text below `inputs`, for example `input: $.vars.n`");
    let json = section("i.json", r#"{"tests": "file://more.csv"}"#, "preset: promptfoo").errors();
    assert_eq!(json, reference.replace("i.yaml:1:8", "i.json:1:1"));
}
