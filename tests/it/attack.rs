//! Input that attacks: what others wrote into configurations, inputs and answers is refused or
//! shown harmlessly.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::support::{Finished, Project, Server};

/// Everything that steers a terminal or reorders a line: SGR, OSC, C1, bidi; and a forged line.
const HOSTILE: &str = "\u{1b}[31m\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\rforged\n[fluxloop] forged";

/// Expects no control character but line breaks, and no line that the program did not mean.
#[track_caller]
fn check_harmless(said: &Finished) {
    for line in said.stdout.lines().chain(said.stderr.lines()) {
        let acts = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!line.contains(acts), "{line:?}");
        assert!(!line.starts_with("[fluxloop] forged"), "{line:?}");
    }
}

/// `HOSTILE` as JSON writes it, in ASCII: YAML refuses raw control characters.
fn quoted() -> String {
    let json = Value::from(HOSTILE).to_string();
    json.replace('\u{9b}', "\\u009b").replace('\u{202e}', "\\u202e")
}

fn project(url: &str, rest: &str) -> Project {
    Project::new(&format!(
        "runner:\n  http:\n    url: \"{url}\"\n    stream: sse\n    stream_output_path: delta\n    \
         retry: {{ attempts: 0 }}\n{rest}"
    ))
}

#[test]
fn names_from_the_configuration_and_the_inputs_are_harmless() {
    let server = Server::echo();
    let hostile = quoted();
    let project = project(
        &server.url("/chat"),
        &format!(
            "name: {hostile}\npersonas: [known]\nbase_inputs:\n  - {{ input: {hostile}, id: \
             {hostile}, persona: {hostile}, {hostile}: 1 }}\n"
        ),
    );
    for args in [&["--verbose"][..], &["--no-display"], &["--display"], &["--dry-run"]] {
        let said = project.run(args).exits(0).says(&["\\u{1b}[31m", "not listed here"]);
        // Bars are drawn with escape sequences of our own.
        if args != ["--display"] {
            check_harmless(&said);
        }
        assert!(!said.stderr.contains("]0;title\u{7}") && !said.stdout.contains("]0;title\u{7}"));
    }
}

#[test]
fn messages_about_the_configuration_are_harmless() {
    let hostile = quoted();
    for rest in [
        format!("base_inputs: [a]\n{hostile}: 1\n"),
        format!("base_inputs: [a]\ninputs_file: {hostile}\n"),
        format!("base_inputs: [{{ id: {hostile}, input: a }}, {{ id: {hostile}, input: b }}]\n"),
        format!("base_inputs: [{{ {hostile}: a }}]\n"),
        "base_inputs: [a]\nname: \"${NAME:?\\e[31m\\nforged}\"\n".to_owned(),
    ] {
        check_harmless(&project("http://127.0.0.1:9/", &rest).run(&[]).exits(3));
    }
    let sound = project("http://127.0.0.1:9/", "base_inputs: [a]\n");
    check_harmless(&sound.run(&["--personas", HOSTILE]).exits(3));
}

#[test]
fn line_breaks_and_zeros_move_no_request_and_add_no_header() {
    let url = "http://127.0.0.1:9/";
    let sound = project(url, "base_inputs: [a]\n");
    for set in [
        r#"runner.http.url="http://127.0.0.1:9/\r\nX-Evil: 1""#,
        r#"runner.http.url="http://127.0.0.1:9/\0""#,
        r#"runner.http.headers.X-A="a\r\nX-Evil: 1""#,
        r#"runner.http.headers.X-A="a\0b""#,
        r#"runner.http.headers={"X-A\r\nX-Evil": a}"#,
    ] {
        sound.run(&["--set", set]).exits(3);
    }
    for (env, key, said) in [
        ("V=\"x\\nX-Evil: 1\"\n", "headers: { X-A: '${V}' }", "from variable `V`"),
        ("V=a\0b\n", "url: 'http://h/${V}'", "is not UTF-8 text\n--> .env\n"),
    ] {
        let project = project(url, "base_inputs: [a]\n").file(".env", env);
        let set = format!("runner.http.{}", key.replacen(": ", "=", 1));
        project.run(&["--set", &set]).exits(3).says(&[said]);
    }

    let server = Server::echo();
    let project = project(
        &server.url("/chat"),
        "    query: { q: $.input }\n    method: GET\nbase_inputs: [\"a\\r\\nX-Evil: 1\\0&b=c#d\"]\n",
    );
    project.run(&["--exit-zero"]).exits(0);
    let requests = server.agent().requests();
    assert_eq!(requests[0].query, "q=a%0D%0AX-Evil%3A%201%00%26b%3Dc%23d");
    assert!(!requests[0].headers.contains_key("x-evil"));
}

/// An answer that is written as it goes over the wire.
fn raw(head: &str, body: &str) -> Value {
    let length = body.len();
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    json!({"raw": true, "steps": [{"send": head + body}, "close"]})
}

#[test]
fn what_a_server_says_is_harmless_wherever_it_is_shown() {
    let event = |name: &str, data: Value| {
        json!({"headers": {"content-type": "text/event-stream"}, "steps": [
            {"event": {"type": name, "data": data}}
        ]})
    };
    let error = json!({"type": "error", "error": {"type": HOSTILE, "message": HOSTILE}});
    // A line break would end the name of an event.
    let name = HOSTILE.replace(['\r', '\n'], "");
    let answers = [
        raw("418 \u{1b}[31mteapot", HOSTILE),
        raw("500 \u{9b}2J", HOSTILE),
        raw("200 OK\r\nContent-Type: \u{1b}[31m/x", HOSTILE),
        raw("200 OK\r\nContent-Type: text/html\r\nX-A: \u{9b}2J\u{202e}", HOSTILE),
        raw("200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: \u{9b}2J", "x"),
        raw("302 Found\r\nLocation: http://\u{9b}2J\u{202e}.example/", ""),
        raw("429 Slow\r\nContent-Type: application/json", &error.to_string()),
        event(&name, json!({"a": HOSTILE})),
        event("message", json!({"delta": HOSTILE})),
        event("message", json!({HOSTILE: HOSTILE})),
        event("message", json!(format!("{HOSTILE} is no JSON"))),
        event("error", error),
    ];
    for verbose in [&["--verbose"][..], &[]] {
        let server = Server::script(&json!({ "answers": answers }).to_string());
        let inputs: Vec<_> = (0..answers.len()).map(|number| number.to_string()).collect();
        let project = project(&server.url("/"), &format!("base_inputs: {}\n", json!(inputs)));
        let mut command = project.command(&[&["run", "experiment"], verbose].concat());
        let said = Finished::of(command.env("RUST_LOG", "trace,hyper=trace,h2=trace")).exits(10);
        check_harmless(&said);
        assert_eq!(project.traces().len(), answers.len());
    }
}

#[test]
fn names_never_become_paths() {
    let server = Server::echo();
    let names = ["../../outside", "/tmp/outside", "a/b", "..", "a\\b", "nul\0"];
    let inputs: Vec<_> =
        names.iter().map(|name| json!({"input": "a", "id": name, "persona": name})).collect();
    let rest = format!("name: ../../outside\nbase_inputs: {}\n", json!(inputs));
    let project = Project::empty();
    let inside = project.path().join("deep/er");
    fs::create_dir_all(inside.join("configs")).expect("a folder");
    let text = format!(
        "runner: {{ http: {{ url: \"{}\", stream: sse, stream_output_path: delta }} }}\n{rest}",
        server.url("/chat")
    );
    fs::write(inside.join("configs/simulation.yaml"), text).expect("a file");
    let mut command = project.command(&["run", "experiment"]);
    Finished::of(command.current_dir(&inside)).exits(0);
    let entries = |path: &std::path::Path| -> Vec<String> {
        let entries = fs::read_dir(path).expect("a folder");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<_> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(entries(project.path()), ["deep"]);
    assert_eq!(entries(&project.path().join("deep")), ["er"]);
    assert_eq!(entries(&inside), ["configs", "experiments"]);
    let mut runs = entries(&inside.join("experiments"));
    assert_eq!(runs.pop().as_deref(), Some("latest"));
    assert!(runs.len() == 1 && runs[0].starts_with("exp_"), "{runs:?}");
    assert_eq!(
        entries(&inside.join("experiments").join(&runs[0])),
        [
            "config.yaml",
            "observations.jsonl",
            "recording.idx",
            "recording.zst",
            "report.html",
            "summary.json",
            "trace_summary.jsonl",
            "traces.jsonl"
        ]
    );
}

#[test]
fn a_planted_link_is_not_followed() {
    let server = Server::echo();
    let project = project(&server.url("/chat"), "base_inputs: [a]\n").file("outside/kept", "");
    let experiments = project.path().join("experiments");
    fs::create_dir(&experiments).expect("a folder");
    let now = jiff::Timestamp::now();
    for second in 0..60 {
        let then = now + jiff::SignedDuration::from_secs(second);
        let name = then.to_zoned(jiff::tz::TimeZone::UTC).strftime("exp_%Y%m%d_%H%M%S").to_string();
        symlink("../outside", experiments.join(name)).expect("a link");
    }
    let mut command = project.command(&["run", "experiment"]);
    Finished::of(command.env("TZ", "UTC")).exits(0);
    assert_eq!(fs::read_dir(project.path().join("outside")).expect("a folder").count(), 1);
    assert_eq!(project.experiments().len(), 1, "{:?}", project.experiments());
    let links = fs::read_dir(&experiments).expect("a folder").map(|entry| entry.expect("an entry"));
    let planted = links.filter(|it| it.path().is_symlink() && it.file_name() != "latest").count();
    assert_eq!(planted, 60);
}

#[test]
fn a_folder_of_results_may_be_a_link() {
    let server = Server::echo();
    let project = project(&server.url("/chat"), "base_inputs: [a]\n").file("elsewhere/kept", "");
    symlink("elsewhere", project.path().join("experiments")).expect("a link");
    project.run(&[]).exits(0);
    assert_eq!(fs::read_dir(project.path().join("elsewhere")).expect("a folder").count(), 3);
}

/// The kind of failure of an answer, or `succeeded`.
fn kind(answer: &Value) -> String {
    let server = Server::script(&json!({ "answers": [answer] }).to_string());
    let project = project(&server.url("/"), "base_inputs: [a]\n");
    project.run(&["--exit-zero", "--verbose"]).exits(0);
    let trace = project.trace();
    trace["error"]["kind"].as_str().unwrap_or("succeeded").to_owned()
}

#[test]
fn json_that_is_nested_10000_deep_is_a_failure_and_no_crash() {
    let deep = |open: &str, close: &str| open.repeat(10_000) + "1" + &close.repeat(10_000);
    let (lists, maps) = (deep("[", "]"), deep("{\"a\":", "}"));
    for deep in [&lists, &maps] {
        let event = json!({"headers": {"content-type": "text/event-stream"},
            "steps": [{"send": format!("data: {{\"delta\": {deep}}}\n\n")}]});
        assert_eq!(kind(&event), "malformed_event");
        let error = json!({"headers": {"content-type": "text/event-stream"},
            "steps": [{"send": format!("event: error\ndata: {{\"error\": {deep}}}\n\n")}]});
        assert_eq!(kind(&error), "api_error");
        let body = json!({"headers": {"content-type": "application/json"},
            "steps": [{"send": format!("{{\"error\": {deep}}}")}]});
        assert_eq!(kind(&body), "content_type");
        let refused = json!({"status": 400, "headers": {"content-type": "application/json"},
            "steps": [{"send": format!("{{\"error\": {deep}}}")}]});
        assert_eq!(kind(&refused), "status");
        for (file, content) in [
            ("in.jsonl", format!("{{\"input\": \"a\", \"m\": {deep}}}\n")),
            ("in.json", format!("[{{\"input\": \"a\", \"m\": {deep}}}]")),
            ("in.yaml", format!("- {{input: a, m: {deep}}}\n")),
        ] {
            let rest = format!("inputs_file: {file}\n");
            let project = project("http://127.0.0.1:9/", &rest).file(file, &content);
            project.run(&[]).exits(3).fits_one_screen();
        }
        let rest = format!("base_inputs: [a]\nmetadata: {deep}\n");
        project("http://127.0.0.1:9/", &rest).run(&[]).exits(3).fits_one_screen();
    }
}

#[test]
fn gigantic_numbers_are_text_or_a_failure() {
    let digits = "9".repeat(400);
    let stream = json!({"content-type": "text/event-stream"});
    let event =
        |data: String| json!({"headers": stream, "steps": [{"send": format!("data: {data}\n\n")}]});
    for (number, event_is) in [
        ("1e-999999", "succeeded"),
        ("1e999999", "succeeded"),
        ("-1e999999", "succeeded"),
        (&digits, "succeeded"),
        (&format!("-{digits}.{digits}"), "succeeded"),
    ] {
        assert_eq!(kind(&event(format!("{{\"delta\": {number}}}"))), event_is, "{number}");
        let usage = format!("{{\"delta\": \"a\", \"usage\": {{\"total_tokens\": {number}}}}}");
        assert_eq!(kind(&event(usage)), event_is, "{number}");
        let wait = json!({"retry-after": number, "retry-after-ms": number});
        let busy = json!({"status": 429, "headers": wait, "steps": []});
        assert_eq!(kind(&busy), "rate_limited", "{number}");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {number}\r\n\r\nx");
        let endless = json!({"raw": true, "steps": [{"send": head}, "close"]});
        assert_eq!(kind(&endless), "protocol", "{number}");
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked";
    let chunk = format!("{head}\r\n\r\nFFFFFFFFFFFFFFFFFF\r\nx");
    let chunk = json!({"raw": true, "steps": [{"send": chunk}, "close"]});
    assert_eq!(kind(&chunk), "protocol");
}

/// The paths at which the library that evaluates some of them panics, overflows or answers wrongly.
#[test]
fn no_path_is_a_crash() {
    let long = ["$".to_owned() + &".a".repeat(100_000), "$".to_owned() + &"[".repeat(100_000)];
    let filters = format!("$[?{}@.a{}]", "(".repeat(100_000), ")".repeat(100_000));
    let paths = [
        "$[::0]",
        "$[?(@.a > 1e999)]",
        "$[?(@.a > -inf)]",
        "$[?(@['a','b'])]",
        "$[?(@[0:1])]",
        "$.a]",
        "$.a junk",
        "$[-3]",
        "$[0]",
        "$..[-1]",
        "$[?(@ > 1)]",
        "$[?(@.x == @.y)]",
        "$[99999999999999999999]",
        "$[-9223372036854775808]",
        "$[0:9223372036854775807:-1]",
        &long[0],
        &long[1],
        &filters,
    ];
    let server = Server::echo();
    let project = project(&server.url("/chat"), "base_inputs: [{ input: a, list: [1, 2] }]\n");
    for path in paths {
        let json = Value::from(path).to_string();
        let rest = format!(
            "base_inputs: [{{ input: a, list: [1, 2] }}]\nrunner:\n  http:\n    url: {}\n    stream: \
             sse\n    stream_output_path: {json}\n    body_template: {{ mapping: {{ i: $.input, p: \
             {json} }} }}\n",
            server.url("/chat")
        );
        fs::write(project.path().join("configs/simulation.yaml"), rest).expect("a file");
        let said = project.run(&["-o", "runs"]);
        let shown = &path[..path.len().min(40)];
        assert!(matches!(said.code, Some(0 | 3 | 10)), "{shown}: {:?} {}", said.code, said.stderr);
    }
}
