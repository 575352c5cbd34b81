//! `report.html`, and `fluxloop report`.

use std::fs;

use fluxloop_mock::MockOptions;

use crate::support::{Project, Server, content, page_content};

fn project(server: &Server, more: &str) -> Project {
    let url = server.url("/chat");
    Project::new(&format!(
        "name: reported
{more}
base_inputs:
  - {{id: one, input: first question}}
  - {{id: two, input: 'second </script><script>alert(1)</script>'}}
  - {{id: three, input: third, metadata: {{fault: 'status=404'}}}}
stop: {{first_cases: off}}
runner:
  http:
    url: {url}
    stream: sse
    stream_output_path: delta
    query: {{x_mock_fault: $.metadata.fault}}
    retry: {{attempts: 0}}
"
    ))
    .file(".keep", "")
}

/// `$.metadata.fault` has to be found in every input.
fn with_faults(server: &Server, more: &str) -> Project {
    let project = project(server, more);
    let path = project.path().join("configs/simulation.yaml");
    let text = fs::read_to_string(&path).expect("a configuration");
    let text = text
        .replace("first question}", "first question, metadata: {fault: none}}")
        .replace("</script>'}", "</script>', metadata: {fault: none}}");
    fs::write(path, text).expect("it can be written");
    project
}

#[test]
fn a_run_leaves_a_page_with_its_cases() {
    let server = Server::start(MockOptions::default());
    let project = with_faults(&server, "");
    let said = project.run(&["--no-display"]).exits(10);
    said.says(&["report.html          the run in a browser"]);
    let page = project.experiment().join("report.html");
    let html = fs::read_to_string(&page).expect("a page");
    assert!(html.starts_with("<!doctype html>"), "{}", &html[..40]);
    assert!(html.contains("<title>reported: 2 of 3 cases passed</title>"));
    assert!(html.contains("default-src 'none'; script-src 'sha256-"));
    let all = String::from_utf8_lossy(&content(&page)).into_owned();
    for text in ["first question", "404", "\"arrivals\":[", "content-type"] {
        assert!(all.contains(text), "{text}");
    }
}

#[test]
fn text_of_others_never_becomes_markup() {
    let server = Server::start(MockOptions::default());
    let project = with_faults(&server, "description: '</script><img src=x onerror=alert(2)>'");
    project.run(&["--no-display"]).exits(10);
    let html = fs::read_to_string(project.experiment().join("report.html")).expect("a page");
    assert!(!html.contains("<script>alert") && !html.contains("<img"), "markup of others");
    let all = String::from_utf8_lossy(&page_content(&html)).into_owned();
    assert!(all.contains("<script>alert(1)</script>"), "it is kept as text");
}

#[test]
fn the_page_can_be_turned_off_and_made_later() {
    let server = Server::start(MockOptions::default());
    let project = with_faults(&server, "report: off");
    let said = project.run(&["--no-display"]).exits(10);
    assert!(!said.stdout.contains("report.html"), "{}", said.stdout);
    let run = project.experiment();
    assert!(!run.join("report.html").exists());
    let folder = run.to_str().expect("UTF-8");
    project.fluxloop(&["report", folder]).exits(0).says(&["report.html"]);
    assert!(run.join("report.html").is_file());
    project.fluxloop(&["report", folder, "-o", "other.html"]).exits(0).says(&["other.html"]);
    assert!(project.path().join("other.html").is_file());
}

#[test]
fn a_page_shows_two_runs_and_their_comparison() {
    let server = Server::start(MockOptions::default());
    let project = with_faults(&server, "");
    project.run(&["--no-display"]).exits(10);
    let first = project.experiment().to_str().expect("UTF-8").to_owned();
    let limit = "runner.guards.output_char_limit=5";
    project.fluxloop(&["replay", &first, "--set", limit, "--exit-zero"]).exits(0);
    let second = project.experiments().into_iter().find(|it| it.to_str() != Some(&first));
    let second = second.expect("a replay").to_str().expect("UTF-8").to_owned();
    assert!(project.path().join(&second).join("report.html").is_file());
    let output = project.path().join("both.html");
    let args = ["report", &first, &second, "-o", output.to_str().expect("UTF-8")];
    project.fluxloop(&args).exits(0);
    let all = String::from_utf8_lossy(&content(&output)).into_owned();
    assert!(all.contains("\"comparison\":{\"sentence\":"), "the comparison");
    assert!(all.contains("Nothing was sent: the recorded answers of "), "the second run");
}

#[test]
fn folders_that_lack_something_give_a_page_that_says_so() {
    let server = Server::start(MockOptions::default());
    let project = with_faults(&server, "record: off");
    project.run(&["--no-display"]).exits(10);
    let run = project.experiment();
    let all = String::from_utf8_lossy(&content(&run.join("report.html"))).into_owned();
    assert!(all.contains("No answer was recorded"));
    fs::write(run.join("traces.jsonl"), "").expect("it can be emptied");
    project.fluxloop(&["report", run.to_str().expect("UTF-8")]).exits(0);
    let all = String::from_utf8_lossy(&content(&run.join("report.html"))).into_owned();
    assert!(all.contains("The run has no closed case."));
    project.fluxloop(&["report", "nowhere"]).exits(3);
}
