//! `fluxloop doctor`: what it checks, what it sends, and how it ends.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::{fs, thread};

use serde_json::Value;

use crate::support::{Finished, Project, Server};

/// A project for this URL.
fn project(url: &str) -> Project {
    Project::new(&format!(
        "base_inputs: [what is asked]
runner:
  http:
    url: '{url}'
    headers: {{authorization: 'Bearer ${{AGENT_KEY}}'}}
    stream: sse
    stream_output_path: delta
"
    ))
    .file(".env", "AGENT_KEY=value-of-agent-key\n")
    .file(".gitignore", ".env\n")
}

/// The states of the checks, by name.
#[track_caller]
fn states(said: &Finished) -> Vec<(String, String)> {
    let found: Value = serde_json::from_str(&said.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let checks = found["checks"].as_array().expect("a list");
    checks.iter().map(|it| (text(&it["name"]), text(&it["state"]))).collect()
}

#[track_caller]
fn check_states(said: &Finished, expected: &[(&str, &str)]) {
    let states = states(said);
    for (name, state) in expected {
        let found = states.iter().find(|(it, _)| it == name);
        assert_eq!(found.map(|it| it.1.as_str()), Some(*state), "{name}: {}", said.stdout);
    }
}

#[test]
fn the_first_case_is_sent_when_asked_for() {
    let server = Server::echo();
    let project = project(&server.url("/"));
    let said = project.fluxloop(&["doctor", "--send"]).exits(0).says(&[
        "ok    tcp            127.0.0.1:",
        "ok    answer         the case succeeded: first token after",
        "sending case 0/0 as one POST request to http://127.0.0.1:",
    ]);
    said.keeps_quiet_about(&["value-of-agent-key"]);
    assert_eq!(server.agent().requests().len(), 1);
    assert!(project.experiments().is_empty(), "nothing is written");
}

/// Even the connection that is opened carries nothing.
#[test]
fn nothing_is_sent_otherwise() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, received) = channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut bytes = Vec::new();
            let _ = stream.read_to_end(&mut bytes);
            let _ = sender.send(bytes);
        }
    });
    let said = project(&format!("http://{address}/")).fluxloop(&["doctor", "--json"]).exits(0);
    check_states(&said, &[("configuration", "ok"), ("dns", "ok"), ("tcp", "ok"), ("tls", "ok")]);
    assert_eq!(received.recv().expect("a connection"), b"");
}

#[test]
fn a_fault_of_the_configuration_ends_with_3() {
    let project = project("http://127.0.0.1:9/").file(".env", "");
    let said = project.fluxloop(&["doctor", "--json"]).exits(3);
    let expected =
        [("configuration", "fail"), ("variables", "fail"), ("dns", "skip"), ("tls", "skip")];
    check_states(&said, &expected);
    project.fluxloop(&["doctor"]).exits(3).says(&["without a value: `AGENT_KEY`"]);
    Project::empty().fluxloop(&["doctor"]).exits(3).says(&["no configuration found"]);
}

#[test]
fn an_empty_variable_has_no_value() {
    let server = Server::echo();
    let configuration = format!(
        "base_inputs: [a]\nrunner:\n  http:\n    url: '{}'\n    headers: {{x-team: 'a${{TEAM}}'}}\n    \
         stream: sse\n    stream_output_path: delta\n",
        server.url("/")
    );
    let project = Project::new(&configuration).file(".env", "TEAM=\n");
    let said = project.fluxloop(&["doctor"]).exits(0);
    said.says(&["warn  variables      defined, but empty: `TEAM`"])
        .keeps_quiet_about(&["has a value"]);
    project.fluxloop(&["config", "env"]).exits(0).says(&["TEAM", ", empty"]);
    let project = project.file(".env", "TEAM=blue\n");
    let said = project.fluxloop(&["doctor"]).exits(0);
    said.says(&["1 variable of the configuration has a value"]);
}

#[test]
fn a_server_that_is_not_there_ends_with_10() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let project = project(&format!("http://{closed}/"));
    let said = project.fluxloop(&["doctor", "--json", "--send"]).exits(10);
    check_states(&said, &[("dns", "ok"), ("tcp", "fail"), ("tls", "skip")]);
    project.fluxloop(&["doctor"]).exits(10).says(&["nothing listens there", "is running"]);
    let set = ["doctor", "--json", "--set", "runner.http.url=http://host.invalid/"];
    let said = project.fluxloop(&set).exits(10);
    check_states(&said, &[("dns", "fail"), ("tcp", "skip"), ("tls", "skip")]);
}

#[test]
fn a_failed_case_ends_with_10_and_its_hint() {
    let server = Server::script(r#"{"answers": [{"status": 401, "steps": ["end"]}]}"#);
    let project = project(&server.url("/"));
    let said = project.fluxloop(&["doctor", "--send"]).exits(10);
    said.says(&["fail  answer         status: the server answered 401", "      -> "]);
    assert_eq!(server.agent().requests().len(), 1, "it is not tried again");
}

#[test]
fn the_answer_is_judged_by_what_is_expected() {
    let server = Server::echo();
    let project = project(&server.url("/"));
    let check = |expect: &str, code: i32, says: &str| {
        let set = format!("expect=[{expect}]");
        project.fluxloop(&["doctor", "--send", "--set", &set]).exits(code).says(&[says]);
    };
    check("{characters: {at_least: 1}}", 0, "ms in all, and its answer is as expected");
    let unmet = "fail  answer         the case succeeded, and is unmet: contains: `no such text`";
    check("{contains: no such text}", 10, unmet);
}

#[test]
fn a_server_without_tls_is_named() {
    let server = Server::echo();
    let url = server.url("/").replace("http://", "https://");
    let said = project(&url).fluxloop(&["doctor"]).exits(10);
    said.says(&["fail  tls            the peer does not speak TLS", "write `http://`"]);
    assert!(server.agent().requests().is_empty());
}

#[test]
fn results_that_cannot_be_written_end_with_1() {
    let server = Server::echo();
    let project = project(&server.url("/")).file("results", "");
    let args = ["doctor", "--set", "output_directory=results/here"];
    project.fluxloop(&args).exits(1).says(&["`results` is a file", "output_directory"]);
}

#[cfg(unix)]
#[test]
fn a_dotenv_that_others_may_read_warns() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::echo();
    let project = project(&server.url("/")).file(".git/HEAD", "");
    let path = project.path().join(".env");
    let set = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
    set(0o644);
    project.fluxloop(&["doctor"]).exits(0).says(&["(mode 0644)", "-> `chmod 600 .env`"]);
    set(0o600);
    let said = project.fluxloop(&["doctor"]).exits(0);
    let said = said.says(&["ok    .env           `.env` is private"]);
    said.says(&["no check failed"]).keeps_quiet_about(&["warn"]);
    let project = project.file(".gitignore", "");
    project.fluxloop(&["doctor"]).exits(0).says(&["git does not ignore `.env`"]);
}

#[test]
fn a_report_names_neither_user_nor_machine_nor_secret() {
    let server = Server::echo();
    let project = project(&server.url("/"));
    let folder = project.path().to_string_lossy().into_owned();
    let mut command = project.command(&["doctor", "--report"]);
    command.args(["--set", "tags=[of alice]", "--set", &format!("output_directory={folder}/out")]);
    command.env("USER", "alice").env("HOSTNAME", "laptop-of-alice").env("HOME", "/users/alice");
    let said = Finished::of(&mut command).exits(0).says(&[
        "### fluxloop doctor",
        "| ok | configuration | valid: 1 input, 1 case |",
        "authorization: Bearer ${AGENT_KEY}",
        "base_inputs: (1 left out)",
    ]);
    said.keeps_quiet_about(&["alice", "value-of-agent-key", "what is asked", &folder]);
}
