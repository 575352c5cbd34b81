//! Ctrl-C and SIGTERM.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fluxloop_mock::MockOptions;

use crate::support::{Project, Server};

fn project(url: &str) -> Project {
    Project::new(&format!(
        "base_inputs: [one, two, three, four]\nrunner:\n  http: {{ url: '{url}', stream: sse, \
         stream_output_path: delta }}\n"
    ))
}

/// Starts a run and waits for this line on standard error; the rest can be read on.
fn start(project: &Project, line: &str) -> (Child, impl BufRead) {
    let mut child = project
        .command(&["run", "experiment", "--verbose"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    wait_for(&mut stderr, line);
    (child, stderr)
}

fn wait_for(stderr: &mut impl BufRead, wanted: &str) {
    let mut line = String::new();
    while !line.contains(wanted) {
        line.clear();
        let read = stderr.read_line(&mut line).expect("text");
        assert!(read > 0, "`{wanted}` never came");
    }
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
        let (mut child, mut stderr) = start(&project, "0/0");
        signal(&child, name);
        std::io::copy(&mut stderr, &mut std::io::sink()).expect("text");
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
    wait_for(&mut stderr, "again to end at once");
    signal(&child, "-INT");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_eq!(project.json("summary.json")["status"], "running");
}
