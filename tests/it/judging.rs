//! Expectations, thresholds, objectives and the exit code: what a user writes, and what comes of it.

use std::fs;

use fluxloop_matrix::{JUDGED, Judged};
use serde_json::{Value, json};

use crate::support::{Finished, Project, Server};

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

/// A configuration of these inputs against a server, with these keys in YAML's flow style.
fn simulation(server: &Server, config: &str, inputs: &[&str]) -> String {
    let mut simulation = json!({
        "runner": {"http": {
            "url": server.url("/chat"),
            "stream": "sse",
            "stream_output_path": "delta",
            "query": {"x_mock_fault": "$.metadata.fault"},
            "retry": {"attempts": 0},
        }},
        "base_inputs": inputs.iter().map(|input| yaml(input)).collect::<Vec<_>>(),
    });
    merge(&mut simulation, yaml(config));
    simulation.to_string()
}

fn merge(one: &mut Value, other: Value) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, value) in other {
                merge(one.entry(name).or_insert(Value::Null), value);
            }
        }
        (one, other) => *one = other,
    }
}

/// Writes another configuration into a project.
fn write(project: &Project, simulation: &str) {
    fs::write(project.path().join("configs/simulation.yaml"), simulation).expect("it is there");
}

fn resume(project: &Project, args: &[&str]) -> Finished {
    let folder = project.experiment();
    let folder = folder.to_str().expect("UTF-8");
    project.run(&[&["--no-display", "--resume", folder], args].concat())
}

const QUESTION: &str = "{id: q, input: one two three, metadata: {fault: none}}";

#[test]
fn outcome_verdict_and_exit_code_are_those_of_the_page() {
    for row in JUDGED {
        play(row);
    }
}

#[track_caller]
fn play(row: &Judged) {
    let server = Server::echo();
    let inputs = row
        .faults
        .iter()
        .map(|fault| format!("{{input: one two three, metadata: {{fault: '{fault}'}}}}"));
    let inputs: Vec<String> = inputs.collect();
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let project = Project::new(&simulation(&server, row.config, &inputs));
    let mut finished = project.run(&[&["--no-display"], row.args].concat());
    if let Some(config) = row.resumed {
        write(&project, &simulation(&server, config, &inputs));
        let before = server.agent().served().requests;
        finished = resume(&project, row.args);
        assert_eq!(server.agent().served().requests, before, "{}: nothing is sent", row.what);
    }
    let traces = project.traces();
    let last = traces.last().expect("a case");
    let name = |key: &str| last[key].as_str().unwrap_or_default();
    let passed = project.json("summary.json")["shares"]["passed"]["cases"].clone();
    let all_before_passed = json!(traces.len() - 1 + usize::from(row.passed));
    let (found, exit) = ((name("outcome"), name("verdict")), finished.code);
    let expected = (row.outcome.name(), row.verdict.name());
    assert_eq!((found, exit), (expected, Some(row.exit)), "{}: {finished:?}", row.what);
    assert_eq!(passed, all_before_passed, "{}", row.what);
    let errors = project.experiment().join("errors.json");
    assert_eq!(errors.exists(), !row.passed, "{}", row.what);
}

#[test]
fn an_unmet_expectation_says_where_it_parts() {
    let server = Server::echo();
    let config = "{expect: [{equals: one two four}, {contains: two}]}";
    let project = Project::new(&simulation(&server, config, &[QUESTION]));
    project.run(&["--no-display"]).exits(10).says(&[
        "[fluxloop] unmet q/0 equals: the text differs from its character 8 on",
        "the case did not pass",
        "1 unmet",
        "expected     one two four",
        "--retry-unmet",
    ]);
    let trace = project.trace();
    assert_eq!((&trace["success"], &trace["outcome"]), (&json!(true), &json!("succeeded")));
    assert_eq!(
        trace["expectations"],
        json!({
            "met": {"contains": 1},
            "unmet": [{
                "number": 1,
                "kind": "equals",
                "message": "the text differs from its character 8 on",
                "expected": "one two four",
                "actual": "one two three",
                "character": 8,
            }],
        })
    );
    let errors = project.json("errors.json");
    assert_eq!((&errors[0]["kind"], &errors[0]["outcome"]), (&json!("unmet"), &json!("succeeded")));
    let summary = project.json("summary.json");
    assert_eq!(summary["verdicts"], json!({"unmet": 1}));
    assert_eq!(summary["shares"]["success"], json!({"share": 1.0, "cases": 1, "of": 1}));
    assert_eq!(summary["shares"]["expectations"], json!({"share": 0.0, "cases": 0, "of": 1}));
}

#[test]
fn an_input_adds_expectations_or_has_only_its_own() {
    let server = Server::echo();
    let inputs = [
        "{id: a, input: one two, expected: two, metadata: {fault: none}}",
        "{id: b, input: one two, expected: two, metadata: {fault: none}, expect: [{contains: six}]}",
        "{id: c, input: one, expected: two, metadata: {fault: none}, expect: {only: [{equals: one}]}}",
    ];
    let config = "{expect: [{contains: $.expected}, {matches: '^{{ $.input }}$'}]}";
    let project = Project::new(&simulation(&server, config, &inputs));
    project.run(&["--no-display"]).exits(10);
    let traces = project.traces();
    let verdicts: Vec<_> = traces.iter().map(|trace| trace["verdict"].clone()).collect();
    assert_eq!(verdicts, ["met", "unmet", "met"]);
    assert_eq!(traces[0]["expectations"], json!({"met": {"contains": 1, "matches": 1}}));
    assert_eq!(traces[1]["expectations"]["unmet"][0]["number"], 3);
    assert_eq!(traces[2]["expectations"], json!({"met": {"equals": 1}}));
}

#[test]
fn what_is_wrong_with_expectations_is_said_before_anything_is_sent() {
    let server = Server::echo();
    for (config, said) in [
        ("{expect: [{contians: x}]}", "did you mean `contains`?"),
        ("{expect: [{contains: ''}]}", "expect[0].contains: is empty"),
        ("{expect: []}", "expect: is empty"),
        ("{expect: [{matches: '('}]}", "is not a valid regular expression"),
        ("{expect: [{contains: $.expected}]}", "`$.expected` finds nothing in this input"),
        ("{expect: [{contains: $.answer}]}", "takes `$.answer`"),
        ("{expect: [{contains: a, channel: thoughts}]}", "no channel has this name"),
        ("{thresholds: {sucess: 90%}}", "did you mean `success`?"),
        ("{thresholds: {success: 0.9}}", "thresholds.success: is not a share"),
        ("{slo: {first_token: soon}}", "is not a duration"),
    ] {
        let project = Project::new(&simulation(&server, config, &[QUESTION]));
        project.run(&[]).exits(3).says(&[said]);
    }
    assert_eq!(server.agent().served().requests, 0);
}

#[test]
fn expectations_of_inputs_are_checked_with_their_place() {
    let server = Server::echo();
    let config = "{base_inputs: null, inputs: {file: in.jsonl}}";
    let project = Project::new(&simulation(&server, config, &[])).file(
        "in.jsonl",
        "{\"input\": \"a\"}\n{\"input\": \"b\", \"expect\": [{\"equals\": \"b\", \"trimm\": true}]}\n",
    );
    project.run(&[]).exits(3).says(&["in.jsonl:2", "expect[0].trimm", "did you mean `trim`?"]);
}

#[test]
fn cases_that_are_not_as_expected_are_sent_again_when_asked() {
    let server = Server::echo();
    let inputs = [
        "{id: a, input: one, metadata: {fault: none}}",
        "{id: b, input: two, metadata: {fault: none}}",
        "{id: c, input: three, metadata: {fault: status=503}}",
    ];
    let project = Project::new(&simulation(&server, "{expect: [{equals: one}]}", &inputs));
    let sent = || server.agent().served().requests;
    project.run(&["--no-display"]).exits(10);
    for (args, more) in [(&[][..], 0), (&["--retry-failed"], 1), (&["--retry-unmet"], 2)] {
        let before = sent();
        resume(&project, args).exits(10);
        assert_eq!(sent() - before, more, "{args:?}");
        assert_eq!(project.traces().len(), 3);
    }
    let folder = project.experiment();
    let before = sent();
    let args = ["--no-display", "--failed-of", folder.to_str().expect("UTF-8")];
    project.run(&args).exits(10).says(&["2 total runs"]);
    assert_eq!(sent() - before, 2);
}

#[test]
fn what_judges_a_run_can_be_changed_when_it_is_resumed() {
    let server = Server::echo();
    let project = Project::new(&simulation(&server, "{expect: [{equals: one}]}", &[QUESTION]));
    project.run(&["--no-display"]).exits(10);
    let path = project.experiment();
    write(&project, &simulation(&server, "{}", &[QUESTION]));
    resume(&project, &[]).exits(0).says(&["the case succeeded"]);
    let trace = project.trace();
    assert_eq!((&trace["verdict"], trace.get("expectations")), (&json!("none"), None));
    assert!(!path.join("errors.json").exists());
    let config = "{thresholds: {duration_max: 1us}, slo: {duration: 1m}}";
    write(&project, &simulation(&server, config, &[QUESTION]));
    let said = ["not met: duration_max is", "at most 1 µs", "100 % of 1 case kept every objective"];
    resume(&project, &[]).exits(10).says(&said);
    let summary = project.json("summary.json");
    assert_eq!(summary["thresholds"][1]["met"], false);
    assert_eq!(summary["slo"]["objectives"]["duration"]["kept"]["cases"], 1);
    // The same once more: nothing is left to do.
    resume(&project, &[]).exits(10).says(&["every case was done before"]);
}

#[test]
fn channels_that_expectations_read_are_kept() {
    let server = Server::echo();
    let config = "{record_channels: counts, expect: [{not_contains: secret, channel: reasoning}]}";
    let project = Project::new(&simulation(&server, config, &[QUESTION]));
    project.run(&["--no-display"]).exits(0);
    assert_eq!(project.trace()["verdict"], "met");
}

#[test]
fn objectives_give_goodput() {
    let server = Server::echo();
    let inputs = [QUESTION, "{id: r, input: one, metadata: {fault: status=503}}"];
    let config = "{thresholds: {success: 50%}, slo: {first_token: 1m, tokens_per_second: 1}}";
    let project = Project::new(&simulation(&server, config, &inputs));
    project.run(&["--no-display"]).exits(0).says(&["goodput", "50 % of 2 cases"]);
    let slo = &project.json("summary.json")["slo"];
    assert_eq!(slo["attainment"], json!({"share": 0.5, "cases": 1, "of": 2}));
    // No tokens were counted in the success; the failure misses every objective.
    let rate = &slo["objectives"]["tokens_per_second"];
    assert_eq!((&rate["limit"], &rate["kept"]["cases"]), (&json!(1), &json!(0)));
    assert!(slo["goodput_per_s"].as_f64().is_some_and(|goodput| goodput > 0.0));
}
