//! Agents of one's own: where their input and their texts are.

use fluxloop_mock::{
    AnswerForm, CustomDialect, CustomEnd, Dialect, InputAt, MockOptions, PathStep, Place,
};

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
    let dialect = Dialect::Custom(CustomDialect::default());
    let answer = AnswerForm::Json;
    let options = MockOptions { dialect, answer, input_at, ..MockOptions::default() };
    let answer = custom(options, line, headers, body).await;
    assert_eq!(answer.text(), format!(r#"{{"output":"{said}"}}"#), "{line} {body}");
}

const JSON: &str = "content-type: application/json; charset=utf-8\r\n";
const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
const TEXT: &str = "content-type: text/plain\r\n";

fn place<const N: usize>(names: [&str; N]) -> Place {
    Place::new(names.map(PathStep::from)).expect("names are a place")
}

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
    let at = InputAt::Json(place(["query", "text"]));
    check_input(Some(at), "POST /x", JSON, r#"{"query": {"text": "a"}}"#, "a").await;
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

/// What an agent says to the input `a b`.
async fn check_stream(dialect: CustomDialect, expected: &str) {
    let options = MockOptions { dialect: Dialect::Custom(dialect), ..MockOptions::default() };
    let answer = custom(options, "POST /x", JSON, r#"{"input": "a b"}"#).await;
    assert_eq!(answer.text(), expected);
}

#[tokio::test]
async fn the_text_may_be_at_any_place_of_any_event() {
    let steps = [PathStep::from("choices"), PathStep::Index(1), PathStep::from("t")];
    let dialect = CustomDialect {
        event_type: None,
        text_at: Some(Place::new(steps).expect("small")),
        end: CustomEnd::Data("[DONE]".into()),
        ..Default::default()
    };
    let expected = "data: {\"choices\":[null,{\"t\":\"a\"}]}\n\n\
                    data: {\"choices\":[null,{\"t\":\" b\"}]}\n\ndata: [DONE]\n\n";
    check_stream(dialect, expected).await;
}

#[tokio::test]
async fn the_data_may_be_the_text() {
    let dialect = CustomDialect {
        event_type: Some("token".into()),
        text_at: None,
        end: CustomEnd::Values(None, vec![(place(["state"]), "over".into())]),
        ..Default::default()
    };
    let expected = "event: token\ndata: a\n\nevent: token\ndata:  b\n\n\
                    data: {\"state\":\"over\"}\n\n";
    check_stream(dialect, expected).await;
}

#[tokio::test]
async fn a_stream_may_have_no_end_but_its_own() {
    let dialect = CustomDialect { end: CustomEnd::Nothing, ..Default::default() };
    let expected = "event: message\ndata: {\"delta\":\"a\"}\n\n\
                    event: message\ndata: {\"delta\":\" b\"}\n\n";
    check_stream(dialect, expected).await;
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
        let found = custom(options, "POST /x", &headers, r#"{"input": "a"}"#).await;
        assert_eq!(found.header("content-type"), Some(expected), "{answer:?} {accept}");
    }
}

#[tokio::test]
async fn a_line_has_its_type_and_its_other_values_in_it() {
    let dialect = CustomDialect {
        media_type: "application/x-ndjson",
        event_type: Some("token".into()),
        text_at: Some(place(["part", "text"])),
        values: vec![(place(["part", "kind"]), "answer".into())],
        ..Default::default()
    };
    let expected = r#"{"type":"token","part":{"kind":"answer","text":"a"}}
{"type":"token","part":{"kind":"answer","text":" b"}}
{"type":"done","finish_reason":"stop"}
"#;
    check_stream(dialect, expected).await;
}

#[tokio::test]
async fn a_stream_may_be_plain_text() {
    let dialect = CustomDialect {
        media_type: "text/plain",
        text_at: None,
        end: CustomEnd::Nothing,
        ..Default::default()
    };
    check_stream(dialect, "a b").await;
}
