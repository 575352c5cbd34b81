//! Bodies that are one JSON document: where the answer is, and what else is in them.

use std::time::Duration;

use fluxloop_learn::{Outcome, Proposal, Recorder, learn, yaml};
use fluxloop_schema::StreamKind;
use serde_json::{Value, json};

const ANSWER: &str = "The ferry to the island leaves at ten, and comes back at six.";

fn learned(body: &str) -> Proposal {
    let mut recorder = Recorder::new(StreamKind::Auto, 1 << 20);
    recorder.feed(body.as_bytes(), Duration::ZERO);
    learn(&recorder.finish(Duration::ZERO))
}

fn lines(proposal: &Proposal) -> Vec<String> {
    let line = |key: &str, value, confidence| format!("{key}: {} ({confidence})", yaml(value));
    proposal.lines.iter().map(|it| line(it.key, &it.value, it.confidence)).collect()
}

/// What is proposed behind the framing.
#[track_caller]
fn check(body: &Value, expected: &[&str]) {
    let proposal = learned(&body.to_string());
    let lines = lines(&proposal);
    let (framing, rest) = lines.split_first().expect("something is proposed");
    assert_eq!(framing, "framing: none (certain)", "{proposal:#?}");
    assert_eq!(rest, expected, "{proposal:#?}");
    assert_eq!(proposal.outcome, Outcome::Learned);
}

#[track_caller]
fn check_nothing(body: &Value, outcome: Outcome) {
    let proposal = learned(&body.to_string());
    assert_eq!(proposal.outcome, outcome, "{proposal:#?}");
    assert_eq!(proposal.schema(), None);
}

#[test]
fn the_only_text_is_the_answer() {
    check(&json!({"id": "r-1", "answer": ANSWER}), &["text: { path: answer } (certain)"]);
    check(&json!({"zub": {"wex": ANSWER}}), &["text: { path: zub.wex } (likely)"]);
    check(
        &json!([{"generated_text": ANSWER}]),
        &["text: { path: \"$[0].generated_text\" } (certain)"],
    );
    check(&json!(ANSWER), &["text: { path: \"$\" } (likely)"]);
    check(&json!({"output": "Paris", "id": "x1"}), &["text: { path: output } (likely)"]);
}

#[test]
fn a_name_decides_between_texts() {
    let echo = json!({"question": ANSWER.repeat(2), "answer": ANSWER});
    check(&echo, &["text: { path: answer } (certain)"]);
    let sources = json!([{"text": ANSWER.repeat(3)}, {"text": ANSWER}]);
    check(
        &json!({"response": ANSWER, "sources": sources}),
        &["text: { path: response } (certain)"],
    );
    let longer = json!({"result": ANSWER, "zub": ANSWER.repeat(9)});
    check(&longer, &["text: { path: result } (likely)"]);
    let tokens = json!({"access_token": "kWx93nVlqpzRt", "message_id": "m 1", "content": ANSWER});
    check(&tokens, &["text: { path: content } (certain)"]);
}

#[test]
fn without_names_the_longest_text_is_a_guess_unless_it_is_far_longer() {
    let near = json!({"zub": ANSWER, "wex": ANSWER.to_uppercase() + " And so on."});
    check(&near, &["text: { path: wex } (guess)"]);
    let far = json!({"zub": "In the evening.", "wex": ANSWER});
    check(&far, &["text: { path: wex } (likely)"]);
}

#[test]
fn equal_candidates_decide_nothing() {
    let two = json!({"answer": ANSWER, "message": ANSWER.to_uppercase()});
    check_nothing(&two, Outcome::Undecided);
    check_nothing(&json!({"id": "x", "count": 3}), Outcome::TooLittle);
}

#[test]
fn reasoning_counts_and_the_finish_reason_are_found() {
    let body = json!({
        "result": {"reply": ANSWER, "thinking": "They ask for a time table."},
        "stop_reason": "end_turn",
        "counts": {"prompt_n": 11, "completion_n": 14, "all": 25},
        "status": 200,
    });
    check(
        &body,
        &[
            "text: { path: result.reply } (certain)",
            "reasoning: { path: result.thinking } (likely)",
            "usage: { input: counts.prompt_n, output: counts.completion_n, total: counts.all } (certain)",
            "finish_reason: stop_reason (likely)",
        ],
    );
}

#[test]
fn numbers_that_only_happen_to_fit_are_not_counts() {
    check(
        &json!({"answer": ANSWER, "took_ms": 31, "build": 15}),
        &["text: { path: answer } (certain)"],
    );
}

#[test]
fn a_document_that_reports_a_failure_teaches_nothing() {
    check_nothing(&json!({"error": {"message": "the key is wrong"}}), Outcome::Failed);
    check_nothing(&json!({"detail": "the key is not known here"}), Outcome::Failed);
    let proposal = learned(r#"{"error": {"message": "the key is wrong"}}"#);
    assert_eq!(proposal.failure.map(|it| it.message).as_deref(), Some("the key is wrong"));
}

#[test]
fn documents_and_their_presets() {
    let body = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
        "content": [{"type": "text", "text": ANSWER}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 9, "output_tokens": 15},
    });
    let proposal = learned(&body.to_string());
    assert_eq!(proposal.preset.map(|it| it.value), Some("anthropic"));
}

#[test]
fn several_documents_are_a_stream() {
    for body in ["{\"t\": \"a b\"}\n{\"t\": \"c d\"}\n", "[{\"t\": \"a b\"}, {\"t\": \"c d\"}]"] {
        let proposal = learned(body);
        assert_ne!(proposal.framing.value.map(fluxloop_frames::Framing::name), Some("none"));
        assert_eq!(proposal.outcome, Outcome::TooLittle);
    }
}
