//! Runs that are stopped on their way.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use super::server::Answer;
use super::{Canary, SSE, answers};
use crate::support::{Finished, signal};

const FLAGS: &[&str] = &["--verbose", "--set", "runner.http.retry.attempts=0"];

/// All answers, and behind them some streams that never end.
fn unending() -> Vec<Answer> {
    let streams = answers::in_short().into_iter().filter(Answer::is_text);
    let unending = streams.map(|answer| Answer { stalls: true, ..answer });
    answers::in_short().into_iter().chain(unending).collect()
}

/// Runs until answers hang, sends signals, and hears what is said up to the end.
fn stopped(signals: &[&str]) -> (Canary, Finished) {
    let canary = Canary::new(unending(), SSE);
    let mut command = canary.command(FLAGS);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut said = String::new();
    let mut hear = |enough: &dyn Fn(&str) -> bool| {
        while !enough(&said) {
            assert!(stderr.read_line(&mut said).expect("text") > 0, "it ended:\n{said}");
        }
    };
    hear(&|_| canary.server.stalled() > 0);
    let (last, first) = signals.split_last().expect("a signal");
    for name in first {
        signal(&child, name);
        hear(&|said| said.contains("again to end at once"));
    }
    signal(&child, last);
    stderr.read_to_string(&mut said).expect("text");
    let output = child.wait_with_output().expect("it ends");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    (canary, Finished { code: output.status.code(), stdout, stderr: said })
}

#[test]
fn a_run_that_is_interrupted_leaves_nothing_behind() {
    let (canary, said) = stopped(&["-INT"]);
    canary.is_silent(&said.exits(130).says(&["interrupted"]));
}

#[test]
fn a_run_that_is_interrupted_twice_leaves_nothing_behind() {
    let (canary, said) = stopped(&["-INT", "-INT"]);
    canary.is_silent(&said.exits(130));
}

#[test]
fn a_run_that_is_killed_and_goes_on_leaves_nothing_behind() {
    let (canary, said) = stopped(&["-KILL"]);
    assert_eq!(said.code, None);
    canary.is_silent(&said);
    canary.server.stalls_no_more();
    let folder = canary.project.experiment();
    let folder = folder.to_str().expect("a path");
    let said = canary.run(&[&["--resume", folder], FLAGS].concat()).exits(0);
    canary.is_silent(&said);
}
