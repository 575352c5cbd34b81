//! What stands in the files of a run that is over.

use fluxloop_trace::{ExpectationKind, Expectations, RunStatus, Trace, UnmetExpectation};
use serde_json::{Value, json};

use crate::run::{
    ended, failed, finished, info, mixed, names, read_json, read_lines, retried, success, text,
};

/// The lines of a derived file of a run with these cases.
#[track_caller]
fn lines_of(file: &str, traces: &[Trace]) -> Vec<Value> {
    let (_parent, path) = finished(traces, RunStatus::Complete);
    read_lines(&path.join(file))
}

/// The values under a key, line by line.
fn column(lines: &[Value], key: &str) -> Value {
    lines.iter().map(|line| line[key].clone()).collect()
}

#[test]
fn the_journal_is_in_order_of_completion_and_the_summary_in_order_of_the_inputs() {
    let (_parent, path) = finished(&mixed(), RunStatus::Complete);
    let indices = column(&read_lines(&path.join("traces.jsonl")), "case_index");
    assert_eq!(indices, json!([4, 1, 0, 3, 2, 5]));
    let inputs = column(&read_lines(&path.join("trace_summary.jsonl")), "input");
    let expected: Value = (0..6).map(|place| format!("question {place}")).collect();
    assert_eq!(inputs, expected);
}

#[test]
fn a_summary_line_holds_what_fluxloop_reads() {
    let turn = |role, source, content| json!({"turn_index": 1, "role": role, "content": content, "source": source, "metadata": {}});
    let output = "Hello \"wörld\"\n漢字 ";
    assert_eq!(
        lines_of("trace_summary.jsonl", &[success(0)]),
        [json!({
            "trace_id": "00000000-0000-4000-8000-000000000000",
            "case_id": "q-0/1",
            "iteration": 1,
            "persona": null,
            "input": "question 0",
            "metadata": {"topic": "orders"},
            "output": output,
            "duration_ms": 1240.125,
            "success": true,
            "outcome": "succeeded",
            "verdict": "none",
            "token_usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
            "conversation": [
                turn("user", "input", "question 0"),
                turn("assistant", "agent", output),
            ],
            "conversation_state": {"turns": [
                {"role": "user", "content": "question 0"},
                {"role": "assistant", "content": output},
            ]},
        })]
    );
}

#[test]
fn a_summary_line_leaves_out_what_is_not_known() {
    let lines = lines_of("trace_summary.jsonl", &mixed());
    assert!(lines[1].get("token_usage").is_none(), "{}", lines[1]);
    assert_eq!(lines[1]["persona"], "novice");
    assert_eq!(lines[2]["termination_reason"], "max_duration");
    assert!(lines[0].get("termination_reason").is_none(), "{}", lines[0]);
}

#[test]
fn every_attempt_is_an_observation() {
    let lines = lines_of("observations.jsonl", &[retried(0)]);
    assert_eq!(column(&lines, "type"), json!(["generation", "generation"]));
    assert_eq!(column(&lines, "name"), json!(["attempt 1", "attempt 2"]));
    assert_eq!(column(&lines, "level"), json!(["warning", "info"]));
    assert_eq!(column(&lines, "output"), json!(["Hel", "Hello \"wörld\"\n漢字 "]));
    assert_eq!(column(&lines, "error"), json!(["the connection was reset", null]));
    assert_eq!(column(&lines, "model"), json!([null, "gpt-4o"]));
    assert_eq!(column(&lines, "completion_tokens"), json!([null, 4]));
    assert_eq!(lines[0]["trace_id"], "00000000-0000-4000-8000-000000000000");
    assert_eq!(lines[0]["metadata"]["case_id"], "q-0/1");
    assert_eq!(lines[0]["metadata"]["case_outcome"], "succeeded");
    assert_eq!(lines[0]["metadata"]["input_metadata"], json!({"topic": "orders"}));
    assert_eq!(lines[0]["metadata"]["cause"], "truncated");
    assert_eq!(lines[0]["metadata"]["resend"], true);
    assert_eq!(lines[1]["metadata"]["wait_before_ms"], 200.0);
    assert_eq!(lines[1]["metadata"]["timings"]["first_token_ms"], 120.5);
    assert_ne!(lines[0]["id"], lines[1]["id"]);
}

#[test]
fn observation_times_are_as_long_as_each_other_and_sort_as_text() {
    let lines = lines_of("observations.jsonl", &[retried(0)]);
    assert_eq!(
        column(&lines, "start_time"),
        json!(["2026-11-21T09:15:00.900000+00:00", "2026-11-21T09:15:02.000000+00:00"])
    );
    assert_eq!(
        column(&lines, "end_time"),
        json!(["2026-11-21T09:15:02.140125+00:00", "2026-11-21T09:15:03.240125+00:00"])
    );
}

#[test]
fn a_case_without_a_request_has_no_observation() {
    let mut trace = failed(0);
    trace.turns[0].attempts.clear();
    assert!(lines_of("observations.jsonl", &[trace]).is_empty());
}

#[test]
fn errors_name_every_case_that_did_not_succeed() {
    let (_parent, path) = finished(&mixed(), RunStatus::Complete);
    let errors = read_json(&path.join("errors.json"));
    let errors = errors.as_array().expect("an array");
    assert_eq!(
        errors[0],
        json!({
            "iteration": 1,
            "persona": "novice",
            "input": "question 1",
            "metadata": {"topic": "orders"},
            "error": "the server answered 503",
            "outcome": "failed",
            "verdict": "none",
            "kind": "status",
            "hint": "read the body",
            "trace_id": "00000000-0000-4000-8000-000000000001",
            "case_id": "q-1/1",
        })
    );
    assert_eq!(errors[1]["error"], "stopped by the guard `max_duration`");
    assert_eq!(errors[2]["outcome"], "interrupted");
    assert_eq!(errors.len(), 3);
}

#[test]
fn errors_name_what_is_not_as_expected() {
    let met =
        Expectations { met: [(ExpectationKind::Contains, 1)].into(), ..Expectations::default() };
    let open = UnmetExpectation {
        number: 2,
        kind: Some(ExpectationKind::Equals),
        channel: None,
        path: None,
        message: text("the text \"differs\""),
        expected: Some(text("Paris")),
        actual: Some(text("Rome")),
        character: Some(0),
        pointer: None,
    };
    let unmet = Expectations { unmet: vec![open.clone()], ..met.clone() };
    let unjudged = Expectations { unjudged: vec![open], ..met.clone() };
    let all = [met, unmet, unjudged].into_iter().zip(0..);
    let traces: Vec<_> = all.map(|(expectations, place)| judged(place, expectations)).collect();
    let (_parent, path) = finished(&traces, RunStatus::Complete);
    let errors = read_json(&path.join("errors.json"));
    assert_eq!(column(errors.as_array().expect("an array"), "kind"), json!(["unmet", "unjudged"]));
    assert_eq!(errors[0]["outcome"], "succeeded");
    assert_eq!(errors[0]["error"], "equals: the text \"differs\"");
    let first = &read_json(&path.join("summary.json"))["errors"][0];
    assert_eq!([&first["kind"], &first["error"]], [&errors[0]["kind"], &errors[0]["error"]]);
}

/// A success that was judged.
fn judged(place: u64, expectations: Expectations) -> Trace {
    let verdict = expectations.verdict();
    Trace { verdict, expectations: Some(expectations), ..success(place) }
}

#[test]
fn without_failures_there_is_no_file_of_errors() {
    let (_parent, path) = finished(&[success(0)], RunStatus::Complete);
    let expected = [
        "config.yaml",
        "observations.jsonl",
        "summary.json",
        "trace_summary.jsonl",
        "traces.jsonl",
    ];
    assert_eq!(names(&path), expected);
}

#[test]
fn the_summary_holds_name_date_configuration_and_results() {
    let (_parent, path) = finished(&mixed(), RunStatus::Interrupted);
    let summary = read_json(&path.join("summary.json"));
    assert_eq!(summary["name"], "smoke");
    assert_eq!(summary["date"], "2026-11-21T09:15:00.25Z");
    assert_eq!(summary["status"], "interrupted");
    assert_eq!(summary["config"], info().config);
    assert_eq!(summary["results"]["total_runs"], 6);
    assert_eq!(summary["results"]["failed"], 3);
    assert_eq!(summary["results"]["success_rate"], 0.5);
    assert_eq!(summary["results"]["duration_seconds"], 4.21);
    assert_eq!(summary["outcomes"]["interrupted"], 1);
}

#[test]
fn the_summary_holds_what_fluxloop_reads() {
    let long = "long ".repeat(1_000);
    let mut first = failed(0);
    first.input = text(&long).into();
    let rest = (1..30).map(failed);
    let traces: Vec<Trace> = rest.rev().chain([success(30), first]).collect();
    let (_parent, path) = finished(&traces, RunStatus::Complete);
    let summary = read_json(&path.join("summary.json"));
    for name in ["total_runs", "success_rate", "avg_duration_ms"] {
        assert_eq!(summary[name], summary["results"][name], "{name}");
    }
    // The first of them in the order of the inputs, long texts as their beginnings.
    let errors = summary["errors"].as_array().expect("a list");
    assert_eq!(errors.len(), 10);
    assert_eq!(errors[0]["input"], format!("{}…", &long[..200]));
    assert_eq!(
        errors[1],
        json!({
            "case_id": "q-1/1",
            "iteration": 1,
            "persona": "novice",
            "input": "question 1",
            "error": "the server answered 503",
            "kind": "status",
        })
    );
}

#[test]
fn the_configuration_is_kept_as_it_was_written() {
    let (_parent, path) = finished(&[], RunStatus::Complete);
    let yaml = std::fs::read_to_string(path.join("config.yaml")).expect("the file is there");
    let (comment, rest) = yaml.split_once('\n').expect("more than one line");
    assert!(comment.starts_with("# "), "{yaml}");
    assert_eq!(rest, info().config_yaml);
}

#[test]
fn a_run_without_cases_is_a_run() {
    let (_parent, path) = finished(&[], RunStatus::Interrupted);
    assert!(read_lines(&path.join("trace_summary.jsonl")).is_empty());
    assert!(!path.join("errors.json").exists());
}

#[test]
fn two_cases_of_one_place_both_stay() {
    let (first, second) = (success(0), ended(0, None));
    assert_eq!(lines_of("trace_summary.jsonl", &[first, second]).len(), 2);
}
