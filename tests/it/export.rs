//! `fluxloop export`, and the key `export`.

use std::fs;
use std::path::Path;

use fluxloop_trace::ExportKind;
use serde_json::Value;

use crate::docs;
use crate::support::{Collector, Finished, Project, Written, WrittenRun};

/// The run of `docs/exports.md`.
fn monday(project: &Project) {
    let case = |id, answer| Written {
        id,
        iteration: 0,
        question: "Where is my order?",
        answer,
        first_token: 310.0,
        duration: 1_250.0,
        tokens: 42,
        tools: &["find_order"],
    };
    let cases = vec![
        case("q-1", Ok("It was sent on Monday.")),
        case("q-2", Err("the server answered 503 Service Unavailable")),
        case("q-3", Ok("It arrives on Wednesday.")),
    ];
    WrittenRun { name: "monday", model: "small-1", cases }.write(project.path());
}

fn export(project: &Project, args: &[&str]) -> Finished {
    project.fluxloop(&[&["export"], args].concat())
}

#[test]
fn the_page_shows_what_is_printed() {
    let project = Project::empty();
    monday(&project);
    docs::check_consoles("docs/exports.md", &project);
}

#[test]
fn each_file_has_its_name_in_the_folder_of_the_run() {
    let project = Project::empty();
    monday(&project);
    for kind in ExportKind::ALL {
        let Some(name) = kind.file_name() else { continue };
        export(&project, &["monday", "--to", kind.name()]).exits(0).says(&[name]);
        let path = project.path().join("monday").join(name);
        let metadata = fs::metadata(&path).expect("it is written");
        assert!(metadata.len() > 0, "{name}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
        }
        if kind.is_text() {
            let printed = export(&project, &["monday", "--to", kind.name(), "-o", "-"]).exits(0);
            assert_eq!(printed.stdout, fs::read_to_string(path).expect("it is text"), "{name}");
        }
    }
}

#[test]
fn wrong_use_says_what_is_wrong() {
    let project = Project::empty();
    monday(&project);
    let check = |args: &[&str], code: i32, words: &str| {
        export(&project, args).exits(code).says(&[words]);
    };
    check(&["monday", "--to", "xml"], 2, "known forms are `events`, `junit`");
    check(&["monday", "--to", "parquet", "-o", "-"], 2, "`parquet` is not text");
    check(&["monday", "--to", "otlp", "-o", "x"], 2, "it has no `--output`");
    check(&["monday", "--to", "csv", "--content"], 2, "`--content` is for");
    check(&["monday", "--to", "csv", "--endpoint", "http://x"], 2, "`--endpoint` is for");
    check(&["monday", "--to", "otlp"], 3, "`otlp` needs the URL of a collector");
    check(&["nowhere", "--to", "csv"], 3, "`nowhere` holds no run");
    check(&["monday", "--to", "csv", "-o", "nowhere/x.csv"], 1, "nowhere");
    assert!(!project.path().join("x").exists());
}

/// A run against the mock, with these exports.
fn run(exports: &str, variables: &[(&str, &str)]) -> (Project, Finished) {
    let project = Project::new(&format!(
        "base_inputs: [one, two]\nexport: [{exports}]\nexpect: [{{contains: two}}]\nrunner: {{http: \
         {{url: 'http://x/', stream: sse, stream_output_path: delta}}}}\n"
    ));
    let mut command = project.command(&["run", "experiment", "--mock"]);
    let finished = Finished::of(command.envs(variables.iter().copied()));
    (project, finished)
}

#[test]
fn a_run_ends_with_its_exports() {
    let (project, finished) = run("junit, csv, events, parquet, vllm, chrome", &[]);
    finished.exits(10);
    let read = |name| fs::read(project.experiment().join(name)).expect("it is written");
    let junit = String::from_utf8(read("junit.xml")).expect("it is text");
    assert!(junit.contains("tests=\"2\" skipped=\"0\" failures=\"1\" errors=\"0\""), "{junit}");
    assert!(read("cases.parquet").starts_with(b"PAR1"));
    let events = String::from_utf8(read("events.jsonl")).expect("it is text");
    let last = events.lines().last().expect("a line");
    let last: Value = serde_json::from_str(last).expect("it is JSON");
    assert_eq!(last["event"], "run_finished");
    for name in ["cases.csv", "vllm.json", "trace.json"] {
        assert!(!read(name).is_empty(), "{name}");
    }
}

#[test]
fn github_gets_annotations_and_a_summary() {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "before\n").expect("a file");
    let path = summary.to_str().expect("UTF-8");
    let (_, finished) = run("github", &[("GITHUB_STEP_SUMMARY", path)]);
    let finished = finished.exits(10);
    let annotations: Vec<_> =
        finished.stdout.lines().filter(|line| line.starts_with("::")).collect();
    // A threshold that nobody set, and the case.
    assert_eq!(annotations.len(), 2, "{annotations:?}");
    assert!(annotations[1].starts_with("::warning title="), "{annotations:?}");
    let page = fs::read_to_string(summary).expect("it is there");
    assert!(page.starts_with("before\n## "), "{page}");
    assert!(page.contains("1 of 2 cases passed"), "{page}");
}

#[test]
fn a_collector_gets_spans_and_metrics() {
    let collector = Collector::start();
    let endpoint = format!("{}/base", collector.url());
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=Zx8Kq2LmN4vB"),
    ];
    let (_, finished) = run("otlp", &variables);
    let said = finished.exits(10);
    assert!(!format!("{}{}", said.stdout, said.stderr).contains("Zx8Kq2LmN4vB"));
    let posted = collector.posted();
    let first: Vec<_> = posted.iter().filter_map(|it| it.head.lines().next()).collect();
    assert_eq!(first, ["POST /base/v1/traces HTTP/1.1", "POST /base/v1/metrics HTTP/1.1"]);
    for posted in &posted {
        let head = posted.head.to_lowercase();
        assert!(head.contains("api-key: zx8kq2lmn4vb"), "{head}");
        assert!(head.contains("content-type: application/x-protobuf"), "{head}");
    }
}

#[test]
fn a_collector_that_is_missing_is_found_before_anything_is_sent() {
    let (project, finished) = run("otlp", &[]);
    finished.exits(3).says(&["`otlp` needs the URL of a collector"]);
    assert!(project.experiments().is_empty());
}

#[test]
fn a_collector_that_refuses_is_an_error() {
    let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")];
    let (_, finished) = run("otlp", &endpoint);
    finished.exits(1).says(&["did not take the export", "fluxloop export RUN --to otlp"]);
}

#[test]
fn a_kind_that_is_misspelt_is_a_fault_of_the_configuration() {
    let (_, finished) = run("junit, xml", &[]);
    finished.exits(3).says(&["`events`"]);
}

/// Changes a text in a file of the run.
fn change(run: &Path, file: &str, change: impl FnOnce(String) -> String) {
    let path = run.join(file);
    let text = fs::read_to_string(&path).expect("it is there");
    fs::write(path, change(text)).expect("it can be written");
}

#[test]
fn a_run_that_is_under_way_is_exported_as_far_as_it_came() {
    let project = Project::empty();
    monday(&project);
    let run = project.path().join("monday");
    change(&run, "summary.json", |text| {
        text.replacen("\"status\": \"complete\"", "\"status\": \"running\"", 1)
    });
    // Half of the last line, as a writer leaves it for a moment.
    change(&run, "traces.jsonl", |text| text[..text.len() - 40].to_owned());
    let said = export(&project, &["monday", "--to", "csv", "-o", "-"]).exits(0);
    assert_eq!(said.stdout.lines().count(), 3);
    let said = export(&project, &["monday", "--to", "events", "-o", "-"]).exits(0);
    assert!(!said.stdout.contains("run_finished"), "{}", said.stdout);
}

#[test]
fn a_run_without_cases_is_exported() {
    let project = Project::empty();
    WrittenRun { name: "none", model: "small-1", cases: Vec::new() }.write(project.path());
    for kind in ExportKind::ALL.iter().filter(|kind| kind.file_name().is_some()) {
        export(&project, &["none", "--to", kind.name()]).exits(0);
    }
    export(&project, &["none", "--to", "github"]).exits(0);
    let collector = Collector::start();
    export(&project, &["none", "--to", "otlp", "--endpoint", collector.url()]).exits(0);
    assert!(collector.posted().is_empty());
}

/// Nobody reads the end of it.
#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let project = Project::empty();
    monday(&project);
    let fluxloop = env!("CARGO_BIN_EXE_fluxloop");
    let line = format!("'{fluxloop}' export monday --to csv -o - | true; exit ${{PIPESTATUS[0]}}");
    let mut shell = project.program("/bin/bash".as_ref());
    Finished::of(shell.args(["-c", &line])).exits(0);
}
