//! Every fault, and what the user gets: plays the rows of `tests/matrix`.
//!
//! One row is one run of the built binary against a peer of its own.

use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fluxloop_matrix::{End, Peer, Row, rows};
use fluxloop_mock::{Faults, MockOptions};
use serde_json::{Value, json};

use crate::support::{Finished, Project, Server};

/// Runs that wait for clocks most of the time leave the processor to others.
const WORKERS: usize = 4;

#[test]
fn every_fault_leads_to_what_is_promised() {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(row) = rows().nth(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(difference) = check(row) {
                        wrong.lock().expect("no thread panics with it").push(difference);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panics with it");
    assert!(wrong.is_empty(), "{} rows do not hold:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Plays a row, and tells what came differently.
fn check(row: &Row) -> Result<(), String> {
    let peer = Listening::start(row);
    let project = project(row, &peer.address());
    let set = row
        .set
        .iter()
        .flat_map(|set| ["--set".to_owned(), set.replace("{address}", &peer.address())]);
    let args: Vec<_> = set.collect();
    let finished = project.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let (expected, found) = (expected(row, &peer.address()), found(&finished, &project));
    let said = words(&format!("{} {}", finished.stdout, finished.stderr));
    let message = row.message.replace("{address}", &peer.address());
    let all = row.says.iter().copied().chain([message.as_str(), row.hint()]);
    let missing: Vec<_> = all.filter(|part| !said.contains(part)).collect();
    let told_twice = words(&finished.stdout).matches("in the answer, ").count() > 1;
    let waited = project.traces().last().and_then(last_wait).unwrap_or_default();
    if found == expected && missing.is_empty() && waited >= row.waits_ms && !told_twice {
        return Ok(());
    }
    Err(format!(
        "{} {:?}\n  expected {expected:#}\n  found    {found:#}\n  waited {waited} ms of {}\n  \
         missing {missing:?}, the place told twice: {told_twice}, in: {said}",
        row.fault, row.set, row.waits_ms
    ))
}

/// Who listens.
enum Listening {
    Mock(Server),
    Silent(TcpListener),
}

impl Listening {
    fn start(row: &Row) -> Self {
        if row.peer == Peer::Silent {
            // The system accepts, and nobody reads.
            return Self::Silent(TcpListener::bind("127.0.0.1:0").expect("a free port"));
        }
        let rule = (!row.fault.is_empty()).then(|| row.fault.parse().expect(row.fault));
        let faults = Faults::new(rule).expect("one rule is never too many");
        Self::Mock(Server::start(MockOptions { faults, ..MockOptions::default() }))
    }

    fn address(&self) -> String {
        match self {
            Self::Mock(server) => server.url("").replace("http://", ""),
            Self::Silent(listener) => listener.local_addr().expect("it is bound").to_string(),
        }
    }
}

/// A project for one of the dialects, with as many inputs.
fn project(row: &Row, address: &str) -> Project {
    let (path, keys) = row.api.route();
    let inputs = vec!["one two three four"; row.inputs];
    Project::new(&format!(
        r#"
base_inputs: {inputs:?}
runner:
  http:
    url: "http://{address}{path}"
    stream: sse
    timeout: 10s
    retry: {{ backoff: 1ms }}
{keys}
"#,
    ))
}

/// What the user is to get.
fn expected(row: &Row, address: &str) -> Value {
    let failed = matches!(row.end, End::Failed(_));
    json!({
        "exit code": row.end.exit_code(),
        "end": row.end.to_string(),
        "records": row.records,
        "phase": row.phase,
        "attempts": row.attempts,
        "resends": row.resends,
        "output": row.output,
        "completeness": row.completeness,
        "message": failed.then(|| row.message.replace("{address}", address)),
        "hint": failed.then(|| row.hint()),
    })
}

/// What the user got, in the same form.
fn found(finished: &Finished, project: &Project) -> Value {
    let traces = project.traces();
    let trace = traces.last().expect("a case leaves a record");
    let error = &trace["error"];
    let attempts = trace["turns"][0]["attempts"].as_array().map_or(&[][..], Vec::as_slice);
    let reason = [&error["kind"], &trace["termination_reason"]].iter().find_map(|it| it.as_str());
    let outcome = trace["outcome"].as_str().unwrap_or_default();
    json!({
        "exit code": finished.code,
        "end": reason.map_or(outcome.to_owned(), |reason| format!("{outcome}: {reason}")),
        "records": traces.len(),
        "phase": attempts.last().map_or(&error["phase"], |last| &last["phase"]),
        "attempts": attempts.len(),
        "resends": attempts.iter().filter(|attempt| attempt["resend"] == true).count(),
        "output": trace["output"],
        "completeness": trace["turns"][0]["stream"]["completeness"],
        "message": error["message"],
        "hint": error["hint"],
    })
}

/// The wait before the last attempt, in milliseconds.
fn last_wait(trace: &Value) -> Option<f64> {
    trace["turns"][0]["attempts"].as_array()?.last()?["wait_before_ms"].as_f64()
}

/// A text whose lines may have been broken anywhere between words.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
