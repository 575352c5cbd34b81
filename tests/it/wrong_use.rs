//! Wrong use answers in one screen, with the cause and the remedy.

use crate::support::{Project, Server};

/// A configuration that would be sound for this URL.
fn sound(url: &str) -> String {
    format!(
        r#"
base_inputs: ["Hello", "Bye"]
runner:
  http:
    url: "{url}"
    stream: sse
    stream_output_path: delta
    retry: {{ attempts: 0 }}
"#
    )
}

#[track_caller]
fn check(project: &Project, args: &[&str], code: i32, says: &[&str]) {
    project.run(args).exits(code).says(says).fits_one_screen();
}

#[test]
fn no_configuration() {
    check(&Project::empty(), &[], 3, &["no configuration found", "configs/simulation.yaml"]);
}

#[test]
fn no_inputs() {
    let project = Project::new("runner: { http: { url: 'http://127.0.0.1:9/', stream: sse } }");
    check(&project, &[], 3, &["no inputs", "base_inputs"]);
}

#[test]
fn bad_yaml() {
    let project = Project::new("runner:\n  http: [\n");
    check(&project, &[], 3, &["configs/simulation.yaml:"]);
}

#[test]
fn unknown_key() {
    let project = Project::new(&sound("http://127.0.0.1:9/").replace("stream:", "straem:"));
    check(&project, &[], 3, &["simulation.yaml:6:", "runner.http.straem", "`stream`"]);
}

#[test]
fn undefined_variable() {
    let project = Project::new(&sound("http://127.0.0.1:9/${NO_SUCH_NAME}"));
    check(&project, &[], 3, &["simulation.yaml:5:", "NO_SUCH_NAME", ".env"]);
}

#[test]
fn every_fault_is_told_at_once() {
    let project = Project::new(
        r#"
base_inputs: ["Hello"]
runner:
  http:
    url: "http://127.0.0.1:9/"
    method: FETCH
    timeout: soon
    stream: sse
    stream_output_path: "choices[0"
    hedaers: {}
"#,
    );
    project.run(&[]).exits(3).says(&[
        "error: runner.http.method",
        "error: runner.http.timeout",
        "error: runner.http.stream_output_path",
        "error: runner.http.hedaers",
        "7 |     timeout: soon\n  |              ^^^^\n",
        "= help: did you mean `headers`?",
        "4 errors",
    ]);
}

#[test]
fn unreachable_server() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let project = Project::new(&sound(&format!("http://127.0.0.1:{port}/chat")));
    check(&project, &[], 10, &["connect", "refused", "server is running", "curl"]);
}

#[test]
fn unauthorized() {
    let server = Server::script(
        r#"{"answers": [{"status": 401, "headers": {"content-type": "application/json"},
            "steps": [{"send": "{\"error\": {\"message\": \"Incorrect API key\"}}"}]}]}"#,
    );
    let project = Project::new(&sound(&server.url("/chat")));
    check(&project, &[], 10, &["401 Unauthorized", "Incorrect API key", "check the key", ".env"]);
}

#[test]
fn a_filter_that_matches_nothing() {
    let server = Server::echo();
    let filtered = sound(&server.url("/chat"))
        .replace("stream: sse", "stream: sse\n    stream_event_filter: text_delta");
    let project = Project::new(&filtered);
    check(
        &project,
        &[],
        10,
        &["no_text", "take `stream_event_filter` out, or let it name `message`"],
    );
}

#[test]
fn a_path_that_matches_nothing() {
    let server = Server::echo();
    let project = Project::new(&sound(&server.url("/chat")).replace("delta", "text"));
    check(&project, &[], 10, &["no_text", "set `stream_output_path: \"delta\"`"]);
}

#[test]
fn an_option_that_does_not_exist() {
    check(&Project::empty(), &["--parallel", "3"], 2, &["--parallel", "--parallelism"]);
}
