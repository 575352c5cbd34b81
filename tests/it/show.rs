//! `fluxloop show` and `fluxloop runs`: a run that is over, found by name.

use std::fs;

use serde_json::Value;

use crate::support::{Finished, Project};

/// Two inputs, of which the mock answers one as expected.
fn rivers() -> Project {
    let project = Project::new(
        "name: rivers
runner: {http: {url: 'http://agent.invalid/chat', stream: sse, stream_output_path: delta}}
expect: [{contains: $.expected}]
base_inputs:
  - {id: seine, input: The Seine flows through Paris., expected: Paris}
  - {id: rhine, input: The Rhine flows through Basel., expected: Cologne}
",
    );
    project.run(&["--mock", "--no-display"]).exits(10);
    project
}

#[track_caller]
fn check_shows(project: &Project, args: &[&str], code: i32, parts: &[&str]) -> Finished {
    project.fluxloop(args).exits(code).says(parts)
}

#[test]
fn a_run_is_shown_as_at_its_end() {
    let project = rivers();
    let run = project.experiment();
    let end = project.run(&["--mock", "--no-display", "--resume", "last"]).exits(10).stdout;
    let shown = check_shows(&project, &["show", run.to_str().expect("UTF-8")], 0, &["rivers:"]);
    assert_eq!(shown.stdout, end);
}

#[test]
fn a_case_is_found_by_each_of_its_names() {
    let project = rivers();
    let trace = project.traces().remove(1);
    for name in ["rhine", "rhine/0", trace["trace_id"].as_str().expect("an id")] {
        let parts = ["rhine/0  unmet", "The Rhine flows through Basel.", "expected     Cologne"];
        let shown = check_shows(&project, &["show", "last", name], 0, &parts);
        assert!(!shown.stdout.contains("Seine"), "{}", shown.stdout);
    }
    let parts = ["no closed case of", "named `elbe`", "ID/ITERATION"];
    check_shows(&project, &["show", "last", "elbe"], 3, &parts);
}

#[test]
fn the_records_are_printed_as_they_are() {
    let project = rivers();
    let shown = check_shows(&project, &["show", "last", "--failed", "--json"], 0, &[]);
    let shown: Vec<Value> =
        shown.stdout.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    assert_eq!(shown, [project.traces().remove(1)]);
    let shown = check_shows(&project, &["show", "last", "--json"], 0, &[]).stdout;
    let shown: Value = serde_json::from_str(&shown).expect("one document");
    assert_eq!(shown, project.json("summary.json"));
}

#[test]
fn cases_that_did_not_pass_have_a_line_each() {
    let project = rivers();
    let shown = check_shows(&project, &["show", "last", "--failed"], 0, &["rhine/0  unmet"]);
    assert_eq!(shown.stdout.lines().count(), 1);
}

/// A killed run has no figures yet: they are counted from its journal.
#[test]
fn a_run_that_was_killed_is_counted() {
    let project = rivers();
    let path = project.experiment().join("summary.json");
    let mut summary = project.json("summary.json");
    summary["status"] = "running".into();
    summary["results"]["total_runs"] = 0.into();
    fs::write(&path, summary.to_string()).expect("it can be written");
    check_shows(&project, &["show", "last"], 0, &["2 cases closed", "was killed"]);
    let shown = check_shows(&project, &["show", "last", "--json"], 0, &[]).stdout;
    let shown: Value = serde_json::from_str(&shown).expect("one document");
    assert_eq!(shown["results"]["total_runs"], 2);
}

#[test]
fn last_is_the_newest_run_of_the_project() {
    let project = rivers();
    check_shows(&project, &["show", "last", "seine"], 0, &["seine/0  succeeded"]);
    project.run(&["--mock", "--only", "rhine"]).exits(10);
    check_shows(&project, &["show", "last", "seine"], 3, &["no closed case"]);
    check_shows(&project, &["show", "experiments/latest", "seine"], 3, &["no closed case"]);
    let first = project.experiments()[0].display().to_string();
    check_shows(&project, &["compare", &first, "last"], 0, &["only in A"]);
    let empty = Project::new("runner: {http: {url: 'http://x.invalid/'}}\nbase_inputs: [a]\n");
    check_shows(&empty, &["show", "last"], 3, &["there is no run in `experiments`"]);
}

#[test]
fn runs_are_listed_the_newest_first() {
    let project = rivers();
    project.run(&["--mock", "--only", "seine"]).exits(0);
    let shown = check_shows(&project, &["runs", "list"], 0, &["RUN", "rivers (mock)"]).stdout;
    let cases: Vec<_> = shown.lines().skip(1).map(|line| line.contains("50 %")).collect();
    assert_eq!(cases, [false, true], "{shown}");
    let shown = check_shows(&project, &["runs", "list", "--json", "--limit", "1"], 0, &[]).stdout;
    let shown: Value = serde_json::from_str(&shown).expect("one document");
    assert_eq!(shown.as_array().map(Vec::len), Some(1));
    assert_eq!(shown[0]["results"]["total_runs"], 1);
    assert_eq!(shown[0]["is_good"], true);
}

#[test]
fn old_runs_are_removed_only_when_somebody_says_so() {
    let project = rivers();
    for _ in 0..2 {
        project.run(&["--mock", "--only", "seine"]).exits(0);
    }
    let runs = project.experiments();
    check_shows(&project, &["runs", "prune"], 2, &["--keep"]);
    check_shows(&project, &["runs", "prune", "--keep", "1", "--dry-run"], 0, &["2 runs would be"]);
    check_shows(&project, &["runs", "prune", "--keep", "1"], 1, &["nothing was removed", "--yes"]);
    check_shows(&project, &["runs", "prune", "--older", "1d", "--yes"], 0, &["no run is to be"]);
    assert_eq!(project.experiments(), runs);
    check_shows(&project, &["runs", "prune", "--keep", "1", "--yes"], 0, &["removed 2 runs"]);
    assert_eq!(project.experiments(), [runs[2].clone()]);
}
