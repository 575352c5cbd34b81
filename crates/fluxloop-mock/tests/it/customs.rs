//! Agents of one's own: where their input and their texts are.

use fluxloop_mock::{AnswerForm, Dialect, InputAt, MockOptions};
use fluxloop_schema::{PagePlay, PlayBlock, PlayWhen};

use crate::wire::{Answer, Client, start};

/// The answer of an agent to any request.
async fn custom(options: MockOptions, line: &str, headers: &str, body: &str) -> Answer {
    let agent = start(options).await;
    let mut client = Client::connect(&agent).await;
    let (method, target) = line.split_once(' ').expect("a method and a target");
    client.send(method, target, headers, body).await;
    client.answer().await
}

/// What an agent heard in a request.
async fn check_input(input_at: Option<InputAt>, line: &str, headers: &str, body: &str, said: &str) {
    let dialect = Dialect::named("custom").expect("a dialect");
    let answer = AnswerForm::Json;
    let options = MockOptions { dialect, answer, input_at, ..MockOptions::default() };
    let answer = custom(options, line, headers, body).await;
    assert_eq!(answer.text(), format!(r#"{{"output":"{said}"}}"#), "{line} {body}");
}

const JSON: &str = "content-type: application/json; charset=utf-8\r\n";
const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
const TEXT: &str = "content-type: text/plain\r\n";

#[tokio::test]
async fn the_input_is_found_in_every_method() {
    for method in ["POST", "PUT", "PATCH"] {
        check_input(None, &format!("{method} /x"), JSON, r#"{"input": "a"}"#, "a").await;
    }
    check_input(None, "GET /x?q=0&input=a%20b+c", "", "", "a b c").await;
}

#[tokio::test]
async fn the_last_message_of_the_user_comes_before_the_input() {
    let body = r#"{"input": "no", "messages": [{"role": "user", "content": "yes"},
        {"role": "assistant", "content": "no"}]}"#;
    check_input(None, "POST /x", JSON, body, "yes").await;
}

#[tokio::test]
async fn the_input_may_be_at_a_place_of_its_own() {
    let at = InputAt::Json("/query/0/te~1xt".to_owned());
    check_input(Some(at), "POST /x", JSON, r#"{"query": [{"te/xt": "a"}]}"#, "a").await;
    check_input(Some(InputAt::Query("q".into())), "GET /x?q=a%26b", "", "", "a&b").await;
    check_input(Some(InputAt::Form("q".into())), "POST /x", FORM, "p=1&q=a+b", "a b").await;
    check_input(Some(InputAt::Body), "POST /x", TEXT, " as it is ", " as it is ").await;
}

#[tokio::test]
async fn forms_and_texts_are_understood_without_a_place() {
    check_input(None, "POST /x", FORM, "input=%C3%BC", "ü").await;
    check_input(None, "POST /x", TEXT, "plain", "plain").await;
    check_input(None, "POST /x", "", r#"{"input": "untyped"}"#, "untyped").await;
}

#[tokio::test]
async fn an_input_that_is_no_text_is_its_json() {
    check_input(None, "POST /x", JSON, r#"{"input": [1, true]}"#, "[1,true]").await;
}

/// What an agent with these frames says to the input `a b`.
async fn check_stream(media_type: &str, frames: &str, expected: &str) {
    let blocks = vec![PlayBlock { when: PlayWhen::Always, frames: frames.to_owned() }];
    let dialect = Dialect::custom(media_type, PagePlay { blocks, ..PagePlay::default() });
    let options = MockOptions { dialect, ..MockOptions::default() };
    let answer = custom(options, "POST /x", JSON, r#"{"input": "a b"}"#).await;
    assert_eq!(answer.text(), expected);
}

#[tokio::test]
async fn the_text_may_be_anywhere_in_a_stream() {
    for (media_type, frames, expected) in [
        (
            "text/event-stream",
            "data: [{\"t\":\"{{text}}\"}]\n\ndata: [DONE]\n\n",
            "data: [{\"t\":\"a\"}]\n\ndata: [{\"t\":\" b\"}]\n\ndata: [DONE]\n\n",
        ),
        (
            "text/event-stream",
            "event: token\ndata: {{data}}\n\n",
            "event: token\ndata: a\n\nevent: token\ndata:  b\n\n",
        ),
        (
            "application/x-ndjson",
            "{\"t\":\"{{text}}\"}\n{}\n",
            "{\"t\":\"a\"}\n{\"t\":\" b\"}\n{}\n",
        ),
        ("text/plain", "{{raw}}", "a b"),
    ] {
        check_stream(media_type, frames, expected).await;
    }
}

#[tokio::test]
async fn the_form_of_an_answer_follows_what_is_accepted() {
    for (answer, accept, expected) in [
        (AnswerForm::AsAccepted, "text/event-stream", "text/event-stream; charset=utf-8"),
        (AnswerForm::AsAccepted, "*/*", "text/event-stream; charset=utf-8"),
        (AnswerForm::AsAccepted, "application/json, */*", "application/json"),
        (AnswerForm::Stream, "application/json", "text/event-stream; charset=utf-8"),
        (AnswerForm::Json, "text/event-stream", "application/json"),
    ] {
        let options = MockOptions { answer, ..MockOptions::default() };
        let headers = format!("{JSON}accept: {accept}\r\n");
        let found = custom(options, "POST /chat", &headers, r#"{"input": "a"}"#).await;
        assert_eq!(found.header("content-type"), Some(expected), "{answer:?} {accept}");
    }
}

/// The status of an answer to a POST of a good body to this path.
async fn check_path(dialect: &str, paths: &[&str], path: &str, status: u16) {
    let dialect = Dialect::named(dialect).expect("a dialect");
    let paths = paths.iter().map(|&path| path.to_owned()).collect();
    let options = MockOptions { dialect, paths, ..MockOptions::default() };
    let body = r#"{"model": "m", "messages": [{"role": "user", "content": "x"}]}"#;
    let answer = custom(options, &format!("POST {path}"), JSON, body).await;
    assert_eq!(answer.status(), status, "{path}: {}", answer.text());
    if status == 404 {
        let message = format!("the mock does not play the path `{path}`, only `/");
        assert!(answer.text().contains(&message), "{}", answer.text());
    }
}

#[tokio::test]
async fn other_paths_are_not_found() {
    let preset = "openai-chat";
    check_path(preset, &[], "/openai/v1/chat/completions/", 200).await;
    check_path(preset, &["/my/gateway"], "/my/gateway", 200).await;
    for path in ["/v1/chat/completion", "/v1/messages", "/my/gateways", "/"] {
        check_path(preset, &["/my/gateway"], path, 404).await;
    }
    check_path("ag-ui", &[], "/agents", 404).await;
    check_path("auto", &[], "/chat", 200).await;
    check_path("auto", &[], "/v1/chat/completion", 404).await;
    check_path("auto", &["/x"], "/x", 200).await;
    check_path("custom", &[], "/anything", 200).await;
    check_path("custom", &["/x"], "/x", 200).await;
    check_path("custom", &["/x"], "/chat", 404).await;
}
