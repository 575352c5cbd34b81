//! `fluxloop inspect`: one request, what came of it, and how it is to be read.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Finished, Project, Server};

/// Words of an answer, one an event.
const WORDS: [&str; 8] =
    ["The ", "ferry ", "to the ", "island ", "leaves ", "at ", "ten ", "daily."];

/// The steps of an answer of an agent with names of its own.
fn own_agent() -> Vec<Value> {
    let step = |t: &str| json!({"event": {"type": "token", "data": {"t": t}}});
    let mut steps = vec![json!({"event": {"type": "meta", "data": {"run": "r-1"}}})];
    steps.extend(WORDS.map(step));
    let end = json!({"answer": "ok", "counts": {"in": 7, "out": 8, "all": 15}});
    steps.push(json!({"event": {"type": "final", "data": end}}));
    steps
}

fn server(headers: &Value, steps: &[Value]) -> Server {
    Server::script(&json!({"answers": [{"headers": headers, "steps": steps}]}).to_string())
}

/// A configuration with comments, whose path is wrong.
fn configuration(server: &Server) -> String {
    let url = server.url("/chat");
    format!(
        "# ours\nname: t\nbase_inputs: [\"When?\"]\nrunner:\n  http:\n    # where it is\n    \
         url: {url} # local\n    stream: sse\n    stream_output_path: delta # wrong\n    \
         body_template: {{mapping: {{input: \"$.input\"}}}}\n\n# the end\n"
    )
}

fn written(project: &Project) -> String {
    fs::read_to_string(project.path().join("configs/simulation.yaml")).expect("it is there")
}

/// An event with a text.
fn event(text: &&str) -> String {
    format!("data: {}\n\n", json!({ "v": text }))
}

/// Learns from these bytes.
fn from(bytes: &str, args: &[&str]) -> Finished {
    let project = Project::empty().file("answer", bytes);
    project.fluxloop(&[&["inspect", "--from", "answer"], args].concat())
}

#[test]
fn exactly_one_request_is_sent_and_said_before() {
    let server = server(&json!({}), &own_agent());
    let project = Project::new(&configuration(&server));
    let said = project.fluxloop(&["inspect"]).exits(0);
    assert!(said.stderr.starts_with("one request is sent: POST http://127.0.0.1:"), "{said:?}");
    assert_eq!(server.agent().served().requests, 1);
    said.says(&[
        "HTTP/1.1 200 OK",
        "content-type: text/event-stream",
        "10 frames (sse)",
        "what the current settings take:",
        "nothing; the data is {\"t\":\"The \"}",
        "text: { when: token, path: t }",
        "# certain: 8 pieces make 44 characters of text; no other text does, and the name fits",
        "usage: { input: counts.in, output: counts.out, total: counts.all }",
        "end: [{ when: final, as: succeeded }]",
    ]);
    assert_eq!(written(&project), configuration(&server), "nothing was asked to be written");
    assert!(project.experiments().is_empty());
}

#[test]
fn what_is_written_is_what_a_run_needs() {
    let server = server(&json!({}), &own_agent());
    let project = Project::new(&configuration(&server));
    project.run(&[]).exits(10).says(&["no text was found"]);
    fs::remove_dir_all(project.experiment()).expect("it is there");
    project.fluxloop(&["inspect", "--write"]).exits(1).says(&["nothing was written", "`--yes`"]);
    assert_eq!(written(&project), configuration(&server));
    let said = project.fluxloop(&["inspect", "--write", "--yes"]).exits(0);
    said.says(&["-    stream_output_path: delta # wrong", "+      text: { when: token, path: t }"]);
    let text = written(&project);
    for kept in ["# ours\n", "    # where it is\n", "# local\n", "\n\n# the end\n"] {
        assert!(text.contains(kept), "{text}");
    }
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), [WORDS.concat()]);
    assert_eq!(project.trace()["turns"][0]["usage"]["total"], 15);
    project.fluxloop(&["inspect", "--write", "--yes"]).exits(0).says(&["says so already"]);
}

/// Other files were read, too: variables, and a profile with other keys.
#[test]
fn the_file_that_says_how_answers_are_read_is_changed() {
    let server = server(&json!({}), &own_agent());
    let project = Project::new(&configuration(&server))
        .file(".env", "OTHER=1\n")
        .file("configs/profiles/slow.yaml", "runner:\n  http:\n    timeout: 90s\n");
    let args = ["inspect", "--write", "--yes", "--profile", "slow"];
    project.fluxloop(&args).exits(0).says(&["`configs/simulation.yaml` was changed"]);
    assert!(written(&project).contains("text: { when: token, path: t }"));
}

#[test]
fn a_file_that_cannot_be_changed_safely_stays_as_it_is() {
    let server = server(&json!({}), &own_agent());
    let url = server.url("/chat");
    let text = format!(
        "base_inputs: [\"When?\"]\nrunner: {{http: {{url: \"{url}\", stream: sse, body_template: \
         {{mapping: {{input: \"$.input\"}}}}}}}}\n"
    );
    let project = Project::new(&text);
    let said = project.fluxloop(&["inspect", "--write", "--yes"]).exits(1);
    said.says(&["was not changed: `runner.http` is not written line by line", "write it yourself"]);
    assert_eq!(written(&project), text);
}

#[test]
fn a_preset_is_proposed_by_its_name() {
    let server = Server::echo();
    let url = server.url("/v1/messages");
    let mapping = "{model: m, max_tokens: 9, stream: true, messages: \"$.messages\"}";
    let project = Project::new(&format!(
        "base_inputs: [\"One two three four five\"]\nrunner:\n  http:\n    url: {url}\n    stream: \
         sse\n    body_template:\n      mapping: {mapping}\n"
    ));
    let said = project.fluxloop(&["inspect", "--json", "--input", "six seven eight nine ten"]);
    let found: Value = serde_json::from_str(&said.exits(0).stdout).expect("JSON");
    assert_eq!(found["proposal"]["preset"]["name"], "anthropic");
    assert_eq!(found["proposal"]["preset"]["confidence"], "certain");
    assert_eq!(found["head"]["status"], 200);
    project.fluxloop(&["inspect", "--write", "--yes"]).exits(0);
    assert!(written(&project).contains("    stream_schema: anthropic\n"));
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), ["One two three four five"]);
}

#[test]
fn the_mock_needs_no_server() {
    let project = Project::new(
        "base_inputs: [\"One two three four five\"]\nrunner:\n  http:\n    url: \
         http://127.0.0.1:9/chat\n    stream: sse\n    body_template: {mapping: {input: \
         \"$.input\"}}\n",
    );
    let said = project.fluxloop(&["inspect", "--mock"]).exits(0);
    said.says(&["(the mock)", "text: {}", "end: [{ when: done, as: succeeded }]"]);
}

#[test]
fn a_captured_answer_is_read_without_a_configuration() {
    let events: String = WORDS.iter().map(event).collect();
    from(&events, &[]).exits(0).says(&[
        "8 frames (sse)",
        "text: { path: v }",
        "text <- v: \"The \"",
    ]);
    let lines: String = WORDS.iter().map(|it| json!({"v": it}).to_string() + "\n").collect();
    from(&lines, &["--stream", "jsonl"]).exits(0).says(&["framing: jsonl"]);
    from("data: {\"v\": \"Hello \"}\n\ndata: {\"v\": \"you\"}\n\n", &[])
        .exits(0)
        .says(&["too little to learn from", "{ path: v }: 2 frames"]);
    from("", &[]).exits(1);
}

#[test]
fn what_cannot_be_decided_is_not_proposed() {
    let both = |it: &&str| format!("data: {}\n\n", json!({"a": it, "b": it.to_uppercase()}));
    let events: String = WORDS.iter().map(both).collect();
    let said = from(&events, &[]).exits(0);
    said.says(&["cannot decide", "{ path: a }: 8 frames", "{ path: b }: 8 frames"])
        .keeps_quiet_about(&["stream_schema"]);
}

#[test]
fn a_refusal_teaches_nothing() {
    let script =
        json!({"answers": [{"status": 401, "steps": [{"send": "{\"error\": \"no key\"}"}]}]});
    let server = Server::script(&script.to_string());
    let project = Project::new(&configuration(&server));
    let said = project.fluxloop(&["inspect"]).exits(1);
    said.says(&["HTTP/1.1 401 Unauthorized", "nothing: the server refuses the request with 401"]);
    let said = project.fluxloop(&["inspect", "--set", "runner.http.url=http://127.0.0.1:9/x"]);
    said.exits(1).says(&["the connection was refused"]);
}

#[test]
fn a_server_is_judged_by_how_it_delivers() {
    let events: String = WORDS.iter().chain(&WORDS).map(event).collect();
    let headers = json!({"content-type": "text/plain"});
    let server = server(&headers, &[json!({"send": events})]);
    let project = Project::new(&configuration(&server));
    let said = project.fluxloop(&["inspect"]).exits(0);
    said.says(&[
        "other_media_type: `content-type` is `text/plain`",
        "buffered: 16 of 16 frames came in one read",
        "no_end: nothing marks the end of the answer",
        "no_usage: no counts of tokens came",
    ]);
}

/// The answer of a REST endpoint.
fn document() -> Value {
    json!({
        "id": "r-1",
        "result": {"reply": WORDS.concat(), "sources": [{"text": "A longer text that was read."}]},
        "stop_reason": "end_turn",
        "counts": {"prompt_n": 7, "completion_n": 11, "all": 18},
    })
}

#[test]
fn one_json_document_is_read_without_a_stream() {
    let body = json!({"send": document().to_string()});
    let server = server(&json!({"content-type": "application/json"}), &[body]);
    let project = Project::new(&configuration(&server));
    let said = project.fluxloop(&["inspect", "--write", "--yes"]).exits(0);
    said.says(&[
        "one JSON document in 1 read",
        "    stream: none # certain: the body is one JSON document",
        "    output_path: result.reply # certain: 44 characters: the only text that may be the answer, and the name fits",
        "      usage: { input: counts.prompt_n, output: counts.completion_n, total: counts.all }",
        "      finish_reason: stop_reason",
        "-    stream_output_path: delta # wrong",
        "nothing to complain about",
    ]);
    project.run(&[]).exits(0).keeps_quiet_about(&["warning"]);
    assert_eq!(project.outputs(), [WORDS.concat()]);
    let turn = &project.trace()["turns"][0];
    assert_eq!((&turn["usage"]["total"], &turn["finish_reason"]), (&json!(18), &json!("end_turn")));
    project.fluxloop(&["inspect", "--write", "--yes"]).exits(0).says(&["says so already"]);
}

#[test]
fn a_document_of_a_known_protocol_has_its_preset() {
    let server = Server::echo();
    let url = server.url("/v1/messages");
    let mapping = "{model: m, max_tokens: 9, messages: \"$.messages\"}";
    let project = Project::new(&format!(
        "base_inputs: [\"One two three four five\"]\nrunner:\n  http:\n    url: {url}\n    stream: \
         sse\n    body_template:\n      mapping: {mapping}\n"
    ));
    let said = project.fluxloop(&["inspect", "--write", "--yes"]).exits(0);
    said.says(&["preset `anthropic`", "    stream: none # the body is one JSON document"]);
    assert!(written(&project).contains("    stream_schema: anthropic\n"), "{}", written(&project));
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), ["One two three four five"]);
}

#[test]
fn a_failure_is_not_taken_for_the_end() {
    let mut steps = own_agent();
    steps.pop();
    steps.push(json!({"event": {"type": "run_failed", "data": {"why": "no more tokens"}}}));
    let server = server(&json!({}), &steps);
    let project = Project::new(&configuration(&server));
    let said = project.fluxloop(&["inspect"]).exits(0);
    said.says(&[
        "frame 10 reports a failure: ",
        "the end of a good answer was not seen",
        "text: { when: token, path: t }",
        "failed: the answer reports a failure",
    ])
    .keeps_quiet_about(&["end: [", "as: succeeded"]);
    from("{\"error\": {\"message\": \"no such model\"}}", &[])
        .exits(0)
        .says(&["the answer reports a failure: no such model", "nothing about the text"])
        .keeps_quiet_about(&["output_path"]);
}

#[test]
fn names_with_placeholders_are_written_literally() {
    let name = "${HOME}";
    let step = |word: &str| json!({"event": {"type": "token", "data": {name: word}}});
    let server = server(&json!({}), &WORDS.map(step));
    let project = Project::new(&configuration(&server));
    project.fluxloop(&["inspect", "--write", "--yes"]).exits(0);
    assert!(written(&project).contains("$${HOME}"), "{}", written(&project));
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), [WORDS.concat()]);
}

#[test]
fn names_that_hold_secrets_are_not_written() {
    for name in ["t-of-AGENT-0123456789", "sk-live-0123456789abcdefAB"] {
        let step = |word: &str| json!({"event": {"type": "token", "data": {name: word}}});
        let server = server(&json!({}), &WORDS.map(step));
        let text = configuration(&server).replace(
            "    stream: sse",
            "    headers: {x-api-key: '${AGENT_KEY}'}\n    stream: sse",
        );
        let project = Project::new(&text).file(".env", "AGENT_KEY=AGENT-0123456789\n");
        let said = project.fluxloop(&["inspect", "--write", "--yes"]).exits(1);
        said.says(&["a name in the answer holds a secret"]).keeps_quiet_about(&["0123456789"]);
        assert_eq!(written(&project), text);
    }
}

#[test]
fn a_captured_key_is_masked_without_a_configuration() {
    let key = "sk-proj-0123456789abcdefABCDEF";
    let echo = json!({"answer": format!("Your key is {key}, isn't it?"), "key": key}).to_string();
    let pieces = ["Your ", "key ", "is ", "sk-proj-01234", "56789abc", "defABCDEF", ", isn't it?"];
    let pieces: String = pieces.iter().map(event).collect();
    let named = |word: &&str| event(word).replace("\"v\"", &format!("\"{key}\""));
    let name: String = WORDS.iter().map(named).collect();
    for body in [echo, pieces, name] {
        for args in [&[][..], &["--json"]] {
            let said = from(&body, args).exits(0).says(&["no configuration is read"]);
            said.keeps_quiet_about(&["0123456789", "sk-proj-01234", "56789abc", "defABCDEF"]);
        }
    }
}

/// As terminals and editors leave them, and as `curl -i` writes them.
#[test]
fn line_ends_of_a_captured_file_may_be_mixed() {
    let ends = ["\r\n", "\n", "\r\n"];
    let (mut events, mut lines) = (String::new(), String::new());
    for (at, word) in WORDS.iter().enumerate() {
        let (end, blank) = (ends[at % 3], ends[(at + 1) % 3]);
        let data = json!({ "t": word }).to_string();
        events.extend(["event: token", end, "data: ", &data, blank, end]);
        lines.extend([&data, end]);
    }
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    for body in [events.clone(), format!("{head}{events}"), format!("\u{feff}{events}")] {
        from(&body, &[]).exits(0).says(&["8 frames (sse)", "8 pieces make 44 characters"]);
    }
    from(&lines, &[]).exits(0).says(&["8 frames (jsonl)", "8 pieces make 44 characters"]);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
    from(&format!("{head}{}\n", document()), &[]).exits(0).says(&["output_path: result.reply"]);
}
