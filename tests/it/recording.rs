//! What is recorded of a run, and judged again without a network.

use std::fs;
use std::path::{Path, PathBuf};

use fluxloop_mock::MockOptions;
use serde_json::{Value, json};

use crate::support::{Background, Finished, Project, Server};

/// Faults of all kinds, one an input.
const FAULTS: [&str; 14] = [
    "none",
    "status=503",
    "reset_peer,deltas=2",
    "malformed",
    "close,at=anywhere",
    "gzip",
    "end,deltas=2",
    "invalid_utf8",
    "status=429,retry_after=0",
    "garbage",
    "error",
    "timeout=5s,deltas=3",
    "content_type=text/html",
    "status=404",
];

/// A project in which each of these faults meets one input.
fn project(server: &Server, faults: &[&str], settings: &str) -> Project {
    let input = |fault: &&str| format!("  - {{input: question, metadata: {{fault: '{fault}'}}}}\n");
    let inputs: String = faults.iter().map(input).collect();
    let url = server.url("/chat");
    Project::new(&format!(
        "name: recorded
runner:
  http:
    url: {url}
    stream: sse
    stream_output_path: delta
    query: {{x_mock_fault: $.metadata.fault}}
    retry: {{attempts: 1, backoff: 1ms}}
    timeout: 2s
    idle_timeout: 300ms
{settings}
base_inputs:
{inputs}"
    ))
}

/// The only run, and what came of judging it again with these arguments.
fn replay(project: &Project, args: &[&str]) -> (PathBuf, PathBuf, Finished) {
    let run = project.experiment();
    let folder = run.to_str().expect("UTF-8").to_owned();
    let said = project.fluxloop(&[&["replay", folder.as_str()], args].concat());
    let all = project.experiments();
    let again = all.into_iter().find(|it| *it != run).expect("a second run");
    (run, again, said)
}

fn lines(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("traces.jsonl")).expect("a journal");
    let mut records: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    records.sort_by_key(|record| record["case_index"].as_u64());
    records
}

fn summary(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("summary.json")).expect("a summary");
    serde_json::from_str(&text).expect("it is JSON")
}

#[test]
fn under_the_same_rules_the_records_are_the_same_times_included() {
    let server = Server::start(MockOptions::default());
    let project = project(&server, &FAULTS, "iterations: 3");
    project.run(&["--no-display"]).exits(10);
    let sent = server.agent().served().requests;
    let (run, again, said) = replay(&project, &[]);
    said.exits(10);
    assert_eq!(server.agent().served().requests, sent, "nothing is sent");
    for (before, after) in lines(&run).iter().zip(lines(&again)) {
        assert_eq!(*before, after);
    }
    let journal = |folder: &Path| fs::read(folder.join("traces.jsonl")).expect("a journal");
    assert_eq!(journal(&run), journal(&again), "byte for byte");
    let (before, after) = (summary(&run), summary(&again));
    assert_eq!(before["outcomes"], after["outcomes"]);
    assert_eq!(before["percentiles"], after["percentiles"]);
    let cases = FAULTS.len() * 3;
    assert_eq!(before["recording"]["cases"], json!(cases));
    let name = run.file_name().expect("a name").to_str().expect("UTF-8");
    assert_eq!(after["source"], json!({"run": name, "kind": "replay"}));
    assert_eq!(after["status"], json!("complete"));
}

/// What an expectation takes from an input stands in the record.
#[test]
fn iterations_keep_their_figures() {
    let server = Server::start(MockOptions::default());
    let project = project(&server, &["none", "status=404", "none"], "iterations: 3");
    project.run(&["--exit-zero"]).exits(0);
    let (run, again, said) = replay(&project, &["--exit-zero"]);
    said.exits(0).says(&["pass@1 0.667, pass@3 0.667, pass^3 0.667 (3 inputs)"]);
    let (before, after) = (summary(&run), summary(&again));
    assert_eq!(before["repeats"]["all"]["inputs"], json!(3));
    assert_eq!(before["repeats"], after["repeats"]);
    assert_eq!(before["intervals"], after["intervals"]);
    assert!(before["intervals"]["passed"]["low"].is_number());
    assert_eq!(before["intervals"]["duration_p50"], Value::Null);
}

#[test]
fn expectations_of_an_input_are_judged_again() {
    let server = Server::start(MockOptions::default());
    let project = Project::new(&format!(
        "runner: {{http: {{url: {}, stream: sse, stream_output_path: delta}}}}
expect: [{{contains: $.expected}}]
base_inputs: [{{input: a fine day, expected: fine}}, {{input: a day, expected: fine}}]
",
        server.url("/chat")
    ));
    project.run(&["--no-display"]).exits(10);
    let (run, again, said) = replay(&project, &[]);
    said.exits(10)
        .says(&["by the rules of that run: nothing is sent", "2 recorded, nothing was sent"]);
    assert_eq!(summary(&run)["verdicts"], json!({"met": 1, "unmet": 1}));
    assert_eq!(lines(&run), lines(&again));
}

#[test]
fn a_wrong_path_is_mended_without_paying_again() {
    let server = Server::start(MockOptions::default());
    let project = project(&server, &["none"; 3], "    require_text: true");
    project.run(&["--no-display", "--set", "runner.http.stream_output_path=nowhere"]).exits(10);
    let (run, again, said) = replay(&project, &["--set", "runner.http.stream_output_path=delta"]);
    said.exits(0).says(&["all 3 cases succeeded"]);
    assert!(lines(&run).iter().all(|record| record["error"]["kind"] == "no_text"));
    assert!(lines(&again).iter().all(|record| record["success"] == json!(true)));
    let again = again.to_str().expect("UTF-8");
    let said = project.run(&["--resume", again, "--set", "runner.http.stream_output_path=delta"]);
    said.exits(3).says(&["was made of", "without sending anything"]);
}

#[test]
fn what_was_not_read_then_cannot_be_read_now() {
    let server = Server::start(MockOptions::default());
    let project = project(&server, &["none"], "  guards: {output_char_limit: 4}");
    project.run(&["--no-display"]).exits(0);
    let (_, again, said) = replay(&project, &["--set", "runner.guards.output_char_limit=100000"]);
    said.exits(10);
    let record = &lines(&again)[0];
    assert_eq!(record["error"]["kind"], json!("not_recorded"));
    assert_eq!(record["turns"][0]["gave_up"]["reason"], json!("final"));
}

#[test]
fn shorter_clocks_are_held_against_the_recorded_times() {
    let server = Server::start(MockOptions::default());
    let project = project(&server, &["latency=150ms"], "");
    project.run(&["--no-display"]).exits(0);
    let (_, again, said) = replay(&project, &["--set", "runner.http.timeout=100ms"]);
    said.exits(10);
    let record = &lines(&again)[0];
    assert_eq!(record["error"]["kind"], json!("timeout"));
    assert_eq!(record["error"]["clock"], json!("attempt"));
    // These rules would have tried again, and there is no second attempt.
    assert_eq!(record["turns"][0]["gave_up"]["reason"], json!("replay"));
}

#[test]
fn what_is_recorded_is_a_choice() {
    let server = Server::start(MockOptions::default());
    let recorded = |record: &str| {
        let project =
            project(&server, &["none", "status=404", "none"], &format!("record: {record}"));
        project.run(&["--no-display"]).exits(10);
        summary(&project.experiment())["recording"]["cases"].clone()
    };
    assert_eq!(recorded("auto"), json!(3));
    assert_eq!(recorded("all"), json!(3));
    assert_eq!(recorded("failures"), json!(1));
    assert_eq!(recorded("off"), Value::Null);
}

#[test]
fn cases_that_were_not_recorded_are_named() {
    let server = Server::start(MockOptions::default());
    let project = project(&server, &["none", "status=404"], "record: failures");
    project.run(&["--no-display"]).exits(10);
    let (_, again, said) = replay(&project, &[]);
    said.exits(10).says(&["judged again: 1 of 2 cases"]);
    let summary = summary(&again);
    assert_eq!(summary["status"], json!("partial"));
    assert_eq!(summary["source"]["missing"], json!(1));
    assert_eq!(summary["source"]["missing_cases"], json!(["0/0"]));
}

#[test]
fn a_recording_can_be_dropped() {
    let server = Server::start(MockOptions::default());
    let project = project(&server, &["none"], "");
    project.run(&["--no-display"]).exits(0);
    let run = project.experiment();
    let folder = run.to_str().expect("UTF-8");
    project.fluxloop(&["record", "drop", folder]).exits(0).says(&["removed the recording: "]);
    assert!(!run.join("recording.zst").exists() && !run.join("recording.idx").exists());
    project.fluxloop(&["record", "drop", folder]).exits(0).says(&["nothing was recorded"]);
    project.fluxloop(&["replay", folder]).exits(3).says(&["nothing was recorded of"]);
}

/// What a killed process leaves: the end of the recording is torn, and the index has half an entry.
#[test]
fn a_run_that_was_killed_goes_on_recording_where_it_was() {
    let server = Server::start(MockOptions::default());
    let project = project(&server, &["none"; 12], "");
    project.run(&["--no-display"]).exits(0);
    let run = project.experiment();
    crate::resume::kill(&run, 6, "");
    let cut = |name: &str, bytes: usize| {
        let path = run.join(name);
        let content = fs::read(&path).expect("it is there");
        fs::write(&path, &content[..content.len() - bytes]).expect("it can be written");
    };
    cut("recording.zst", 3);
    cut("recording.idx", 20);
    crate::resume::resume(&project, &[]).exits(0);
    let (run, again, said) = replay(&project, &[]);
    let judged = summary(&again);
    let missing = judged["source"]["missing"].as_u64().unwrap_or_default();
    assert!(missing <= 1, "{judged}");
    let journal = |folder: &Path| lines(folder).len() as u64;
    assert_eq!(journal(&run), journal(&again) + missing);
    said.exits(if missing == 0 { 0 } else { 10 });
}

/// The mock plays what was recorded, in the order of the cases, and from the beginning again.
#[test]
fn a_recording_can_be_played_as_a_server() {
    let server = Server::start(MockOptions::default());
    let project = project(&server, &["none", "status=404", "none"], "");
    project.run(&["--no-display"]).exits(10);
    let run = project.experiment();
    let folder = run.to_str().expect("UTF-8");
    let mut command = project.command(&["mock", "--listen", "127.0.0.1:0", "--replay", folder]);
    let player = Background::start(&mut command, "mock agent: ");
    let url = format!("runner.http.url={}", player.url("/chat"));
    project.run(&["--no-display", "--set", &url, "--parallelism", "1"]).exits(10);
    let all = project.experiments();
    let again = all.into_iter().find(|it| *it != run).expect("a second run");
    let essence = |folder: &Path| {
        let members = ["/outcome", "/output", "/error/status"];
        let of = |it: &Value| members.map(|member| it.pointer(member).cloned());
        lines(folder).iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(essence(&run), essence(&again));
}
