//! `--mock` and `fluxloop mock`.

use std::net::TcpListener;
use std::path::Path;
use std::{fs, thread};

use serde_json::Value;

use crate::support::{Background, Project};

/// Runs with `--mock`: no server, no key.
#[track_caller]
fn check(http: &str, top: &str, args: &[&str], expected: &[&str]) -> Project {
    let project = Project::new(&format!("{top}\nrunner:\n  http:\n{http}"));
    project.run(args).exits(0);
    assert_eq!(project.outputs(), expected);
    project
}

const INPUTS: &str = "base_inputs: ['What is SSE?', '  spaces stay  ']";
const TEXTS: [&str; 2] = ["What is SSE?", "  spaces stay  "];

#[test]
fn openai_chat_completions_by_the_url() {
    let project = check(
        r#"
    url: https://api.openai.com/v1/chat/completions
    headers: { Authorization: "Bearer ${OPENAI_API_KEY}" }
    stream: sse
    stream_output_path: "choices[0].delta.content"
    body_template:
      mapping:
        model: gpt-4
        messages: [{ role: user, content: "$.input" }]
        stream: true
        stream_options: { include_usage: true }
"#,
        INPUTS,
        &["--mock"],
        &TEXTS,
    );
    let trace = &project.traces()[0];
    assert_eq!(trace["finish_reason"], "stop");
    assert!(trace["model"].as_str().is_some_and(|model| model.starts_with("gpt-4")), "{trace:#}");
    assert!(trace["token_usage"]["completion_tokens"].as_u64() > Some(0), "{trace:#}");
    assert_eq!(trace["turns"][0]["stream"]["completeness"], "done");
}

#[test]
fn openai_responses_by_the_url() {
    let project = check(
        r#"
    url: https://api.openai.com/v1/responses
    stream: sse
    stream_output_path: delta
    stream_event_filter: response.output_text.delta
    body_template: { mapping: { model: gpt-4, input: "$.input", stream: true } }
"#,
        INPUTS,
        &["--mock"],
        &TEXTS,
    );
    assert_eq!(project.traces()[0]["turns"][0]["stream"]["completeness"], "done");
}

#[test]
fn anthropic_messages_by_the_url() {
    let project = check(
        r#"
    url: https://api.anthropic.com/v1/messages
    headers: { x-api-key: "${ANTHROPIC_API_KEY}", anthropic-version: "2023-06-01" }
    stream: sse
    stream_output_path: delta.text
    stream_event_filter: content_block_delta
    body_template:
      mapping:
        model: claude-3-opus-20240229
        messages: [{ role: user, content: "$.input" }]
        max_tokens: 1024
        stream: true
"#,
        INPUTS,
        &["--mock"],
        &TEXTS,
    );
    let trace = &project.traces()[0];
    assert_eq!(trace["finish_reason"], "end_turn");
    assert!(trace["token_usage"]["prompt_tokens"].as_u64() > Some(0), "{trace:#}");
}

#[test]
fn a_custom_agent_says_everything_where_the_configuration_looks() {
    check(
        r#"
    url: https://agent.example/ask
    stream: sse
    stream_output_path: "parts[1].content.text"
    stream_event_filter: [token, chunk]
    stream_done: { path: state, equals: finished }
    body_template: { mapping: { request: { texts: ["fixed", "$.input"] } } }
"#,
        INPUTS,
        &["--mock"],
        &TEXTS,
    );
}

#[test]
fn a_preset_is_played_as_its_page_says() {
    for preset in ["ag-ui", "ollama", "gemini", "dashscope", "mcp", "cohere"] {
        let http = format!(
            "\n    url: https://agent.example/ask\n    stream_schema: {preset}\n    body_template:\n      \
             mapping: {{ model: m, stream: true, messages: [{{ role: user, content: $.input }}],\n        \
             contents: [{{ parts: [{{ text: $.input }}] }}],\n        input: {{ prompt: $.input }},\n        \
             params: {{ text: $.input }} }}\n"
        );
        let project = check(&http, INPUTS, &["--mock"], &TEXTS);
        let trace = &project.traces()[0];
        assert_eq!(trace["turns"][0]["stream"]["schema"], preset);
        assert_eq!(trace["warnings"], serde_json::json!([]), "{preset}");
    }
}

#[test]
fn a_schema_that_extends_a_preset_is_played_like_it() {
    let project = check(
        r#"
    url: https://agent.example/ask
    stream_schema: { extends: ag-ui, captures: { run: runId } }
    body_template: { mapping: { messages: [{ role: user, content: "$.input" }] } }
"#,
        INPUTS,
        &["--mock"],
        &TEXTS,
    );
    assert!(project.traces()[0]["turns"][0]["captures"]["run"].is_string());
}

#[test]
fn a_custom_agent_passes_the_conditions_of_the_schema() {
    for (stream, text) in [
        ("sse", "{ when: { type: chunk, path: kind, equals: answer }, path: part.text }"),
        ("jsonl", "{ when: { type: chunk, path: kind, equals: answer }, path: part.text }"),
        ("json", "{ when: { all: [{ path: part, exists: true }] }, path: part.text }"),
        ("jsonl", "part.text"),
    ] {
        let http = format!(
            "\n    url: https://agent.example/ask\n    stream: {stream}\n    stream_schema:\n      type: \
             meta.kind\n      text: {text}\n      end: [{{ when: {{ type: finished, path: ok, equals: true \
             }}, as: succeeded }}]\n"
        );
        check(&http, INPUTS, &["--mock"], &TEXTS);
    }
}

#[test]
fn a_condition_that_cannot_be_met_is_refused() {
    let project = Project::new(&format!(
        "{INPUTS}\nrunner:\n  http:\n    url: https://agent.example/\n    stream: sse\n    \
         stream_schema: {{ text: {{ when: {{ path: a, matches: '^x' }}, path: b }} }}\n"
    ));
    project.run(&["--mock"]).exits(3).says(&["conditions of the schema", "--mock="]);
}

#[test]
fn the_mock_command_reasons_and_calls_tools() {
    let project = Project::empty();
    let args = ["mock", "--listen", "127.0.0.1:0", "--dialect", "anthropic", "--reasoning"];
    let args = [&args[..], &["--tool-calls", "2"]].concat();
    let mock = Background::start(&mut project.command(&args), "mock agent: ");
    let user = Project::new(&format!(
        "base_inputs: ['one two three']\nrunner:\n  http:\n    url: '{}'\n    stream_schema: \
         anthropic\n    body_template: {{ mapping: {{ model: m, max_tokens: 9, stream: true, messages: \
         [{{ role: user, content: $.input }}] }} }}\n",
        mock.url("/v1/messages")
    ));
    user.run(&[]).exits(0);
    let turn = &user.trace()["turns"][0];
    assert_eq!(user.outputs(), ["one two three"]);
    assert!(turn["channels"]["reasoning"]["text"].as_str().is_some_and(|it| !it.is_empty()));
    assert_eq!(turn["tool_calls"].as_array().map(Vec::len), Some(2), "{turn:#}");
    assert_eq!(turn["tool_calls"][1]["name"], "lookup");
    assert_eq!(turn["tool_calls"][1]["parsed"]["query"], "one two three");
}

#[test]
fn what_a_protocol_lacks_is_refused() {
    let project = Project::empty();
    let args = ["mock", "--listen", "127.0.0.1:0", "--dialect", "mcp", "--reasoning"];
    let output = project.command(&args).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("`mcp` has no reasoning"), "{said}");
}

#[test]
fn without_a_path_the_data_is_the_text() {
    check("    url: https://agent.example/ask\n    stream: sse\n", INPUTS, &["--mock"], &TEXTS);
}

#[test]
fn a_plain_answer() {
    check(
        "    url: https://agent.example/ask\n    output_path: $.result.text\n",
        INPUTS,
        &["--mock"],
        &TEXTS,
    );
}

#[test]
fn a_path_without_a_place_names_the_way_out() {
    let simulation = format!(
        "{INPUTS}\nrunner:\n  http: {{ url: 'https://a.example/', stream: sse, stream_output_path: \
         '$..text' }}\n"
    );
    let project = Project::new(&simulation);
    project.run(&["--mock"]).exits(3).says(&["$..text", "--mock="]);
}

#[test]
fn the_mock_command_serves_at_the_pace_that_is_asked_for() {
    let project = Project::empty();
    let args = ["mock", "--listen", "127.0.0.1:0", "--delay", "10ms", "--chunk-gap", "20ms"];
    let mock = Background::start(&mut project.command(&args), "mock agent: ");
    let user = Project::new(&format!(
        "base_inputs: ['one two three']\nrunner:\n  http: {{ url: '{}', stream: sse, \
         stream_output_path: delta }}\n",
        mock.url("/chat")
    ));
    user.run(&[]).exits(0);
    assert_eq!(user.outputs(), ["one two three"]);
    let timings = &user.trace()["turns"][0]["timings"];
    assert!(timings["first_token_ms"].as_f64() >= Some(10.0), "{timings}");
    // Three deltas have two gaps between them.
    assert!(timings["last_token_ms"].as_f64() >= Some(50.0), "{timings}");
}

#[test]
fn a_script_is_played_from_a_file() {
    let project = Project::empty().file("bad.json", r#"{"answers": [{"steps": ["stop"]}]}"#);
    project.fluxloop(&["mock", "--script", "bad.json"]).exits(3).says(&[
        "bad.json",
        "answers[0].steps[0]",
        "stop",
    ]);
}

#[test]
fn faults_strike_as_the_command_line_says_and_the_log_tells() {
    let project = Project::empty();
    let mock = Background::start(
        &mut project.command(&[
            "mock",
            "--listen",
            "127.0.0.1:0",
            "--fault",
            "reset_peer:deltas=1@1",
            "--fault",
            "status=503,retry_after=0@2",
            "--fault",
            "slicer@100%",
            "--seed",
            "7",
            "--log",
            "served.jsonl",
        ]),
        "mock agent: ",
    );
    let user = Project::new(&format!(
        "base_inputs: ['one two three']\nrunner:\n  http:\n    url: '{}'\n    stream: sse\n    \
         stream_output_path: delta\n    retry: {{ backoff: 1ms }}\n",
        mock.url("/chat")
    ));
    user.run(&[]).exits(0);
    assert_eq!(user.outputs(), ["one two three"]);
    let log = whole_log(&project.path().join("served.jsonl"), 3);
    let told = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let told: Vec<_> = told
        .map(|it| format!("{} {} {} {}", it["fault"], it["status"], it["characters"], it["ended"]))
        .collect();
    assert_eq!(
        told,
        [
            r#""reset_peer:deltas=1" 200 3 "broken""#,
            r#""status=503,retry_after=0" 503 0 "complete""#,
            r#""slicer" 200 13 "complete""#,
        ]
    );
}

/// The log, as soon as it has so many lines: the last one is written when the mock has noticed the
/// end of its answer, not when the client has.
#[track_caller]
fn whole_log(path: &Path, lines: usize) -> String {
    for _ in 0..1_000_000 {
        let log = fs::read_to_string(path).expect("a log");
        if log.lines().count() >= lines {
            return log;
        }
        thread::yield_now();
    }
    panic!("{} never had {lines} lines", path.display());
}

/// What the mock warns of when it is started with a script and these options, on a port that is
/// taken, so that it ends by itself.
#[track_caller]
fn check_warned(answer: &str, options: &[&str], expected: Option<&str>) {
    let script = format!(r#"{{"answers": [{answer}]}}"#);
    let project = Project::empty().file("script.json", &script);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let args = ["mock", "--script", "script.json", "--listen", &address];
    let said = project.fluxloop(&[&args[..], options].concat()).exits(1).stderr;
    assert_eq!(said.lines().find_map(|line| line.strip_prefix("warning: ")), expected, "{said}");
}

#[test]
fn what_a_script_ignores_is_told() {
    let steps = r#"{"steps": ["end"]}"#;
    let ignored =
        ["--fault", "close", "--delay", "1ms", "--chunk-gap", "1ms", "--require-key", "k"];
    check_warned(
        steps,
        &ignored,
        Some(
            "the script writes answers out step by step, for which these do not hold: --fault, \
             --delay, --chunk-gap, --require-key",
        ),
    );
    check_warned(steps, &["--seed", "7"], None);
    check_warned(r#"{"dialect": "custom"}"#, &ignored, None);
}

#[test]
fn a_mock_beyond_loopback_is_told() {
    let told = |host: &str| {
        let taken = TcpListener::bind((host, 0)).expect("a free port");
        let address = taken.local_addr().expect("it is bound").to_string();
        let said = Project::empty().fluxloop(&["mock", "--listen", &address]).exits(1).stderr;
        said.contains(
            "warning: the mock listens beyond loopback: others in the network can reach it",
        )
    };
    assert!(told("0.0.0.0"));
    assert!(!told("127.0.0.1"));
}

#[test]
fn a_fault_that_makes_no_sense_is_told() {
    let project = Project::empty();
    project.fluxloop(&["mock", "--fault", "reset_peer:byte=3"]).exits(2).says(&["`byte`", "bytes"]);
    let much = ["mock", "--fault", "close@60%", "--fault", "timeout@50%"];
    project.fluxloop(&much).exits(2).says(&["more than 100%"]);
}

#[test]
fn text_that_is_replaced_comes_as_the_text_so_far() {
    for text in ["{ path: so.far, join: replace }", "{ path: so.far, join: replace, group: id }"] {
        let http = format!(
            "\n    url: https://agent.example/ask\n    stream: sse\n    stream_schema: {{ text: {text} }}\n"
        );
        let project = check(&http, INPUTS, &["--mock"], &TEXTS);
        assert_eq!(project.traces()[0]["warnings"], serde_json::json!([]), "{text}");
    }
}
