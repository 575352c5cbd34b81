//! What requests are made of.

use std::sync::Arc;

use fluxloop_aggregate::AnswerRules;
use fluxloop_plan::{
    BodyKind, BodyTemplate, Case, Input, InputPlace, KeyStep, LiteralText, RequestSpec,
    RequestTemplate, UrlTemplate, ValueTemplate,
};
use fluxloop_schema::{Schema, StreamKind};
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

fn case() -> Case {
    let input = Input { id: "7".to_owned(), input: "a+b &c".to_owned(), ..Input::default() };
    Case { index: 0, iteration: 0, input: Arc::new(input) }
}

fn value(source: Value) -> ValueTemplate {
    let mut literal = |literal: LiteralText<'_>| literal.text.to_owned();
    ValueTemplate::compile(&source.into(), &mut literal).expect("the test's value is valid").0
}

fn template(method: Method, url: &str, query: &[(&str, Value)]) -> RequestTemplate {
    let query = query.iter().map(|(name, source)| ((*name).to_owned(), value(source.clone())));
    RequestTemplate {
        method,
        url: url.parse().expect("the test's URL is valid"),
        url_template: None,
        query: query.collect(),
        headers: HeaderMap::new(),
        header_templates: Vec::new(),
        body: None,
    }
}

fn with_body(kind: BodyKind, mapping: Value) -> RequestTemplate {
    let body = Some(BodyTemplate { kind, mapping: value(mapping) });
    RequestTemplate { body, ..template(Method::POST, "http://localhost/", &[]) }
}

/// A template whose URL has this path, and with a header of this value.
fn of_case(path: &str, header: &str) -> RequestTemplate {
    RequestTemplate {
        url_template: Some(UrlTemplate::new(value(json!(path)).into_pieces())),
        header_templates: vec![(HeaderName::from_static("x-of-case"), value(json!(header)))],
        ..template(Method::GET, "http://host:1/base", &[])
    }
}

fn of_input(input: &str) -> Case {
    let input = Input { id: "7".to_owned(), input: input.to_owned(), ..Input::default() };
    Case { index: 0, iteration: 0, input: Arc::new(input) }
}

#[track_caller]
fn check_of_case(path: &str, input: &str, expected: Result<&str, &str>) {
    let spec = of_case(path, "").render(&of_input(input), &stream());
    let url = spec.map(|spec| spec.url.to_string()).map_err(|error| error.to_string());
    assert_eq!(url.as_deref().map_err(String::as_str), expected);
}

#[track_caller]
fn check_header(value: &str, input: &str, expected: Result<&str, &str>) {
    let spec = of_case("/", value).render(&of_input(input), &stream());
    let text = |spec: RequestSpec| {
        String::from_utf8(spec.headers["x-of-case"].as_bytes().to_vec()).expect("UTF-8")
    };
    let value = spec.map(text).map_err(|error| error.to_string());
    assert_eq!(value.as_deref().map_err(String::as_str), expected);
}

fn stream() -> AnswerRules {
    AnswerRules::new(StreamKind::Sse, Schema::auto())
}

fn plain() -> AnswerRules {
    AnswerRules::new(StreamKind::None, Schema::auto())
}

fn render(template: &RequestTemplate, rules: &AnswerRules) -> RequestSpec {
    template.render(&case(), rules).expect("the test's input has everything")
}

#[track_caller]
fn check_url(url: &str, query: &[(&str, Value)], expected: &str) {
    let spec = render(&template(Method::GET, url, query), &stream());
    assert_eq!(spec.url.as_str(), expected);
    assert_eq!(spec.body, None);
}

#[track_caller]
fn check_places(template: &RequestTemplate, expected: &[InputPlace]) {
    assert_eq!(template.input_places(), expected);
}

fn key(name: &str) -> KeyStep {
    KeyStep::Key(name.to_owned())
}

#[test]
fn parameters_are_percent_encoded_in_order() {
    check_url(
        "http://localhost/chat",
        &[("q", json!("$.input")), ("a b", json!("é")), ("n", json!(1))],
        "http://localhost/chat?q=a%2Bb%20%26c&a%20b=%C3%A9&n=1",
    );
}

#[test]
fn parameters_follow_those_of_the_url() {
    let query = [("q", json!("x"))];
    check_url("http://localhost/?k=1#top", &query, "http://localhost/?k=1&q=x#top");
    check_url("http://localhost/?k=a+b", &[], "http://localhost/?k=a+b");
}

#[test]
fn values_of_a_case_are_encoded_in_path_and_query() {
    check_of_case("/u/{{ $.id }}/chat", "", Ok("http://host:1/u/7/chat"));
    check_of_case("/u/{{ $.input }}", "a/b?c#d é", Ok("http://host:1/u/a%2Fb%3Fc%23d%20%C3%A9"));
    check_of_case("/u/{{ $.input }}", "%2e%2e", Ok("http://host:1/u/%252e%252e"));
    check_of_case("/?a={{ $.input }}&b=1", "x&b=2+", Ok("http://host:1/?a=x%26b%3D2%2B&b=1"));
    check_of_case("/{{ $.input }}@evil/", "//evil:1", Ok("http://host:1/%2F%2Fevil%3A1@evil/"));
}

#[test]
fn no_value_leads_to_another_path() {
    let dots = Err("`runner.http.url`: this input makes a part of the path `.` or `..`");
    check_of_case("/u/{{ $.input }}/chat", "..", dots);
    check_of_case("/u/{{ $.input }}/chat", ".", dots);
    check_of_case("/u/%2E{{ $.input }}", ".", dots);
    check_of_case("/u/{{ $.input }}", "...", Ok("http://host:1/u/..."));
    check_of_case("/u?p={{ $.input }}", "..", Ok("http://host:1/u?p=.."));
}

#[test]
fn a_value_that_is_missing_fails_the_case() {
    let error = of_case("/{{ $.metadata.x }}", "").render(&case(), &stream()).unwrap_err();
    assert!(error.to_string().starts_with("`runner.http.url`: `$.metadata.x` finds"), "{error}");
    let error = of_case("/", "$.metadata.x").render(&case(), &stream()).unwrap_err();
    let key = "`runner.http.headers.x-of-case`: `$.metadata.x` finds";
    assert!(error.to_string().starts_with(key), "{error}");
}

#[test]
fn a_header_takes_values_of_a_case() {
    check_header("$.input", " a b ", Ok("a b"));
    check_header("Bearer {{ $.input }}", "é", Ok("Bearer é"));
    check_header("{{ $.id }}-{{ $.iteration }}", "", Ok("7-0"));
    let brings = |what: &str| {
        format!(
            "`runner.http.headers.x-of-case`: this input brings a {what} into the value, which no \
             header can have"
        )
    };
    for (input, what) in [
        ("a\r\nHost: b", "line break"),
        ("a\nb", "line break"),
        ("a\0", "NUL character"),
        ("a\u{7f}", "control character"),
    ] {
        check_header("$.input", input, Err(&brings(what)));
    }
}

#[test]
fn a_header_without_a_value_is_left_out() {
    let spec = of_case("/", "$.persona").render(&case(), &stream()).expect("it is null");
    assert!(!spec.headers.contains_key("x-of-case"));
}

#[test]
fn null_leaves_a_parameter_out() {
    let null = ("p", json!("$.persona"));
    check_url("http://localhost/", &[null.clone(), ("q", json!(""))], "http://localhost/?q=");
    check_url("http://localhost/", &[null], "http://localhost/");
}

#[test]
fn a_list_in_a_parameter_is_its_json_text() {
    check_url(
        "http://localhost/",
        &[("l", json!([1, "a"]))],
        "http://localhost/?l=%5B1%2C%22a%22%5D",
    );
}

#[test]
fn a_parameter_that_finds_nothing_is_named() {
    let template = template(Method::GET, "http://localhost/", &[("a b", json!(["$.metadata.x"]))]);
    let error = template.render(&case(), &stream()).unwrap_err().to_string();
    assert!(error.starts_with("`runner.http.query[\"a b\"][0]`: `$.metadata.x` finds"), "{error}");
}

#[test]
fn without_a_template_the_input_is_sent() {
    for method in [Method::POST, Method::PUT, Method::PATCH] {
        let spec = render(&template(method, "http://localhost/", &[]), &plain());
        assert_eq!(spec.body.as_deref(), Some(&br#"{"input":"a+b &c"}"#[..]));
        assert_eq!(spec.headers[CONTENT_TYPE], "application/json");
    }
    let spec = render(&template(Method::GET, "http://localhost/", &[]), &plain());
    assert_eq!((spec.body, spec.headers.get(CONTENT_TYPE)), (None, None));
}

#[test]
fn the_kind_of_body_sets_the_content_type() {
    let kinds = [
        (BodyKind::Json, "application/json"),
        (BodyKind::Form, "application/x-www-form-urlencoded"),
        (BodyKind::Text, "text/plain; charset=utf-8"),
    ];
    for (kind, media_type) in kinds {
        let spec = render(&with_body(kind, json!({ "a": "$.input" })), &stream());
        assert_eq!(spec.headers[CONTENT_TYPE], media_type);
    }
}

#[test]
fn a_stream_is_asked_for_uncompressed() {
    let spec = render(&template(Method::POST, "http://localhost/", &[]), &stream());
    assert_eq!(spec.headers[ACCEPT], "text/event-stream");
    assert_eq!(spec.headers[ACCEPT_ENCODING], "identity");
    assert!(spec.headers[USER_AGENT].to_str().unwrap().starts_with("fluxloop/0."));
    let spec = render(&template(Method::POST, "http://localhost/", &[]), &plain());
    assert_eq!(spec.headers[ACCEPT], "application/json, */*;q=0.5");
    assert_eq!(spec.headers.get(ACCEPT_ENCODING), None);
}

#[test]
fn configured_headers_stand_in_place_of_ours() {
    let mut template = template(Method::POST, "http://localhost/", &[]);
    let names = [ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, USER_AGENT];
    for name in &names {
        template.headers.append(name, HeaderValue::from_static("one"));
        template.headers.append(name, HeaderValue::from_static("two"));
    }
    let spec = render(&template, &stream());
    for name in &names {
        assert_eq!(spec.headers.get_all(name).iter().collect::<Vec<_>>(), ["one", "two"]);
    }
}

#[test]
fn it_is_known_where_the_input_arrives() {
    let chat = json!({
        "model": "m",
        "first": "Answer: {{ $.input }}",
        "messages": [{ "content": "You are {{ $.persona }}" }, { "content": "$.input" }],
        "again": "$.messages[-1].content",
    });
    let json = [
        InputPlace::Json(vec![key("messages"), KeyStep::Index(1), key("content")]),
        InputPlace::Json(vec![key("again")]),
        InputPlace::Json(vec![key("first")]),
    ];
    check_places(&with_body(BodyKind::Json, chat), &json);
    check_places(&with_body(BodyKind::Json, json!("$.input")), &[InputPlace::Json(Vec::new())]);
    let form = with_body(BodyKind::Form, json!({ "q": "$.input", "l": ["$.input"] }));
    check_places(&form, &[InputPlace::Form("q".to_owned())]);
    check_places(&with_body(BodyKind::Text, json!("$.input")), &[InputPlace::Text]);
    let query = [("q", json!("$.input")), ("r", json!("fixed"))];
    let places = [InputPlace::Json(vec![key("input")]), InputPlace::Query("q".to_owned())];
    check_places(&template(Method::POST, "http://localhost/", &query), &places);
    check_places(&template(Method::GET, "http://localhost/", &query), &places[1..]);
}

#[test]
fn it_is_known_whether_the_input_is_sent_at_all() {
    assert!(template(Method::POST, "http://localhost/", &[]).reads_input());
    assert!(!template(Method::GET, "http://localhost/", &[]).reads_input());
    assert!(template(Method::GET, "http://localhost/", &[("q", json!("$.input"))]).reads_input());
    assert!(!with_body(BodyKind::Json, json!({ "a": "fixed" })).reads_input());
}

#[test]
fn debug_shows_names_and_no_values() {
    let secret = "hunter2-hunter2";
    let url = format!("http://u:{secret}@localhost/bot{secret}/chat?key={secret}");
    let mut template = template(Method::POST, &url, &[("token", json!(secret))]);
    let mut header = HeaderValue::from_static("Bearer hunter2-hunter2");
    header.set_sensitive(true);
    template.headers.insert(AUTHORIZATION, header);
    template.headers.insert(USER_AGENT, HeaderValue::from_static("hunter2-hunter2"));
    template.body = Some(BodyTemplate { kind: BodyKind::Text, mapping: value(json!(secret)) });
    let spec = render(&template, &stream());
    for shown in [format!("{template:?} {template:#?}"), format!("{spec:?} {spec:#?}")] {
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("http://localhost") && shown.contains("user-agent"), "{shown}");
    }
}

#[test]
fn a_url_has_so_many_bytes_and_no_more() {
    let long = |bytes: usize| {
        let value = "x".repeat(bytes - "http://localhost/?q=".len());
        template(Method::GET, "http://localhost/", &[("q", json!(value))])
            .render(&case(), &stream())
    };
    assert!(long(65_534).is_ok());
    let error = long(65_535).expect_err("a URL that is too long");
    let message = "`runner.http.query`: makes a URL of more than 65534 bytes of this input";
    assert_eq!(error.to_string(), message);
    assert_eq!(error.hint(), "send long inputs in the body, with `method: POST`");
}
