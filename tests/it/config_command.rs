//! `fluxloop config`: what it says about a configuration, and that it sends nothing.

use serde_json::{Value, json};

use crate::support::{Finished, Project};

/// A project whose layers contradict each other.
fn project() -> Project {
    Project::new(
        "base_inputs: [Hello, Bye]
iterations: 3
runner:
  http:
    url: ${BASE:-http://127.0.0.1:9}/chat
    timeout: 5s
    headers:
      x-api-key: ${AGENT_KEY}
      x-note: plain
    stream_schema: openai-chat
",
    )
    .file(
        "configs/project.yaml",
        "name: demo
collector_url: http://c
runner:
  module_path: agent
  http: {timeout: 30s, headers: {X-Api-Key: literal-key-91, x-team: blue}}
",
    )
    .file("configs/evaluation.yaml", "metrics: []\n")
    .file(".env", "AGENT_KEY=value-of-agent-key\nOTHER=1\nBROKEN=${NOWHERE}\n")
}

/// What `fluxloop config … --json` prints.
#[track_caller]
fn json_of(project: &Project, args: &[&str], code: i32) -> Value {
    let said = project.fluxloop(&[&["config"], args, &["--json"]].concat()).exits(code);
    serde_json::from_str(&said.stdout).expect("JSON")
}

#[test]
fn validate_says_what_is_read_and_what_is_ignored() {
    let said = project().fluxloop(&["config", "validate"]).exits(0).says(&[
        "configs/project.yaml     3 keys     2 keys without effect here: collector_url, \
         runner.module_path",
        "configs/simulation.yaml  6 keys",
        "configs/evaluation.yaml is ignored: it configures another part of FluxLoop",
        "2 inputs to send, 6 cases in all; answers are read as `sse`, by the schema `openai-chat`",
        "the configuration is valid",
        "warning: these keys have no effect",
    ]);
    said.fits_one_screen();
}

#[test]
fn validate_reports_every_error_as_a_run_does() {
    let project =
        Project::new("base_inputs: [a]\nrunner: {http: {tiemout: 5s, retry: {attempts: -1}}}\n");
    let said = project.fluxloop(&["config", "validate"]).exits(3);
    let run = project.run(&[]).exits(3);
    assert_eq!(said.stderr, run.stderr);
    let found = json_of(&project, &["validate"], 3);
    assert_eq!(found["valid"], false);
    let errors = found["errors"].as_array().expect("a list");
    assert_eq!(errors.len(), 3, "{found:#}");
    let typo = errors.iter().find(|it| it["key"] == "runner.http.tiemout").expect("it is there");
    assert_eq!(typo["file"], "configs/simulation.yaml");
    assert_eq!((&typo["line"], &typo["column"]), (&json!(2), &json!(17)));
    assert_eq!(typo["message"], "unknown key");
    assert_eq!(typo["help"], "did you mean `timeout`?");
    Project::empty().fluxloop(&["config", "validate"]).exits(3).says(&["no configuration found"]);
    let usage = Project::empty().file("a.yaml", "");
    usage.fluxloop(&["config", "validate", "--config", "a.yaml", "--set", "x"]).exits(2);
}

#[test]
fn validate_is_read_by_machines() {
    let found = json_of(&project(), &["validate"], 0);
    assert_eq!((&found["valid"], &found["inputs"]), (&json!(true), &json!(2)));
    let files = found["files"].as_array().expect("a list");
    let read: Vec<_> = files.iter().map(|it| (it["path"].as_str(), it["read"].as_bool())).collect();
    assert_eq!(
        read,
        [
            (Some("configs/project.yaml"), Some(true)),
            (Some("configs/simulation.yaml"), Some(true)),
            (Some(".env"), Some(true)),
            (Some("configs/evaluation.yaml"), Some(false)),
        ]
    );
    assert_eq!(found["warnings"].as_array().map(Vec::len), Some(2), "{found:#}");
}

#[test]
fn show_merges_all_layers_and_keeps_placeholders() {
    let project = project();
    let said = project.fluxloop(&["config", "show", "--set", "seed=7"]).exits(0).says(&[
        "name: demo",
        "url: ${BASE:-http://127.0.0.1:9}/chat",
        "x-api-key: ${AGENT_KEY}",
        "x-team: blue",
        "timeout: 5s",
        "seed: 7",
    ]);
    let said = said.keeps_quiet_about(&["literal-key-91", "value-of-agent-key"]);
    // What it prints means the same.
    let copy = Project::empty().file("a.yaml", &said.stdout).file(".env", "AGENT_KEY=k-9-value\n");
    copy.fluxloop(&["config", "validate", "--config", "a.yaml"]).exits(0);
    project.fluxloop(&["config", "show", "--origins", "--set", "seed=7"]).exits(0).says(&[
        "timeout: 5s  # configs/simulation.yaml:6:14",
        "x-team: blue  # configs/project.yaml:5:69",
        "seed: 7  # --set seed",
        "method: POST  # default",
    ]);
    let shown = json_of(&project, &["show", "--origins"], 0);
    assert_eq!(shown["configuration"]["runner"]["http"]["timeout"], "5s");
    assert_eq!(shown["origins"]["runner.http.timeout"], "configs/simulation.yaml:6:14");
}

#[test]
fn show_masks_what_it_cannot_judge() {
    let project = Project::new(
        "base_inputs: [a]
credentials: {main: hunter-two-91}
runner: {http: {url: 'http://h/', headers: 'x-api-key: hunter-two-92', timeout: {a: hunter-two-93}}}
",
    );
    project
        .fluxloop(&["config", "show"])
        .exits(0)
        .says(&["headers: '***'", "timeout: '***'", "the configuration has 3 errors"])
        .keeps_quiet_about(&["hunter-two"]);
    let broken = Project::new("runner: [\n");
    broken.fluxloop(&["config", "show"]).exits(3).says(&["configs/simulation.yaml:"]);
}

#[test]
fn explain_says_who_wins() {
    let project = project();
    let said = project
        .command(&["config", "explain", "runner.http.timeout", "--set", "runner.http.timeout=9s"])
        .env("FLUXLOOP__RUNNER__HTTP__TIMEOUT", "8s")
        .output()
        .expect("it runs");
    let said = String::from_utf8(said.stdout).expect("text");
    let values: Vec<&str> = said.lines().skip_while(|line| !line.starts_with("Values")).collect();
    assert_eq!(
        values[1..],
        [
            "  default                                               60s",
            "  configs/project.yaml:5:19                             30s",
            "  configs/simulation.yaml:6:14                          5s",
            "  environment variable FLUXLOOP__RUNNER__HTTP__TIMEOUT  8s",
            "* --set runner.http.timeout                             9s",
        ]
    );
    assert!(said.contains("The longest time for one attempt"), "{said}");
    assert!(said.contains("--set runner.http.timeout=…"), "{said}");
}

#[test]
fn explain_knows_headers_sections_and_older_names() {
    let project = project();
    let explain = |key: &str| project.fluxloop(&["config", "explain", key]).exits(0);
    explain("runner.http.headers.x-api-key")
        .says(&[
            "  configs/project.yaml:5:45     '***'",
            "* configs/simulation.yaml:8:18  ${AGENT_KEY}",
        ])
        .keeps_quiet_about(&["literal-key-91"]);
    explain("runner.http.retry").says(&["runner.http.retry.attempts", "max_backoff: 30s"]);
    explain("parallel_runs").says(&["simulation.parallelism", "the older name", "* default  1"]);
    explain("collector_url").says(&["has no effect on an HTTP run"]);
    let json = json_of(&project, &["explain", "runner.http.method"], 0);
    assert_eq!((&json["default"], &json["values"][0]["yaml"]), (&json!("POST"), &json!("POST")));
    let wrong = project.fluxloop(&["config", "explain", "runner.http.tiemout"]).exits(2);
    wrong.says(&["there is no such key", "did you mean `runner.http.timeout`?"]);
    project.fluxloop(&["config", "explain", "timeout"]).exits(2).says(&["`runner.http.timeout`"]);
}

#[test]
fn explain_needs_no_project() {
    let nowhere = Project::empty();
    let said = nowhere.fluxloop(&["config", "explain", "runner.http.url"]).exits(0);
    said.says(&["Where requests go.", "No configuration was found here."]);
    let missing = ["config", "explain", "runner.http.url", "--config", "a.yaml"];
    nowhere.fluxloop(&missing).exits(3).says(&["`a.yaml`"]);
}

fn variables(project: &Project) -> Finished {
    let mut command = project.command(&["config", "env"]);
    command
        .env("BASE", "http://agent.example:81")
        .env("FLUXLOOP__RUNNER__HTTP__TIMEOUT", "8s")
        .env("FLUXLOOP__ITERATIONS", "4")
        .env("https_proxy", "http://p:1")
        .env("HTTP_PROXY", "http://user:hunter-two-94@p:1");
    Finished::of(&mut command)
}

#[test]
fn env_says_where_variables_come_from_and_shows_no_value() {
    let said = variables(&project()).exits(0).says(&[
        "AGENT_KEY  .env:1:1     a secret, because its name says so  runner.http.headers.x-api-key",
        "BASE       environment  not a secret",
        "FLUXLOOP__ITERATIONS             iterations",
        "HTTP_PROXY   used",
        "https_proxy  not used: it is for https URLs",
        "requests go through the proxy of `HTTP_PROXY`",
    ]);
    said.keeps_quiet_about(&["value-of-agent-key", "agent.example", "hunter-two", "8s", "p:1"]);
}

#[test]
fn env_names_what_is_undefined_and_what_is_broken() {
    let project = Project::new(
        "base_inputs: [a]
runner: {http: {url: 'http://127.0.0.1:9/${A}${B:-b}', headers: {x-key: '${BROKEN}', x-z: '${Z}'}}}
security: {mask: [Z]}
",
    )
    .file(".env", "BROKEN=${NOWHERE}\nZ=${PART}-zzz\nPART=part-of-it\n");
    let found = json_of(&project, &["env"], 0);
    let of = |name: &str| {
        let all = found["variables"].as_array().expect("a list");
        all.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("{name}: {found:#}"))
    };
    assert_eq!(of("A")["source"], "undefined");
    assert_eq!(of("B")["source"], "default");
    assert_eq!((&of("BROKEN")["source"], &of("Z")["source"]), (&json!("broken"), &json!("dotenv")));
    assert!(of("BROKEN")["error"].as_str().is_some_and(|it| it.contains("`NOWHERE`")), "{found:#}");
    assert_eq!(of("Z")["secret_because"], "`security.mask` names it");
    assert_eq!(
        (&of("PART")["keys"], &of("PART")["secret"]),
        (&json!(["variable Z"]), &json!(true))
    );
}

#[test]
fn env_says_which_rule_keeps_the_proxy_away() {
    let check = |url: &str, variables: &[(&str, &str)], set: &[&str], expected: &str| {
        let project =
            Project::new(&format!("base_inputs: [a]\nrunner: {{http: {{url: '{url}'}}}}\n"));
        let mut command = project.command(&[&["config", "env"], set].concat());
        command.envs(variables.iter().copied());
        let said = Finished::of(&mut command).exits(0);
        assert!(said.stdout.ends_with(&format!("requests go {expected}\n")), "{}", said.stdout);
    };
    let all = [("ALL_PROXY", "http://p:1"), ("NO_PROXY", "a.example")];
    check("https://a.example/", &all, &[], "directly: `NO_PROXY` covers the server");
    check("https://b.example/", &all, &[], "through the proxy of `ALL_PROXY`");
    check("http://localhost:1/", &all, &[], "directly: the server is this machine");
    check("https://b.example/", &[], &[], "directly: no proxy is configured");
    let none = ["--set", "runner.http.proxy=none"];
    let expected = "directly: `runner.http.proxy` is `none` (--set runner.http.proxy)";
    check("https://b.example/", &all, &none, expected);
}

#[test]
fn schema_is_printed_and_written() {
    let project = Project::empty();
    let said = project.fluxloop(&["config", "schema"]).exits(0);
    let printed: Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(printed["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(printed["properties"]["iterations"]["default"], 1);
    project.fluxloop(&["config", "schema", "-o", "schema.json"]).exits(0);
    let written = std::fs::read_to_string(project.path().join("schema.json")).expect("a file");
    assert_eq!(written, said.stdout);
    let nowhere = ["config", "schema", "-o", "nowhere/schema.json"];
    project.fluxloop(&nowhere).exits(1).says(&["cannot be written to `nowhere/schema.json`"]);
}
