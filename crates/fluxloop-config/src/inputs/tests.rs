//! Inputs of every form.

use insta::assert_snapshot;
use serde_json::json;
use tempfile::TempDir;

use crate::{Inputs, LoadOptions, load};

/// A project whose inputs come from a file, and the options to load it with.
struct Case {
    folder: TempDir,
    options: LoadOptions,
}

impl Case {
    fn new(name: &str, text: impl AsRef<[u8]>) -> Self {
        Self::with(name, text, "")
    }

    fn with(name: &str, text: impl AsRef<[u8]>, lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config =
            format!("inputs_file: {name}\nrunner: {{http: {{url: 'http://localhost'}}}}\n{lines}");
        std::fs::write(folder.path().join("agent.yaml"), config).unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        let options = LoadOptions {
            config: Some("agent.yaml".into()),
            current_dir: folder.path().to_owned(),
            ..LoadOptions::default()
        };
        Self { folder, options }
    }

    fn personas(mut self, personas: &[&str]) -> Self {
        self.options.personas = personas.iter().map(|&name| name.to_owned()).collect();
        self
    }

    #[track_caller]
    fn inputs(&self) -> Inputs {
        load(&self.options).unwrap_or_else(|errors| panic!("{errors}")).inputs
    }

    /// The inputs as `id: input (persona)`, checked against the total.
    #[track_caller]
    fn shown(&self) -> Vec<String> {
        let inputs = self.inputs();
        let shown: Vec<String> = inputs
            .iter()
            .map(|input| {
                let input = input.unwrap();
                match &input.persona {
                    Some(persona) => format!("{}: {} ({persona})", input.id, input.input),
                    None => format!("{}: {}", input.id, input.input),
                }
            })
            .collect();
        assert_eq!(inputs.total(), shown.len() as u64);
        shown
    }

    #[track_caller]
    fn errors(&self) -> String {
        load(&self.options).map(|_| ()).expect_err("faults").to_string()
    }
}

#[track_caller]
fn check(name: &str, text: &str, expected: &[&str]) {
    assert_eq!(Case::new(name, text).shown(), expected);
}

#[test]
fn lists_of_texts_and_maps_are_read_from_every_format() {
    let expected = ["0: a", "x: b (p)", "2: ${HOME} {input}"];
    check("i.yaml", "- a\n- {input: b, id: x, persona: p}\n- ${HOME} {input}\n", &expected);
    check(
        "i.json",
        r#"["a", {"input": "b", "id": "x", "persona": "p"}, "${HOME} {input}"]"#,
        &expected,
    );
    check(
        "i.jsonl",
        "\u{feff}\"a\"\n\n{\"input\": \"b\", \"id\": \"x\", \"persona\": \"p\"}\r\n\"${HOME} {input}\"",
        &expected,
    );
    check("i.csv", "id,input,persona\n,a,\nx,b,p\n,${HOME} {input},\n", &expected);
}

#[test]
fn the_generators_files_are_read() {
    check(
        "i.yaml",
        "stats: {total: 1}\ngenerated_inputs:\n- {input: a, metadata: {persona: p, strategy: s}}\n",
        &["0: a (p)"],
    );
    check(
        "i.json",
        r#"{"generation_config": {"n": 1}, "inputs": [{"input": "a", "id": 7}]}"#,
        &["7: a"],
    );
}

#[test]
fn everything_of_an_entry_is_kept() {
    let entry = json!({
        "input": "i", "messages": [{"role": "user", "content": "m"}], "context": {"k": 1},
        "metadata": {"a": 1}, "other": [2], "persona": null,
    });
    let case = Case::new("i.jsonl", entry.to_string());
    let input = case.inputs().iter().next().unwrap().unwrap();
    assert_eq!(input.messages, Some(json!([{"role": "user", "content": "m"}])));
    assert_eq!(input.context, Some(json!({"k": 1})));
    assert_eq!(json!(input.metadata), json!({"a": 1, "other": [2]}));
}

#[test]
fn csv_fields_hold_commas_line_ends_and_json() {
    let case = Case::new(
        "i.csv",
        "input,messages,context,topic\r\n\"a, \"\"b\"\"\nc\",\"[{\"\"role\"\": \"\"user\"\"}]\",plain,t\r\n",
    );
    let input = case.inputs().iter().next().unwrap().unwrap();
    assert_eq!(input.input, "a, \"b\"\nc");
    assert_eq!(input.messages, Some(json!([{"role": "user"}])));
    assert_eq!(
        (input.context.clone(), input.metadata["topic"].clone()),
        (Some(json!("plain")), json!("t"))
    );
}

#[test]
fn personas_select_and_keep_the_numbers() {
    let text =
        "{\"input\": \"a\", \"persona\": \"p\"}\n\"b\"\n{\"input\": \"c\", \"persona\": \"q\"}\n";
    assert_eq!(Case::new("i.jsonl", text).personas(&["q"]).shown(), ["2: c (q)"]);
    assert_eq!(Case::new("i.jsonl", text).personas(&["p", "q"]).shown().len(), 2);
    assert_snapshot!(Case::new("i.jsonl", text).personas(&["q", "r"]).errors(), @"--personas: no input has the persona `r`; the inputs have `p`, `q`");
}

#[test]
fn the_template_is_applied_once() {
    let text = "{\"input\": \"{persona} ${X}\", \"persona\": \"p\"}\n\"b\"\n";
    let case = Case::with("i.jsonl", text, "input_template: '{persona}: {input} {other} ${X}'");
    assert_eq!(case.shown(), ["0: p: {persona} ${X} {other} ${X} (p)", "1: : b {other} ${X}"]);
}

#[test]
fn faults_have_their_lines_and_no_text() {
    let lines = "\"ok\"\n{\"input\": }\n5\n{\"id\": \"sk-secret\"}\n{\"input\": \"a\", \"messages\": \"m\"}\n[1\n";
    assert_snapshot!(Case::new("i.jsonl", lines).errors(), @r##"
i.jsonl:2:1: is not valid JSON: the syntax is wrong
i.jsonl:3:1: an input must be text or a mapping with `input`, not a number; put it in quotes, or write `{input: …}`
i.jsonl:4:1: `input` is missing; write `{input: …}`
i.jsonl:5:1: `messages` must be a list
i.jsonl:6:1: is not valid JSON: it ends too early
"##);
    assert_snapshot!(Case::new("i.yaml", "- a\n- 5\n- {id: x}\n- input: {a: 1}\n").errors(), @r##"
i.yaml:2:3: an input must be text or a mapping with `input`, not a number; put it in quotes, or write `{input: …}`
i.yaml:3:3: `input` is missing; write `{input: …}`
i.yaml:4:3: `input` must be text
"##);
    assert_snapshot!(Case::new("i.json", "[\n  \"a\",\n  5, {\"id\": 1}\n]").errors(), @r##"
i.json:3:3: an input must be text or a mapping with `input`, not a number; put it in quotes, or write `{input: …}`
i.json:3:6: `input` is missing; write `{input: …}`
"##);
    assert_snapshot!(Case::new("i.json", "{\"inputs\": [\n  \"a\",,]}").errors(), @"i.json:2:7: is not valid JSON: the syntax is wrong");
    assert_snapshot!(Case::new("i.csv", "input,id\na,1\nb\n").errors(), @"i.csv:3:1: has another number of fields than the first line");
    assert_snapshot!(Case::new("i.csv", "text\na\n").errors(), @"i.csv:1:1: the first line names no column `input`; write `input` above the column of the texts");
    assert_snapshot!(Case::new("i.csv", b"input\n\xff\n").errors(), @"i.csv:2:1: is not UTF-8 text; save it as UTF-8");
}

#[test]
fn files_that_are_none_are_named() {
    assert_snapshot!(Case::new("i.txt", "a").errors(), @"agent.yaml:1:14: inputs_file: the extension does not say what kind of file it is; use `.yaml`, `.yml`, `.json`, `.jsonl`, `.ndjson` or `.csv`");
    assert_snapshot!(Case::new("i.yaml", "a: b").errors(), @"i.yaml:1:1: is neither a list nor a mapping with `inputs:`");
    assert_snapshot!(Case::new("i.json", "5").errors(), @"i.json:1:1: is neither a list nor a mapping with `inputs:`");
    assert_snapshot!(Case::new("i.yaml", "[]").errors(), @"i.yaml: holds no inputs; the smallest thing to write is `- Hello`");
    assert_snapshot!(Case::new("i.jsonl", "\n\n").errors(), @r#"i.jsonl: holds no inputs; the smallest thing to write is `"Hello"`"#);
    assert_snapshot!(Case::new("i.csv", "input\n").errors(), @"i.csv: holds no inputs; the smallest thing to write is a line `input`, and a line `Hello`");
    let case = Case::new("i.yaml", "- a");
    std::fs::remove_file(case.folder.path().join("i.yaml")).unwrap();
    assert_snapshot!(case.errors(), @"agent.yaml:1:14: inputs_file: `i.yaml` cannot be read: there is no such file");
}

#[test]
fn duplicate_ids_name_both_places() {
    assert_snapshot!(Case::new("i.jsonl", "{\"input\": \"a\", \"id\": \"x\"}\n\"b\"\n{\"input\": \"c\", \"id\": \"x\"}\n{\"input\": \"d\", \"id\": 1}\n").errors(), @r##"
i.jsonl:3:1: has the same id as the input in line 1; give it another `id`, or leave `id` out
i.jsonl:4:1: has the same id as the input in line 2; give it another `id`, or leave `id` out
"##);
    assert_snapshot!(Case::new("i.yaml", "- {input: a, id: x}\n- {input: b, id: x}\n").errors(), @"i.yaml:2:3: has the same id as the input at i.yaml:1:3; give it another `id`, or leave `id` out");
}

#[test]
fn many_faults_are_cut_short() {
    let errors = Case::new("i.jsonl", "5\n".repeat(1000)).errors();
    assert_eq!(errors.lines().count(), 21);
    assert!(errors.ends_with("and more inputs are wrong"));
}

#[test]
fn hashes_tell_inputs_apart() {
    let hash =
        |text: &str, lines: &str| Case::with("i.jsonl", text, lines).inputs().hash().to_owned();
    assert_eq!(hash("\"a\"\n", ""), hash("\"a\"\n", "iterations: 2"));
    assert_ne!(hash("\"a\"\n", ""), hash("\"b\"\n", ""));
    assert_ne!(hash("\"a\"\n", ""), hash("\"a\"\n", "input_template: '{input}!'"));
}

#[test]
fn a_file_that_changes_under_way_ends_the_run() {
    let case = Case::new("i.jsonl", "\"a\"\n\"b\"\n");
    let inputs = case.inputs();
    std::fs::write(case.folder.path().join("i.jsonl"), "\"a\"\n\"b\"\n\"c\"\n").unwrap();
    let results: Vec<_> = inputs.iter().collect();
    assert_eq!(results.len(), 1);
    let error = results[0].as_ref().unwrap_err();
    assert_eq!(error.to_string(), "i.jsonl: the inputs changed while the run was under way");
}

#[test]
fn an_endless_line_is_refused() {
    let case = Case::new("i.jsonl", "");
    let file = std::fs::File::create(case.folder.path().join("i.jsonl")).unwrap();
    file.set_len(80 << 20).unwrap();
    assert_snapshot!(case.errors(), @"i.jsonl:1:1: is longer than 64 MiB");
    let case = Case::new("i.csv", "");
    std::fs::write(case.folder.path().join("i.csv"), "input\n\"").unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(case.folder.path().join("i.csv"));
    file.unwrap().set_len(80 << 20).unwrap();
    assert_snapshot!(case.errors(), @"i.csv: is longer than 64 MiB");
}

#[test]
fn nested_json_does_not_overflow_the_stack() {
    let deep = "[".repeat(100_000);
    assert_snapshot!(Case::new("i.jsonl", &deep).errors(), @"i.jsonl:1:1: is not valid JSON: it is nested too deeply");
    assert_snapshot!(Case::new("i.json", format!("[{deep}")).errors(), @"i.json:1:100001: is not valid JSON: it ends too early");
    let closed = format!("[{deep}{}]", "]".repeat(100_000));
    assert_snapshot!(Case::new("i.json", closed).errors(), @"i.json:1:2: is not valid JSON: it is nested too deeply");
}

#[test]
fn iterators_can_move_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    let inputs = Case::new("i.csv", "input\na\n").inputs();
    is_send(&inputs);
    is_send(&inputs.iter());
}

#[test]
fn a_quote_that_is_never_closed_does_not_swallow_the_rest() {
    assert_snapshot!(Case::new("i.csv", "input,id\none,1\n\"two,2\nthree,3\n").errors(), @"i.csv:3:1: a quote that is opened here is never closed; close it, or double every quote that belongs to the text");
    assert_snapshot!(Case::new("i.csv", "input\n\"two").errors(), @"i.csv:2:1: a quote that is opened here is never closed; close it, or double every quote that belongs to the text");
    let sound = Case::new("i.csv", "\u{feff}\"input\"\r\n\"a \"\"b\"\"\nc\"\n5\" pipe\n\"end\"");
    assert_eq!(sound.inputs().total(), 3);
}

#[test]
fn an_empty_file_is_told_the_smallest_thing_of_its_kind() {
    assert_snapshot!(Case::new("i.json", "[]").errors(), @r#"i.json: holds no inputs; the smallest thing to write is `["Hello"]`"#);
    assert_snapshot!(Case::new("i.csv", "input\n").errors(), @"i.csv: holds no inputs; the smallest thing to write is a line `input`, and a line `Hello`");
    assert_snapshot!(Case::new("i.yaml", "[]").errors(), @"i.yaml: holds no inputs; the smallest thing to write is `- Hello`");
}

#[test]
fn columns_count_from_one() {
    assert_snapshot!(Case::new("a.json", "").errors(), @"a.json:1:1: is not valid JSON: it ends too early");
}
