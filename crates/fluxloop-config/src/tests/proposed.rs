//! Files that are not on disk yet.

use std::collections::BTreeMap;

use fluxloop_redact::Secret;
use insta::assert_snapshot;

use super::Project;
use crate::{LoadOptions, load};

/// The options of a project that would have these files, and nothing on disk.
fn options(project: &Project, files: &[(&str, &str)]) -> LoadOptions {
    let root = &project.options.current_dir;
    let file = |(path, text): &(&str, &str)| (root.join(path), Secret::new(*text));
    LoadOptions {
        config: Some("configs/simulation.yaml".into()),
        proposed: files.iter().map(file).collect::<BTreeMap<_, _>>(),
        ..project.options.clone()
    }
}

const CONFIGURATION: (&str, &str) = (
    "configs/simulation.yaml",
    "inputs_file: inputs/q.yaml\nrunner: {http: {url: 'https://h/x', headers: {x-api-key: '${API_KEY}'}}}\n",
);

#[test]
fn files_that_are_proposed_take_the_place_of_those_on_disk() {
    let project = Project::new(&[("inputs/q.yaml", "wrong: here"), (".env", "API_KEY=old-1")]);
    let files = [CONFIGURATION, (".env", "\u{feff}API_KEY=new-1"), ("inputs/q.yaml", "- a\n- b\n")];
    let loaded = load(&options(&project, &files)).expect("a sound project");
    assert_eq!(loaded.plan.request.headers["x-api-key"], "new-1");
    assert_eq!(loaded.inputs.total(), 2);
    assert!(!project.path("configs").exists());
}

#[test]
fn faults_of_proposed_files_have_their_places() {
    let project = Project::new(&[]);
    let files = [CONFIGURATION, (".env", "API_KEY=a\0b"), ("inputs/q.yaml", "- {input: [}\n")];
    let errors = load(&options(&project, &files)).expect_err("faults").to_string();
    assert_snapshot!(errors, @r"
    .env: is not UTF-8 text; save it as UTF-8
    configs/simulation.yaml:2:59: runner.http.headers.x-api-key: variable `API_KEY` is not defined; it is neither in the environment nor in .env or ../.env; set it in one of them
    inputs/q.yaml:1:11: a `[` is opened here and never closed; close it with `]`
    ");
}
