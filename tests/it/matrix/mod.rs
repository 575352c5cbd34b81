//! Every fault that the mock can play, and what the user gets.
//!
//! The rows are data ([`rows`]); one row is one run of the built binary against a mock of its own.

mod row;
mod rows;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fluxloop_mock::{Faults, MockOptions};
use serde_json::Value;

use self::row::{Api, Row};
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
                while let Some(row) = rows::all().nth(next.fetch_add(1, Ordering::Relaxed)) {
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
    let rule = (!row.fault.is_empty()).then(|| row.fault.parse().expect(row.fault));
    let faults = Faults::new(rule).expect("one rule is never too many");
    let server = Server::start(MockOptions { faults, ..MockOptions::default() });
    let project = project(row.api, row.inputs, &server);
    let address = server.url("").replace("http://", "");
    let set = row.set.iter().flat_map(|set| {
        ["--set".to_owned(), format!("runner.http.{}", set.replace("{address}", &address))]
    });
    let args: Vec<_> = set.collect();
    let finished = project.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let traces = project.traces();
    let found = found(&finished, traces.last().expect("a case leaves a record"));
    let expected = row.expected();
    let said = words(&format!("{} {}", finished.stdout, finished.stderr));
    let missing: Vec<_> = row.says.iter().filter(|part| !said.contains(**part)).collect();
    let waited = traces.last().and_then(last_wait).unwrap_or_default();
    let told_twice = words(&finished.stdout).matches("in the stream, ").count() > 1;
    if found == expected && missing.is_empty() && waited >= row.waits_ms && !told_twice {
        return Ok(());
    }
    Err(format!(
        "{} {:?}\n  expected {expected}\n  found    {found}\n  waited {waited} ms of {}\n  \
         missing {missing:?}, the place told twice: {told_twice}, in: {said}",
        row.fault, row.set, row.waits_ms
    ))
}

/// A project for one of the dialects, with as many inputs.
fn project(api: Api, inputs: usize, server: &Server) -> Project {
    let (path, keys) = api.route();
    let inputs = vec!["one two three four"; inputs];
    Project::new(&format!(
        r#"
base_inputs: {inputs:?}
runner:
  http:
    url: "{}"
    stream: sse
    timeout: 10s
    retry: {{ backoff: 1ms }}
{keys}
"#,
        server.url(path),
    ))
}

/// What the user got, in the form of [`Row::expected`].
fn found(finished: &Finished, trace: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let attempts = trace["attempts"].as_array().map_or(&[][..], Vec::as_slice);
    let last = attempts.last().unwrap_or(&Value::Null);
    let resends = attempts.iter().filter(|attempt| attempt["resend"] == true).count();
    row::told(
        finished.code.unwrap_or(-1),
        &text(&trace["outcome"]),
        &text(&trace["error"]["kind"]),
        &text(&last["phase"]),
        attempts.len(),
        resends,
        &text(&trace["output"]),
        &text(&trace["stream"]["completeness"]),
    )
}

/// The wait before the last attempt, in milliseconds.
fn last_wait(trace: &Value) -> Option<f64> {
    trace["attempts"].as_array()?.last()?["wait_before_ms"].as_f64()
}

/// A text whose lines may have been broken anywhere between words.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
