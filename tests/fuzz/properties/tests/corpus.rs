//! Every property holds for every input that is kept in `tests/fuzz/corpus`.

#![expect(clippy::unwrap_used, reason = "the helpers of tests may panic as the tests do")]

use std::fs;
use std::path::{Path, PathBuf};

use fluxloop_properties::TARGETS;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

/// The files of a folder and their contents, by name.
fn inputs(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Checks the whole corpus of one target.
#[track_caller]
fn check(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let inputs = inputs(&corpus().join(name));
    assert!(inputs.len() > 10, "the corpus is there");
    for (path, input) in inputs {
        let held = std::panic::catch_unwind(|| (target.check)(&input));
        assert!(held.is_ok(), "{} breaks the property, see above", path.display());
    }
}

#[test]
fn event_streams_mean_what_the_standard_says() {
    check("sse");
}

#[test]
fn paths_find_what_a_walk_finds() {
    check("jsonpath");
}

#[test]
fn secrets_are_masked_in_every_form() {
    check("redact");
}

#[test]
fn configurations_are_loaded_or_refused() {
    check("config");
}

#[test]
fn a_schema_that_is_shown_loads_to_the_same() {
    check("schema");
}

#[test]
fn a_wait_is_what_the_server_asked_for() {
    check("retry_after");
}

#[test]
fn what_a_run_left_behind_is_kept_when_it_is_taken_up() {
    check("resume");
}

#[test]
fn json_lines_are_the_lines_of_a_body() {
    check("jsonl");
}

#[test]
fn json_is_cut_into_its_values() {
    check("json");
}

#[test]
fn text_is_the_whole_body() {
    check("text");
}

#[test]
fn the_first_line_decides_on_the_framing() {
    check("sniff");
}

#[test]
fn every_target_has_a_corpus_and_the_corpus_is_small() {
    let mut folders: Vec<_> = inputs_in_folders().iter().map(|(name, ..)| name.clone()).collect();
    folders.sort();
    let mut names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    names.sort_unstable();
    assert_eq!(folders, names);
    let files: usize = inputs_in_folders().iter().map(|(_, files, _)| files).sum();
    let bytes: usize = inputs_in_folders().iter().map(|(.., bytes)| bytes).sum();
    assert!(files < 500 && bytes < 300_000, "{files} files, {bytes} bytes");
}

/// For each folder its name, and how many files and bytes it has.
fn inputs_in_folders() -> Vec<(String, usize, usize)> {
    let folders = fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path());
    folders
        .map(|folder| {
            let files = inputs(&folder);
            let bytes = files.iter().map(|(_, input)| input.len()).sum();
            (folder.file_name().unwrap().to_string_lossy().into_owned(), files.len(), bytes)
        })
        .collect()
}
