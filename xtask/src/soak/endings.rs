//! Plays every way in which a connection ends too early, and looks for half answers among the
//! successes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use fluxloop_matrix::{ENDINGS, Ending};
use serde_json::Value;

use super::process::{self, Agent};
use crate::workspace;

const CASES: usize = 10_000;

/// So many answers share a connection of HTTP/2.
const PARALLELISM: usize = 64;

/// How many percent of the requests are struck.
const PERCENT: u32 = 2;

const INPUT: &str = "one two three four five six seven eight nine ten eleven twelve";

const FILE: &str = "docs/endings.md";

/// What came of the cases of one way.
#[derive(Default)]
struct Found {
    succeeded: usize,
    failed: usize,
    /// Successes without the whole text.
    half: usize,
    /// Attempts that broke.
    broken: usize,
    /// Requests that were sent again.
    resent: usize,
}

/// Plays them all, and writes what came of them.
pub(super) fn run(fluxloop: &Path, seed: u64) -> Result<()> {
    let mut lines = String::new();
    let mut half = 0;
    for ending in ENDINGS {
        let found = play(fluxloop, *ending, seed).with_context(|| ending.fault.to_owned())?;
        ensure!(found.broken + found.resent > 0, "`{}` broke nothing", ending.fault);
        let line = line(*ending, &found);
        println!("{line}");
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{line}");
        half += found.half;
    }
    fs::write(workspace::root().join(FILE), page(&lines, seed))?;
    println!("soak: wrote {FILE}");
    ensure!(half == 0, "{half} half answers are among the successes");
    Ok(())
}

/// Runs the cases of one way against a mock of their own.
fn play(fluxloop: &Path, ending: Ending, seed: u64) -> Result<Found> {
    let folder = tempfile::tempdir()?;
    let (project, log) = (folder.path(), folder.path().join("served.jsonl"));
    let rule = format!("{}@{PERCENT}%", ending.fault);
    let agent = Agent::start(fluxloop, seed, &log, std::iter::once(rule))?;
    fs::create_dir(project.join("configs"))?;
    fs::write(
        project.join("configs/simulation.yaml"),
        format!(
            "base_inputs: [{INPUT}]\niterations: {CASES}\nseed: {seed}\n\
             simulation: {{ parallelism: {PARALLELISM} }}\nstop: {{ first_cases: off, \
             same_failures: off, never_succeeded: off }}\nrunner:\n  http:\n    \
             url: {}/chat\n    stream: sse\n    stream_output_path: delta\n    \
             http2: {}\n    retry: {{ backoff: 1ms }}\n",
            agent.url,
            ending.http2_key(),
        ),
    )?;
    process::run(fluxloop, project)?;
    agent.stop()?;
    let run = workspace::only_run(&project.join("experiments"))?;
    let traces = workspace::read(&run.join("traces.jsonl"))?;
    let traces: Vec<Value> = traces.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    ensure!(traces.len() == CASES, "{} records of {CASES} cases", traces.len());
    Ok(count(&traces))
}

fn count(traces: &[Value]) -> Found {
    let mut found = Found::default();
    for trace in traces {
        let succeeded = trace["success"] == true;
        found.succeeded += usize::from(succeeded);
        found.failed += usize::from(!succeeded);
        found.half += usize::from(succeeded && trace["output"] != INPUT);
        for attempt in trace["turns"][0]["attempts"].as_array().into_iter().flatten() {
            found.broken += usize::from(attempt["cause"] == "truncated");
            found.resent += usize::from(attempt["resend"] == true);
        }
    }
    found
}

fn line(ending: Ending, found: &Found) -> String {
    let version = if ending.http2 { "HTTP/2" } else { "HTTP/1.1" };
    let Found { succeeded, failed, half, broken, resent } = found;
    format!(
        "| `{}` | {version} | {broken} | {resent} | {failed} | {succeeded} | {half} |",
        ending.fault
    )
}

fn page(lines: &str, seed: u64) -> String {
    format!(
        "# Connections that end too early\n\n\
         `cargo xtask soak --endings --seed {seed}` wrote this page.\n\n\
         Each line is a run of {CASES} cases, {PARALLELISM} at once, against a mock that strikes \
         {PERCENT} % of the requests; over HTTP/2 most of these faults end all other answers of \
         the connection too.\n\
         A case has two retries.\n\
         No success may have less than the whole text: the last column must be 0.\n\n\
         | fault | version | broken attempts | resends | failed cases | successes | of them half |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n{lines}"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_success_without_the_whole_text_is_half() {
        let trace = |success: bool, output: &str, cause: &str, resend: bool| {
            json!({
                "success": success,
                "output": output,
                "turns": [{ "attempts": [{ "cause": cause, "resend": resend }, {}] }],
            })
        };
        let found = count(&[
            trace(true, INPUT, "truncated", false),
            trace(true, "one two ", "", true),
            trace(false, "one ", "truncated", false),
        ]);
        let Found { succeeded, failed, half, broken, resent } = found;
        assert_eq!((succeeded, failed, half, broken, resent), (2, 1, 1, 2, 1));
    }
}
