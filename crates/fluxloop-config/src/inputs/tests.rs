//! Inputs of every form.

use std::path::Path;
use std::sync::Arc;

use fluxloop_plan::Input;
use insta::assert_snapshot;
use serde_json::json;
use tempfile::TempDir;

use crate::{InputError, Inputs, LoadOptions, load};

mod faults;
mod files;
mod numbers;
mod places;
mod secrets;

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
i.jsonl:2:1: is not valid JSON: a value is missing, or stands without double quotes; put texts in double quotes
i.jsonl:3:1: an input must be text or a mapping with `input`, not a number; put it in quotes, or write `{input: …}`
i.jsonl:4:1: `input` is missing: no text is at `input`, `prompt`, `question`, `query`, `text`, `instruction`, `message` or `messages` (there is `id`); write `{input: …}`
i.jsonl:5:1: `messages` must be a list, not text
i.jsonl:6:1: is not valid JSON: it ends too early; close its quotes, brackets and braces
"##);
    assert_snapshot!(Case::new("i.yaml", "- a\n- 5\n- {id: x}\n- input: {a: 1}\n").errors(), @r##"
i.yaml:2:3: an input must be text or a mapping with `input`, not a number; put it in quotes, or write `{input: …}`
i.yaml:3:3: `input` is missing: no text is at `input`, `prompt`, `question`, `query`, `text`, `instruction`, `message` or `messages` (there is `id`); write `{input: …}`
i.yaml:4:3: `input` must be text, not a mapping
"##);
    assert_snapshot!(Case::new("i.json", "[\n  \"a\",\n  5, {\"id\": 1}\n]").errors(), @r##"
i.json:3:3: an input must be text or a mapping with `input`, not a number; put it in quotes, or write `{input: …}`
i.json:3:6: `input` is missing: no text is at `input`, `prompt`, `question`, `query`, `text`, `instruction`, `message` or `messages` (there is `id`); write `{input: …}`
"##);
    assert_snapshot!(Case::new("i.json", "{\"inputs\": [\n  \"a\",,]}").errors(), @"i.json:2:7: is not valid JSON: a value is missing, or stands without double quotes; put texts in double quotes");
    assert_snapshot!(Case::new("i.csv", "input,id\na,1\nb\n").errors(), @"i.csv:3:1: has 1 field, and the first line has 2; put texts that have `,` or a line break in them in double quotes");
    assert_snapshot!(Case::new("i.csv", "Frage\na\n").errors(), @"i.csv:1:1: `input` is missing: no text is at `input`, `prompt`, `question`, `query`, `text`, `instruction`, `message` or `messages` (there is `Frage`); set `input: Frage` below `inputs`, if that is the text");
    assert_snapshot!(Case::new("i.csv", b"input\n\xff\n").errors(), @r#"i.csv:2:1: is not UTF-8 text; save it as UTF-8 (in Excel as "CSV UTF-8"), or convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`"#);
}

#[test]
fn files_that_are_none_are_named() {
    assert_snapshot!(Case::new("i.txt", "a").errors(), @"agent.yaml:1:14: inputs_file: neither the extension nor the content of `i.txt` says what kind of file it is; set `format` below `inputs` to `csv`, `tsv`, `jsonl`, `json` or `yaml`");
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
i.jsonl:3:1: has the same id as the input at i.jsonl:1:1; give it another `id`, or leave `id` out
i.jsonl:4:1: has the same id as the input at i.jsonl:2:1; give it another `id`, or leave `id` out
"##);
    assert_snapshot!(Case::new("i.yaml", "- {input: a, id: x}\n- {input: b, id: x}\n").errors(), @"i.yaml:2:3: has the same id as the input at i.yaml:1:3; give it another `id`, or leave `id` out");
}

#[test]
fn many_faults_are_cut_short() {
    let errors = Case::new("i.jsonl", "tru\n".repeat(1000)).errors();
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

/// What the inputs are after the file was changed between the check and the run.
#[track_caller]
fn check_changed(
    name: &str,
    text: &str,
    change: impl FnOnce(&Path),
    expected: &[Result<&str, &str>],
) {
    let case = Case::new(name, text);
    let inputs = case.inputs();
    change(&case.folder.path().join(name));
    let shown = |item: Result<Arc<Input>, InputError>| match item {
        Ok(input) => Ok(input.input.clone()),
        Err(error) => Err(error.to_string()),
    };
    let found: Vec<Result<String, String>> = inputs.iter().map(shown).collect();
    let expected = expected.iter().map(|it| it.map(str::to_owned).map_err(str::to_owned));
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[test]
fn content_decides_whether_a_file_has_changed() {
    let text = "\"a\"\n\"b\"\n";
    let both = [Ok("a"), Ok("b")];
    let write = |text: &'static str| move |path: &Path| std::fs::write(path, text).unwrap();
    check_changed("i.jsonl", text, write(text), &both);
    check_changed("i.jsonl", text, |path| std::fs::remove_file(path).unwrap(), &both);
    check_changed("i.jsonl", text, write("\"a\"\n\"b\"\n\"c\"\n"), &both);
    check_changed(
        "i.jsonl",
        text,
        write("\"a\"\n"),
        &[Err("i.jsonl:1:1: the inputs changed while the run was under way")],
    );
    check_changed(
        "i.jsonl",
        text,
        write("\"a\"\n\"x\"\n"),
        &[Err("i.jsonl:1:1: the inputs changed while the run was under way")],
    );
    let csv = "input\na\nb\n";
    check_changed("i.csv", csv, write("input\na\nb\nc\n"), &both);
    check_changed(
        "i.csv",
        csv,
        write("input\na\nc\n"),
        &[Err("i.csv: the inputs changed while the run was under way")],
    );
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
    assert_snapshot!(case.errors(), @"i.csv:2:1: is longer than 64 MiB");
}

#[test]
fn nested_json_does_not_overflow_the_stack() {
    let deep = "[".repeat(100_000);
    assert_snapshot!(Case::new("i.jsonl", &deep).errors(), @"i.jsonl:1:1: is not valid JSON: it is nested too deeply");
    assert_snapshot!(Case::new("i.json", format!("[{deep}")).errors(), @"i.json:1:100001: is not valid JSON: it ends too early; close its quotes, brackets and braces");
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
    assert_snapshot!(Case::new("a.json", "").errors(), @r#"a.json: holds no inputs; the smallest thing to write is `["Hello"]`"#);
}

/// The long form.
fn section(name: &str, text: &str, keys: &str) -> Case {
    let case = Case::new(name, text);
    let config = format!(
        "inputs: {{file: {name}, {keys}}}\nrunner: {{http: {{url: 'http://localhost/v1/chat/completions'}}}}\n"
    );
    std::fs::write(case.folder.path().join("agent.yaml"), config).unwrap();
    case
}

#[track_caller]
fn check_section(name: &str, text: &str, keys: &str, expected: &[&str]) {
    assert_eq!(section(name, text, keys).shown(), expected);
}

impl Case {
    /// Everything of the first input but its metadata.
    #[track_caller]
    fn first(&self) -> serde_json::Value {
        let input = self.inputs().iter().next().unwrap().unwrap();
        json!({
            "input": input.input, "messages": input.messages, "expected": input.expected,
            "expect": input.expect, "body": input.body,
        })
    }

    fn warnings(&self) -> String {
        let loaded = load(&self.options).unwrap_or_else(|errors| panic!("{errors}"));
        loaded.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

const ROWS: &str = "id;lang;question;answer\nx;en;one, two;1,5\ny;de;zwei;\nz;en;three;3\n";

#[test]
fn parts_are_where_the_section_says() {
    let all = ["x: one, two", "y: zwei", "z: three"];
    check_section("i.csv", &format!("\u{feff}sep=;\r\n{ROWS}"), "expected: answer", &all);
    check_section("i.csv", ROWS, "delimiter: ';', input: [nope, $.question]", &all);
    check_section(
        "i.csv",
        ROWS,
        "persona: lang, where: {path: lang, equals: de}",
        &["y: zwei (de)"],
    );
    let case = section("i.csv", ROWS, "expected: answer");
    assert_eq!(case.first()["expected"], "1,5");
    let metadata = case.inputs().iter().next().unwrap().unwrap().metadata.clone();
    assert_eq!(json!(metadata), json!({"lang": "en"}), "what is expected is not metadata");
    let nested = r#"{"q": {"text": "a"}, "r": {"answer": "b", "n": 1}}"#;
    let case = section("i.jsonl", nested, "input: $.q.text, expected: $.r.answer");
    assert_eq!(case.first()["expected"], "b");
    let metadata = case.inputs().iter().next().unwrap().unwrap().metadata.clone();
    assert_eq!(json!(metadata)["r"], json!({"answer": null, "n": 1}));
}

#[test]
fn the_only_usual_name_is_the_text() {
    for name in ["prompt", "question", "query", "text", "instruction", "message"] {
        let case = Case::new("i.jsonl", format!("{{\"{name}\": \"a\"}}\n"));
        assert_eq!(case.shown(), ["0: a"]);
        assert!(case.warnings().contains(&format!("took `{name}` as the text of 1 input;")));
    }
    assert_snapshot!(Case::new("i.jsonl", "{\"prompt\": \"a\", \"text\": \"b\"}").errors(), @"i.jsonl:1:1: has `prompt` and `text`; name the text that is sent below `inputs`, for example `input: prompt`");
    assert_snapshot!(Case::new("i.jsonl", "{\"instruction\": \"a\", \"input\": \"b\", \"output\": \"c\"}").warnings(), @"i.jsonl: entries have `instruction` and `output` too, as Alpaca's have: only `input` is sent; set `preset: alpaca` below `inputs` to send both");
}

#[test]
fn the_last_user_message_stands_for_the_text() {
    let turns = r#"[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": [{"type": "text", "text": "c"}]}]"#;
    check("i.jsonl", &format!("{{\"messages\": {turns}}}"), &["0: c"]);
    check_section("i.jsonl", turns, "messages: $", &["0: c"]);
    check_section(
        "i.jsonl",
        &format!("{{\"b\": {{\"m\": {turns}}}}}"),
        "messages: $.b.m",
        &["0: c"],
    );
    assert_snapshot!(Case::new("i.jsonl", turns).errors(), @r##"
i.jsonl:1:1: is a list of messages; set `messages: "$"` below `inputs`, or write `{"messages": […]}`
"##);
}

#[test]
fn choices_follow_their_order() {
    let lines: String =
        (0..20).map(|n| json!({"input": n.to_string(), "odd": n % 2}).to_string() + "\n").collect();
    let numbers = |keys: &str| -> Vec<u32> {
        let shown = section("i.jsonl", &lines, keys).shown();
        shown.iter().map(|line| line.split(':').next().unwrap().parse().unwrap()).collect()
    };
    assert_eq!(numbers("where: {path: odd, equals: 1}, limit: 3"), [1, 3, 5]);
    let sample = numbers("where: {path: odd, equals: 1}, sample: {count: 4, seed: 7}");
    assert!(sample.len() == 4 && sample.is_sorted() && sample.iter().all(|n| n % 2 == 1));
    assert_eq!(sample, numbers("where: {path: odd, equals: 1}, sample: {count: 4, seed: 7}"));
    let mut shuffled =
        numbers("where: {path: odd, equals: 1}, sample: {count: 4, seed: 7}, shuffle: true");
    assert_ne!(shuffled, sample);
    shuffled.sort_unstable();
    assert_eq!(shuffled, sample);
    let hashes = ["limit: 3", "limit: 4", "shuffle: true", "format: jsonl"]
        .map(|keys| section("i.jsonl", &lines, keys).inputs().hash().to_owned());
    assert!((0..4).all(|at| !hashes[at + 1..].contains(&hashes[at])), "{hashes:?}");
}

#[test]
fn csv_is_read_by_seek_as_from_the_start() {
    let rows: String = (0..200).fold(String::new(), |all, n| {
        all + &format!("{n};\"{}\r\nx \"\"{n}\"\"\";\r\n", "y".repeat(n * 7))
    });
    let text = format!("sep=;\r\nid;input;note\r\n{rows}");
    let mut straight = section("i.csv", &text, "limit: 1000").shown();
    let mut shuffled = section("i.csv", &text, "shuffle: true").shown();
    assert_ne!(straight, shuffled);
    straight.sort_unstable();
    shuffled.sort_unstable();
    assert_eq!(straight, shuffled);
}

#[test]
fn flags_choose_too() {
    let mut case = Case::new("i.csv", "id,input\na1,one\na2,two\nb1,three\n");
    case.options.only = vec!["a*".to_owned(), "b1".to_owned()];
    case.options.limit = Some(2);
    assert_eq!(case.shown(), ["a1: one", "a2: two"]);
    case.options.ids = Some(["a2", "gone"].map(str::to_owned).into());
    assert_eq!(case.shown(), ["a2: two"]);
    assert_snapshot!(case.warnings(), @"i.csv: 1 failed input of that run is not among the inputs of this run");
    case.options.only = vec!["c*".to_owned()];
    assert_snapshot!(case.errors(), @"--only: no input has an id like `c*`");
    case.options.inputs = vec!["Hello".to_owned(), "-5".to_owned()];
    assert_eq!(case.shown(), ["0: Hello", "1: -5"]);
}

#[test]
fn several_files_count_on() {
    let case = section("i.jsonl", "\"a\"\n", "limit: 9");
    std::fs::create_dir(case.folder.path().join("d")).unwrap();
    for (name, text) in [("d/2.csv", "input\nd\n"), ("d/1.jsonl", "\"b\"\n\"c\"\n")] {
        std::fs::write(case.folder.path().join(name), text).unwrap();
    }
    let with = |file: &str| {
        let config = format!(
            "inputs: {{file: {file}, shuffle: false}}\nrunner: {{http: {{url: 'http://localhost'}}}}\n"
        );
        std::fs::write(case.folder.path().join("agent.yaml"), config).unwrap();
        case.shown()
    };
    assert_eq!(with("[i.jsonl, 'd/*']"), ["0: a", "1: b", "2: c", "3: d"]);
    assert_eq!(with("'d/?.csv'"), ["0: d"]);
}

#[test]
fn sharegpt_goes_to_the_last_human_turn() {
    let text = r#"[{"id": "x", "system": "Be brief.", "conversations": [
        {"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"},
        {"from": "human", "value": "Why?"}, {"from": "gpt", "value": "Because."}]}]"#;
    let case = section("i.json", text, "preset: sharegpt");
    assert_eq!(case.shown(), ["x: Why?"]);
    assert_eq!(
        case.first(),
        json!({
            "input": "Why?", "expected": "Because.", "expect": null, "body": null,
            "messages": [
                {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "Why?"},
            ],
        })
    );
    let tool = r#"[{"conversations": [{"from": "observation", "value": "x"}]}]"#;
    assert_snapshot!(section("i.json", tool, "preset: sharegpt").errors(), @"i.json:1:2: does not fit `preset: sharegpt`: the entry has a turn of somebody else than `human`, `gpt` and `system`");
    assert_snapshot!(Case::new("i.json", text).errors(), @"i.json:1:2: `input` is missing: no text is at `input`, `prompt`, `question`, `query`, `text`, `instruction`, `message` or `messages` (there is `id`, `system`, `conversations`); set `preset: sharegpt` below `inputs`");
}

#[test]
fn openai_files_are_read() {
    let batch = r#"{"custom_id": "r1", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}}"#;
    let case = section("i.jsonl", batch, "preset: openai-batch");
    assert_eq!(case.shown(), ["r1: Hi"]);
    assert_eq!(case.first()["body"]["model"], "m");
    assert_eq!(case.warnings(), "");
    let other = batch.replace("/v1/chat/completions", "/v1/responses");
    assert_snapshot!(section("i.jsonl", &other, "preset: openai-batch").warnings(), @"i.jsonl: 1 input is written for another `url` or `method` than `runner.http` has, and sent to the configured one");
    let tuning = r#"{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}"#;
    let case = section("i.jsonl", tuning, "preset: openai-messages");
    assert_eq!(case.first()["messages"], json!([{"role": "user", "content": "Hi"}]));
    assert_eq!(case.first()["expected"], "Hello");
}

#[test]
fn promptfoo_tests_are_read() {
    let tests = "description: d\nprompts: [p]\ntests:\n- vars: {question: a, lang: en}\n  assert: [{type: contains, value: b}]\n  threshold: 0.5\n";
    let case = section("i.yaml", tests, "preset: promptfoo");
    assert_eq!(case.shown(), ["0: a"]);
    assert_eq!(case.first()["expect"], json!([{"type": "contains", "value": "b"}]));
    assert_eq!(case.inputs().with_expectations(), 1);
    assert_eq!(case.inputs().iter().next().unwrap().unwrap().metadata["vars"]["lang"], "en");
    assert_snapshot!(case.warnings(), @r##"
i.yaml:1:1: these parts of the file have no effect here: `prompts`
i.yaml: these parts of the file have no effect here: `threshold`
"##);
    check_section("i.csv", "topic,__expected\nx,contains:y\n", "preset: promptfoo", &["0: x"]);
    let errors =
        |vars: &str| section("i.yaml", &format!("- vars: {vars}\n"), "preset: promptfoo").errors();
    assert_snapshot!(errors("{a: x, b: y}"), @"i.yaml:1:3: `input` is missing: `vars` has no text at `input`, `prompt`, `question`, `query`, `text`, `instruction` or `message`, nor as the only variable (there is `a`, `b`); name the text below `inputs`, for example `input: $.vars.a`");
    assert_snapshot!(errors("{a: [x, y]}"), @"i.yaml:1:3: does not fit `preset: promptfoo`: the entry has a list as the value of a variable, which stands for several tests; write one test for each of its items");
}

#[test]
fn alpaca_joins_instruction_and_input() {
    let text = r#"[{"instruction": "Sum up.", "input": "A text.", "output": "T."}, {"instruction": "Hi", "input": "", "output": ""}]"#;
    let case = section("i.json", text, "preset: alpaca");
    assert_eq!(case.shown(), ["0: Sum up.\n\nA text.", "1: Hi"]);
    assert_eq!(case.first()["expected"], "T.");
}

#[test]
fn mistakes_are_named_with_their_remedy() {
    let errors = |name: &str, text: &[u8]| Case::new(name, text).errors();
    assert_snapshot!(errors("i.csv", b"id|input\n1|x\n"), @r#"i.csv:1:1: `input` is missing: no text is at `input`, `prompt`, `question`, `query`, `text`, `instruction`, `message` or `messages` (there is `id|input`); the columns are separated by `|`: set `delimiter: "|"` below `inputs`"#);
    assert_snapshot!(errors("i.csv", b"Input,label\nhi,1\n"), @"i.csv:1:1: `input` is missing: no text is at `input`, `prompt`, `question`, `query`, `text`, `instruction`, `message` or `messages` (there is `Input`, `label`); set `input: Input` below `inputs`");
    assert_snapshot!(errors("i.csv", b"input,label\n\"He said \"hi\"\", x\n"), @r#"i.csv:2:1: text follows a closing quote; double every quote that belongs to the text (`""`), and leave no blank between a quote and the separator"#);
    assert_snapshot!(errors("i.csv", b"input,a,a\nx,1,2\n"), @"i.csv:1:1: names the column `a` twice; give each column a name of its own");
    assert_snapshot!(errors("i.csv", b"\xff\xfei\0"), @"i.csv: is UTF-16 text; save it as UTF-8");
    assert_snapshot!(errors("i.csv", b"input\nh\xe9\n"), @r#"i.csv:2:1: is not UTF-8 text; save it as UTF-8 (in Excel as "CSV UTF-8"), or convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`"#);
    assert_snapshot!(errors("i.jsonl", b"{\n  \"input\": \"a\"\n}\n"), @"i.jsonl:1:1: is not JSON Lines: a JSON value goes over several lines; set `format: json` below `inputs` if the file is one list, or write each value in one line (`jq -c .`)");
    assert_snapshot!(errors("i.jsonl", b"[\"one\", \"two\"]"), @"i.jsonl:1:1: is not JSON Lines: a list of inputs stands in one line; set `format: json` below `inputs`, or name the file `.json`");
    assert_snapshot!(errors("i.jsonl", b"\"a\"\r\"b\"\r"), @"i.jsonl:1:1: is not JSON Lines: lines end in a carriage return alone; save the file with line feeds");
    assert_snapshot!(errors("i.json", b"\"a\"\n\"b\"\n"), @"i.json:2:1: is not valid JSON: something follows the value; if each line has a value of its own, set `format: jsonl` below `inputs`, or name the file `.jsonl`");
    assert_snapshot!(errors("i.json", b"[\"a\",]"), @"i.json:1:6: is not valid JSON: a comma stands before the closing bracket; remove the comma");
    assert_snapshot!(errors("i.yaml", b"- Q: what is it\n"), @"i.yaml:1:3: `input` is missing: no text is at `input`, `prompt`, `question`, `query`, `text`, `instruction`, `message` or `messages` (there is `Q`); put a text that has `: ` in it in quotes, or name the text `input`");
    assert_snapshot!(errors("i.yaml", b""), @"i.yaml: holds no inputs; the smallest thing to write is `- Hello`");
    assert_snapshot!(section("i.jsonl", "\"a\"", "id: nope").errors(), @"agent.yaml:1:29: inputs.id: no entry has a value at `nope`; name a member that the entries have");
    assert_snapshot!(section("i.jsonl", "\"a\"", "where: {path: x, equals: 1}").errors(), @"agent.yaml:1:32: inputs.where: no entry has `x`");
}

#[test]
fn empty_inputs_are_counted_once() {
    let warnings = Case::new("i.csv", "input,x\n,a\nb,\n\" \",c\n").warnings();
    assert_snapshot!(warnings, @"i.csv:2:1: 2 inputs have no text, and are sent all the same");
}
