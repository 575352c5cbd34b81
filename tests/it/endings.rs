//! However a connection ends under many answers at once: no half answer is among the successes.

use fluxloop_matrix::{ENDINGS, Ending};
use fluxloop_mock::{Faults, MockOptions};
use serde_json::Value;

use crate::support::{Project, Server};

/// So many answers share a connection of HTTP/2.
const PARALLELISM: usize = 64;
const CASES: usize = 500;

const INPUT: &str = "one two three four five six seven eight nine ten eleven twelve";

#[test]
fn no_connection_ends_in_half_a_success() {
    for ending in ENDINGS {
        check(*ending);
    }
}

/// Runs many cases of which two in a hundred are struck, and counts what came of them.
#[track_caller]
fn check(ending: Ending) {
    let (fault, http2) = (ending.fault, ending.http2_key());
    let rule = format!("{fault}@2%").parse().expect("a rule");
    let faults = Faults::new([rule]).expect("one rule is never too many");
    let server = Server::start(MockOptions { faults, ..MockOptions::default() });
    let project = Project::new(&format!(
        "base_inputs: [{INPUT}]\niterations: {CASES}\n\
         simulation: {{ parallelism: {PARALLELISM} }}\nrunner:\n  http:\n    url: {}\n    \
         stream: sse\n    stream_output_path: delta\n    http2: {http2}\n    \
         retry: {{ backoff: 1ms }}\n",
        server.url("/chat")
    ));
    project.run(&["--no-display", "--exit-zero"]).exits(0);
    let traces = project.traces();
    assert_eq!(traces.len(), CASES, "{fault}");
    let half: Vec<_> = traces.iter().filter(|trace| is_half_a_success(trace)).collect();
    assert!(half.is_empty(), "{fault}: {} of {CASES}, such as\n{:#}", half.len(), half[0]);
    assert!(traces.iter().any(is_broken), "{fault}: nothing broke");
}

fn is_half_a_success(trace: &Value) -> bool {
    trace["success"] == true && trace["output"] != INPUT
}

/// Whether an attempt broke.
fn is_broken(trace: &Value) -> bool {
    let attempts = trace["turns"][0]["attempts"].as_array().map_or(&[][..], Vec::as_slice);
    attempts.iter().any(|it| it["cause"] == "truncated" || it["resend"] == true)
}
