//! The configurations that come with the project: each loads, and each runs.

use std::path::{Path, PathBuf};

use crate::support::Project;

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs").canonicalize().expect("configs/")
}

#[track_caller]
fn check(name: &str) {
    let project = Project::empty();
    let config = shipped().join(name);
    let config = config.to_str().expect("a path of text");
    let output = project.path().join("experiments");
    let output = output.to_str().expect("a path of text");
    project.run(&["--config", config, "-o", output, "--mock", "--no-display"]).exits(0);
    let traces = project.traces();
    assert!(!traces.is_empty());
    for trace in traces {
        assert_eq!(trace["outcome"], "succeeded", "{trace:#}");
        assert_ne!(trace["output"], "", "{trace:#}");
    }
}

#[test]
fn simulation() {
    check("simulation.yaml");
}

#[test]
fn openai() {
    check("openai.yaml");
}

#[test]
fn anthropic() {
    check("anthropic.yaml");
}

#[test]
fn custom_server() {
    check("custom-server.yaml");
}

#[test]
fn rest() {
    check("rest.yaml");
}

#[test]
fn full() {
    check("full.yaml");
}

#[test]
fn ollama() {
    check("ollama.yaml");
}

#[test]
fn ag_ui() {
    check("ag-ui.yaml");
}

#[test]
fn own_agent() {
    check("own-agent.yaml");
}

#[test]
fn every_shipped_configuration_is_in_this_list() {
    let mut names: Vec<_> = std::fs::read_dir(shipped())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "ag-ui.yaml",
            "anthropic.yaml",
            "custom-server.yaml",
            "full.yaml",
            "ollama.yaml",
            "openai.yaml",
            "own-agent.yaml",
            "rest.yaml",
            "simulation.yaml",
        ]
    );
}
