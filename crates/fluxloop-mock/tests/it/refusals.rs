//! What is not answered, and how providers say so.

use fluxloop_mock::{Dialect, MockOptions};
use serde_json::{Value, json};

use crate::wire::{Answer, Client, post, start};

/// The refusal of a body: its status, and its error without the ids.
async fn check(dialect: &str, path: &str, body: &str, status: u16, expected: Value) {
    let dialect = Dialect::named(dialect).expect("a dialect");
    let answer = post(MockOptions { dialect, ..MockOptions::default() }, path, body).await;
    assert_eq!(answer.status(), status, "{path} {body}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let mut error: Value = serde_json::from_slice(&answer.body).expect("JSON");
    if let Some(id) = error.as_object_mut().and_then(|error| error.remove("request_id")) {
        assert_eq!(id.as_str(), answer.header("request-id"));
    }
    assert_eq!(error, expected, "{path} {body}");
}

fn openai(message: &str, param: Option<&str>, code: Option<&str>) -> Value {
    let error_type = "invalid_request_error";
    json!({"error": {"message": message, "type": error_type, "param": param, "code": code}})
}

fn anthropic(error_type: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": error_type, "message": message}})
}

const CHAT: &str = "/v1/chat/completions";

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let message = "the body is not valid JSON: EOF while parsing an object at line 1 column 1";
    check("auto", CHAT, "{", 400, openai(message, None, None)).await;
    let expected = anthropic("invalid_request_error", message);
    check("auto", "/v1/messages", "{", 400, expected).await;
    let expected = json!({"error": {"type": "invalid_request_error", "message": message}});
    check("auto", "/chat", "{", 400, expected).await;
}

#[tokio::test]
async fn a_key_that_is_missing_is_named() {
    for (path, body, key) in [
        (CHAT, r#"{"messages": [{}]}"#, "model"),
        (CHAT, r#"{"model": "m"}"#, "messages"),
        ("/v1/responses", r#"{"input": "x"}"#, "model"),
        ("/v1/responses", r#"{"model": "m", "input": null}"#, "input"),
    ] {
        let message = format!("missing required parameter: `{key}`");
        let code = Some("missing_required_parameter");
        check("auto", path, body, 400, openai(&message, Some(key), code)).await;
    }
    for (body, key) in [
        (r#"{"max_tokens": 1, "messages": [{}]}"#, "model"),
        (r#"{"model": "m", "messages": [{}]}"#, "max_tokens"),
        (r#"{"model": "m", "max_tokens": 1}"#, "messages"),
    ] {
        let message = format!("missing required parameter: `{key}`");
        let expected = anthropic("invalid_request_error", &message);
        check("auto", "/v1/messages", body, 400, expected).await;
    }
}

#[tokio::test]
async fn a_value_of_another_type_is_refused() {
    let message = "invalid type for `messages`: expected a non-empty array";
    let expected = openai(message, Some("messages"), Some("invalid_type"));
    check("auto", CHAT, r#"{"model": "m", "messages": "x"}"#, 400, expected).await;
    let body = r#"{"model": "m", "max_tokens": "many", "messages": [{}]}"#;
    let message = "invalid type for `max_tokens`: expected a positive integer";
    check("auto", "/v1/messages", body, 400, anthropic("invalid_request_error", message)).await;
}

#[tokio::test]
async fn a_custom_request_without_an_input_is_refused() {
    let message = "the request has no input where the mock looks for it";
    let expected = json!({"error": {"type": "invalid_request_error", "message": message}});
    check("custom", "/chat", r#"{"text": "x"}"#, 400, expected).await;
}

#[tokio::test]
async fn a_path_that_is_unknown_is_not_found() {
    let message = "the mock does not play the path `/v1/other`, only `/v1/messages`, `/messages`, \
                   `/v1/models`";
    check("anthropic", "/v1/other", "{}", 404, anthropic("not_found_error", message)).await;
}

/// The answer to a request with this method, content type and body.
async fn ask(options: MockOptions, line: &str, content_type: &str, body: &str) -> Answer {
    let agent = start(options).await;
    let mut client = Client::connect(&agent).await;
    let (method, path) = line.split_once(' ').expect("a method and a path");
    client.send(method, path, &format!("content-type: {content_type}\r\n"), body).await;
    client.answer().await
}

#[tokio::test]
async fn a_method_that_is_not_answered_is_refused() {
    for (line, methods) in [
        (format!("GET {CHAT}"), "POST"),
        ("GET /v1/messages".to_owned(), "POST"),
        ("POST /v1/models".to_owned(), "GET"),
        ("DELETE /chat".to_owned(), "GET, POST, PUT, PATCH"),
    ] {
        let answer = ask(MockOptions::default(), &line, "application/json", "{}").await;
        assert_eq!((answer.status(), answer.header("allow")), (405, Some(methods)), "{line}");
    }
}

#[tokio::test]
async fn a_body_that_says_it_is_no_json_is_refused() {
    let form = "application/x-www-form-urlencoded";
    for (line, content_type, body, status) in [
        ("POST /chat", form, r#"{"input": "x"}"#, 415),
        ("POST /chat", form, "input=x", 200),
        ("POST /v1/messages", form, r#"{"model": "m"}"#, 415),
        ("POST /v1/messages", "text/plain", "{}", 415),
        ("POST /api/generate", "application/vnd.a+json", r#"{"model": "m", "prompt": "x"}"#, 200),
    ] {
        let answer = ask(MockOptions::default(), line, content_type, body).await;
        assert_eq!(answer.status(), status, "{line} {content_type}");
        let text = answer.text();
        let names = ["application/json", content_type].iter().all(|name| text.contains(name));
        assert!(names || status == 200, "{text}");
    }
}

#[tokio::test]
async fn the_models_are_listed() {
    for (dialect, path, id) in [
        ("auto", "/v1/models", "/data/0/id"),
        ("anthropic", "/v1/models", "/first_id"),
        ("gemini", "/v1beta/models", "/models/0/displayName"),
        ("ollama", "/api/tags", "/models/0/details/family"),
    ] {
        let dialect = Dialect::named(dialect).expect("a dialect");
        let options = MockOptions { dialect, ..MockOptions::default() };
        let answer = ask(options, &format!("GET {path}"), "x/y", "").await;
        let list: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let id = list.pointer(id).and_then(Value::as_str).unwrap_or_default();
        assert_eq!((answer.status(), &*id.to_lowercase()), (200, "mock"), "{path}: {list}");
    }
}

#[tokio::test]
async fn an_answer_that_would_fill_the_memory_is_refused() {
    let dialect = Dialect::named("dashscope").expect("a dialect");
    let options = MockOptions { dialect, ..MockOptions::default() };
    let path = "POST /api/v1/apps/x/completion";
    let input = "a ".repeat(20_000);
    let body = json!({"input": {"prompt": input}}).to_string();
    assert_eq!(ask(options, path, "application/json", &body).await.status(), 413);
}

#[tokio::test]
async fn a_key_is_required_only_if_configured() {
    let api_key = Some("right".to_owned());
    let agent = start(MockOptions { api_key, ..MockOptions::default() }).await;
    let body = r#"{"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]}"#;
    for (path, header, status) in [
        (CHAT, "", 401),
        (CHAT, "authorization: Bearer wrong\r\n", 401),
        (CHAT, "authorization: Bearer right\r\n", 200),
        ("/v1/messages", "", 401),
        ("/v1/messages", "x-api-key: right\r\n", 200),
    ] {
        let mut client = Client::connect(&agent).await;
        client.send("POST", path, header, body).await;
        let answer = client.answer().await;
        assert_eq!(answer.status(), status, "{path} {header}");
        assert!(!answer.text().contains("right"), "{}", answer.text());
    }
}

#[test]
fn a_required_key_is_not_shown() {
    let options = MockOptions { api_key: Some("hidden".into()), ..MockOptions::default() };
    assert!(!format!("{options:?}").contains("hidden"));
}
