//! Programs that this project did not write: clients that read the mock, and a server that
//! `fluxloop` reads.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{Background, Project, Shared, Venv, fixtures};

const CLIENTS: &[&str] = &["openai==3.50.0", "anthropic==2.10.0"];
const FAKELLM: &[&str] = &["fakellm==0.3.5", "fastapi==0.163.0", "uvicorn==0.52.4"];

/// What is asked, and what the mock echoes.
const INPUT: &str = "Gr\u{fc}\u{df}e,  Welt \u{1f980}\n two \"lines\" \\ data: [DONE] ";

/// The mock as a program, which knows one key.
fn mock(project: &Project) -> Background {
    let args = ["mock", "--listen", "127.0.0.1:0", "--require-key", "right-key"];
    Background::start(&mut project.command(&args), "mock agent: ")
}

/// Text, usage and finish reason, as `fluxloop` sees them with these keys under `runner.http`.
fn ours(http: &str) -> Value {
    let project = Project::new(&format!("runner:\n  http:\n{http}"))
        .file("configs/input.yaml", &json!({"base_inputs": [INPUT]}).to_string())
        .file(".env", "KEY=right-key\n");
    project.run(&[]).exits(0);
    let trace = project.trace();
    json!({
        "text": trace["output"],
        "usage": trace["token_usage"],
        "finish_reason": trace["finish_reason"],
    })
}

/// Runs a client against the mock, and `fluxloop` with each configuration, where `URL` stands for
/// the mock's address: they must see the same. Gives what the client saw.
#[track_caller]
fn check(script: &str, args: &[&str], stream: &str, whole: &str) -> Option<Value> {
    let venv = Venv::with(CLIENTS)?;
    let folder = Project::empty();
    let mock = mock(&folder);
    let script = fixtures().join(script);
    let script = script.to_str().expect("the path is text");
    let finished = venv.run("python", &[&[script, &*mock.url("")], args, &[INPUT]].concat());
    let seen: Value = serde_json::from_str(&finished.exits(0).stdout).expect("it prints JSON");

    for (kind, http) in [("stream", stream), ("whole", whole)] {
        let ours = ours(&http.replace("URL", &mock.url("")));
        assert_eq!(ours["text"], INPUT, "{kind}");
        assert_eq!(seen[kind]["text"], INPUT, "{kind}");
        // The mock counts words: two of the instructions, and eight each way.
        let usage = json!({"prompt_tokens": 10, "completion_tokens": 8, "total_tokens": 18});
        assert_eq!(ours["usage"], usage, "{kind}");
        assert_eq!(seen[kind]["usage"], usage, "{kind}");
        assert_eq!(ours["finish_reason"], seen[kind]["finish_reason"], "{kind}");
    }
    Some(seen)
}

#[test]
fn openais_client_reads_the_mocks_chat_completions() {
    let request = r#"
    url: URL/v1/chat/completions
    headers: { Authorization: "Bearer ${KEY}" }
    body_template:
      mapping:
        model: gpt-4
        messages: [{ role: system, content: Be brief. }, { role: user, content: $.input }]
"#;
    let stream = format!(
        "{request}        stream: true\n        stream_options: {{ include_usage: true }}\n    \
         stream: sse\n    stream_output_path: choices[0].delta.content\n"
    );
    let whole = format!("{request}    output_path: choices[0].message.content\n");
    let Some(seen) = check("openai_client.py", &["chat"], &stream, &whole) else { return };
    assert_eq!(
        seen["malformed"],
        json!({
            "error": "BadRequestError", "type": "invalid_request_error", "param": "messages",
        })
    );
    assert_eq!(seen["unauthorized"]["error"], "AuthenticationError");
}

#[test]
fn openais_client_reads_the_mocks_responses() {
    let request = r#"
    url: URL/v1/responses
    headers: { Authorization: "Bearer ${KEY}" }
    body_template:
      mapping:
        model: gpt-4
        instructions: Be brief.
        input: $.input
"#;
    let stream = format!(
        "{request}        stream: true\n    stream: sse\n    stream_output_path: delta\n    \
         stream_event_filter: response.output_text.delta\n"
    );
    let whole = format!("{request}    output_path: output[0].content[0].text\n");
    let Some(seen) = check("openai_client.py", &["responses"], &stream, &whole) else { return };
    assert_eq!(
        seen["malformed"],
        json!({
            "error": "BadRequestError", "type": "invalid_request_error", "param": "input",
        })
    );
    assert_eq!(seen["unauthorized"]["error"], "AuthenticationError");
}

#[test]
fn anthropics_client_reads_the_mocks_messages() {
    let request = r#"
    url: URL/v1/messages
    headers: { x-api-key: "${KEY}", anthropic-version: "2023-06-01" }
    body_template:
      mapping:
        model: claude-3-opus-20240229
        max_tokens: 1024
        system: Be brief.
        messages: [{ role: user, content: $.input }]
"#;
    let stream = format!(
        "{request}        stream: true\n    stream: sse\n    stream_output_path: delta.text\n    \
         stream_event_filter: content_block_delta\n"
    );
    let whole = format!("{request}    output_path: content[0].text\n");
    let Some(seen) = check("anthropic_client.py", &[], &stream, &whole) else { return };
    assert_eq!(
        seen["malformed"],
        json!({"error": "BadRequestError", "type": "invalid_request_error"})
    );
    assert_eq!(
        seen["unauthorized"],
        json!({"error": "AuthenticationError", "type": "authentication_error"})
    );
}

/// What the foreign server says: it cuts text at spaces, and writes all but ASCII as `\u`.
const SAID: &str = "Sunny,  22 \u{b0}C \u{1f980}\n\n\"quoted\" \\ data: [DONE]; ";

/// `fakellm`, which knows three answers.
fn fakellm() -> Option<Arc<Background>> {
    static SHARED: Shared = Shared::new();
    SHARED.get(|| {
        let folder = Project::empty().file("rules.json", &rules().to_string());
        let fakellm = &mut Venv::with(FAKELLM)?.command("fakellm");
        let fakellm = fakellm.args(["serve", "--port", "0", "--config", "rules.json"]);
        // It has read the rules when it serves.
        Some(Background::start(fakellm.current_dir(folder.path()), "Uvicorn running on "))
    })
}

fn rules() -> Value {
    json!({"version": 1, "rules": [
        {"name": "text", "when": {"messages_contain": "weather"}, "respond": {"content": SAID}},
        {
            "name": "tool",
            "when": {"messages_contain": "book"},
            "respond": {"tool_calls": [{"name": "book", "arguments": {"seats": 2}}]},
        },
        {
            "name": "refusal",
            "when": {"messages_contain": "much"},
            "respond": {"status": 429, "error": "slow down"},
        },
    ]})
}

/// Asks the foreign server with these keys under `runner.http`.
fn ask(server: &Background, input: &str, http: &str, code: i32) -> Value {
    let project = Project::new(&format!(
        "base_inputs: [\"{input}\"]\nrunner:\n  http:\n{}",
        http.replace("URL", &server.url(""))
    ));
    project.run(&[]).exits(code);
    project.trace()
}

const OPENAI: &str = r"
    url: URL/v1/chat/completions
    stream: sse
    stream_output_path: choices[0].delta.content
    body_template:
      mapping:
        model: gpt-4
        messages: [{ role: user, content: $.input }]
        stream: true
";

const ANTHROPIC: &str = r"
    url: URL/v1/messages
    stream: sse
    stream_output_path: delta.text
    stream_event_filter: content_block_delta
    body_template:
      mapping:
        model: claude-3-opus-20240229
        max_tokens: 1024
        messages: [{ role: user, content: $.input }]
        stream: true
";

#[test]
fn a_foreign_server_of_openais_streams_is_read_exactly() {
    let Some(server) = fakellm() else { return };
    let trace = ask(&server, "The weather?", OPENAI, 0);
    assert_eq!(trace["output"], SAID);
    assert_eq!(trace["finish_reason"], "stop");
    assert_eq!(trace["model"], "gpt-4");
    assert_eq!(trace["turns"][0]["stream"]["completeness"], "done");
    assert_eq!(trace["warnings"], json!([]));

    // A call of a tool is no text, and the failure says so.
    let trace = ask(&server, "Please book.", OPENAI, 10);
    assert_eq!(trace["error"]["kind"], "no_text");
    assert_eq!(trace["error"]["seen"]["tool_calls"], true);
    let message = trace["error"]["message"].as_str().expect("a message");
    assert!(message.contains("the model called tools"), "{message}");
    let hint = trace["error"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("`runner.http.require_text: false`"), "{hint}");
}

#[test]
fn a_foreign_server_of_openais_whole_answers_is_read_exactly() {
    let Some(server) = fakellm() else { return };
    let whole = OPENAI
        .replace("    stream: sse\n", "    retry: { attempts: 0 }\n")
        .replace("stream_output_path: choices[0].delta", "output_path: choices[0].message")
        .replace("        stream: true\n", "");
    let trace = ask(&server, "The weather?", &whole, 0);
    assert_eq!(trace["output"], SAID);
    assert_eq!(trace["finish_reason"], "stop");
    // It counts four characters as a token.
    let expected = json!({"prompt_tokens": 3, "completion_tokens": 10, "total_tokens": 13});
    assert_eq!(trace["token_usage"], expected);

    let trace = ask(&server, "Too much", &whole, 10);
    assert_eq!(trace["error"]["kind"], "rate_limited");
    let message = trace["error"].to_string();
    assert!(message.contains("slow down"), "{message}");
}

#[test]
fn a_foreign_server_of_anthropics_streams_is_read_exactly() {
    let Some(server) = fakellm() else { return };
    let trace = ask(&server, "The weather?", ANTHROPIC, 0);
    assert_eq!(trace["output"], SAID);
    assert_eq!(trace["finish_reason"], "end_turn");
    assert_eq!(trace["turns"][0]["stream"]["completeness"], "done");
    // It streams one token as the count of any input.
    let expected = json!({"prompt_tokens": 1, "completion_tokens": 10, "total_tokens": 11});
    assert_eq!(trace["token_usage"], expected);
}
