//! Runs that come to their end, well or badly.

use fluxloop_config::{KeyKind, keys as keys_of_configuration};

use super::{Canary, LOG, Needles, SSE, WRITTEN, answers, cuts, forms, keys, lines, silent};
use crate::support::{Finished, Project, Server as Mock};

#[test]
fn no_form_of_a_key_is_left_behind_wherever_it_comes_back() {
    let answers = answers::everything();
    let count = answers.len();
    let canary = Canary::new(answers, SSE);
    let said = canary.run(&["--verbose"]).exits(0);
    assert_eq!(lines(canary.artifact("traces.jsonl")), count);
    canary.is_silent(&said);
}

#[test]
fn text_that_ends_inside_a_key_does_not_show_its_beginning() {
    let canary = Canary::new(cuts::all(), SSE);
    canary.is_silent(&canary.run(&["--verbose"]).exits(0));
    // Where our own limits cut.
    for setting in
        ["runner.http.stream_event_filter=message", "runner.guards.output_char_limit=256"]
    {
        let canary = Canary::new(cuts::of_256(), SSE);
        canary.is_silent(&canary.run(&["--verbose", "--set", setting]).exits(0));
    }
}

#[test]
fn plain_answers_are_no_different() {
    for how in ["stream: none\n    output_path: delta", "stream: none\n    output_path: a.b"] {
        let canary = Canary::new(answers::in_one_piece(), how);
        let said = canary.run(&["--verbose"]).exits(0);
        canary.is_silent(&said);
    }
}

/// Of a stream without text one event is shown by itself.
#[test]
fn a_key_that_is_torn_and_never_joined_is_no_different() {
    for setting in ["stream_output_path=elsewhere", "stream_event_filter=elsewhere"] {
        let canary = Canary::new(answers::in_short(), SSE);
        let setting = format!("runner.http.{setting}");
        canary.is_silent(&canary.run(&["--verbose", "--set", &setting]).exits(0));
    }
}

#[test]
fn a_torn_key_is_masked_wherever_text_is_shown() {
    let without_text = "stream: sse\n    stream_output_path: elsewhere";
    for how in [SSE, without_text, "stream: none\n    output_path: elsewhere"] {
        let canary = Canary::new(answers::torn(), how);
        let said = canary.run(&["--verbose"]).exits(0).says(&["retry"]);
        canary.is_silent(&said);
    }
}

#[test]
fn texts_of_two_attempts_do_not_complete_a_key() {
    let (head, tail) = keys::value("OPENAI_API_KEY").split_at(12);
    let answer = |text: &str, end: &str| {
        let event = serde_json::json!({ "event": { "data": { "delta": text } } });
        let head = serde_json::json!({ "content-type": "text/event-stream" });
        serde_json::json!({ "headers": head, "steps": [event, end] })
    };
    let answers = [answer(head, "close"), answer(tail, "end")];
    let server = Mock::script(&serde_json::json!({ "answers": answers }).to_string());
    let project = Project::new(&format!(
        "base_inputs: [a]\nrunner:\n  http: {{ url: '{}', headers: {{ X-Api-Key: \
         '${{OPENAI_API_KEY}}' }}, {}, retry: {{ attempts: 1, backoff: 1ms }} }}\n",
        server.url("/"),
        SSE.replace("\n    ", ", "),
    ))
    .file(".env", &keys::dotenv());
    let said = project.run(&["--verbose"]).exits(0);
    assert_eq!(project.outputs(), ["***"], "{}", said.stderr);
    silent(&Needles::all().find(said.stderr.as_bytes()));
    silent(&Needles::all().find_below(project.path(), WRITTEN));
}

#[test]
fn redirects_that_are_followed_are_no_different() {
    let canary = Canary::new(answers::in_short(), SSE);
    let args = ["--verbose", "--set", "runner.http.redirects=same-origin"];
    canary.is_silent(&canary.run(&args).exits(0));
}

/// What keeps a request from being answered at all.
#[test]
fn requests_that_fail_are_no_different() {
    let url = "runner.http.url=http://canary:${BASIC_PASSWORD}@127.0.0.1:1/?api_key=${URL_KEY}";
    let proxy = "runner.http.proxy=http://canary:${PROXY_PASSWORD}@127.0.0.1:1";
    let tls = url.replace("http:", "https:").replace(":1/", ":PORT/");
    let tunnel = "runner.http.url=https://canary:${BASIC_PASSWORD}@a.invalid/?api_key=${URL_KEY}";
    for setting in [url, proxy, &tls, tunnel, "runner.http.timeout=1ms"] {
        let canary = Canary::new(answers::in_short(), SSE);
        let port = canary.server.address().port().to_string();
        let setting = setting.replace("PORT", &port);
        let said = canary.run(&["--verbose", "--set", &setting]).exits(0);
        canary.is_silent(&said);
    }
}

#[test]
fn http2_is_no_different() {
    let answers: Vec<_> = forms::names().into_iter().flat_map(over_http2).collect();
    let script = serde_json::json!({ "answers": answers }).to_string();
    let server = Mock::script(&script);
    let canary = Canary::new(answers::in_short(), SSE);
    let url = format!("runner.http.url={}?api_key=${{URL_KEY}}", server.url("/chat"));
    let args = ["--set", &url, "--set", "runner.http.http2=prior-knowledge", "--verbose"];
    let said = canary.run(&args).exits(0).says(&["h2::"]);
    canary.is_silent(&said);
}

/// A good answer and a refusal with all keys in this form, for the mock to play.
fn over_http2(form: &str) -> Vec<serde_json::Value> {
    let forms = keys::all().flat_map(|key| forms::sent(key.value));
    let texts: Vec<_> = forms.filter(|it| it.name == form).map(|it| it.sent).collect();
    let text = texts.join(" ");
    let header: String = text.chars().filter(char::is_ascii).collect();
    let header = header.replace(['\r', '\n'], " ");
    let event = serde_json::json!({ "type": "message", "data": { "delta": text } });
    let good = serde_json::json!({
        "headers": { "content-type": "text/event-stream", "x-echo": header },
        "steps": [{ "event": event }],
    });
    let refusal = serde_json::json!({
        "status": 401,
        "headers": { "www-authenticate": header },
        "steps": [{ "send": text }],
    });
    vec![good, refusal]
}

/// Nothing is sent, and everything is shown.
#[test]
fn a_dry_run_is_no_different() {
    let canary = Canary::new(answers::in_short(), SSE);
    let said = canary.run(&["--dry-run=20"]).exits(0).says(&["x-api-key: ***", "answer-19"]);
    canary.is_silent(&said);
    for kind in ["form", "text"] {
        let kind = format!("runner.http.body_template.type={kind}");
        let said = canary.run(&["--dry-run", "--set", &kind]);
        canary.is_silent(&said);
    }
}

/// The mock in the same process logs, too.
#[test]
fn a_run_against_the_mock_is_no_different() {
    let canary = Canary::new(answers::in_short(), SSE);
    let said = canary.run(&["--mock", "--verbose"]).exits(0).says(&["fluxloop_runner", "hyper"]);
    canary.is_silent(&said);
}

/// The log tells which files were read, and only its writer masks that.
#[test]
fn the_name_of_a_file_is_no_different() {
    let file = format!("{}.yaml", keys::value("SHORTER_SECRET"));
    let simulation = "base_inputs: [a]\nrunner: { http: { url: 'http://127.0.0.1:1/' } }\n";
    let project = Project::empty().file(&file, simulation).file(".env", &keys::dotenv());
    let args = ["run", "experiment", "--dry-run", "--env-file", ".env", "--config", &file];
    let said = Finished::of(project.command(&args).env("RUST_LOG", LOG)).exits(0);
    silent(&Needles::all().find(said.stderr.as_bytes()));
    said.says(&["fluxloop_cli", "***.yaml"]);
}

/// Every key of the configuration holds a key, in a shape or in another.
#[test]
fn what_is_wrong_with_a_configuration_is_told_without_it() {
    let secret = format!("${{OPENAI_API_KEY}} {}", keys::value("LONGER_SECRET"));
    let variable = serde_json::json!("${OPENAI_API_KEY}");
    for value in [
        serde_json::json!(secret),
        serde_json::json!([secret, { "a": secret }]),
        serde_json::json!({ "note": secret, "url": secret, "path": secret }),
        serde_json::json!({ "a": { "b": [secret] } }),
    ] {
        let mut document = serde_json::json!({ "security": { "mask": ["REGION"] } });
        for key in keys_of_configuration() {
            // The path of a file that cannot be read is told as it is written.
            let is_file = matches!(key.kind, KeyKind::File);
            plant(&mut document, key.path, if is_file { &variable } else { &value });
        }
        check_configuration(&document.to_string());
    }
}

/// A key where YAML, or a slip of the hand, gives it a meaning.
#[test]
fn a_key_that_is_misread_is_not_quoted() {
    let key = keys::value("LONGER_SECRET");
    for header in [
        format!("Authorization: *{key}"),
        format!("Authorization: &{key}"),
        format!("Authorization: !{key} x"),
        format!("Authorization: @{key}"),
        format!("Authorization: %{key}"),
        format!("Authorization: \"{key}"),
        format!("Authorization: [{key}"),
        format!("Authorization: Bearer {key}: x"),
        format!("Authorization:Bearer {key}"),
        format!("Authorization:Bearer {key}: x"),
        format!("Authorization Bearer {key}: x"),
        format!("? {key}"),
        format!("Authorization: ${{{key}"),
        format!("Authorization: ${{{key}}}"),
        format!("X-Note: a\n      {key}"),
        format!("{{Authorization:Bearer {key}}}"),
    ] {
        check_configuration(&format!(
            "base_inputs: [a]\nrunner:\n  http:\n    url: http://127.0.0.1:1/\n    headers:\n      {header}\n"
        ));
    }
}

#[track_caller]
fn check_configuration(simulation: &str) {
    let project = Project::new(simulation).file(".env", &keys::dotenv());
    let mut command = project.command(&["run", "experiment", "--dry-run"]);
    let said = Finished::of(command.env("RUST_LOG", LOG));
    let needles = Needles::all();
    let mut leaks = needles.find(said.stdout.as_bytes());
    leaks.extend(needles.find(said.stderr.as_bytes()));
    leaks.extend(leaks.first().map(|_| simulation.to_owned()));
    silent(&leaks);
}

/// Puts a value under a path, unless a part of it has another value.
fn plant(document: &mut serde_json::Value, path: &str, value: &serde_json::Value) {
    let mut place = document;
    for part in path.split('.') {
        let Some(members) = place.as_object_mut() else { return };
        place = members.entry(part).or_insert_with(|| serde_json::json!({}));
    }
    if place.as_object().is_some_and(serde_json::Map::is_empty) {
        *place = value.clone();
    }
}
