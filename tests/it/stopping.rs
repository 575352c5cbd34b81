//! Ctrl-C, SIGTERM and SIGHUP.

use std::io::Write;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Project, Said, Server, signal};

/// Inputs that each choose what goes wrong with their own request.
fn project(server: &Server, inputs: &[(&str, &str)]) -> Project {
    let inputs: Vec<_> =
        inputs.iter().map(|(text, fault)| format!("{{input: {text}, fault: '{fault}'}}")).collect();
    Project::new(&format!(
        "base_inputs: [{}]\nrunner:\n  http: {{ url: '{}', stream: sse, stream_output_path: delta, \
         timeout: 10m, query: {{ x_mock_fault: $.metadata.fault }} }}\n",
        inputs.join(", "),
        server.url("/chat")
    ))
}

/// Answers too late to be whole at the moment of a signal, and soon enough to become so.
const SLOW: &str = "latency=300ms";

/// Says its first word, and nothing more.
const STALLS: &str = "timeout:deltas=1";

/// Starts a run and waits for this line on standard error; the rest can be read on.
fn start(project: &Project, args: &[&str], line: &str) -> (Child, Said<ChildStderr>) {
    let mut command = project.command(&["run", "experiment", "--verbose"]);
    command.args(args);
    started(command, line)
}

fn started(mut command: Command, line: &str) -> (Child, Said<ChildStderr>) {
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut stderr = Said::by(child.stderr.take().expect("a pipe"));
    stderr.wait_for(line);
    (child, stderr)
}

#[test]
fn the_first_signal_lets_running_cases_finish() {
    for (name, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 143)] {
        let server = Server::echo();
        let project = project(&server, &[("one", SLOW), ("two", "none"), ("three", "none")]);
        let (mut child, stderr) = start(&project, &[], "0/0");
        signal(&child, name);
        stderr.rest();
        assert_eq!(child.wait().expect("it ends").code(), Some(code));
        assert_eq!(project.outputs(), ["one"]);
        assert_eq!(project.json("summary.json")["status"], "interrupted");
        assert!(project.experiment().join("trace_summary.jsonl").exists());
    }
}

/// This takes the ten seconds that running cases have, once for both signals.
#[test]
fn what_does_not_finish_in_time_is_interrupted_and_keeps_its_text() {
    let signals = [("-INT", 130), ("-TERM", 143)];
    let runs = signals.map(|(name, code)| {
        let server = Server::echo();
        let inputs = [("one two", STALLS), ("three", SLOW), ("four", "none")];
        let project = project(&server, &inputs);
        let set = ["--set", "simulation.parallelism=2"];
        let (child, stderr) = start(&project, &set, "1/0");
        signal(&child, name);
        (server, project, child, stderr, code)
    });
    for (server, project, mut child, stderr, code) in runs {
        let said = stderr.rest();
        assert_eq!(child.wait().expect("it ends").code(), Some(code), "{said}");
        let traces = project.traces();
        let ends = traces.iter().map(|it| (it["outcome"].as_str(), it["output"].as_str()));
        let expected = [(Some("interrupted"), Some("one")), (Some("succeeded"), Some("three"))];
        assert_eq!(ends.collect::<Vec<_>>(), expected, "{said}");
        assert_eq!(server.agent().served().requests, 2, "no case began after the signal");

        let summary = project.json("summary.json");
        assert_eq!(summary["status"], "interrupted");
        assert_eq!(summary["outcomes"], json!({"interrupted": 1, "succeeded": 1}));
        for (file, lines) in [("trace_summary.jsonl", 2), ("observations.jsonl", 2)] {
            let text = std::fs::read_to_string(project.experiment().join(file)).expect("a file");
            assert_eq!(text.lines().count(), lines, "{file}");
        }
        is_sent_again(&server, &project);
    }
}

/// A case that was interrupted, and one that had not begun, are what a resumed run sends.
fn is_sent_again(server: &Server, project: &Project) {
    let folder = project.experiment();
    let resume = ["--resume", folder.to_str().expect("UTF-8"), "--parallelism", "2"];
    let (mut child, mut stderr) = start(project, &resume, "1 of them done already");
    stderr.wait_for("succeeded 2/0");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert_eq!(server.agent().served().requests, 4, "two of them are the same case");
    let kept = project.traces();
    let kept: Vec<_> = kept.iter().map(|trace| trace["case_id"].as_str()).collect();
    assert_eq!(kept, [Some("1/0"), Some("2/0")]);
    let aside = std::fs::read_to_string(folder.join("set_aside.jsonl")).expect("a file");
    assert_eq!(aside.lines().count(), 1);
    assert!(aside.contains("\"outcome\":\"interrupted\""), "{aside}");
}

#[test]
fn the_second_signal_ends_at_once_and_loses_no_closed_case() {
    for (first, second, code) in
        [("-INT", "-INT", 130), ("-TERM", "-INT", 130), ("-INT", "-TERM", 143)]
    {
        let server = Server::echo();
        let project = project(&server, &[("one", "none"), ("two", STALLS), ("three", "none")]);
        let (mut child, mut stderr) = start(&project, &[], "1/0");
        signal(&child, first);
        stderr.wait_for("again to end at once");
        signal(&child, second);
        assert_eq!(child.wait().expect("it ends").code(), Some(code));
        assert_eq!(project.outputs(), ["one"]);
        assert_eq!(project.json("summary.json")["status"], "running");
    }
}

/// `nohup` does so, and a shell in a script for what it starts with `&`.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_the_process_was_started_to_ignore_stays_ignored() {
    for name in ["HUP", "INT"] {
        let server = Server::echo();
        let project = project(&server, &[("one", SLOW), ("two", "none")]);
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("trap '' {name}; exec \"$@\""), "sh"])
            .args([env!("CARGO_BIN_EXE_fluxloop"), "run", "experiment", "--verbose"])
            .current_dir(project.path());
        let (mut child, stderr) = started(command, "0/0");
        signal(&child, &format!("-{name}"));
        let said = stderr.rest();
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{said}");
        assert_eq!(project.outputs(), ["one", "two"]);
    }
}

/// Long before the end there are more lines than a pipe takes.
#[test]
fn a_run_is_kept_and_ends_though_nobody_reads_standard_error() {
    let server = Server::echo();
    let inputs: Vec<_> = (0..40).map(|_| ("one two three", "none")).collect();
    for (is_asked, code) in [(false, 0), (true, 143)] {
        let project = project(&server, &inputs);
        let (full, unread) = full_pipe();
        let mut command = project.command(&["run", "experiment", "--verbose"]);
        command.args(["--set", "simulation.parallelism=4"]).stdout(Stdio::null()).stderr(full);
        let mut child = command.spawn().expect("it starts");
        let until = Instant::now() + Duration::from_secs(60);
        let is_complete = || {
            let folders = project.experiments();
            let summary = folders.first().map(|folder| folder.join("summary.json"));
            let text = summary.and_then(|path| std::fs::read_to_string(path).ok());
            text.is_some_and(|text| text.contains("\"status\": \"complete\""))
        };
        while !is_complete() {
            assert!(Instant::now() < until, "it waits for a reader");
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(project.traces().len(), inputs.len());
        assert_eq!(child.try_wait().expect("it runs"), None, "its last lines are not lost");
        if is_asked {
            signal(&child, "-TERM");
        } else {
            drop(unread);
        }
        assert_eq!(child.wait().expect("it ends").code(), Some(code));
    }
}

/// The one thread that runs tasks has nothing to do with that.
#[test]
fn the_second_signal_ends_a_run_whose_standard_error_nobody_reads() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let project = Project::new(&format!(
        "base_inputs: [one]\nrunner:\n  http: {{ url: 'http://{}/', stream: sse, \
         retry: {{ attempts: 0 }} }}\n",
        server.local_addr().expect("an address")
    ));
    let (full, _unread) = full_pipe();
    let mut child = project
        .command(&["run", "experiment", "--verbose"])
        .env("TOKIO_WORKER_THREADS", "1")
        .stdout(Stdio::null())
        .stderr(full)
        .spawn()
        .expect("it starts");
    drop(server.accept().expect("a request"));
    signal(&child, "-INT");
    signal(&child, "-TERM");
    let code = child.wait().expect("it ends").code();
    // The system chooses which of two signals it gives first.
    assert!([Some(130), Some(143)].contains(&code), "{code:?}");
}

/// A stream with no room for another byte, and its other end.
fn full_pipe() -> (OwnedFd, UnixStream) {
    let (mut full, unread) = UnixStream::pair().expect("two ends");
    full.set_nonblocking(true).expect("a socket can");
    while full.write(&[b'.'; 4096]).is_ok() {}
    while full.write(b".").is_ok() {}
    full.set_nonblocking(false).expect("a socket can");
    (full.into(), unread)
}
