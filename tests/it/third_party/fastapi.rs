//! The server of the user's page about event streams, as a user starts it.

use std::sync::Arc;

use serde_json::json;

use crate::page::{BASIC, CUSTOM, FULL, project, run_with};
use crate::support::{Background, Project, Shared, Venv};

const FASTAPI: &[&str] = &["fastapi==0.163.0", "uvicorn==0.52.4"];

/// The page's own server, as a user starts it.
fn fastapi() -> Option<Arc<Background>> {
    static SHARED: Shared = Shared::new();
    SHARED.get(|| {
        let uvicorn = &mut Venv::with(FASTAPI)?.command("uvicorn");
        Some(Background::start(uvicorn.args(["server:app", "--port", "0"]), "Uvicorn running on "))
    })
}

/// A project of this configuration, with nothing changed but the port.
fn at_port(server: &Background, simulation: &str, inputs: &[&str]) -> Project {
    project(&simulation.replace(":8000/", &format!(":{}/", server.port())), inputs)
}

/// What the page's server says to an input: words with a space behind each.
fn response_to(input: &str) -> String {
    format!("Response to: {input} ")
}

#[test]
fn the_custom_server_answers_one_input_after_the_other() {
    let Some(server) = fastapi() else { return };
    let project = at_port(&server, CUSTOM, &["Hello", "Wie geht\u{2019}s, \u{1f980}?"]);
    project.run(&[]).exits(0);
    let expected = ["Response to: Hello ", "Response to: Wie geht\u{2019}s, \u{1f980}? "];
    assert_eq!(project.outputs(), expected);
    assert_eq!(project.json("summary.json")["achieved_parallelism"], 1);
    for trace in project.traces() {
        assert_eq!(trace["turns"][0]["stream"]["completeness"], "done");
        assert_eq!(trace["warnings"], json!([]));
    }
}

#[test]
fn the_custom_server_answers_fifty_inputs_at_once() {
    let Some(server) = fastapi() else { return };
    let inputs: Vec<_> = (0..60).map(|n| format!("question number {n}")).collect();
    let inputs: Vec<_> = inputs.iter().map(String::as_str).collect();
    let project = at_port(&server, CUSTOM, &inputs);
    project.run(&["--parallelism", "50"]).exits(0);

    let expected: Vec<_> = inputs.iter().map(|input| response_to(input)).collect();
    assert_eq!(project.outputs(), expected);
    let summary = project.json("summary.json");
    assert_eq!(summary["results"]["successful"], 60);
    assert_eq!(summary["achieved_parallelism"], 50);
    // Each answer takes half a second: a pause of 0.1 s for each of its five words.
    assert!(summary["results"]["duration_seconds"].as_f64() < Some(15.0), "{summary:#}");
}

#[test]
fn the_basic_configuration_sends_what_the_custom_server_reads() {
    let Some(server) = fastapi() else { return };
    let project = at_port(&server, BASIC, &["Hello"]);
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), ["Response to: Hello "]);
}

#[test]
fn all_options_together_reach_the_custom_server() {
    let Some(server) = fastapi() else { return };
    let project = at_port(&server, FULL, &["Hello"]);
    run_with(&project, &[]).exits(0).keeps_quiet_about(&["sk-openai-dummy-key"]);
    assert_eq!(project.outputs(), ["Response to: Hello "]);
}

#[test]
fn a_wrong_path_of_the_custom_server_is_told_by_its_answer() {
    let Some(server) = fastapi() else { return };
    let project = at_port(&server, &CUSTOM.replace("/chat", "/caht"), &["Hello"]);
    project.run(&[]).exits(10).says(&["404 Not Found", "Not Found", "`runner.http.url`"]);
    let error = &project.trace()["error"];
    assert_eq!(error["kind"], "status");
    assert_eq!(error["body"], r#"{"detail":"Not Found"}"#);
}

#[test]
fn a_wrong_body_for_the_custom_server_is_told_by_its_answer() {
    let Some(server) = fastapi() else { return };
    let project = at_port(&server, &CUSTOM.replace("input: \"$.input\"", "- $.input"), &["Hello"]);
    project.run(&[]).exits(10).says(&[
        "422 Unprocessable Entity",
        "the server does not accept the request, its body or a",
        "`--dry-run`",
    ]);
    let body = project.trace()["error"]["body"].as_str().map(str::to_owned).unwrap_or_default();
    assert!(body.contains("Input should be a valid dictionary"), "{body}");
}

#[test]
fn a_wrong_method_for_the_custom_server_is_told_by_its_answer() {
    let Some(server) = fastapi() else { return };
    let get = BASIC.replace("method: POST", "method: GET\n    query: { input: $.input }");
    let project = at_port(&server, &get, &["Hello"]);
    project.run(&[]).exits(10).says(&["405 Method Not Allowed", "`runner.http.method`"]);
}
