//! Ctrl-C and SIGTERM.

use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use fluxloop_mock::MockOptions;

use crate::support::{Project, Said, Server};

fn project(url: &str) -> Project {
    Project::new(&format!(
        "base_inputs: [one, two, three, four]\nrunner:\n  http: {{ url: '{url}', stream: sse, \
         stream_output_path: delta }}\n"
    ))
}

/// Starts a run and waits for this line on standard error; the rest can be read on.
fn start(project: &Project, line: &str) -> (Child, Said<ChildStderr>) {
    let mut child = project
        .command(&["run", "experiment", "--verbose"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stderr = Said::by(child.stderr.take().expect("a pipe"));
    stderr.wait_for(line);
    (child, stderr)
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(status.expect("kill runs").success());
}

#[test]
fn the_first_signal_lets_running_cases_finish() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let delay = Duration::from_millis(300);
        let server = Server::start(MockOptions { delay, ..MockOptions::default() });
        let project = project(&server.url("/chat"));
        let (mut child, stderr) = start(&project, "0/0");
        signal(&child, name);
        stderr.rest();
        assert_eq!(child.wait().expect("it ends").code(), Some(code));
        assert_eq!(project.outputs(), ["one"]);
        assert_eq!(project.json("summary.json")["status"], "interrupted");
        assert!(project.experiment().join("trace_summary.jsonl").exists());
    }
}

#[test]
fn the_second_signal_ends_at_once() {
    let delay = Duration::from_mins(10);
    let server = Server::start(MockOptions { delay, ..MockOptions::default() });
    let project = project(&server.url("/chat"));
    let (mut child, mut stderr) = start(&project, "0/0");
    signal(&child, "-INT");
    stderr.wait_for("again to end at once");
    signal(&child, "-INT");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_eq!(project.json("summary.json")["status"], "running");
}
