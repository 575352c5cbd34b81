//! What is shown while a run goes on, and at its end.

use std::net::TcpListener;

use crate::support::{Finished, Project, Server, terminal};

fn project(server: &Server) -> Project {
    Project::new(&format!(
        "name: shown\nbase_inputs: [a, b, c]\nrunner:\n  http: {{ url: '{}', stream: sse, \
         stream_output_path: delta }}\n",
        server.url("/chat")
    ))
}

#[test]
fn plain_lines_have_their_exact_form() {
    let server = Server::echo();
    let said = project(&server).run(&["--no-display"]).exits(0);
    // A busy machine adds that it was late itself.
    let is_late = |line: &&str| line.starts_with("[fluxloop] warning: this process was late");
    let lines: Vec<_> = said.stderr.lines().filter(|line| !is_late(line)).collect();
    assert_eq!(
        lines,
        [
            "[fluxloop] running shown (3 total runs)",
            "[fluxloop] run progress 1/3",
            "[fluxloop] run progress 2/3",
            "[fluxloop] run progress 3/3",
        ]
    );
}

#[test]
fn the_summary_shows_text_and_where_the_evidence_is() {
    let server = Server::echo();
    project(&server).run(&[]).exits(0).says(&[
        "3 succeeded",
        "first outputs",
        "experiments/exp_",
        "first token",
    ]);
}

#[test]
fn verbose_tells_each_step() {
    let server = Server::script(
        r#"{"answers": [{"status": 503, "steps": []},
            {"steps": [{"event": {"type": "message", "data": {"delta": "a"}}}]}]}"#,
    );
    let project = project(&server);
    project
        .run(&["--verbose", "--set", "runner.http.retry.backoff=1ms"])
        .exits(0)
        .says(&["503", "attempt 2"]);
}

/// A model that says a key in two pieces, then what looks like a line of ours.
#[test]
fn verbose_shows_text_line_by_line_without_a_secret_in_pieces() {
    let server = Server::script(
        r#"{"answers": [{"steps": [
            {"event": {"type": "message", "data": {"delta": "It is shown-se"}}},
            {"event": {"type": "message", "data": {"delta": "cret-1.\n\u001b[2J   failed b/0\n"}}},
            {"event": {"type": "message", "data": {"delta": "shown-secret"}}}]}]}"#,
    );
    let project = project(&server).file(".env", "OTHER_KEY=shown-secret-1\n");
    let said = project.run(&["--verbose"]).exits(0);
    let lines = said.stderr.lines().filter_map(|line| line.strip_prefix("        text 0/0  "));
    let lines: Vec<_> = lines.take(3).collect();
    assert_eq!(lines, ["It is ***.", "\\u{1b}[2J   failed b/0", "***"]);
    said.keeps_quiet_about(&["shown-secret", "\u{1b}"]);
}

/// What might be the beginning of a key is masked in a record only where the text was cut. Text
/// that is shown while it comes is a piece, because other parts of the answer may follow.
#[test]
fn the_end_of_a_text_that_the_model_ended_is_kept() {
    for (reason, end) in [("stop", "shown-secret"), ("length", "***")] {
        let script = r#"{"answers": [{"steps": [{"event": {"type": "message", "data":
            {"delta": "It begins with shown-secret", "finish_reason": "REASON"}}}]}]}"#;
        let server = Server::script(&script.replace("REASON", reason));
        let project = project(&server).file(".env", "OTHER_KEY=shown-secret-1\n");
        project.run(&["--verbose"]).exits(0).says(&["text 0/0  It begins with ***\n"]);
        assert_eq!(project.traces()[0]["output"], format!("It begins with {end}"));
    }
}

#[test]
fn the_log_is_of_our_own_crates_and_masked() {
    let server = Server::echo();
    let project = project(&server).file(".env", "NAME_OF_KEY=b\nOTHER_KEY=shown-secret-1\n");
    let mut command =
        project.command(&["run", "experiment", "--set", "base_inputs=[shown-secret-1]"]);
    let said = Finished::of(command.env("RUST_LOG", "trace")).exits(0);
    said.says(&["attempt begins", "attempt ended", "chunk", "simulation.yaml"])
        .keeps_quiet_about(&["shown-secret-1", "hyper"]);
}

#[test]
fn a_full_disk_behind_standard_output_is_no_success() {
    let server = Server::echo();
    let project = project(&server);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("it is there");
    let mut command = project.command(&["run", "experiment"]);
    let child = command.stdout(full).stderr(std::process::Stdio::piped()).spawn();
    let ended = child.and_then(std::process::Child::wait_with_output).expect("it ends");
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("error: could not write to standard output: No space left"), "{said}");
    assert!(said.contains("its files are complete: `experiments/exp_"), "{said}");
    assert_eq!(project.outputs(), ["a", "b", "c"]);
}

#[test]
fn a_reader_that_goes_away_is_no_reason_to_lose_the_run() {
    let server = Server::echo();
    let project = project(&server);
    let mut child = project
        .command(&["run", "experiment"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(project.outputs(), ["a", "b", "c"]);
}

#[test]
fn a_terminal_that_goes_away_is_no_reason_to_lose_the_run() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let project = Project::new(&format!(
        "base_inputs: [one]\nrunner:\n  http: {{ url: 'http://{}/', stream: sse, \
         retry: {{ attempts: 0 }} }}\n",
        server.local_addr().expect("an address")
    ));
    let (ours, theirs) = terminal();
    let mut command = project.command(&["run", "experiment"]);
    let mut child =
        command.stdout(theirs).stderr(std::process::Stdio::null()).spawn().expect("it starts");
    let request = server.accept().expect("a request");
    drop(ours);
    drop((server, request));
    assert_eq!(child.wait().expect("it ends").code(), Some(10), "a case failed, and nothing else");
    assert_eq!(project.json("summary.json")["status"], "complete");
}
