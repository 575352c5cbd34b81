//! `cargo xtask soak`: very many cases against a mock that fails at random, and a proof that
//! nothing is lost, wrong or left open.
//!
//! The mock says in its log what it did to each request, and each record is held against that. A
//! run of a thousand cases comes first: it is judged alike, and what it needed is what the long one
//! may need.
//!
//! With `--endings`, many cases for each way in which a connection ends too early.

mod accounts;
mod endings;
mod evidence;
mod faults;
mod judge;
mod process;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use accounts::Accounts;
use anyhow::{Result, bail};
use fastrand::Rng;
use process::{Agent, Run};
use serde_json::json;

use crate::replayed::{self, Replayed};
use crate::workspace;

/// The run that the long one is held against.
const FEW: u64 = 1_000;

/// How much more memory the long one may need, in MB.
const MORE_MEMORY: f64 = 50.0;

/// The most descriptors of a run that are not connections: files, the runtime, spare ones.
const OWN_FILES: usize = 64;

/// How many differences are shown.
const SHOWN: usize = 10;

/// How long a soak is.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many cases are run
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    cases: u64,
    /// How many of them at once
    #[arg(long, value_name = "N", default_value_t = 256)]
    parallelism: u64,
    /// What chance begins with [default: another one each time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The soak of `cargo xtask ci`: 3,000 cases, 64 at once, by a program that is not optimized
    #[arg(long, conflicts_with_all = ["cases", "parallelism"])]
    short: bool,
    /// In place of a soak, play every way in which a connection ends too early, and write
    /// docs/endings.md
    #[arg(long, conflicts_with_all = ["cases", "parallelism", "short"])]
    endings: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<()> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
    if args.short {
        return soak(&["build", "--locked", "--package=fluxloop-cli"], 3_000, 64, seed);
    }
    let build = ["build", "--release", "--locked", "--package=fluxloop-cli"];
    if args.endings {
        return endings::run(&workspace::built(&build, "fluxloop")?, seed);
    }
    soak(&build, args.cases, args.parallelism, seed)
}

/// A short soak with a seed of its own, for `cargo xtask ci`.
pub(crate) fn smoke() -> Result<()> {
    run(&Args { cases: 0, parallelism: 0, seed: None, short: true, endings: false })
}

fn soak(build: &[&str], cases: u64, parallelism: u64, seed: u64) -> Result<()> {
    let fluxloop = workspace::built(build, "fluxloop")?;
    println!(
        "soak: {cases} cases, {parallelism} at once, {} % of the requests fail, seed {seed}",
        faults::PERCENT
    );
    let few = Soaked::run(&fluxloop, FEW, parallelism, seed)?;
    let many = Soaked::run(&fluxloop, cases, parallelism, seed)?;
    print!("{}", many.report(&few));
    let mut wrong = few.differences();
    wrong.extend(many.differences());
    let more = many.run.peak - few.run.peak;
    if more > MORE_MEMORY {
        wrong.push(format!("memory: {more:.1} MB more than with {FEW} cases"));
    }
    if wrong.is_empty() {
        println!("soak: everything holds");
        return Ok(());
    }
    for difference in wrong.iter().take(SHOWN) {
        println!("  {difference}");
    }
    bail!("{} things do not hold with seed {seed}", wrong.len());
}

/// A run against a mock of its own, and what was found.
struct Soaked {
    run: Run,
    accounts: Accounts,
    parallelism: u64,
    /// Requests that the mock counted.
    served: u64,
    /// The mock's descriptors before and after.
    at_rest: usize,
    left: usize,
    /// How long it took to judge all answers again.
    replayed: Duration,
}

impl Soaked {
    fn run(fluxloop: &Path, cases: u64, parallelism: u64, seed: u64) -> Result<Self> {
        let mut folder = tempfile::tempdir()?;
        let (project, log) = (folder.path(), folder.path().join("served.jsonl"));
        let agent = Agent::start(fluxloop, seed, &log, faults::rules())?;
        let inputs = write_project(project, &agent.url, cases, parallelism, seed)?;
        let run = process::run(fluxloop, project)?;
        let (at_rest, left) = (agent.at_rest, agent.settle()?);
        let served = agent.stop()?;
        let mut accounts = accounts::check(project, &inputs, &log)?;
        let replayed = match replay(fluxloop, project) {
            Ok(Replayed { missing: 0, took }) => took,
            Ok(Replayed { missing, .. }) => {
                accounts.differences.push(format!("{missing} cases were not recorded, or differ"));
                Duration::ZERO
            }
            Err(error) => {
                accounts.differences.push(format!("{error:#}"));
                Duration::ZERO
            }
        };
        if !accounts.differences.is_empty() {
            folder.disable_cleanup(true);
            println!("soak: what the run and the mock left is in {}", folder.path().display());
        }
        Ok(Self { run, accounts, parallelism, served, at_rest, left, replayed })
    }

    /// What does not hold of this run alone.
    fn differences(&self) -> Vec<String> {
        let mut wrong = self.accounts.differences.clone();
        let code = if self.accounts.counts.results.failed == 0 { 0 } else { 10 };
        if self.run.code != Some(code) {
            let said = &self.run.said;
            wrong.push(format!("exit code {:?}, and not {code}; it said: {said}", self.run.code));
        }
        if self.served != self.accounts.told {
            let told = self.accounts.told;
            wrong.push(format!("the mock served {} requests, and logged {told}", self.served));
        }
        if self.left > self.at_rest {
            let (left, at_rest) = (self.left, self.at_rest);
            wrong.push(format!("the mock has {left} descriptors open, {at_rest} before the run"));
        }
        let [first, second] = self.halves();
        // Every case under way may have a connection; how many do is a matter of timing.
        let explained = usize::try_from(self.parallelism).unwrap_or(usize::MAX) + OWN_FILES;
        if second > first + first / 4 && second > explained {
            wrong.push(format!("the run had up to {first} descriptors open, then {second}"));
        }
        wrong
    }

    /// The most descriptors that the run had open in the first and the second half of its time.
    fn halves(&self) -> [usize; 2] {
        let (first, second) = self.run.descriptors.split_at(self.run.descriptors.len() / 2);
        [first, second].map(|half| half.iter().max().copied().unwrap_or_default())
    }

    fn report(&self, few: &Self) -> String {
        let mut out = String::new();
        let mut line = |what: &str, found: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "  {what:<12} {found}");
        };
        let counts = &self.accounts.counts;
        let list = |counts: &std::collections::BTreeMap<String, u64>| {
            let each = counts.iter().map(|(name, count)| format!("{count} {name}"));
            each.collect::<Vec<_>>().join(", ")
        };
        line("cases", format!("{}: {}", counts.results.total_runs, list(&counts.outcomes)));
        line("failures", list(&counts.failures));
        line(
            "requests",
            format!(
                "{} at the mock, of {} attempts and {} resends",
                self.accounts.told, counts.attempts, counts.resends
            ),
        );
        line("memory", format!("{:.1} MB, with {FEW} cases {:.1} MB", self.run.peak, few.run.peak));
        let [first, second] = self.halves();
        line(
            "descriptors",
            format!(
                "up to {first}, in the second half {second}; the mock: {} before, {} after",
                self.at_rest, self.left
            ),
        );
        line("time", format!("{:.1} s", self.run.elapsed));
        let again = self.replayed.as_secs_f64();
        line("replay", format!("all records the same, in {again:.1} s"));
        out
    }
}

/// Judges the recorded answers of the only run again.
fn replay(fluxloop: &Path, project: &Path) -> Result<Replayed> {
    replayed::check(fluxloop, &workspace::only_run(&project.join("experiments"))?)
}

/// Writes the project; tells the inputs.
fn write_project(
    project: &Path,
    url: &str,
    cases: u64,
    parallelism: u64,
    seed: u64,
) -> Result<Vec<String>> {
    fs::create_dir(project.join("configs"))?;
    fs::write(
        project.join("configs/simulation.yaml"),
        format!(
            "name: soak\nreport: off\nseed: {seed}\ninputs_file: inputs.jsonl\n\
             simulation: {{ parallelism: {parallelism} }}\nrunner:\n  http:\n    url: {url}/chat\n    \
             timeout: 2m\n    connect_timeout: 1m\n    idle_timeout: 5s\n    stream: sse\n    \
             stream_output_path: delta\n    retry: {{ attempts: {}, backoff: 1ms }}\n",
            judge::ATTEMPTS - 1,
        ),
    )?;
    let mut chance = Rng::with_seed(seed);
    let inputs: Vec<_> = (0..cases).map(|case| faults::input(case, &mut chance)).collect();
    let mut file = BufWriter::new(File::create(project.join("inputs.jsonl"))?);
    for input in &inputs {
        writeln!(file, "{}", json!({ "input": input }))?;
    }
    file.flush()?;
    Ok(inputs)
}
