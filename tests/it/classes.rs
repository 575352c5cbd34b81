//! Situations that people report of streamed answers, from the socket to the record and its hint.

use serde_json::{Value, json};

use crate::support::{Project, Server};

const SSE: &str = "text/event-stream";

/// The record of an answer of this media type and body, read with these keys of `runner.http`.
fn record(media_type: &str, body: &str, keys: &[&str]) -> Value {
    let answer = json!({ "headers": { "content-type": media_type }, "steps": [{ "send": body }] });
    let server = Server::script(&json!({ "answers": [answer] }).to_string());
    let keys = keys.iter().fold(String::new(), |all, key| all + "    " + key + "\n");
    let url = server.url("/chat");
    let project = Project::new(&format!(
        "base_inputs: [\"Hello\"]\nrunner:\n  http:\n    url: \"{url}\"\n    retry: {{ attempts: 0 }}\n{keys}"
    ));
    project.run(&[]);
    project.trace()
}

/// What a record says: outcome or kind, output, codes of warnings.
fn said(record: &Value) -> String {
    let kind = record["error"]["kind"].as_str();
    let outcome = kind.or(record["outcome"].as_str()).unwrap_or_default();
    let warnings = record["warnings"].as_array().into_iter().flatten();
    let codes = warnings.filter_map(|warning| warning["code"].as_str());
    let words = [outcome.to_owned(), record["output"].to_string()].into_iter();
    words.chain(codes.map(str::to_owned)).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(media_type: &str, body: &str, keys: &[&str], expected: &str) {
    let record = record(media_type, body, keys);
    assert_eq!(said(&record), expected, "{record:#}");
}

/// An answer has no text, and the settings that stand in back quotes in its hint find this text.
#[track_caller]
fn check_hint(media_type: &str, body: &str, stream: &str, keys: &[&str], text: &str) {
    let first = record(media_type, body, &[&[stream], keys].concat());
    assert_eq!(first["error"]["kind"], "no_text", "{first:#}");
    let hint = first["error"]["hint"].as_str().expect("a hint");
    let settings: Vec<&str> = hint.split('`').skip(1).step_by(2).collect();
    let name = |setting: &str| setting.split(':').next().unwrap_or_default().to_owned();
    let kept = keys.iter().filter(|key| !settings.iter().any(|it| name(it) == name(key)));
    let keys = [stream].into_iter().chain(kept.copied()).chain(settings.iter().copied());
    let keys: Vec<&str> = keys.collect();
    check(media_type, body, &keys, &format!("succeeded {}", json!(text)));
}

#[test]
fn a_failure_of_a_stream_keeps_its_text_and_reason() {
    let keys = ["stream: sse", "stream_output_path: delta"];
    let half = "data: {\"delta\": \"Half\"}\n\n";
    for failure in [
        "data: {\"type\": \"agent.failed\", \"run\": {\"last_error\": {\"message\": \"no luck\"}}}\n\n",
        "event: chat-error\ndata: \"no luck\"\n\ndata: [DONE]\n\n",
        "error: {\"message\": \"no luck\"}\n\ndata: [DONE]\n\n",
        "{\n  \"error\": {\n    \"message\": \"no luck\"\n  }\n}\n",
    ] {
        let record = record(SSE, &format!("{half}{failure}"), &keys);
        assert_eq!(said(&record), "api_error \"Half\"", "{record:#}");
        let message = record["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains("no luck"), "{record:#}");
    }
}

#[test]
fn a_success_warns_of_what_was_left_out() {
    let keys = ["stream: sse", "stream_output_path: t"];
    let part = |text: &str| format!("data: {{\"t\": \"{text}\"}}\n\n");
    let body = part("The cat") + &part("The cat sat") + &part("The cat sat down.");
    check(SSE, &body, &keys, "succeeded \"The catThe cat satThe cat sat down.\" cumulative_text");
    let body = part("Yes.") + "<p>Bad gateway</p>\n";
    check(SSE, &body, &keys, "succeeded \"Yes.\" lines_not_fields");
    let body = "data: {\"t\": [\"No, \"]}\n\n".to_owned() + &part("yes.");
    check(SSE, &body, &keys, "succeeded \"yes.\" list_with_text");
    let body = part("Yes.") + &part("[DONE]");
    check(SSE, &body, &keys, "succeeded \"Yes.\" done_as_text");
    let body = part("Yes.") + "data: {\"phase\": 2, \"status\": \"failed\"}\n\ndata: [DONE]\n\n";
    check(SSE, &body, &keys, "succeeded \"Yes.\" failure_in_success");
}

#[test]
fn three_interleaved_choices_give_the_first() {
    let piece = |index: u8, text: &str| {
        let choice = json!({ "index": index, "delta": { "content": text } });
        format!("data: {}\n\n", json!({ "choices": [choice] }))
    };
    let first: String = (0..3).map(|index| piece(index, "One")).collect();
    let second: String = (0..3).map(|index| piece(index, " two")).collect();
    let keys = ["stream: sse", "stream_output_path: \"choices[0].delta.content\""];
    check(
        SSE,
        &(first + &second + "data: [DONE]\n\n"),
        &keys,
        "succeeded \"One two\" other_choices",
    );
}

#[test]
fn a_hint_finds_the_text_that_it_promises() {
    let typed = "data: {\"type\": \"note\", \"w\": \"Busy\"}\n\n\
                 data: {\"type\": \"part\", \"w\": \"One\"}\n\n\
                 data: {\"type\": \"part\", \"w\": \" two\"}\n\n";
    check_hint(SSE, typed, "stream: sse", &["stream_output_path: delta"], "One two");
    let keys = ["stream_output_path: w", "stream_event_filter: token"];
    check_hint(SSE, typed, "stream: sse", &keys, "One two");
    let lines = "[{\"w\": \"One\"}, {\"w\": \" two\"}]\n";
    let keys = ["stream_output_path: delta"];
    check_hint("application/x-ndjson", lines, "stream: jsonl", &keys, "One two");
    let odd = "data: {\"the-text\": \"One\"}\n\ndata: {\"the-text\": \" two\"}\n\n";
    check_hint(SSE, odd, "stream: sse", &keys, "One two");
    let body = "{\"question\": \"Is it so, and why?\", \"says\": [{\"type\": \"text\", \"text\": \"Yes.\"}]}";
    check_hint("application/json", body, "stream: none", &["output_path: answer"], "Yes.");
}

#[test]
fn a_body_of_another_framing_names_it() {
    let keys = ["stream: none", "output_path: t"];
    let json = "application/json";
    for (body, framing) in [
        ("{\"t\": \"One\"}\n{\"t\": \" two\"}\n", "stream: jsonl"),
        ("{\"t\": \"One\"}{\"t\": \" two\"}", "stream: json"),
        ("data: {\"t\": \"One\"}\n\n", "stream: sse"),
    ] {
        let record = record(json, body, &keys);
        assert_eq!(said(&record), "content_type \"\"", "{record:#}");
        let hint = record["error"]["hint"].as_str().unwrap_or_default();
        assert!(hint.contains(&format!("runner.http.{framing}`")), "{record:#}");
    }
}
