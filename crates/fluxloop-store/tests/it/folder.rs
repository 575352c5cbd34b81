//! The folder itself: its name, who may read it, who may write to it.

use std::fs;

use fluxloop_store::{RunDirectory, StoreError};
use fluxloop_trace::RunStatus;

use crate::run::{finished, info, mixed, names, read_json, started};

#[test]
fn the_name_is_the_local_time_and_a_taken_name_gets_a_number() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let runs: Vec<_> = (0..3)
        .map(|_| RunDirectory::create(parent.path(), &started(), info()).expect("it can be made"))
        .collect();
    let names: Vec<_> = runs.iter().map(|run| run.path().file_name().expect("a name")).collect();
    assert_eq!(names, ["exp_20261121_101500", "exp_20261121_101500_2", "exp_20261121_101500_3"]);
}

#[test]
fn a_missing_output_folder_is_made() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let deep = parent.path().join("a/b");
    let run = RunDirectory::create(&deep, &started(), info()).expect("it can be made");
    assert!(run.path().starts_with(&deep));
}

#[test]
fn from_the_start_the_summary_says_running() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let run = RunDirectory::create(parent.path(), &started(), info()).expect("it can be made");
    let summary = read_json(&run.path().join("summary.json"));
    assert_eq!(summary["status"], "running");
    assert_eq!(summary["date"], "2026-11-21T09:15:00.250000Z");
    assert_eq!(names(run.path()), ["config.yaml", "summary.json", "traces.jsonl"]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;

    let (_parent, path) = finished(&mixed(), RunStatus::Complete);
    let mode = |path: &std::path::Path| {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    };
    assert_eq!(mode(&path), 0o700);
    for name in names(&path) {
        assert_eq!(mode(&path.join(&name)), 0o600, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_folder_is_not_followed() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let link = parent.path().join("exp_20261121_101500");
    std::os::unix::fs::symlink(elsewhere.path(), &link).expect("a link can be made");
    let run =
        RunDirectory::create(parent.path(), &started(), info()).expect("another name is free");
    assert!(run.path().ends_with("exp_20261121_101500_2"));
    assert!(names(elsewhere.path()).is_empty());
}

#[test]
fn an_error_names_the_path_and_what_to_do() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let file = parent.path().join("experiments");
    fs::write(&file, "").expect("a file can be made");
    let error = RunDirectory::create(&file, &started(), info()).expect_err("a file is no folder");
    assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
    let expected = format!("could not create the output folder `{}`", file.display());
    assert_eq!(error.to_string(), expected);
    assert!(error.hint().expect("a hint").contains("--output"));
}
