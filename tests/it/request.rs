//! What goes out: bodies, queries, headers, and the paths into the simulation input.

use serde_json::{Value, json};

use crate::support::{Project, Server};

/// Sends one input with these keys under `runner.http`, and gives the request as the server got
/// it: the first line, the headers, the body.
fn sent(keys: &str, inputs: &str) -> (String, Vec<(String, String)>, String) {
    let server = Server::script(
        r#"{"answers": [{"steps": [{"event": {"data": "ok"}}, {"event": {"data": "[DONE]"}}]}]}"#,
    );
    let project = Project::new(&format!(
        "base_inputs: {inputs}\nrunner:\n  http:\n    url: {}\n    stream: sse\n{keys}",
        server.url("/chat?fixed=1")
    ));
    project.run(&[]).exits(0);
    let request = server.agent().requests().into_iter().next().expect("one request came");
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()))
        .collect();
    let line = format!("{} {}?{}", request.method, request.path, request.query);
    (line, headers, String::from_utf8_lossy(&request.body).into_owned())
}

#[track_caller]
fn check_body(mapping: &str, inputs: &str, expected: &Value) {
    let keys = format!("    body_template:\n      mapping:\n{mapping}");
    let (_, _, body) = sent(&keys, inputs);
    let body: Value = serde_json::from_str(&body).expect("a JSON body");
    assert_eq!(&body, expected);
}

#[test]
fn without_a_template_the_input_is_the_body() {
    let (line, headers, body) = sent("", r#"["Hi"]"#);
    assert_eq!(line, "POST /chat?fixed=1");
    assert_eq!(body, r#"{"input":"Hi"}"#);
    for expected in [
        ("content-type", "application/json"),
        ("accept", "text/event-stream"),
        ("accept-encoding", "identity"),
    ] {
        let found = headers.iter().any(|(name, value)| (&**name, &**value) == expected);
        assert!(found, "{expected:?} is missing in {headers:?}");
    }
}

#[test]
fn a_mapping_takes_values_of_any_type_at_any_depth() {
    check_body(
        r#"
        model: gpt-4
        last: "$.messages[-1].content"
        all: "$.messages"
        who: "$.persona"
        nested: { list: ["$.input", 1, 1.5, true, null, "$$.input"] }
        text: "Q: {{ $.input }} ({{ $.metadata.topic }})"
        n: "$.metadata.n"
"#,
        r"[{input: Hi, persona: ada, topic: greetings, n: 7}]",
        &json!({
            "model": "gpt-4",
            "last": "Hi",
            "all": [{"role": "user", "content": "Hi"}],
            "who": "ada",
            "nested": {"list": ["Hi", 1, 1.5, true, null, "$.input"]},
            "text": "Q: Hi (greetings)",
            "n": 7,
        }),
    );
}

#[test]
fn a_block_scalar_of_json_is_json() {
    check_body(
        r#"
        messages: |
          [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "$.input"}
          ]
"#,
        r#"["quote \" and ${NOT_A_VARIABLE}"]"#,
        &json!({"messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "quote \" and ${NOT_A_VARIABLE}"},
        ]}),
    );
}

#[test]
fn keys_keep_their_order() {
    let keys = "    body_template: { mapping: { z: 1, a: $.input, m: 2 } }\n";
    let (_, _, body) = sent(keys, r#"["Hi"]"#);
    assert_eq!(body, r#"{"z":1,"a":"Hi","m":2}"#);
}

#[test]
fn get_carries_the_input_in_the_query() {
    let keys = "    method: GET\n    query: { q: \"$.input\", n: 1 }\n";
    let (line, _, body) = sent(keys, r#"["a b&c=ü"]"#);
    assert_eq!(line, "GET /chat?fixed=1&q=a%20b%26c%3D%C3%BC&n=1");
    assert_eq!(body, "");
}

#[test]
fn forms_and_texts_are_bodies_too() {
    let form = "    body_template: { type: form, mapping: { q: \"$.input\", n: 1 } }\n";
    let (_, headers, body) = sent(form, r#"["a b"]"#);
    assert_eq!(body, "q=a+b&n=1");
    assert!(
        headers.iter().any(|(_, value)| value == "application/x-www-form-urlencoded"),
        "{headers:?}"
    );
    let text = "    body_template: { type: text, mapping: \"Say: {{ $.input }}\" }\n";
    assert_eq!(sent(text, r#"["a b"]"#).2, "Say: a b");
}

#[test]
fn a_path_that_finds_nothing_fails_the_case_as_template() {
    let server = Server::echo();
    let project = Project::new(&format!(
        r#"
base_inputs: ["Hi", {{input: Ho, topic: x}}]
runner:
  http:
    url: {}
    stream: sse
    stream_output_path: delta
    body_template: {{ mapping: {{ input: "$.input", topic: "$.metadata.topic" }} }}
"#,
        server.url("/chat")
    ));
    project.run(&[]).exits(10).says(&["template", "topic"]);
    let traces = project.traces();
    assert_eq!(traces[0]["error"]["kind"], "template");
    assert_eq!(traces[0]["turns"][0]["attempts"], json!([]));
    assert_eq!(traces[1]["output"], "Ho");
    assert_eq!(server.agent().served().requests, 1);
}

#[test]
fn a_dry_run_shows_the_request_with_secrets_masked_and_sends_nothing() {
    let server = Server::echo();
    let project = Project::new(&format!(
        r#"
base_inputs: ["Hi", "Ho"]
runner:
  http:
    url: "{}?api_key=${{QUERY_KEY}}"
    headers: {{ Authorization: "Bearer ${{THE_TOKEN}}", x-api-key: literal-secret-1 }}
    stream: sse
    body_template: {{ mapping: {{ input: "$.input", again: "${{THE_TOKEN}}" }} }}
"#,
        server.url("/chat")
    ))
    .file(".env", "THE_TOKEN=tok-0123456789\nQUERY_KEY='qk-9876543210'\n");
    let secrets = ["tok-0123456789", "literal-secret-1", "qk-9876543210"];
    project
        .run(&["--dry-run=2"])
        .exits(0)
        .says(&["POST http://127.0.0.1", "Bearer ***", "\"Hi\"", "\"Ho\"", "nothing was sent"])
        .keeps_quiet_about(&secrets);
    assert_eq!(server.agent().served().requests, 0);
    assert_eq!(project.experiments(), Vec::<std::path::PathBuf>::new());
}

/// What a dry run of these keys under `runner.http` shows, with these variables in `.env`.
fn dry_run(url: &str, keys: &str, env: &str) -> String {
    let simulation =
        format!("base_inputs: [Hi]\nrunner:\n  http:\n    url: \"{url}\"\n    stream: sse\n{keys}");
    let project = Project::new(&simulation).file(".env", env);
    project.run(&["--dry-run"]).exits(0).stdout
}

#[test]
fn a_dry_run_masks_what_needs_escaping() {
    let env = "API_KEY=Zm9v+YmFy/cXV4==\nK=abc\nPIN_KEY=1234\nQUOTE_KEY='pass\"word\\1'\n\
               PEM_KEY=\"-----BEGIN KEY-----\nMIIEvQIBADANBg+kqhk/G9w0=\n-----END KEY-----\"\n";
    let query =
        "    method: GET\n    query: { api_key: \"${API_KEY}\", token: \"${K}\", q: $.input }\n";
    assert!(
        dry_run("http://127.0.0.1:9/chat?x=1#${API_KEY}", query, env)
            .contains("GET http://127.0.0.1:9/chat?x=1&api_key=***&token=***&q=Hi\n")
    );
    let form = "    body_template: { type: form, mapping: { api_key: \"${API_KEY}\", pin: \"${PIN_KEY}\", q: $.input } }\n";
    assert!(dry_run("http://127.0.0.1:9/", form, env).contains("\napi_key=***&pin=***&q=Hi\n"));
    let json = "    body_template: { mapping: { a: \"${QUOTE_KEY}\", b: \"<${PEM_KEY}>\", c: \"${PIN_KEY}\" } }\n";
    let shown = dry_run("http://127.0.0.1:9/", json, env);
    for expected in [r#""a": "***""#, r#""b": "<***>""#, r#""c": "***""#] {
        assert!(shown.contains(expected), "{expected} is missing in {shown}");
    }
}

#[test]
fn userinfo_is_sent_as_basic_and_shown_masked() {
    let server = Server::echo();
    let url = server.url("/chat").replace("http://", "http://ada:${PASS}@");
    let shown = dry_run(&url, "", "PASS=pw-12\n");
    assert!(shown.contains("\nauthorization: Basic ***\n"), "{shown}");
    assert!(!shown.contains("pw-12") && !shown.contains("ada"), "{shown}");
    // A configured header takes its place.
    let shown =
        dry_run(&url, "    headers: { Authorization: \"Bearer ${PASS}\" }\n", "PASS=pw-12\n");
    assert!(shown.contains("Bearer ***") && !shown.contains("Basic"), "{shown}");

    let simulation = format!("base_inputs: [Hi]\nrunner: {{http: {{url: \"{url}\"}}}}\n");
    Project::new(&simulation).file(".env", "PASS=pw-12\n").run(&["--exit-zero"]).exits(0);
    let requests = server.agent().requests();
    // "ada:pw-12" in base64.
    assert_eq!(requests[0].headers["authorization"], "Basic YWRhOnB3LTEy");
}

#[test]
fn a_server_that_quotes_the_request_line_gives_no_secret_away() {
    let server = Server::script(
        r#"{"answers": [{"steps": [
            {"event": {"data": "{\"delta\": \"GET /?api_key=Zm9v%2BYmFy%2F\"}"}},
            {"event": {"data": "{\"delta\": \"cXV4%3D%3D\"}"}},
            {"event": {"data": "[DONE]"}}
        ]}]}"#,
    );
    let project = Project::new(&format!(
        "base_inputs: [Hi]\nrunner:\n  http:\n    url: {}\n    stream: sse\n    \
         stream_output_path: delta\n    query: {{ api_key: \"${{API_KEY}}\" }}\n",
        server.url("/chat")
    ))
    .file(".env", "API_KEY=Zm9v+YmFy/cXV4==\n");
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), ["GET /?api_key=***"]);
}

#[test]
fn headers_path_and_query_take_values_of_the_case() {
    let server = Server::script(
        r#"{"answers": [{"steps": [{"event": {"data": "ok"}}, {"event": {"data": "[DONE]"}}]}]}"#,
    );
    let project = Project::new(&format!(
        "base_inputs:\n  - {{ id: a b, input: Hi, user: ada/../x, vars: {{ n: 1 }} }}\n  - {{ id: c, \
         input: Hi, user: \"x\\r\\ny: 1\", vars: {{ n: 2 }} }}\n  - {{ id: d, input: Hi }}\nrunner:\n  \
         http:\n    url: '{}'\n    stream: sse\n    headers: {{ X-Session: $.id, X-User: '<{{{{ \
         $.metadata.user }}}}>' }}\n",
        server.url("/u/{{ $.metadata.user }}/chat?n={{ $.vars.n }}")
    ));
    let said = project.run(&[]);
    said.exits(10).says(&["brings a line break into the value", "`$.metadata.user` finds nothing"]);
    let requests = server.agent().requests();
    let [request] = &requests[..] else { panic!("one request was expected: {requests:?}") };
    let line = format!("{}?{}", request.path, request.query);
    assert_eq!(line, "/u/ada%2F..%2Fx/chat?n=1");
    assert_eq!(request.headers["x-session"], "a b");
    assert_eq!(request.headers["x-user"], "<ada/../x>");
    let kinds = project.traces();
    let kinds: Vec<_> = kinds.iter().map(|trace| trace["error"]["kind"].as_str()).collect();
    assert_eq!(kinds, [None, Some("template"), Some("template")]);
    project.run(&["--mock"]).exits(10);
}
