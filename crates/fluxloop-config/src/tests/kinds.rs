//! What is secret by its kind, wherever it stands.

use insta::assert_snapshot;

use super::Project;

/// Loads a configuration with `V` in the environment, and expects that its value is masked, or not.
#[track_caller]
fn check(lines: &str, value: &str, is_secret: bool) {
    let project = Project::http(lines).env(&[("V", value)]);
    let loaded = project.loaded();
    let shown = loaded.plan.redactor.mask(&format!("<{value}>")).as_str().to_owned();
    assert_eq!(shown, if is_secret { "<***>".to_owned() } else { format!("<{value}>") }, "{lines}");
}

#[test]
fn headers_and_parameters_are_known_by_their_words() {
    let value = "Zq7-xw2-vk9";
    for name in ["X-JWT", "X-Goog-IAP-JWT-Assertion", "X-Session-Id", "X-Passcode", "bearer"] {
        check(&format!("headers: {{{name}: '${{V}}'}}"), value, true);
    }
    for name in ["X-Session", "X-Token-Usage", "X-Author", "X-Request-Id", "Idempotency-Key"] {
        check(&format!("headers: {{{name}: '${{V}}'}}"), value, false);
    }
    for name in ["code", "jwt", "access_token", "sig", "session_id", "creds"] {
        check(&format!("query: {{{name}: '${{V}}', q: $.input}}"), value, true);
    }
    for name in ["max_tokens", "author", "session", "keyboard", "path"] {
        check(&format!("query: {{{name}: '${{V}}', q: $.input}}"), value, false);
    }
    let project = Project::http("").set(&["runner.http.url=http://localhost/?code=${V}&page=200"]);
    let project = project.env(&[("V", value)]);
    assert_eq!(project.loaded().plan.redactor.mask(value).as_str(), "***");
}

#[test]
fn keys_are_known_by_their_shape_wherever_they_stand() {
    for value in ["sk-proj-Ab0Ab0Ab0Ab0Ab0Ab0", "ghp_0123456789abcdefABCDEF0123456789abcd"] {
        for lines in [
            "headers: {X-A: '${V}'}",
            "headers: {X-A: 'id=${V}; a=b'}",
            "query: {q: '${V}'}",
            "body_template: {mapping: {q: $.input, a: [{b: '${V}'}]}}",
        ] {
            check(lines, value, true);
            let project = Project::http(&lines.replace("${V}", value));
            assert!(project.warnings().contains("a secret stands here as it is"), "{lines}");
            let written = project.loaded().settings.to_yaml();
            assert!(!written.contains(value) && written.contains("***"), "{written}");
        }
    }
    check("headers: {X-A: '${V}'}", "sk-learn-model-2024", false);
}

#[test]
fn passwords_of_urls_are_known_in_any_value() {
    let url = "postgres://joe:pass-word-1@db:5432/x";
    let mapping = "body_template: {mapping: {q: $.input, db: '${V}'}}";
    let project = Project::http(mapping).env(&[("V", url)]);
    let masked = |text: &str| project.loaded().plan.redactor.mask(text).as_str().to_owned();
    assert_eq!(masked(url), "postgres://joe:***@db:5432/x");
    let project = Project::http(&mapping.replace("${V}", url));
    assert!(project.loaded().settings.to_yaml().contains("postgres://joe:***@db:5432/x"));
    // A variable of `.env` that nothing uses.
    let project = Project::http("");
    project.write(".env", format!("DATABASE_URL={url}\n"));
    let redactor = project.loaded().plan.redactor;
    assert_eq!(redactor.mask("pass-word-1 5432").as_str(), "*** 5432");
}

#[test]
fn what_an_input_brings_along_is_known_by_its_names() {
    let inputs = "- input: say sk-proj-Ab0Ab0Ab0Ab0Ab0Ab0\n  context: {api_key: K1-context, code: 200}\n  \
                  metadata: {password: K2-metadata, max_tokens: '1000000000', pin: 1234}\n  token: K3-member\n";
    let texts = "K1-context K2-metadata K3-member 1000000000 sk-proj-Ab0Ab0Ab0Ab0Ab0Ab0";
    let file = Project::simulation(
        "inputs_file: inputs.yaml\nrunner: {http: {url: 'http://localhost'}}\n",
    );
    file.write("inputs.yaml", inputs);
    let indented: String = inputs.lines().map(|line| format!("  {line}\n")).collect();
    let base = Project::simulation(&format!(
        "base_inputs:\n{indented}runner: {{http: {{url: 'http://localhost'}}}}\n"
    ));
    for project in [file, base] {
        let loaded = project.loaded();
        let masked = loaded.plan.redactor.mask(texts).as_str().to_owned();
        assert_eq!(masked, "*** *** *** 1000000000 sk-proj-Ab0Ab0Ab0Ab0Ab0Ab0");
        let written = loaded.settings.to_yaml();
        assert!(!texts.split(' ').take(3).any(|it| written.contains(it)), "{written}");
        assert_eq!(project.warnings().matches("secret").count(), 0, "{}", project.warnings());
    }
}

#[test]
fn too_many_inputs_with_secrets_warn() {
    let warnings = |entries: usize, member: &str| {
        let lines =
            (0..entries).map(|n| format!("{{\"input\": \"a\", \"{member}\": \"Value-{n:06}\"}}\n"));
        let lines: Vec<_> = lines.collect();
        let project = Project::simulation(
            "inputs_file: inputs.jsonl\nrunner: {http: {url: 'http://localhost'}}\n",
        );
        project.write("inputs.jsonl", lines.concat());
        project.warnings()
    };
    assert_eq!(warnings(900, "password"), "");
    assert_eq!(warnings(10_100, "note"), "");
    assert_snapshot!(warnings(1_100, "password"), @"the inputs hold secrets, and there are more than 10000 inputs or 1000 secrets: further secrets are masked only where they stand in metadata, and not in answers; keep them out of the inputs");
}

#[test]
fn a_value_that_looks_random_warns_and_stays() {
    let random = "Zx8Kq2LmN4vB7cT1yR5wP9sD";
    let lines = "headers: {X-Workspace: '${V}', X-Model: gpt-4o-2024-08-06}";
    let project = Project::http(lines).env(&[("V", random)]);
    assert_snapshot!(project.warnings(), @"configs/simulation.yaml:5:28: runner.http.headers.X-Workspace: the value looks like a secret, and is not masked; put it into a variable, and name the variable in `security.mask`, or in `security.unmask` if it is not a secret");
    check(lines, random, false);
    for setting in ["security.mask=[V]", "security.unmask=[V]"] {
        let project = Project::http(lines).env(&[("V", random)]).set(&[setting]);
        assert_eq!(project.warnings(), "");
    }
}
