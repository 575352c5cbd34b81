//! Many inputs at once.

use std::collections::HashSet;
use std::process::Command;

use crate::support::{Finished, Project, Server};

const INPUTS: usize = 1000;

fn project(url: &str) -> Project {
    let inputs: Vec<_> = (0..INPUTS).map(|n| format!("{{\"input\": \"{}\"}}\n", text(n))).collect();
    Project::new(&format!(
        r#"
inputs_file: inputs/many.jsonl
runner:
  http:
    url: "{url}"
    stream: sse
    stream_output_path: delta
"#
    ))
    .file("inputs/many.jsonl", &inputs.concat())
}

fn text(n: usize) -> String {
    format!("Question {n}: wie geht\u{2019}s, \u{1f980}? ")
}

#[test]
fn a_thousand_inputs_give_the_same_texts_at_any_parallelism() {
    let server = Server::echo();
    let expected: Vec<String> = (0..INPUTS).map(text).collect();
    for parallelism in ["100", "1"] {
        let project = project(&server.url("/chat"));
        project.run(&["--yes", "--no-display", "--parallelism", parallelism]).exits(0);
        assert_eq!(project.outputs(), expected, "parallelism {parallelism}");

        let summary = project.json("summary.json");
        assert_eq!(summary["status"], "complete");
        assert_eq!(summary["results"]["total_runs"], INPUTS);
        assert_eq!(summary["results"]["successful"], INPUTS);
        assert_eq!(summary["results"]["success_rate"], 1.0);
        assert_eq!(summary["outcomes"]["succeeded"], INPUTS);
        let traces = project.traces();
        let ids: HashSet<_> = traces.iter().map(|trace| trace["trace_id"].as_str()).collect();
        assert_eq!(ids.len(), INPUTS);
    }
}

/// Runs a small project under a limit of open files that cannot be raised, as `ulimit` sets it.
#[cfg(unix)]
#[track_caller]
fn under_a_limit(ulimit: &str, parallelism: &str) -> Finished {
    let server = Server::echo();
    let inputs = "{\"input\": \"once more\"}\n".repeat(100);
    let project = project(&server.url("/chat")).file("inputs/many.jsonl", &inputs);
    let fluxloop = project.command(&["run", "experiment", "--yes", "--no-display"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit {ulimit}; exec \"$@\""), "sh"])
        .arg(fluxloop.get_program())
        .args(fluxloop.get_args())
        .args(["--parallelism", parallelism])
        .current_dir(project.path());
    Finished::of(&mut command)
}

#[cfg(unix)]
#[test]
fn a_limit_of_open_files_is_raised_as_far_as_it_goes() {
    under_a_limit("-Sn 40", "50").exits(0).keeps_quiet_about(&["open files"]);
}

#[cfg(unix)]
#[test]
fn no_more_cases_run_at_once_than_files_may_be_open() {
    let few = "for 50 cases at once, so at most 36 run at once";
    under_a_limit("-n 100", "50").exits(0).says(&["warning: this process may not open", few]);
    under_a_limit("-n 40", "50").exits(0).says(&["so at most 1 run at once"]);
}

/// A limit of the size of files stands for a disk that is full in the middle of a batch.
#[cfg(unix)]
#[test]
fn what_is_shown_as_done_is_on_a_disk_that_became_full() {
    let server = Server::echo();
    let project = project(&server.url("/chat"));
    let fluxloop = project.command(&["run", "experiment", "--yes", "--verbose"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -f 200; exec \"$@\"", "sh"])
        .arg(fluxloop.get_program())
        .args(fluxloop.get_args())
        .args(["--parallelism", "20"])
        .current_dir(project.path());
    let says = ["error: could not write to `", "the same command with `--resume experiments/exp_"];
    let finished = Finished::of(&mut command).exits(1).says(&says);
    assert_eq!(finished.stdout, "", "nothing is shown as done that may not be kept");
    let shown = finished.stderr.lines().filter(|line| line.contains("succeeded ")).count();
    let journal = std::fs::read_to_string(project.experiment().join("traces.jsonl"));
    let journal = journal.expect("the journal is there");
    assert!(journal.ends_with('\n'), "no line is torn");
    assert!((1..INPUTS).contains(&shown), "{shown} cases were shown");
    assert!(shown <= journal.lines().count(), "{shown} of {}", journal.lines().count());
    assert_eq!(project.json("summary.json")["status"], "running");
}
