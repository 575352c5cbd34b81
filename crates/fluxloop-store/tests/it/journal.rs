//! The journal while the run goes on, and what follows from it.

use std::fs;

use fluxloop_store::RunDirectory;
use fluxloop_trace::RunStatus;

use crate::run::{finished, info, mixed, read_lines, started, success, text};

#[test]
fn a_closed_case_is_on_disk_when_append_returns() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let mut run = RunDirectory::create(parent.path(), &started(), info()).expect("it can be made");
    let journal = run.path().join("traces.jsonl");
    for (place, trace) in mixed().iter().enumerate() {
        run.append([trace]).expect("the disk takes it");
        let lines = read_lines(&journal);
        assert_eq!(lines.len(), place + 1);
        assert_eq!(lines[place], serde_json::to_value(trace).expect("a trace is JSON"));
    }
    assert!(!run.path().join("trace_summary.jsonl").exists());
}

#[test]
fn a_line_end_in_the_text_does_not_end_the_line() {
    let mut trace = success(0);
    trace.output = text("a\nb\r\nc\u{2028}d\u{85}e\0").into();
    let (_parent, path) = finished(&[trace], RunStatus::Complete);
    let written = fs::read_to_string(path.join("traces.jsonl")).expect("the file is there");
    assert_eq!(written.matches(['\n', '\r']).count(), 1);
    assert_eq!(
        read_lines(&path.join("trace_summary.jsonl"))[0]["output"],
        "a\nb\r\nc\u{2028}d\u{85}e\0"
    );
}

#[test]
fn what_is_derived_from_the_same_journal_is_the_same() {
    let (_first, one) = finished(&mixed(), RunStatus::Complete);
    let (_second, two) = finished(&mixed(), RunStatus::Complete);
    for file in ["trace_summary.jsonl", "observations.jsonl", "errors.json"] {
        assert_eq!(fs::read(one.join(file)).ok(), fs::read(two.join(file)).ok(), "{file}");
    }
}

#[test]
fn a_broken_journal_is_told_and_leaves_the_run_unfinished() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let mut run = RunDirectory::create(parent.path(), &started(), info()).expect("it can be made");
    run.append([&success(0)]).expect("the disk takes it");
    let path = run.path().to_owned();
    let journal = path.join("traces.jsonl");
    let broken = fs::read_to_string(&journal).expect("it is there").replace("trace_id", "trace-id");
    fs::write(&journal, broken).expect("it can be written");
    let date = String::new();
    let summary = fluxloop_trace::Tally::new().summary(
        text("smoke"),
        date,
        RunStatus::Complete,
        std::time::Duration::ZERO,
    );
    let error = run.finish(&summary).expect_err("the record lost a field");
    assert!(error.to_string().ends_with("holds a broken record in line 1"), "{error}");
    assert!(
        fs::read_to_string(path.join("summary.json")).expect("it is there").contains("running")
    );
    assert!(!path.join("trace_summary.jsonl").exists());
    assert!(!path.join(".trace_summary.jsonl.tmp").exists());
}

/// The only disk that is always full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_with_a_hint() {
    let error = fs::write("/dev/full", "x").expect_err("it is full");
    let error = fluxloop_store::StoreError::Io {
        action: fluxloop_store::Action::Write,
        path: "traces.jsonl".into(),
        source: error,
    };
    assert_eq!(error.to_string(), "could not write to `traces.jsonl`");
    assert!(error.hint().expect("a hint").contains("free some space"));
}
