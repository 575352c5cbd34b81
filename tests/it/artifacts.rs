//! What a run leaves behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::{Project, Server, content};

fn project(server: &Server) -> Project {
    Project::new(&format!(
        r#"
name: evidence
base_inputs: ["Hello there", {{ input: "Bye", id: last, persona: ada }}]
simulation: {{ parallelism: 2 }}
runner:
  http:
    url: "{}"
    headers: {{ Authorization: "Bearer ${{AGENT_TOKEN}}" }}
    stream: sse
    stream_output_path: delta
"#,
        server.url("/chat")
    ))
    .file(".env", "AGENT_TOKEN=tok-0123456789\n")
    .file(".gitignore", ".env\n")
}

fn lines(project: &Project, name: &str) -> Vec<Value> {
    fs::read_to_string(project.experiment().join(name))
        .expect("the file is there")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

#[test]
fn every_file_is_there_and_private() {
    let server = Server::echo();
    let project = project(&server);
    project.run(&[]).exits(0);
    let folder = project.experiment();
    let mode = |path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(folder.clone()), 0o700);
    for name in
        ["summary.json", "traces.jsonl", "trace_summary.jsonl", "observations.jsonl", "config.yaml"]
    {
        assert_eq!(mode(folder.join(name)), 0o600, "{name}");
    }
    assert!(!folder.join("errors.json").exists(), "nothing failed");
}

#[test]
fn records_agree_with_each_other() {
    let server = Server::echo();
    let project = project(&server);
    project.run(&[]).exits(0);
    let traces = project.traces();
    let short = lines(&project, "trace_summary.jsonl");
    let observations = lines(&project, "observations.jsonl");
    assert_eq!((traces.len(), short.len(), observations.len()), (2, 2, 2));
    for (trace, short) in traces.iter().zip(&short) {
        for field in ["trace_id", "iteration", "persona", "input", "output", "duration_ms"] {
            assert_eq!(trace[field], short[field], "{field}");
        }
        let observation = observations
            .iter()
            .find(|observation| observation["trace_id"] == trace["trace_id"])
            .expect("each case has an observation");
        assert_eq!(observation["type"], "generation");
        assert_eq!(observation["output"], trace["output"]);
        assert!(observation["start_time"].as_str() <= observation["end_time"].as_str());
    }
    let last = &traces[1];
    assert_eq!((&last["case_id"], &last["persona"]), (&json!("last/0"), &json!("ada")));
    assert_eq!(last["conversation"][1]["content"], "Bye");
    assert_eq!(last["turns"][0]["stream"]["completeness"], "done");
    let summary = project.json("summary.json");
    assert_eq!(summary["name"], "evidence");
    assert_eq!(summary["results"]["total_runs"], 2);
    assert_eq!(summary["achieved_parallelism"], 2);
}

#[test]
fn the_configuration_keeps_its_placeholders_and_loads_again() {
    let server = Server::echo();
    let project = project(&server);
    project.run(&[]).exits(0);
    let folder = project.experiment();
    let config = fs::read_to_string(folder.join("config.yaml")).expect("it is there");
    assert!(config.contains("Bearer ${AGENT_TOKEN}"), "{config}");
    assert!(!config.contains("tok-0123456789"));
    let again = folder.join("config.yaml");
    let again = again.to_str().expect("a path of text");
    project.run(&["--config", again, "--env-file", ".env", "-o", "again"]).exits(0);
}

#[test]
fn the_inputs_are_found_again_from_the_folder_of_the_run() {
    let server = Server::echo();
    let project = Project::new(&format!(
        "inputs_file: in.yaml\nrunner:\n  http: {{ url: '{}', stream: sse, stream_output_path: \
         delta }}\n",
        server.url("/chat")
    ))
    .file("in.yaml", "- Hi\n");
    project.run(&[]).exits(0);
    let again = project.experiment().join("config.yaml");
    project.run(&["-c", again.to_str().expect("text"), "-o", "again"]).exits(0);
}

#[test]
fn a_failure_stands_in_the_errors() {
    let server = Server::script(r#"{"answers": [{"status": 500, "steps": [{"send": "oops"}]}]}"#);
    let project = project(&server);
    project.run(&[]).exits(10);
    let errors = project.json("errors.json");
    let errors = errors.as_array().expect("a list");
    assert_eq!(errors.len(), 2);
    assert_eq!(errors[0]["kind"], "status");
    assert_eq!(errors[0]["input"], "Hello there");
    assert_eq!(errors[0]["case_id"], "0/0");
    project.run(&["--exit-zero", "-o", "other"]).exits(0);
}

#[test]
fn half_a_secret_at_a_cut_is_masked_too() {
    let server = Server::script(
        r#"{"answers": [
            {"steps": [{"event": {"type": "message", "data": {"delta": "key tok-01234567"}}}]},
            {"status": 503, "headers": {"content-length": "100", "retry-after": "500"},
             "steps": [{"send": "key tok-01234567"}]}
        ]}"#,
    );
    let project = project(&server);
    project.run(&["--verbose"]).exits(10).keeps_quiet_about(&["tok-0123"]);
    let journal = fs::read_to_string(project.experiment().join("traces.jsonl")).expect("text");
    assert!(!journal.contains("tok-0123"), "{journal}");
    assert!(journal.contains("a wait of 500 s, longer than 120 s"), "{journal}");
}

#[test]
fn a_secret_that_the_server_echoes_is_masked_everywhere() {
    let server = Server::script(
        r#"{"answers": [{"steps": [
            {"event": {"type": "message", "data": {"delta": "your key is tok-0123"}}},
            {"event": {"type": "message", "data": {"delta": "456789, right?"}}},
            {"event": {"type": "done", "data": {}}}
        ]}, {"status": 400, "steps": [{"send": "bad key tok-0123456789"}]}]}"#,
    );
    let project = project(&server);
    let said = project.run(&["--verbose"]).exits(10);
    said.keeps_quiet_about(&["tok-0123456789", "tok-0123"]);
    let mut outputs = project.outputs();
    outputs.sort();
    assert_eq!(outputs, ["", "your key is ***, right?"]);
    for entry in fs::read_dir(project.experiment()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let content = String::from_utf8_lossy(&content(&path)).into_owned();
        assert!(!content.contains("tok-0123"), "{} leaks", path.display());
    }
}

/// A folder that cannot be had is told before the first request, with what to do about it.
#[track_caller]
fn check_refused(project: &Project, server: &Server, output: &str, hint: &str) {
    let finished = project.run(&["--output", output]).exits(1);
    finished.says(&["error: could not create the ", output, hint, "`--output`"]);
    assert_eq!(server.agent().served().requests, 0, "nothing was sent");
}

#[test]
fn a_file_in_the_place_of_the_output_folder_is_told_before_the_first_request() {
    let server = Server::echo();
    let project = project(&server).file("results", "mine");
    check_refused(&project, &server, "results", "a file stands where a folder is needed");
    check_refused(&project, &server, "results/of/today", "a file stands where a folder is needed");
    assert_eq!(fs::read(project.path().join("results")).expect("it is there"), b"mine");
}

/// In `/sys` nobody can make a folder, root neither.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_output_folder_is_told_before_the_first_request() {
    let server = Server::echo();
    let project = project(&server);
    check_refused(&project, &server, "/sys/fluxloop", "a folder that can be written to");
    let locked = project.path().join("locked");
    fs::create_dir(&locked).expect("a folder");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).expect("it is ours");
    // Root writes there all the same.
    if fs::write(locked.join("probe"), "").is_err() {
        let locked = locked.to_str().expect("text");
        check_refused(&project, &server, locked, "a folder that can be written to");
    }
}
