//! Inputs from every kind of file, iterations and personas.

use std::fs::{self, File};
use std::process::Stdio;

use crate::resume::{kill, resume, sent};
use crate::support::{Finished, Project, Server};

fn simulation(url: &str, keys: &str) -> String {
    format!("{keys}\nrunner:\n  http: {{ url: '{url}', stream: sse, stream_output_path: delta }}\n")
}

#[track_caller]
fn check_file(name: &str, content: &str, expected: &[(&str, &str)]) {
    let server = Server::echo();
    let simulation = simulation(&server.url("/chat"), &format!("inputs_file: {name}"));
    let project = Project::new(&simulation).file(name, content);
    project.run(&[]).exits(0);
    let traces = project.traces();
    let found: Vec<_> = traces
        .iter()
        .map(|trace| {
            (trace["case_id"].as_str().expect("an id"), trace["output"].as_str().expect("text"))
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn yaml_lists_of_strings_and_maps() {
    check_file(
        "inputs/in.yaml",
        "- Hi\n- { input: Ho, id: second }\n",
        &[("0/0", "Hi"), ("second/0", "Ho")],
    );
}

#[test]
fn yaml_as_the_generator_writes_it() {
    check_file(
        "in.yml",
        "generation_config: { x: 1 }\nstats: {}\ninputs:\n  - { input: Hi, persona: ada }\n",
        &[("0/0", "Hi")],
    );
}

#[test]
fn json_and_json_lines() {
    check_file(
        "in.json",
        r#"{"inputs": ["Hi", {"input": "Ho"}]}"#,
        &[("0/0", "Hi"), ("1/0", "Ho")],
    );
    check_file(
        "in.jsonl",
        "\"Hi\"\n\n{\"input\": \"Ho\", \"id\": \"x\"}\n",
        &[("0/0", "Hi"), ("x/0", "Ho")],
    );
}

#[test]
fn csv_with_a_header() {
    check_file(
        "in.csv",
        "id,input,topic\na,\"Hi, you\",x\nb,Ho,y\n",
        &[("a/0", "Hi, you"), ("b/0", "Ho")],
    );
}

#[test]
fn an_input_is_text_and_never_interpolated() {
    check_file("in.yaml", "- '${HOME} and $.input'\n", &[("0/0", "${HOME} and $.input")]);
}

#[test]
fn iterations_repeat_each_input() {
    let server = Server::echo();
    let project = Project::new(&simulation(&server.url("/chat"), "base_inputs: [Hi, Ho]"));
    project.run(&["-i", "2"]).exits(0);
    let traces = project.traces();
    let ids: Vec<_> = traces.iter().map(|trace| trace["case_id"].as_str()).collect();
    assert_eq!(ids, [Some("0/0"), Some("0/1"), Some("1/0"), Some("1/1")]);
    assert_eq!(traces[1]["iteration"], 1);
}

#[test]
fn personas_select_inputs() {
    let server = Server::echo();
    let keys = "base_inputs: [{input: a, persona: x}, {input: b, persona: y}, {input: c}]";
    let project = Project::new(&simulation(&server.url("/chat"), keys));
    project.run(&["-p", "y"]).exits(0);
    assert_eq!(project.outputs(), ["b"]);
    assert_eq!(project.trace()["persona"], "y");
}

#[test]
fn an_input_template_is_applied() {
    let server = Server::echo();
    let keys = "base_inputs: [{input: a, persona: x}]\ninput_template: '{persona} says: {input}'";
    let project = Project::new(&simulation(&server.url("/chat"), keys));
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), ["x says: a"]);
}

#[test]
fn duplicate_ids_are_refused_before_anything_is_sent() {
    let server = Server::echo();
    let simulation = simulation(&server.url("/chat"), "inputs_file: in.jsonl");
    let project = Project::new(&simulation)
        .file("in.jsonl", "{\"input\": \"a\", \"id\": \"x\"}\n{\"input\": \"b\", \"id\": \"x\"}\n");
    project.run(&[]).exits(3).says(&["in.jsonl:2", "same id as the input at in.jsonl:1"]);
    assert_eq!(server.agent().served().requests, 0);
}

/// How a run of these inputs goes, and how it goes on after it was killed.
#[track_caller]
fn check_resumed(name: &str, content: &str, keys: &str, ids: &[&str]) {
    let server = Server::echo();
    let project = Project::new(&simulation(&server.url("/chat"), keys));
    let project = project.file(name, content);
    let found = |project: &Project| -> Vec<String> {
        let traces = project.traces();
        traces.iter().map(|it| it["case_id"].as_str().expect("an id").to_owned()).collect()
    };
    project.run(&[]).exits(0);
    assert_eq!(found(&project), ids, "{name} {keys}");
    kill(&project.experiment(), 1, "");
    let before = sent(&server);
    resume(&project, &[]).exits(0);
    assert_eq!(sent(&server) - before, ids.len() as u64 - 1, "{name} {keys}");
    assert_eq!(found(&project), ids, "{name} {keys}");
    kill(&project.experiment(), 1, "");
    let other = content.replace("Hi", "Ho");
    let project = project.file(name, &other);
    resume(&project, &[]).exits(3).says(&["other inputs"]);
}

#[test]
fn every_form_runs_and_resumes() {
    let excel = "\u{feff}id;Frage;Preis\r\na;\"Hi; you\";1,5\r\nb;Hallo;2,5\r\nc;Ciao;\r\n";
    check_resumed("in.csv", excel, "inputs: {file: in.csv, input: Frage}", &["a/0", "b/0", "c/0"]);
    check_resumed(
        "in.csv",
        excel,
        "inputs: {file: in.csv, input: Frage, shuffle: true}\nseed: 3",
        &["b/0", "a/0", "c/0"],
    );
    let lines = "{\"question\": \"Hi\", \"answers\": {\"text\": [\"x\"]}}\n{\"question\": \"b\", \"answers\": null}\n";
    check_resumed(
        "in.jsonl",
        lines,
        "inputs: {file: '*.jsonl', expected: answers}",
        &["0/0", "1/0"],
    );
    let sharegpt = r#"[{"id": "x", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "a"}]}, {"id": "y", "conversations": [{"from": "human", "value": "b"}]}]"#;
    check_resumed(
        "in.json",
        sharegpt,
        "inputs: {file: in.json, preset: sharegpt}",
        &["x/0", "y/0"],
    );
    let batch = r#"{"custom_id": "r1", "url": "/chat", "body": {"messages": [{"role": "user", "content": "Hi"}]}}
{"custom_id": "r2", "url": "/chat", "body": {"input": "b"}}
"#;
    check_resumed(
        "in.jsonl",
        batch,
        "inputs: {file: in.jsonl, preset: openai-batch}",
        &["r1/0", "r2/0"],
    );
    let promptfoo = "- vars: {question: Hi}\n- vars: {question: b}\n";
    check_resumed(
        "in.yaml",
        promptfoo,
        "inputs: {file: in.yaml, preset: promptfoo}",
        &["0/0", "1/0"],
    );
}

/// A run that gets this on standard input.
fn piped(project: &Project, content: &str, args: &[&str]) -> Finished {
    let path = project.path().join("piped");
    fs::write(&path, content).expect("a file");
    let stdin = Stdio::from(File::open(path).expect("it is there"));
    Finished::of(project.command(&[&["run", "experiment"], args].concat()).stdin(stdin))
}

#[test]
fn standard_input_is_kept_and_resumed() {
    let server = Server::echo();
    let project = Project::new(&simulation(&server.url("/chat"), "inputs: {file: '-'}"));
    piped(&project, "id,input\na,\"Hi, you\"\nb,Ho\n", &[]).exits(0);
    assert_eq!(project.outputs(), ["Hi, you", "Ho"]);
    let kept = project.experiment().join("inputs.jsonl");
    let text = fs::read_to_string(&kept).expect("it is kept");
    assert_eq!(text, "{\"id\":\"a\",\"input\":\"Hi, you\"}\n{\"id\":\"b\",\"input\":\"Ho\"}\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&kept).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    kill(&project.experiment(), 1, "");
    resume(&project, &[]).exits(0);
    assert_eq!(project.outputs(), ["Hi, you", "Ho"]);
    kill(&project.experiment(), 1, "");
    fs::write(&kept, text.replace("Ho", "Hu")).expect("it can be written");
    resume(&project, &[]).exits(3).says(&["other inputs"]);
    piped(&project, "", &[]).exits(3).says(&["holds no inputs\n--> standard input\n"]);
    piped(&project, "\"one\"\n5\n", &[])
        .exits(3)
        .says(&["an input must be text", "--> standard input:2:1"]);
}

/// A project whose inputs come through the named pipe `in.jsonl`.
#[cfg(unix)]
fn with_pipe(server: &Server) -> Project {
    let keys = "inputs: {file: in.jsonl}";
    let project = Project::new(&simulation(&server.url("/chat"), keys));
    let path = project.path().join("in.jsonl");
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo runs").success());
    project
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_once_and_resumed() {
    let server = Server::echo();
    let project = with_pipe(&server);
    let pipe = project.path().join("in.jsonl");
    let writer = std::thread::spawn(move || fs::write(pipe, "\"Hi\"\n\"Ho\"\n"));
    project.run(&[]).exits(0);
    writer.join().expect("it ended").expect("it was read");
    assert_eq!(project.outputs(), ["Hi", "Ho"]);
    kill(&project.experiment(), 1, "");
    resume(&project, &[]).exits(0);
    assert_eq!(project.outputs(), ["Hi", "Ho"]);
}

#[cfg(unix)]
#[test]
fn a_pipe_without_a_writer_is_named_and_can_be_left() {
    let server = Server::echo();
    let project = with_pipe(&server);
    let mut command = project.command(&["run", "experiment"]);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    let stderr = child.stderr.take().expect("a pipe");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stderr), &mut line).expect("a line");
    crate::support::signal(&child, "-INT");
    let status = child.wait().expect("it ends");
    assert!(line.contains("waiting for a program that writes to the pipe `in.jsonl`"), "{line}");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(2));
    assert!(project.experiments().is_empty());
}

#[test]
fn texts_of_the_command_line_are_sent_alone() {
    let server = Server::echo();
    let project = Project::new(&simulation(&server.url("/chat"), "base_inputs: [a]"));
    project.run(&["--input", "Hi", "--input=--help"]).exits(0);
    assert_eq!(project.outputs(), ["Hi", "--help"]);
    project.run(&["--input", "Hi", "--limit", "2"]).exits(2).says(&["cannot be used with"]);
}

#[test]
fn flags_choose_among_the_inputs() {
    let server = Server::echo();
    let keys = "base_inputs: [{id: a1, input: a}, {id: a2, input: b}, {id: b1, input: c}]";
    let project = Project::new(&simulation(&server.url("/chat"), keys));
    project.run(&["--only", "a*", "b1", "--limit", "2"]).exits(0);
    assert_eq!(project.outputs(), ["a", "b"]);
    resume(&project, &["--only", "a*"]).exits(3).says(&["another choice of them"]);
    project.run(&["--only", "z"]).exits(3).says(&["no input has an id like `z`"]);
}

#[test]
fn failed_inputs_of_an_earlier_run_become_a_new_one() {
    let server = Server::echo();
    let keys = "base_inputs: [{id: a, input: a, metadata: {fault: status=503}}, {id: b, input: b, metadata: {fault: none}}]";
    let config = simulation(&server.url("/chat"), keys).replace(
        "http: {",
        "http: { retry: { attempts: 0 }, query: { x_mock_fault: $.metadata.fault },",
    );
    let project = Project::new(&config);
    project.run(&[]).exits(10);
    let first = project.experiment();
    let first = first.to_str().expect("UTF-8");
    let before = sent(&server);
    project.run(&["--failed-of", first]).exits(10);
    assert_eq!((sent(&server) - before, project.experiments().len()), (1, 2));
    let all = Project::new(&simulation(&server.url("/chat"), "base_inputs: [a]"));
    all.run(&[]).exits(0);
    let first = all.experiment();
    all.run(&["--failed-of", first.to_str().expect("UTF-8")]).exits(0).says(&["nothing is sent"]);
    assert_eq!(all.experiments().len(), 1);
}

#[test]
fn what_is_expected_is_kept_and_never_sent() {
    let server = Server::echo();
    let keys = "inputs: {file: in.csv, expected: answer}";
    let project = Project::new(&simulation(&server.url("/chat"), keys))
        .file("in.csv", "input,answer\na,42\n");
    project.run(&[]).exits(0).says(&["nothing was asserted"]);
    assert_eq!(project.trace()["expected"], "42");
    let keys = "inputs: {file: in.csv, expected: answer, expect: checks}";
    let project = Project::new(&simulation(&server.url("/chat"), keys))
        .file("in.csv", "input,answer,checks\na,42,\"[{\"\"contains\"\": \"\"4\"\"}]\"\n");
    project.run(&[]).exits(10).keeps_quiet_about(&["nothing was asserted"]);
    let trace = project.trace();
    assert_eq!((&trace["expected"], &trace["expect"][0]["contains"]), (&"42".into(), &"4".into()));
    assert_eq!(trace["metadata"], serde_json::json!({}));
    let config = simulation(&server.url("/chat"), "base_inputs: [a]");
    let config = config.replace("http: {", "http: { query: { x: $.expected },");
    Project::new(&config).run(&[]).exits(3).says(&["would send the expected answer"]);
}

#[test]
fn a_batch_body_is_sent_as_it_is() {
    let server = Server::echo();
    let keys = "inputs: {file: in.jsonl, preset: openai-batch}";
    let project = Project::new(&simulation(&server.url("/v1/chat/completions"), keys)).file(
        "in.jsonl",
        r#"{"custom_id": "r", "url": "/v1/responses", "body": {"model": "m", "input": "Hi"}}"#,
    );
    project.run(&["--dry-run"]).exits(0).says(&["\"model\": \"m\"", "written for another `url`"]);
}

#[test]
fn records_of_other_cases_are_refused_with_their_line() {
    let server = Server::echo();
    for (from, to) in [
        ("\"case_index\":1", "\"case_index\":9"),
        ("\"case_id\":\"b/0\"", "\"case_id\":\"x/0\""),
        ("\"input\":\"Ho\"", "\"input\":\"Hu\""),
        ("\"input_hash\":\"", "\"input_hash\":\"0"),
    ] {
        let keys = "base_inputs: [{id: a, input: Hi}, {id: b, input: Ho}, {id: c, input: Hey}]";
        let project = Project::new(&simulation(&server.url("/chat"), keys));
        project.run(&[]).exits(0);
        let journal = project.experiment().join("traces.jsonl");
        let text = fs::read_to_string(&journal).expect("a journal");
        let changed: Vec<String> = text
            .lines()
            .map(|line| {
                if line.contains("\"b/0\"") { line.replacen(from, to, 1) } else { line.to_owned() }
            })
            .collect();
        fs::write(&journal, format!("{}\n", changed.join("\n"))).expect("it can be written");
        let line = 1 + text.lines().position(|line| line.contains("\"b/0\"")).expect("it is there");
        resume(&project, &[]).exits(1).says(&[&format!("in line {line} a record of another case")]);
        resume(&project, &["--force"]).exits(0);
        assert_eq!(project.outputs(), ["Hi", "Ho", "Hey"], "{from}");
    }
}
