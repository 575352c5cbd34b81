//! Headers and URLs that take values of the case.

use std::sync::Arc;

use fluxloop_plan::{Case, Input, RequestSpec};
use insta::assert_snapshot;
use serde_json::json;

use super::Project;

/// The only input of the tests.
fn case() -> Case {
    let metadata = json!({"user": "ada", "who": "wWq8-Zk2l-0123"});
    let metadata = metadata.as_object().cloned().unwrap_or_default();
    let input = Input { id: "7".to_owned(), metadata, ..Input::default() };
    Case { index: 0, iteration: 0, input: Arc::new(input) }
}

fn request(project: &Project) -> RequestSpec {
    let plan = project.loaded().plan;
    plan.request.render(&case(), &plan.response).expect("the input has everything")
}

#[track_caller]
fn check_url(url: &str, expected: &str) {
    let project = Project::http("").env(&[("V", "v1"), ("PASS", "sk-live-0123456789")]);
    let project = project.set(&[&format!("runner.http.url={url}")]);
    assert_eq!(request(&project).url.as_str(), expected);
}

#[test]
fn path_and_query_take_values_of_the_case() {
    check_url("http://h/u/{{ $.metadata.user }}/${V}?i={{$.id}}", "http://h/u/ada/v1?i=7");
    check_url("http://u:${PASS}@h/{{ $.id }}", "http://u:sk-live-0123456789@h/7");
    check_url("http://h/value-of-the-case/{{ $.id }}", "http://h/value-of-the-case/7");
}

#[test]
fn scheme_user_host_and_port_do_not() {
    for url in [
        "$.metadata.url",
        "{{ $.id }}://h/",
        "http://{{ $.id }}/chat",
        "http://u:{{ $.id }}@h/",
        "http://h:{{ $.id }}/",
        "http://h/#{{ $.id }}",
        "http://h/{{ $.id }}/../x",
        "http://h/{{ $.expected }}",
        "http://h/{{ $.metadata[ }}",
    ] {
        let project = Project::http("").set(&[&format!("runner.http.url={url}")]);
        insta::allow_duplicates! {
            let errors = project.errors();
            assert!(errors.starts_with("--set runner.http.url: "), "{url}: {errors}");
        }
    }
    let place = |url: &str| Project::http("").set(&[&format!("runner.http.url={url}")]).errors();
    assert_snapshot!(place("http://{{ $.id }}/chat"), @"--set runner.http.url: takes a value of the case in its host; values of the case belong into the path or the query");
    assert_snapshot!(place("http://h/{{ $.expected }}"), @"--set runner.http.url: would send the expected answer to the agent; take `$.expected` out of the request");
}

#[test]
fn headers_take_values_of_the_case() {
    let project = Project::http(
        "headers: {X-Session: '$.id', Authorization: 'Bearer {{ $.metadata.who }}', X-Note: '{{ $.id }}-${V}'}",
    )
    .env(&[("V", "v1")]);
    assert_eq!(project.warnings(), "");
    let headers = request(&project).headers;
    assert_eq!(headers["x-session"], "7");
    assert_eq!(headers["authorization"], "Bearer wWq8-Zk2l-0123");
    assert!(headers["authorization"].is_sensitive());
    assert_eq!(headers["x-note"], "7-v1");
    let errors = Project::http("headers: {X-A: '$.expected', Content-Length: '$.id'}").errors();
    assert_snapshot!(errors, @r"
    configs/simulation.yaml:5:21: runner.http.headers.X-A: would send the expected answer to the agent; take `$.expected` out of the request
    configs/simulation.yaml:5:34: runner.http.headers.Content-Length: cannot be set: it follows from the body; leave it out
    ");
}

#[test]
fn what_a_case_brings_to_a_sensitive_place_is_a_secret_of_that_case() {
    for (keys, url) in [
        ("headers: {Authorization: 'Bearer {{ $.metadata.who }}'}", "http://localhost/"),
        ("headers: {X-Api-Key: $.metadata.who}", "http://localhost/"),
        ("query: {api_key: $.metadata.who}", "http://localhost/"),
        ("", "http://localhost/?a=1&access_token={{ $.metadata.who }}"),
    ] {
        let project = Project::http(keys).set(&[&format!("runner.http.url={url}")]);
        assert_eq!(project.warnings(), "");
        let plan = project.loaded().plan;
        let said = "it is wWq8-Zk2l-0123 of ada";
        assert_eq!(
            plan.redactor_for(&case()).mask(said).as_str(),
            "it is *** of ada",
            "{keys}{url}"
        );
        assert_eq!(plan.redactor.mask(said).as_str(), said, "another case may say so");
        // It is loaded again as it was written.
        assert!(!project.loaded().settings.to_yaml().contains("***"));
    }
}

#[test]
fn what_a_case_brings_elsewhere_is_no_secret() {
    let keys = "headers: {X-Session: $.metadata.who}\nquery: {q: $.metadata.who}";
    let plan = Project::http(keys).loaded().plan;
    let said = "it is wWq8-Zk2l-0123";
    assert_eq!(plan.redactor_for(&case()).mask(said).as_str(), said);
}

#[test]
fn a_variable_beside_a_value_of_the_case_is_a_secret() {
    let keys = "headers: {Authorization: 'Custom ${HALF}{{ $.metadata.who }}'}";
    let plan = Project::http(keys).env(&[("HALF", "half-0123456789")]).loaded().plan;
    assert_eq!(plan.redactor.mask("half-0123456789").as_str(), "***");
}
