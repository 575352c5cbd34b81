//! A run that ended early is taken up again.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use fluxloop_redact::{Redactor, Secret};
use fluxloop_store::{PastRun, RunDirectory, StoreError};
use fluxloop_trace::{RunStatus, Summary, Trace, Verdict, Warning, WarningCode};

use crate::run::{
    ended, failed, finished, info, mixed, names, read_lines, retried, started, success, text,
};

fn redactor() -> Arc<Redactor> {
    Arc::new(Redactor::none())
}

/// Opens a run and takes it up again.
fn resume(path: &Path) -> (RunDirectory, Summary) {
    let past = PastRun::open(path, &redactor()).expect("it is a run");
    past.resume(info()).expect("its journal is sound")
}

fn places(run: &RunDirectory) -> Vec<u64> {
    let records = run.records(redactor()).expect("the journal is there");
    records.map(|record| record.expect("a record").case_index).collect()
}

/// A run of these cases whose journal ends in `tail`, as it is when the process is killed.
#[track_caller]
fn check_tail(tail: &[u8], closed: &[u64], set_aside: Option<&str>) {
    let (_parent, path) = finished(&[success(3), failed(1)], RunStatus::Interrupted);
    let journal = path.join("traces.jsonl");
    let mut file = OpenOptions::new().append(true).open(&journal).expect("it is there");
    file.write_all(tail).expect("the disk takes it");
    drop(file);
    let past = PastRun::open(&path, &redactor()).expect("it is a run");
    assert_eq!(past.closed(), closed.len() as u64);
    let (mut run, _) = past.resume(info()).expect("its journal is sound");
    assert_eq!(places(&run), closed);
    assert_eq!(fs::read_to_string(path.join("set_aside.jsonl")).ok().as_deref(), set_aside);
    // What follows begins a line of its own.
    run.append([&success(9)]).expect("the disk takes it");
    assert_eq!(read_lines(&journal).len(), closed.len() + 1);
}

#[test]
fn a_torn_tail_is_moved_aside() {
    check_tail(b"", &[3, 1], None);
    check_tail(b"{\"trace_id\":\"0", &[3, 1], Some("{\"trace_id\":\"0\n"));
    check_tail(b"\0\0\0", &[3, 1], Some("\0\0\0\n"));
    check_tail(b"{", &[3, 1], Some("{\n"));
}

#[test]
fn a_last_line_that_only_lost_its_end_is_kept() {
    let line = serde_json::to_vec(&success(7)).expect("a trace is JSON");
    check_tail(&line, &[3, 1, 7], None);
    let torn = &line[..line.len() - 1];
    let aside = format!("{}\n", String::from_utf8_lossy(torn));
    check_tail(torn, &[3, 1], Some(&aside));
}

#[test]
fn interrupted_cases_are_moved_aside_and_closed_ones_stay_as_they_are() {
    let traces = [ended(0, None), success(2), ended(1, None), retried(3), ended(4, None)];
    let (_parent, path) = finished(&traces, RunStatus::Interrupted);
    let before = fs::read_to_string(path.join("traces.jsonl")).expect("it is there");
    let lines: Vec<&str> = before.lines().collect();
    let (run, _) = resume(&path);
    assert_eq!(places(&run), [2, 3]);
    let file = |name: &str| fs::read_to_string(path.join(name)).expect("it is there");
    assert_eq!(file("traces.jsonl"), format!("{}\n{}\n", lines[1], lines[3]));
    assert_eq!(file("set_aside.jsonl"), format!("{}\n{}\n{}\n", lines[0], lines[2], lines[4]));
}

#[test]
fn what_is_set_aside_is_added_to_what_was() {
    let (_parent, path) = finished(&[ended(0, None)], RunStatus::Interrupted);
    let (mut run, summary) = resume(&path);
    run.append([&ended(1, None)]).expect("the disk takes it");
    run.finish(&summary).expect("everything can be derived");
    let (run, _) = resume(&path);
    assert_eq!(places(&run), [0_u64; 0]);
    assert_eq!(read_lines(&path.join("set_aside.jsonl")).len(), 2);
}

#[test]
fn a_run_that_was_taken_up_again_leaves_what_an_uninterrupted_one_does() {
    let closed = [success(4), failed(1), retried(0), success(2)];
    let (_first, whole) = finished(&closed, RunStatus::Complete);
    let (_second, resumed) =
        finished(&[success(4), ended(1, None), failed(1)], RunStatus::Interrupted);
    let (mut run, _) = resume(&resumed);
    run.append(&closed[2..]).expect("the disk takes it");
    let summary = summary_of(&whole);
    run.begin_again(&summary).expect("it can be written");
    run.finish(&summary).expect("everything can be derived");
    for file in ["trace_summary.jsonl", "observations.jsonl", "errors.json", "summary.json"] {
        let read = |folder: &Path| fs::read_to_string(folder.join(file)).expect("it is there");
        assert_eq!(read(&resumed), read(&whole), "{file}");
    }
}

#[test]
fn errors_that_did_not_come_again_leave_no_file() {
    let (_parent, path) = finished(&[success(0), ended(1, None)], RunStatus::Interrupted);
    assert!(path.join("errors.json").exists());
    let (run, summary) = resume(&path);
    run.finish(&summary).expect("everything can be derived");
    assert!(!path.join("errors.json").exists());
}

fn summary_of(path: &Path) -> Summary {
    PastRun::open(path, &redactor()).expect("it is a run").summary().clone()
}

#[test]
fn the_summary_is_read_as_it_was_written() {
    let (_parent, path) = finished(&mixed(), RunStatus::Interrupted);
    let past = PastRun::open(&path, &redactor()).expect("it is a run");
    let written = fs::read(path.join("summary.json")).expect("it is there");
    let mut written: serde_json::Value = serde_json::from_slice(&written).expect("JSON");
    assert_eq!(past.config(), &written["config"]);
    assert_eq!(past.config_hash(), written["config_hash"]);
    assert_eq!(past.inputs_hash(), written["inputs_hash"]);
    assert!(!past.is_mock());
    let for_fluxloop = ["total_runs", "success_rate", "avg_duration_ms", "errors"];
    for name in ["config", "config_hash", "inputs_hash"].iter().chain(&for_fluxloop) {
        written.as_object_mut().expect("an object").remove(*name);
    }
    assert_eq!(serde_json::to_value(past.summary()).expect("JSON"), written);
}

#[test]
fn every_record_is_read_as_it_was_written() {
    let (_parent, path) = finished(&mixed(), RunStatus::Complete);
    let text = fs::read_to_string(path.join("traces.jsonl")).expect("it is there");
    for line in text.lines() {
        let trace: Trace =
            redactor().reading(|| serde_json::from_str(line)).expect("it is a record");
        assert_eq!(serde_json::to_string(&trace).expect("a trace is JSON"), line);
    }
}

#[test]
fn a_secret_of_today_is_masked_in_the_records_of_yesterday() {
    let (_parent, path) = finished(&[success(0)], RunStatus::Interrupted);
    let secret = Secret::new("question 0");
    let knowing = Arc::new(Redactor::builder().secret("S", &secret).build());
    let past = PastRun::open(&path, &knowing).expect("it is a run");
    let (run, _) = past.resume(info()).expect("its journal is sound");
    let record = run.records(knowing).expect("it is there").next().expect("one");
    assert_eq!(record.expect("a record").input.as_str(), "***");
}

/// How long a run was under way that says of itself that it took 4.21 seconds, and closed one case
/// 1.24 seconds after it was due.
#[track_caller]
fn check_time(status: RunStatus, due: &str, expected: f64) {
    let mut trace = success(0);
    due.clone_into(&mut trace.turns[0].timings.scheduled_at);
    let (_parent, path) = finished(&[trace], status);
    let seconds = resume(&path).1.results.duration_seconds;
    assert!((seconds - expected).abs() < 1e-6, "{seconds}");
}

#[test]
fn a_run_that_was_killed_was_under_way_until_its_last_case_was_closed() {
    check_time(RunStatus::Interrupted, "2026-11-21T09:15:10.25Z", 4.21);
    // The run began at 09:15:00.25.
    check_time(RunStatus::Running, "2026-11-21T09:15:10.25Z", 4.21 + 10.0 + 1.240_125);
    check_time(RunStatus::Running, "2026-11-21T09:14:00Z", 4.21);
}

/// What is made in the place of a file of the run is refused, and neither waited for nor followed.
#[cfg(unix)]
#[track_caller]
fn check_planted(name: &str, plant: impl Fn(&Path), is_expected: fn(&StoreError) -> bool) {
    let (_parent, path) = finished(&mixed(), RunStatus::Interrupted);
    let file = path.join(name);
    drop(fs::remove_file(&file));
    plant(&file);
    let resumed = PastRun::open(&path, &redactor()).and_then(|past| past.resume(info()));
    let error = resumed.expect_err("it is not a file of this run");
    assert!(is_expected(&error), "{error:?}");
    assert!(error.to_string().contains(name), "{error}");
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_link_in_the_place_of_a_file_is_refused() {
    let pipe = |path: &Path| {
        let made = std::process::Command::new("mkfifo").arg(path).status().expect("it starts");
        assert!(made.success());
    };
    let link = |path: &Path| std::os::unix::fs::symlink("elsewhere", path).expect("a link");
    for name in ["traces.jsonl", "set_aside.jsonl"] {
        check_planted(name, pipe, |error| matches!(error, StoreError::NotAFile { .. }));
        check_planted(name, link, |error| matches!(error, StoreError::SymbolicLink { .. }));
    }
    let shared = |path: &Path| {
        let other = path.with_extension("other");
        fs::write(&other, "").and_then(|()| fs::hard_link(other, path)).expect("a hard link");
    };
    let is_shared: fn(&StoreError) -> bool =
        |error| matches!(error, StoreError::SeveralNames { .. });
    check_planted("set_aside.jsonl", shared, is_shared);
}

#[cfg(unix)]
#[test]
fn a_linked_folder_is_refused() {
    let (parent, path) = finished(&mixed(), RunStatus::Interrupted);
    let link = parent.path().join("exp_link");
    std::os::unix::fs::symlink(path, &link).expect("a link");
    let refused = PastRun::open(&link, &redactor()).expect_err("it may be anybody's");
    assert!(matches!(refused, StoreError::SymbolicLink { .. }), "{refused}");
}

#[test]
fn a_run_that_lost_a_derived_file_is_not_in_order() {
    for (name, is_needed) in [("trace_summary.jsonl", true), ("errors.json", true), ("x", false)] {
        let (_parent, path) = finished(&[success(0), failed(1)], RunStatus::Complete);
        drop(fs::remove_file(path.join(name)));
        let past = PastRun::open(&path, &redactor()).expect("it is a run");
        assert_eq!(past.is_in_order(), !is_needed, "{name}");
        assert_eq!((past.closed(), past.failed()), (2, 1));
    }
}

#[test]
fn one_writer_at_a_time() {
    let (_parent, path) = finished(&mixed(), RunStatus::Interrupted);
    let (first, _) = resume(&path);
    let refused = PastRun::open(&path, &redactor()).expect_err("it is held");
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
    drop(first);
    PastRun::open(&path, &redactor()).expect("it was given back");
}

#[test]
fn what_is_no_run_stays_untouched() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = PastRun::open(folder.path(), &redactor()).expect_err("there is nothing");
    assert!(matches!(refused, StoreError::NotARun { .. }), "{refused}");
    assert!(names(folder.path()).is_empty());
    fs::write(
        folder.path().join("summary.json"),
        "{\"versions\": {\"fluxloop\": \"0.1.0\", \"artifacts\": 2}}",
    )
    .expect("it can be written");
    let refused = PastRun::open(folder.path(), &redactor()).expect_err("fields are missing");
    assert!(matches!(refused, StoreError::BrokenSummary { .. }), "{refused}");
}

#[test]
fn a_folder_of_runs_names_them_newest_first() {
    let (parent, path) = finished(&mixed(), RunStatus::Complete);
    for name in ["exp_20261121_101500_2", "exp_20261121_101500_10", "exp_20251121_235959", "x"] {
        let folder = parent.path().join(name);
        fs::create_dir(&folder).expect("it can be made");
        if name != "x" {
            fs::copy(path.join("summary.json"), folder.join("summary.json")).expect("a copy");
        }
    }
    let refused = PastRun::open(parent.path(), &redactor()).expect_err("it is not a run");
    let words = refused.to_string().replace(&*parent.path().to_string_lossy(), "P");
    assert_eq!(
        words,
        "`P` is not a run, and has these runs in it, the newest first: \
         `P/exp_20261121_101500_10`, `P/exp_20261121_101500_2`, `P/exp_20261121_101500`, \
         `P/exp_20251121_235959`"
    );
    assert_eq!(refused.hint(), Some("name one of these runs"));
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_named() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let link = parent.path().join("experiments");
    std::os::unix::fs::symlink("gone", &link).expect("a link can be made");
    let check = |error: StoreError| {
        let words = error.to_string().replace(&*parent.path().to_string_lossy(), "P");
        assert_eq!(words, "`P/experiments` is a symbolic link to `gone`, which does not exist");
    };
    for folder in [link.clone(), link.join("deep/er")] {
        check(RunDirectory::create(&folder, &started(), info()).expect_err("a link to nothing"));
        check(PastRun::open(&folder, &redactor()).expect_err("a link to nothing"));
    }
}

#[test]
fn the_layout_of_another_version_is_refused() {
    let (_parent, path) = finished(&mixed(), RunStatus::Interrupted);
    let summary = path.join("summary.json");
    let text = fs::read_to_string(&summary).expect("it is there");
    assert!(text.contains("\"artifacts\": 2"), "{text}");
    for other in [1, 3] {
        let text = text.replace("\"artifacts\": 2", &format!("\"artifacts\": {other}"));
        // What else stands there, another version may write in another way.
        let text = text.replace("\"outcomes\"", "\"ends\"");
        fs::write(&summary, text).expect("it can be written");
        let before = names(&path);
        let refused = PastRun::open(&path, &redactor()).expect_err("it is of another version");
        let words = format!("its files have version {other}, and this program reads version 2");
        assert!(refused.to_string().contains(&words), "{refused}");
        assert_eq!(names(&path), before);
    }
}

/// A journal whose second line has this in place of that.
#[track_caller]
fn check_broken(that: &str, this: &[u8]) {
    let (_parent, path) = finished(&[success(0), success(1), failed(2)], RunStatus::Interrupted);
    let journal = path.join("traces.jsonl");
    let text = fs::read_to_string(&journal).expect("it is there");
    let (first, rest) = text.split_once('\n').expect("three lines");
    let (before, after) = rest.split_once(that).expect("it is in the line");
    let broken = [first.as_bytes(), b"\n", before.as_bytes(), this, after.as_bytes()].concat();
    fs::write(&journal, broken).expect("it can be written");
    let error = PastRun::open(&path, &redactor()).expect_err("the second line is broken");
    assert!(error.to_string().ends_with("holds a broken record in line 2"), "{error}");
}

#[test]
fn a_broken_line_within_the_journal_is_told_before_anything_is_changed() {
    check_broken("{", b"");
    check_broken("\"output\":\"", b"\"output\":\"\xff\xfe");
    check_broken("\"attempts\":", b"\"attempt\":");
}

#[test]
fn a_case_that_is_there_twice_is_closed_once() {
    let traces = [success(0), failed(1), failed(0), success(2), success(1)];
    let (_parent, path) = finished(&traces, RunStatus::Complete);
    let past = PastRun::open(&path, &redactor()).expect("it is a run");
    assert_eq!((past.closed(), past.is_in_order()), (3, false));
    let (run, _) = past.resume(info()).expect("its journal is sound");
    assert_eq!(places(&run), [0, 1, 2]);
    assert_eq!(read_lines(&path.join("set_aside.jsonl")).len(), 2);
    drop(run);
    assert!(PastRun::open(&path, &redactor()).expect("it is a run").is_in_order());
}

#[test]
fn a_case_that_has_another_place_today_is_written_with_it() {
    let traces = [success(0), failed(1), retried(2)];
    let (_parent, path) = finished(&traces, RunStatus::Complete);
    let mut past = PastRun::open(&path, &redactor()).expect("it is a run");
    let mut today = [Some(9), None, Some(2)].into_iter();
    past.keep(|_| today.next().flatten()).expect("it can be read");
    assert_eq!((past.closed(), past.is_in_order()), (2, false));
    let (run, _) = past.resume(info()).expect("its journal is sound");
    let moved = Trace { case_index: 9, ..success(0) };
    let json = |trace: &Trace| serde_json::to_value(trace).expect("a trace is JSON");
    assert_eq!(read_lines(&path.join("traces.jsonl")), [json(&moved), json(&retried(2))]);
    assert_eq!(read_lines(&path.join("set_aside.jsonl")), [json(&failed(1))]);
    drop(run);
    // Killed here, the places are those of no inputs that anybody has.
    assert_eq!(PastRun::open(&path, &redactor()).expect("it is a run").inputs_hash(), "");
}

#[test]
fn records_are_judged_again() {
    let (_parent, path) = finished(&[success(0), failed(1), success(2)], RunStatus::Complete);
    let before = fs::read(path.join("traces.jsonl")).expect("it is there");
    let mut past = PastRun::open(&path, &redactor()).expect("it is a run");
    past.judge_again(Box::new(|_| false)).expect("it can be read");
    assert!(past.is_in_order(), "nothing changes");
    let judge = |trace: &mut Trace| {
        let is_new = trace.case_index == 2 && trace.verdict != Verdict::Unmet;
        if is_new {
            trace.verdict = Verdict::Unmet;
        }
        is_new
    };
    past.judge_again(Box::new(judge)).expect("it can be read");
    assert_eq!((past.closed(), past.failed(), past.unmet()), (3, 1, 1));
    assert!(!past.is_in_order());
    assert_eq!(fs::read(path.join("traces.jsonl")).expect("it is there"), before);
    past.keep(|trace| Some(trace.case_index).filter(|_| trace.success)).expect("it can be read");
    let (run, _) = past.resume(info()).expect("its journal is sound");
    let unmet = Trace { verdict: Verdict::Unmet, ..success(2) };
    let json = |trace: &Trace| serde_json::to_value(trace).expect("a trace is JSON");
    assert_eq!(read_lines(&path.join("traces.jsonl")), [json(&success(0)), json(&unmet)]);
    assert_eq!(places(&run), [0, 2]);
}

#[test]
fn what_a_killed_process_left_of_drafts_goes_away() {
    let (_parent, path) = finished(&[success(0)], RunStatus::Running);
    let before = names(&path);
    fs::write(path.join(".traces.jsonl.tmp"), "x").expect("it can be written");
    fs::write(path.join(".errors.json.tmp"), "x").expect("it can be written");
    let (run, summary) = resume(&path);
    run.begin_again(&summary).expect("it can be written");
    run.finish(&summary).expect("everything can be derived");
    assert_eq!(names(&path), before);
}

#[test]
fn a_warning_stays_unless_it_says_why_the_run_ended_early() {
    for (status, stays) in [(RunStatus::Complete, true), (RunStatus::Interrupted, false)] {
        let (_parent, path) = finished(&[success(0)], RunStatus::Running);
        let (run, mut summary) = resume(&path);
        (summary.status, summary.warnings) =
            (status, vec![Warning::new(WarningCode::OwnLag, text("late"))]);
        run.finish(&summary).expect("everything can be derived");
        assert_eq!(resume(&path).1.warnings, summary.warnings[..usize::from(stays)]);
    }
}

#[cfg(unix)]
#[test]
fn a_linked_journal_is_refused() {
    let (_parent, path) = finished(&[success(0)], RunStatus::Interrupted);
    let elsewhere = path.join("elsewhere");
    fs::rename(path.join("traces.jsonl"), &elsewhere).expect("it can be moved");
    std::os::unix::fs::symlink(&elsewhere, path.join("traces.jsonl")).expect("a link can be made");
    let refused = PastRun::open(&path, &redactor()).expect_err("a link is no journal");
    assert!(matches!(refused, StoreError::SymbolicLink { .. }), "{refused}");
}
