//! What is kept of a configuration, loaded again.

use insta::assert_snapshot;

use super::Project;
use crate::LoadOptions;

/// Loads what is kept of a configuration, with the same variables.
#[track_caller]
fn again(project: &Project) -> Project {
    let again = Project::simulation(&project.loaded().settings.to_yaml());
    let options = LoadOptions { set: Vec::new(), ..project.options.clone() };
    let current_dir = again.options.current_dir.clone();
    Project { options: LoadOptions { current_dir, ..options }, ..again }
}

/// How a sensitive header is kept, and that it is sent as before when it is loaded again.
#[track_caller]
fn check(header: &str, value: &str, kept: &str) {
    let project = Project::http(&format!("headers: {{{header}: '{value}'}}"))
        .env(&[("API_KEY", "sk-live-0123456789"), ("S", "c2Vzc2lvbi1pZA")]);
    let written = project.loaded().settings.as_written()["runner"]["http"]["headers"].clone();
    assert_eq!(written[header], kept);
    let headers = |project: &Project| project.loaded().plan.request.headers[header].clone();
    assert_eq!(headers(&again(&project)), headers(&project));
}

#[test]
fn what_is_no_secret_beside_a_variable_is_kept() {
    for (header, value) in [
        ("Authorization", "Bearer ${API_KEY}"),
        ("Authorization", "Token ${API_KEY}"),
        ("Authorization", "ApiKey-V1 ${API_KEY}"),
        ("Authorization", r#"Digest username="joe", response="${API_KEY}""#),
        ("Cookie", "session=${S}; theme=dark"),
        ("Cookie", "XSRF-TOKEN=${S}; theme=dark-blue; lang=en-US; v=2"),
        ("Cookie", "theme=${THEME:-dark}; session=${S}"),
        ("X-Signature", "t=1,v1=${S}"),
    ] {
        check(header, value, value);
    }
}

#[test]
fn a_literal_secret_beside_a_variable_is_not() {
    let project = Project::http("headers: {Cookie: 'session=${S}; csrf=K0123456789'}")
        .env(&[("S", "c2Vzc2lvbi1pZA")]);
    assert_snapshot!(again(&project).errors(), @"configs/simulation.yaml:49:15: runner.http.headers.Cookie: `***` stands where a secret was; put the secret into `.env` and write `${NAME}` here");
}

#[test]
fn what_was_masked_is_not_sent_when_loaded_again() {
    let project = Project::http(
        "headers: {Authorization: Bearer ***, X-Api-Key: 'Token ${K:-***}', Cookie: '***${C}'}",
    )
    .env(&[("C", "c")]);
    assert_snapshot!(project.errors(), @r##"
configs/simulation.yaml:5:30: runner.http.headers.Authorization: `***` stands where a secret was; put the secret into `.env` and write `${NAME}` here
configs/simulation.yaml:5:53: runner.http.headers.X-Api-Key: `***` stands where a secret was; put the secret into `.env` and write `${NAME}` here
configs/simulation.yaml:5:80: runner.http.headers.Cookie: `***` stands where a secret was; put the secret into `.env` and write `${NAME}` here
"##);
    assert_eq!(project.mock().warnings(), "");
}

#[test]
fn a_mask_in_a_url_names_no_other_server() {
    for url in
        ["https://us.***/v1", "https://h/***/v1", "${BASE:-https://h/?q=***}", "https://${H:-***}/"]
    {
        let project = Project::http("").set(&[&format!("runner.http.url={url}")]);
        let expected = "--set runner.http.url: `***` stands where a secret was;";
        assert!(project.errors().starts_with(expected), "{url}: {}", project.errors());
    }
    let project = Project::http("").set(&["runner.http.proxy=http://***.example.com"]);
    assert_snapshot!(project.errors(), @"--set runner.http.proxy: `***` stands where a secret was; put the secret into `.env` and write `${NAME}` here");
}

#[test]
fn public_texts_of_a_secret_in_json_leave_a_url_as_it_is() {
    let project =
        Project::http("").set(&["runner.http.url=https://eu-aiplatform.googleapis.com/v1"]);
    project.write(
        ".env",
        r#"GCP_KEY='{"type": "service_account", "private_key": "K-0123456789", "token_uri": "https://oauth2.googleapis.com/token", "universe_domain": "googleapis.com"}'"#,
    );
    let loaded = project.loaded();
    let said = "K-0123456789 of a service_account at https://oauth2.googleapis.com/token";
    assert_eq!(
        loaded.plan.redactor.mask(said).as_str(),
        "*** of a service_account at https://oauth2.googleapis.com/token"
    );
    assert_eq!(again(&project).loaded().plan.request.url, loaded.plan.request.url);
}
