//! What goes wrong on the wire, and what the user gets.

use serde_json::{Value, json};

use crate::support::{Project, Server};

/// Runs one input against a script, with further keys under `runner.http`.
fn run(script: &Value, keys: &str, code: i32) -> Value {
    let server = Server::script(&script.to_string());
    let project = Project::new(&format!(
        r#"
base_inputs: ["Hello"]
runner:
  http:
    url: "{}"
    stream: sse
    stream_output_path: delta
    {keys}
"#,
        server.url("/chat"),
    ));
    project.run(&[]).exits(code);
    project.trace()
}

/// A step that sends one piece of text.
fn delta(text: &str) -> Value {
    json!({"event": {"type": "message", "data": {"delta": text}}})
}

fn done() -> Value {
    json!({"event": {"type": "done", "data": {}}})
}

/// An answer with these steps.
fn answer(steps: &[Value]) -> Value {
    json!({"headers": {"content-type": "text/event-stream"}, "steps": steps})
}

fn good() -> Value {
    answer(&[delta("Hel"), delta("lo"), done()])
}

fn status(status: u16) -> Value {
    json!({"status": status, "steps": [{"send": "busy"}]})
}

const FAST: &str = "retry: { backoff: 1ms }";

/// The failure kind and the number of attempts that a script leads to.
#[track_caller]
fn check_failure(answers: &[Value], keys: &str, kind: &str, attempts: usize) -> Value {
    let trace = run(&json!({ "answers": answers }), keys, 10);
    assert_eq!(trace["outcome"], "failed", "{trace:#}");
    assert_eq!(trace["error"]["kind"], kind, "{trace:#}");
    assert_eq!(trace["turns"][0]["attempts"].as_array().map(Vec::len), Some(attempts), "{trace:#}");
    trace
}

/// The output and the number of attempts that a script leads to.
#[track_caller]
fn check_success(answers: &[Value], keys: &str, output: &str, attempts: usize) -> Value {
    let trace = run(&json!({ "answers": answers }), keys, 0);
    assert_eq!(trace["outcome"], "succeeded", "{trace:#}");
    assert_eq!(trace["output"], output, "{trace:#}");
    assert_eq!(trace["turns"][0]["attempts"].as_array().map(Vec::len), Some(attempts), "{trace:#}");
    trace
}

#[test]
fn attempts_means_retries() {
    check_success(&[status(503), status(502), good()], FAST, "Hello", 3);
    check_failure(&[status(503)], FAST, "status", 3);
}

#[test]
fn a_status_that_is_not_listed_is_not_retried() {
    let trace = check_failure(&[status(500)], FAST, "status", 1);
    assert_eq!(trace["error"]["status"], 500);
    assert_eq!(trace["error"]["body"], "busy");
    check_success(
        &[status(500), good()],
        "retry: { backoff: 1ms, status_codes: [500] }",
        "Hello",
        2,
    );
}

#[test]
fn text_of_a_broken_attempt_is_never_joined() {
    let broken = answer(&[delta("Hel"), json!("reset")]);
    let trace = check_success(&[broken.clone(), good()], FAST, "Hello", 2);
    assert_eq!(trace["turns"][0]["attempts"][0]["cause"], "truncated");
    assert_eq!(trace["turns"][0]["attempts"][0]["text"], "Hel");
    assert_eq!(trace["turns"][0]["attempts"][0]["phase"], "after_text");

    let keep = "retry: { backoff: 1ms, on_partial: fail }";
    let trace = check_failure(&[broken], keep, "truncated", 1);
    assert_eq!(trace["output"], "Hel");
}

#[test]
fn when_every_attempt_breaks_the_last_partial_text_stays() {
    let broken = |text| answer(&[delta(text), json!("close")]);
    let trace = check_failure(&[broken("a"), broken("b"), broken("c")], FAST, "truncated", 3);
    assert_eq!(trace["output"], "c");
    assert_eq!(trace["turns"][0]["attempts"][0]["text"], "a");
}

#[test]
fn each_clock_is_named_in_its_error() {
    let silent = json!({"steps": [json!("stall")]});
    let stalled = answer(&[delta("Hel"), json!("stall")]);
    let keep = "retry: { attempts: 0 }";
    for (script, keys, clock, named) in [
        (&silent, "timeout: 150ms", "attempt", "`timeout`"),
        (&stalled, "timeout: 150ms", "attempt", "`timeout`"),
        (&stalled, "idle_timeout: 150ms", "idle", "`idle_timeout`"),
        (&stalled, "event_timeout: 150ms", "event", "`event_timeout`"),
    ] {
        let keys = format!("{keys}\n    {keep}");
        let trace = check_failure(std::slice::from_ref(script), &keys, "timeout", 1);
        assert_eq!(trace["error"]["clock"], clock);
        let message = trace["error"]["message"].as_str().expect("a message");
        assert!(message.contains(named), "{message}");
    }
}

#[test]
fn comments_do_not_hold_off_the_event_clock() {
    let mut steps = vec![delta("Hel")];
    for _ in 0..20 {
        steps.extend([json!({"pause": "50ms"}), json!({"comment": "ping"})]);
    }
    let keys = "event_timeout: 300ms\n    idle_timeout: 10s\n    retry: { attempts: 0 }";
    let trace = check_failure(&[answer(&steps)], keys, "timeout", 1);
    assert_eq!(trace["error"]["clock"], "event");
}

#[test]
fn the_attempt_that_came_further_is_named() {
    let broken = answer(&[delta("Hel"), json!("reset")]);
    let trace = check_failure(&[broken, status(500)], FAST, "status", 2);
    assert_eq!(
        trace["error"]["message"],
        "the server answered 500 Internal Server Error: busy; attempt 1 had come further: \
         `truncated` in the answer, after text had come, which is kept; not retried"
    );
}

#[test]
fn a_pending_done_marker_counts() {
    let cut = answer(&[json!({"send": "data: {\"delta\": \"Hello\"}\n\ndata: [DONE]\n"})]);
    let trace = check_success(&[cut], "require_done: true", "Hello", 1);
    assert_eq!(trace["turns"][0]["stream"]["completeness"], "done");
}

#[test]
fn after_the_done_marker_usage_counts_and_text_does_not() {
    let finish = json!({"event": {"data": {"delta": "", "finish_reason": "stop"}}});
    let usage = json!({"event": {"data": {"usage": {"prompt_tokens": 1, "completion_tokens": 2}}}});
    let late = answer(&[delta("Hello"), finish, delta("!"), usage]);
    let keys = "stream_done: { path: finish_reason, equals: stop }";
    let trace = check_success(&[late], keys, "Hello", 1);
    assert_eq!(trace["token_usage"]["total_tokens"], 3);
    assert_eq!(trace["turns"][0]["stream"]["skipped"], 1);
    assert_eq!(trace["turns"][0]["stream"]["completeness"], "done");
}

#[test]
fn an_unfinished_event_counts_where_its_json_is_whole() {
    for (rest, output, code) in [
        (r#"{"delta": "!"}"#, "Hello!", "unfinished_frame"),
        (r#"{"delta": "#, "Hello", "cut_frame"),
    ] {
        let cut =
            answer(&[json!({"send": format!("data: {{\"delta\": \"Hello\"}}\n\ndata: {rest}\n")})]);
        let trace = check_success(&[cut], "", output, 1);
        assert_eq!(trace["turns"][0]["stream"]["completeness"], "unverified");
        assert_eq!(trace["warnings"][0]["code"], code);
    }
}

#[test]
fn without_a_done_marker_the_framing_is_what_is_known() {
    let trace = check_success(&[answer(&[delta("Hello")])], "", "Hello", 1);
    assert_eq!(trace["turns"][0]["stream"]["completeness"], "framed");
    let keys = "require_done: true\n    retry: { attempts: 0 }";
    check_failure(&[answer(&[delta("Hello")])], keys, "incomplete", 1);
}

#[test]
fn an_error_inside_the_answer_is_no_success() {
    let error = json!({"event": {"type": "error",
        "data": {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}}});
    let broken = answer(&[error]);
    check_success(&[broken.clone(), good()], FAST, "Hello", 2);
    let trace = check_failure(&[broken], FAST, "api_error", 3);
    assert_eq!(trace["error"]["api_type"], "overloaded_error");
}

#[test]
fn another_media_type_is_refused_or_read_as_asked() {
    let html = json!({
        "headers": {"content-type": "text/html"},
        "steps": [{"send": "<h1>Welcome</h1>"}]
    });
    let trace = check_failure(&[html], FAST, "content_type", 1);
    assert_eq!(trace["error"]["body"], "<h1>Welcome</h1>");

    let plain = json!({
        "headers": {"content-type": "text/plain"},
        "steps": [{"send": "data: {\"delta\": \"Hello\"}\n\n"}]
    });
    let trace = check_success(&[plain], "lenient_content_type: true", "Hello", 1);
    assert_ne!(trace["warnings"], json!([]));
}

#[test]
fn an_empty_answer_says_so() {
    for empty in [json!({"status": 204, "steps": []}), answer(&[])] {
        let trace = check_failure(&[empty], FAST, "no_text", 1);
        let message = trace["error"]["message"].as_str().expect("a message");
        assert!(message.contains("empty"), "{message}");
    }
}

#[test]
fn a_json_error_that_is_read_as_a_stream_is_still_an_error() {
    let error = json!({
        "headers": {"content-type": "application/json"},
        "steps": [{"send": r#"{"error": {"type": "bad_model", "message": "no such model"}}"#}]
    });
    let keys = "lenient_content_type: true\n    retry: { attempts: 0 }";
    let trace = check_failure(&[error], keys, "api_error", 1);
    assert_eq!(trace["error"]["api_type"], "bad_model");
}

#[test]
fn a_body_without_events_is_shown() {
    let page = json!({
        "headers": {"content-type": "text/event-stream"},
        "steps": [{"send": "<h1>Welcome</h1>"}]
    });
    let trace = check_failure(&[page], FAST, "no_text", 1);
    assert_eq!(trace["error"]["body"], "<h1>Welcome</h1>");
}

#[test]
fn no_case_begins_while_a_429_holds_whether_it_is_retried_or_not() {
    let busy = json!({"status": 429, "headers": {"retry-after": "0.3"}, "steps": []});
    let server = Server::script(&json!({"answers": [busy, good()]}).to_string());
    let project = Project::new(&format!(
        "base_inputs: [a, b, c]\nrunner:\n  http: {{ url: '{}', stream: sse, stream_output_path: \
         delta, retry: {{ attempts: 0 }} }}\n",
        server.url("/chat")
    ));
    // The pause is longer than any case may take.
    project.run(&["--set", "runner.guards.max_duration=250ms"]).exits(10);
    let traces = project.traces();
    assert_eq!(traces[0]["error"]["kind"], "rate_limited");
    let times = traces.iter().map(|trace| {
        let time = trace["turns"][0]["timings"]["scheduled_at"].as_str().expect("a time");
        time.parse::<jiff::Timestamp>().expect("ISO 8601").as_millisecond()
    });
    let times: Vec<_> = times.collect();
    assert!(times[1] - times[0] >= 300, "{times:?}");
    for trace in &traces[1..] {
        assert_eq!(trace["outcome"], "succeeded");
        assert_eq!(trace["turns"][0]["attempts"][0]["wait_before_ms"], 0.0);
    }
}

#[test]
fn the_event_clock_does_not_concern_a_plain_answer() {
    let mut steps = vec![json!({"send": "{\"output\":"})];
    steps.extend([json!({"pause": "300ms"}), json!({"send": " \"Hi\"}"})]);
    let server = Server::script(
        &json!({"answers": [{"headers": {"content-type": "application/json"}, "steps": steps}]})
            .to_string(),
    );
    let project = Project::new(&format!(
        "base_inputs: [a]\nrunner:\n  http: {{ url: '{}', event_timeout: 100ms }}\n",
        server.url("/chat")
    ));
    project.run(&[]).exits(0);
    assert_eq!(project.outputs(), ["Hi"]);
}

#[test]
fn a_clock_that_runs_out_after_a_pending_done_marker_takes_nothing_away() {
    let open = answer(&[
        json!({"send": "data: {\"delta\": \"Hello\"}\n\ndata: [DONE]\n"}),
        json!("stall"),
    ]);
    let trace = check_success(&[open], "idle_timeout: 200ms", "Hello", 1);
    assert_eq!(trace["turns"][0]["stream"]["completeness"], "done");
}

#[test]
fn an_empty_answer_is_a_success_where_no_text_is_required() {
    let empty = json!({"status": 204, "steps": []});
    check_success(&[empty], "require_text: false", "", 1);
    check_success(&[answer(&[])], "require_text: false", "", 1);
}

#[test]
fn a_fault_of_an_input_does_not_hide_a_dead_target() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let project = Project::new(&format!(
        "inputs_file: in.jsonl\nrunner:\n  http:\n    url: http://127.0.0.1:{port}/\n    stream: \
         sse\n    retry: {{ attempts: 0 }}\n    body_template: {{ mapping: {{ t: $.metadata.t, i: \
         $.input }} }}\n"
    ));
    let inputs: String = std::iter::once("\"no topic\"\n".to_owned())
        .chain((0..40).map(|n| format!("{{\"input\": \"{n}\", \"t\": 1}}\n")))
        .collect();
    let project = project.file("in.jsonl", &inputs);
    project.run(&[]).exits(10).says(&["the run ends early"]);
    assert_eq!(project.traces().len(), 21);
}

/// A page that is served as an error, or in place of an answer, and never ends.
#[test]
fn a_clock_in_an_error_body_hides_nothing_of_what_had_come() {
    let steps = json!([{"send": "<p>oops"}, {"pause": "10s"}]);
    let headers = json!({"content-type": "text/html", "content-length": "99"});
    for (status, keys, kind) in [
        (400, "idle_timeout: 200ms", "status"),
        (200, "idle_timeout: 200ms", "content_type"),
        (200, "timeout: 300ms", "content_type"),
    ] {
        let answer = json!({"status": status, "headers": headers, "steps": steps});
        let trace = check_failure(&[answer], keys, kind, 1);
        assert_eq!(trace["error"]["body"], "<p>oops", "{trace:#}");
    }
}

#[test]
fn only_empty_text_is_no_text() {
    let trace = check_failure(&[answer(&[delta(""), done()])], FAST, "no_text", 1);
    let message = trace["error"]["message"].as_str().expect("a message");
    assert!(message.contains("only empty text"), "{message}");
    assert_eq!(trace["turns"][0]["stream"]["matched"], 1);
}

#[test]
fn a_plain_answer_without_text_speaks_of_output_path() {
    for (body, says) in [
        (r#"{"output": {"a": 1}}"#, "finds null, an object or an array"),
        (r#"{"output": ""}"#, "finds an empty text"),
        (r#"{"answer": "Hi"}"#, "which has `answer`"),
    ] {
        let server = Server::script(
            &json!({"answers": [{
                "headers": {"content-type": "application/json"},
                "steps": [{"send": body}]
            }]})
            .to_string(),
        );
        let project = Project::new(&format!(
            "base_inputs: [Hi]\nrunner: {{ http: {{ url: '{}' }} }}\n",
            server.url("/chat")
        ));
        project.run(&[]).exits(10).says(&["output_path", says]);
        assert_eq!(project.trace()["error"]["kind"], "no_text");
    }
}

#[test]
fn the_summary_names_the_cases_that_the_budget_denied() {
    let server = Server::script(&json!({"answers": [status(503)]}).to_string());
    let project = Project::new(&format!(
        "base_inputs: [Hi]\niterations: 16\nrunner:\n  http: {{ url: '{}', stream: sse, retry: {{ \
         backoff: 1ms, budget: 10% }} }}\n",
        server.url("/chat")
    ));
    let says = ["`retry.budget` denied retries to 11 cases: 0/5", "and 1 more"];
    project.run(&[]).exits(10).says(&says);
    let summary = project.json("summary.json");
    assert_eq!(summary["retries_denied"], 11);
    assert_eq!(summary["attempts"], 26);
}

#[test]
fn data_that_is_no_json_is_malformed() {
    let trace = check_failure(
        &[answer(&[json!({"event": {"data": "Hello"}}), done()])],
        FAST,
        "malformed_event",
        1,
    );
    assert_eq!(trace["error"]["body"], "Hello");
}

#[test]
fn an_event_or_a_body_beyond_the_limit_is_too_large() {
    let long = "x".repeat(4096);
    let keys = "limits: { max_event_bytes: 1KiB }";
    let trace = check_failure(&[answer(&[delta("Hi"), delta(&long)])], keys, "too_large", 1);
    assert_eq!(trace["output"], "Hi");
    let keys = "limits: { max_response_bytes: 2KiB }";
    check_failure(&[answer(&[delta(&long), done()])], keys, "too_large", 1);
}

#[test]
fn redirects_are_named_and_not_followed() {
    let moved = json!({
        "status": 307,
        "headers": {"location": "https://elsewhere.example/secret?key=1"},
        "steps": []
    });
    let trace = check_failure(&[moved], FAST, "redirect", 1);
    let message = trace["error"]["message"].as_str().expect("a message");
    assert!(message.contains("https://elsewhere.example"), "{message}");
    assert!(!message.contains("key=1"), "{message}");
}

#[test]
fn output_char_limit_is_exact() {
    let answers = json!({"answers": [good()]});
    for (limit, outcome, output) in
        [(5, "succeeded", "Hello"), (4, "stopped", "Hell"), (3, "stopped", "Hel")]
    {
        let server = Server::script(&answers.to_string());
        let project = Project::new(&format!(
            r#"
base_inputs: ["Hello"]
runner:
  http: {{ url: "{}", stream: sse, stream_output_path: delta }}
  guards: {{ output_char_limit: {limit} }}
"#,
            server.url("/")
        ));
        project.run(&[]).exits(0);
        let trace = project.trace();
        assert_eq!((&trace["outcome"], &trace["output"]), (&json!(outcome), &json!(output)));
        assert_eq!(trace["success"], true);
        let reason = (outcome == "stopped").then_some("output_char_limit");
        assert_eq!(trace["termination_reason"].as_str(), reason);
    }
}

#[test]
fn max_duration_covers_attempts_and_waits() {
    let stalled = json!({"answers": [answer(&[delta("Hel"), json!("stall")])]});
    let server = Server::script(&stalled.to_string());
    let project = Project::new(&format!(
        r#"
base_inputs: ["Hello"]
runner:
  http: {{ url: "{}", stream: sse, stream_output_path: delta }}
  guards: {{ max_duration: 250ms }}
"#,
        server.url("/")
    ));
    project.run(&[]).exits(10);
    let trace = project.trace();
    assert_eq!(trace["outcome"], "stopped");
    assert_eq!(trace["termination_reason"], "max_duration");
    assert_eq!(trace["output"], "Hel");
    assert_eq!(trace["success"], false);
    let duration = trace["duration_ms"].as_f64().expect("a duration");
    assert!((250.0..2000.0).contains(&duration), "{duration}");
}
