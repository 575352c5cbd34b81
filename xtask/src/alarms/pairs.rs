//! Pairs of real runs against a mock that answers at a pace, compared by the built program.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fluxloop_mock::{MockAgent, MockOptions};
use serde_json::Value;

use crate::workspace;

/// How many cases a run has.
const CASES: u32 = 200;

/// How long the mock waits before each answer: on average, give or take half of it.
const DELAY: Duration = Duration::from_millis(60);

/// How much longer the mock of the second run waits where it is slower.
const SLOWER: f64 = 1.3;

/// How many pairs that do not differ may alarm, of twenty.
const MOST_ALARMS: u32 = 2;

const SIMULATION: &str = "\
name: paced
inputs_file: inputs.jsonl
simulation: { parallelism: 8 }
runner:
  http:
    url: http://unset/
    stream: sse
    stream_output_path: delta
    body_template: { mapping: { input: $.input } }
";

/// Plays pairs of each kind, prints what was found, and judges.
pub(super) fn run(pairs: u32, seed: u64) -> Result<()> {
    let build = ["build", "--release", "--locked", "--package=fluxloop-cli"];
    let fluxloop = workspace::built(&build, "fluxloop")?;
    let (mut found, mut alarms) = (0, 0);
    for pair in 0..pairs {
        let seed = seed + 4 * u64::from(pair);
        let changes = compare(&fluxloop, SLOWER, seed)?;
        found += u32::from(changes.contains(&"first_token_p50".to_owned()));
        let changes = compare(&fluxloop, 1.0, seed + 2)?;
        if !changes.is_empty() {
            println!("  an alarm of equal runs (seed {}): {}", seed + 2, changes.join(", "));
            alarms += 1;
        }
    }
    println!(
        "  {pairs} pairs of {CASES} cases against a mock: + 30 % found in {found}; alarms without \
         a shift: {alarms}"
    );
    ensure!(found == pairs, "a server that takes 30 % longer was not found");
    ensure!(alarms * 20 <= MOST_ALARMS * pairs, "equal servers alarm too often");
    Ok(())
}

/// Plays two runs; gives the figures that differ.
fn compare(fluxloop: &Path, factor: f64, seed: u64) -> Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    fs::create_dir(folder.path().join("configs"))?;
    fs::write(folder.path().join("configs/simulation.yaml"), SIMULATION)?;
    let input = |number| format!("{{\"id\": \"q-{number}\", \"input\": \"Hi {number}\"}}\n");
    fs::write(folder.path().join("inputs.jsonl"), (0..CASES).map(input).collect::<String>())?;
    play(fluxloop, folder.path(), ("a", DELAY, seed))?;
    play(fluxloop, folder.path(), ("b", DELAY.mul_f64(factor), seed + 1))?;

    let mut command = Command::new(fluxloop);
    command.arg("compare").current_dir(folder.path());
    for name in ["a", "b"] {
        command.arg(workspace::only_run(&folder.path().join(name))?);
    }
    let printed = workspace::output_of(command.arg("--json"))?;
    let comparison: Value = serde_json::from_str(&printed)?;
    let figures = comparison["figures"].as_array().context("there are no figures")?;
    let changed = figures.iter().filter(|figure| figure["change"] != "unproven");
    Ok(changed.filter_map(|figure| figure["metric"].as_str().map(str::to_owned)).collect())
}

/// One run into a folder of this name, against a mock with this delay and this seed.
fn play(fluxloop: &Path, project: &Path, (name, delay, seed): (&str, Duration, u64)) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let options = MockOptions { delay, jitter: 0.5, seed, ..MockOptions::default() };
    let agent = runtime.block_on(MockAgent::start(options))?;
    let mut command = Command::new(fluxloop);
    command.args(["run", "experiment", "--yes", "--no-display", "--output", name]);
    command.args(["--set", &format!("runner.http.url={}/chat", agent.url())]);
    command.current_dir(project).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().context("the run could not be started")?;
    // The tasks of the mock end inside the runtime that they run on.
    let _inside = runtime.enter();
    drop(agent);
    ensure!(status.success(), "the run ended with {status}");
    Ok(())
}
