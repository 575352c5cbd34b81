//! Limits of `stop`, on the built binary.

use serde_json::json;

use crate::support::{Project, Server};

/// So many inputs for a mock with these faults, at this path.
fn project(server: &Server, path: &str, inputs: u64, keys: &str) -> Project {
    let inputs: Vec<_> = (0..inputs).map(|n| format!("\"question {n}\"\n")).collect();
    let project = Project::new(&format!(
        "inputs_file: in.jsonl\nsimulation: {{ parallelism: 8 }}\n{keys}\nrunner:\n  http:\n    url: \
         '{}'\n    stream: sse\n    stream_output_path: delta\n    retry: {{ attempts: 0 }}\n",
        server.url(path)
    ));
    project.file("in.jsonl", &inputs.concat())
}

#[test]
fn a_wrong_path_costs_three_requests_and_says_how_to_go_on() {
    let server = Server::echo();
    let project = project(&server, "/wrong", 300, "");
    let said = project.run(&[]);
    said.exits(10).says(&[
        "the run ends early: the first 3 cases failed alike (`stop.first_cases: 3`): the server answered 404",
        "correct the configuration: ",
        "sends all cases without this check",
        "send the 297 cases that are left: the same command with --resume",
        "and again the 3 cases that failed: with --retry-failed, too",
        "after a change of the configuration: with --force, too",
    ]);
    assert_eq!(server.agent().served().requests, 3);
    let summary = project.json("summary.json");
    assert_eq!(summary["status"], "ended_early");
    let ended = json!({"by": "first_cases", "limit": 3, "value": 3, "after_cases": 3});
    assert_eq!(summary["ended_early"], ended);
    assert_eq!(summary["warnings"][0]["code"], "ended_early");
    let hint = summary["warnings"][0]["hint"].as_str().expect("a hint");
    assert!(hint.contains("runner.http.url"), "the cause is named: {hint}");

    // The line that was printed holds: the corrected URL needs the flag.
    let folder = project.experiment();
    let url = format!("runner.http.url={}", server.url("/chat"));
    let resume = ["--resume", folder.to_str().expect("UTF-8"), "--set", &url, "--retry-failed"];
    project.run(&resume).exits(3).says(&["add `--force`"]);
    project.run(&[&resume[..], &["--force"]].concat()).exits(0);
    assert_eq!(server.agent().served().requests, 3 + 300);
}

#[test]
fn the_hint_of_each_limit_names_the_cause() {
    let server = Server::echo();
    for keys in ["never_succeeded: 4, same_failures: off", "same_failures: 4", "failures: 4"] {
        let keys = format!("stop: {{ {keys} }}");
        let project = project(&server, "/chat?x_mock_fault=status%3D500", 40, &keys);
        project.run(&[]).exits(10).says(&[
            "hint: remove the cause: ",
            "server's logs",
            "raise `stop.",
        ]);
    }
}

#[test]
fn a_run_that_ended_early_goes_on_with_another_limit() {
    let server = Server::echo();
    let project = project(&server, "/chat", 30, "stop: { requests: 10 }");
    project.run(&[]).exits(10).says(&["10 requests were sent (`stop.requests: 10`)"]);
    assert_eq!(project.json("summary.json")["ended_early"]["by"], "requests");

    let folder = project.experiment();
    let folder = folder.to_str().expect("UTF-8");
    project.run(&["--resume", folder, "--set", "stop.requests=off"]).exits(0);
    let summary = project.json("summary.json");
    assert_eq!((&summary["status"], &summary["ended_early"]), (&json!("complete"), &json!(null)));
    // A busy machine may have warnings of its own.
    assert!(!summary["warnings"].to_string().contains("ended_early"), "{summary}");
    assert_eq!(server.agent().served().requests, 30);
}

#[test]
fn a_share_of_failures_ends_a_run() {
    let server = Server::echo();
    let project = project(&server, "/chat?x_mock_fault=status%3D500", 40, "stop: { failures: 5% }");
    project.run(&[]).exits(10).says(&["of the cases failed (`stop.failures: 5%`)"]);
    let ended = &project.json("summary.json")["ended_early"];
    assert_eq!((&ended["by"], &ended["limit"]), (&json!("failures"), &json!(0.05)));
}

#[test]
fn a_large_run_without_a_terminal_needs_yes() {
    let server = Server::echo();
    let project = project(&server, "/chat", 10_001, "stop: { requests: 1 }");
    project.run(&[]).exits(2).says(&["10001 runs would be sent", "add `--yes`"]);
    assert_eq!(server.agent().served().requests, 0);
    project.run(&["--yes"]).exits(10);
    assert_eq!(server.agent().served().requests, 1);
}
