//! The examples of the user's page about event streams, as a user copies them.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Finished, Project, Server};

pub(crate) const BASIC: &str = r#"
runner:
  http:
    method: POST
    url: "http://localhost:8000/chat"
    stream: sse
    stream_output_path: "delta"  # where the text is
"#;

pub(crate) const CUSTOM: &str = r#"
runner:
  http:
    method: POST
    url: "http://localhost:8000/chat"
    stream: sse
    stream_output_path: "delta"
    body_template:
      type: json
      mapping:
        input: "$.input"
"#;

pub(crate) const FULL: &str = r#"
runner:
  http:
    method: POST  # or GET, PUT, PATCH
    url: "http://localhost:8000/chat"
    headers:
      Content-Type: application/json
      Authorization: "Bearer ${OPENAI_API_KEY}"
    timeout: 60s
    retry:
      attempts: 2
      backoff: 200ms
      status_codes: [502, 503, 504]

    stream: sse
    stream_output_path: "delta"
    stream_event_filter: "message"

    body_template:
      type: json
      mapping:
        input: "$.messages[-1].content"
        model: "gpt-4"

  guards:
    max_duration: 120s
    output_char_limit: 20000
"#;

const OPENAI: &str = r#"
runner:
  http:
    method: POST
    url: "https://api.openai.com/v1/chat/completions"
    headers:
      Content-Type: application/json
      Authorization: "Bearer ${OPENAI_API_KEY}"
    timeout: 60s
    stream: sse
    stream_output_path: "choices[0].delta.content"
    body_template:
      type: json
      mapping:
        model: "gpt-4"
        messages: [{"role": "user", "content": "$.input"}]
        stream: true
"#;

const ANTHROPIC: &str = r#"
runner:
  http:
    method: POST
    url: "https://api.anthropic.com/v1/messages"
    headers:
      Content-Type: application/json
      x-api-key: "${ANTHROPIC_API_KEY}"
      anthropic-version: "2023-06-01"
    stream: sse
    stream_output_path: "delta.text"
    stream_event_filter: "content_block_delta"  # no other event has text
    body_template:
      type: json
      mapping:
        model: "claude-3-opus-20240229"
        messages: [{"role": "user", "content": "$.input"}]
        max_tokens: 1024
        stream: true
"#;

/// A project of this configuration, with these inputs beside it.
pub(crate) fn project(simulation: &str, inputs: &[&str]) -> Project {
    Project::new(simulation).file("configs/input.yaml", &json!({"base_inputs": inputs}).to_string())
}

/// A project of this configuration, with nothing changed but the origin.
fn at_mock(server: &Server, simulation: &str, inputs: &[&str]) -> Project {
    let (before, rest) = simulation.split_once("url: \"").expect("it has a URL");
    let (url, behind) = rest.split_once('"').expect("it ends");
    let path = url.splitn(4, '/').nth(3).expect("it has a path");
    project(&format!("{before}url: \"{}\"{behind}", server.url(&format!("/{path}"))), inputs)
}

/// Runs with these keys in the environment.
pub(crate) fn run_with(project: &Project, args: &[&str]) -> Finished {
    let mut command: Command = project.command(&[&["run", "experiment"], args].concat());
    Finished::of(
        command
            .env("OPENAI_API_KEY", "sk-openai-dummy-key")
            .env("ANTHROPIC_API_KEY", "sk-anthropic-dummy-key"),
    )
}

/// The only request that the mock got: a header, and the document in its body.
fn sent(server: &Server, header: &str) -> (String, Value) {
    let requests = server.agent().requests();
    assert_eq!(requests.len(), 1, "one request was expected");
    let value = requests[0].headers.get(header).expect("the header was sent");
    let body = serde_json::from_slice(&requests[0].body).expect("a JSON body");
    (value.to_str().expect("text").to_owned(), body)
}

#[test]
fn all_options_together_send_the_last_message_and_the_key() {
    let server = Server::echo();
    let conversation = json!({"base_inputs": [{
        "input": "first",
        "messages": [
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": "second"},
            {"role": "user", "content": "third"},
        ],
    }]});
    let project = at_mock(&server, FULL, &[]).file("configs/input.yaml", &conversation.to_string());
    run_with(&project, &[]).exits(0);
    assert_eq!(project.outputs(), ["third"]);
    let (authorization, body) = sent(&server, "authorization");
    assert_eq!(authorization, "Bearer sk-openai-dummy-key");
    assert_eq!(body, json!({"input": "third", "model": "gpt-4"}));
}

#[test]
fn the_openai_example() {
    let server = Server::echo();
    let project = at_mock(&server, OPENAI, &["  What is SSE?  "]);
    run_with(&project, &[]).exits(0);
    assert_eq!(project.outputs(), ["  What is SSE?  "]);
    let (authorization, body) = sent(&server, "authorization");
    assert_eq!(authorization, "Bearer sk-openai-dummy-key");
    assert_eq!(
        body,
        json!({
            "model": "gpt-4",
            "messages": [{"role": "user", "content": "  What is SSE?  "}],
            "stream": true,
        })
    );
}

#[test]
fn the_anthropic_example() {
    let server = Server::echo();
    let project = at_mock(&server, ANTHROPIC, &["  What is SSE?  "]);
    run_with(&project, &[]).exits(0);
    assert_eq!(project.outputs(), ["  What is SSE?  "]);
    let (key, body) = sent(&server, "x-api-key");
    assert_eq!(key, "sk-anthropic-dummy-key");
    assert_eq!(sent(&server, "anthropic-version").0, "2023-06-01");
    assert_eq!(
        body,
        json!({
            "model": "claude-3-opus-20240229",
            "messages": [{"role": "user", "content": "  What is SSE?  "}],
            "max_tokens": 1024,
            "stream": true,
        })
    );
}

#[test]
fn every_example_runs_against_the_mock_without_a_server_or_a_key() {
    for simulation in [BASIC, CUSTOM, FULL, OPENAI, ANTHROPIC] {
        let project = project(simulation, &["What is SSE? "]);
        project.run(&["--mock"]).exits(0);
        assert_eq!(project.outputs(), ["What is SSE? "], "{simulation}");
    }
}

#[test]
fn text_is_joined_in_the_order_of_its_events() {
    let delta = |text: &str| json!({"event": {"type": "message", "data": {"delta": text}}});
    let done = json!({"event": {"type": "done", "data": {"finish_reason": "stop"}}});
    let steps = json!([delta("Hello"), delta(" world"), delta("!"), done]);
    let server = Server::script(&json!({"answers": [{ "steps": steps }]}).to_string());
    let project = at_mock(&server, BASIC, &["Hi"]);
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), ["Hello world!"]);
}

#[test]
fn messages_may_be_written_as_a_block_of_json() {
    let server = Server::echo();
    let block = r#"
runner:
  http:
    url: "https://localhost/v1/chat/completions"
    stream: sse
    stream_output_path: "choices[0].delta.content"
    body_template:
      type: json
      mapping:
        model: "gpt-4-turbo"
        messages: |
          [
            {"role": "system", "content": "Answer in one sentence."},
            {"role": "user", "content": "$.input"}
          ]
        temperature: 0.7
        stream: true
"#;
    let input = "a \"quoted\"\nline, [1, 2] and $.input";
    let project = at_mock(&server, block, &[input]);
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), [input]);
    assert_eq!(
        sent(&server, "content-type").1,
        json!({
            "model": "gpt-4-turbo",
            "messages": [
                {"role": "system", "content": "Answer in one sentence."},
                {"role": "user", "content": input},
            ],
            "temperature": 0.7,
            "stream": true,
        })
    );
}

#[test]
fn only_events_of_the_chosen_type_carry_text() {
    let event =
        |kind: &str, text: &str| json!({"event": {"type": kind, "data": {"content": text}}});
    let steps = json!([
        event("text_delta", "to be "),
        event("thinking", "hm"),
        event("text_delta", "told"),
        event("done", ""),
    ]);
    let server = Server::script(&json!({"answers": [{ "steps": steps }]}).to_string());
    let filtered = BASIC
        .replace("path: \"delta\"", "path: \"content\"\n    stream_event_filter: \"text_delta\"");
    let project = at_mock(&server, &filtered, &["Hi"]);
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), ["to be told"]);
    assert_eq!(project.trace()["turns"][0]["stream"]["by_type"]["thinking"], 1);
}

#[test]
fn a_rate_limit_is_waited_for() {
    let server =
        Server::script(&json!({"answers": [{"status": 429}, {"dialect": "custom"}]}).to_string());
    let retried = BASIC.replace(
        "    stream: sse",
        "    retry:\n      attempts: 3\n      backoff: 500ms\n      \
         status_codes: [429, 502, 503, 504]\n    stream: sse",
    );
    let project = at_mock(&server, &retried, &["Hello"]);
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), ["Hello"]);
    let attempts = &project.trace()["turns"][0]["attempts"];
    assert_eq!(attempts[0]["status"], 429);
    // Half of the interval is left to chance.
    let wait = attempts[1]["wait_before_ms"].as_f64().expect("it waited");
    assert!((250.0..=800.0).contains(&wait), "{wait} ms");
}
