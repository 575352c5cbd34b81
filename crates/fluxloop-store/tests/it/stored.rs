//! A run that is only read.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use fluxloop_redact::{Redactor, Secret};
use fluxloop_store::{StoreError, StoredRun, write_private};
use fluxloop_trace::{Outcome, Trace};

use crate::run;

fn open(path: &Path) -> StoredRun {
    StoredRun::open(path, &Arc::new(Redactor::none())).expect("it is a run")
}

fn places(run: &StoredRun) -> Vec<u64> {
    let records = run.records().expect("there is a journal");
    records.map(|record| record.expect("it is a record").1.case_index).collect()
}

#[test]
fn a_run_that_is_written_to_can_be_read() {
    let (_parent, mut directory) = run::begun();
    directory.append(&[run::success(1), run::success(0)]).expect("it can be written");
    let stored = open(directory.path());
    assert_eq!(places(&stored), [1, 0]);
    directory.append(&[run::success(2)]).expect("it can be written");
    assert_eq!(places(&stored), [1, 0, 2]);
}

#[test]
fn what_a_resumed_run_leaves_out_is_left_out() {
    let (_parent, mut directory) = run::begun();
    let interrupted = Trace { outcome: Outcome::Interrupted, success: false, ..run::success(1) };
    let again = Trace { output: run::text("other").into(), ..run::success(0) };
    directory.append(&[run::success(0), interrupted, again]).expect("it can be written");
    let stored = open(directory.path());
    assert_eq!(places(&stored), [0]);
    let (_, first) =
        stored.records().expect("a journal").next().expect("a case").expect("a record");
    assert_eq!(first.output.as_str(), run::success(0).output.as_str());
}

#[test]
fn half_a_line_at_the_end_is_not_read() {
    let (_parent, mut directory) = run::begun();
    directory.append(&[run::success(0)]).expect("it can be written");
    let journal = directory.path().join("traces.jsonl");
    let mut file = OpenOptions::new().append(true).open(&journal).expect("it is there");
    file.write_all(b"{\"version\": 2, \"trace").expect("it can be written");
    assert_eq!(places(&open(directory.path())), [0]);
    file.write_all(b"\n").expect("it can be written");
    let stored = open(directory.path());
    let error = stored.records().expect("a journal").find_map(Result::err);
    assert!(matches!(error, Some(StoreError::BrokenJournal { line: 2, .. })), "{error:?}");
}

#[test]
fn a_record_is_found_again_and_masked() {
    let (_parent, mut directory) = run::begun();
    directory.append(&[run::success(0), run::success(7)]).expect("it can be written");
    let redactor = Redactor::builder().secret("S", &Secret::new("question 7")).build();
    let stored = StoredRun::open(directory.path(), &Arc::new(redactor)).expect("it is a run");
    let (place, _) =
        stored.records().expect("a journal").last().expect("a case").expect("a record");
    let trace = stored.record_at(place).expect("it is there");
    assert_eq!((trace.case_index, trace.input.as_str()), (7, "***"));
}

#[test]
fn nothing_is_changed_or_locked() {
    let (_parent, mut directory) = run::begun();
    directory.append(&[run::success(0)]).expect("it can be written");
    let before: Vec<_> = fs::read_dir(directory.path()).expect("a folder").flatten().collect();
    let (one, other) = (open(directory.path()), open(directory.path()));
    assert_eq!((places(&one), places(&other)), (vec![0], vec![0]));
    assert_eq!(fs::read_dir(directory.path()).expect("a folder").count(), before.len());
}

#[test]
fn a_report_replaces_a_file_and_nothing_else() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let (file, folder) = (parent.path().join("report.md"), parent.path().join("folder"));
    write_private(&file, b"one").expect("it can be written");
    write_private(&file, b"other").expect("it can be replaced");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "other");
    fs::create_dir(&folder).expect("it can be made");
    let error = write_private(&folder, b"text").err();
    assert!(matches!(error, Some(StoreError::NotAFile { .. })), "{error:?}");
}

#[test]
fn a_folder_without_a_run_is_named() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let error = StoredRun::open(parent.path(), &Arc::new(Redactor::none())).err();
    assert!(matches!(error, Some(StoreError::NotARun { .. })), "{error:?}");
}
