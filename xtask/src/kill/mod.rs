//! `cargo xtask kill`: ends runs in the middle, by a signal that cannot be heard, and proves that
//! nothing is lost, recorded twice or needlessly sent again.
//!
//! Each round begins a run and kills it at a random moment, and perhaps kills what resumes it, too;
//! then the run is resumed to its end. What must hold after each kill and at the end is in
//! [`evidence`].

mod evidence;
mod project;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use evidence::Left;
use fastrand::Rng;
use project::{CASES, PARALLELISM, Project};

use crate::workspace;

/// How often.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many runs are killed at least once
    #[arg(long, value_name = "N", default_value_t = 200)]
    rounds: u32,
    /// What chance begins with [default: another one each time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<()> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
    let build = ["build", "--release", "--locked", "--package=fluxloop-cli"];
    let fluxloop = workspace::built(&build, "fluxloop")?;
    println!("kill: {} runs of {CASES} cases, {PARALLELISM} at once, seed {seed}", args.rounds);
    let mut chance = Rng::with_seed(seed);

    let mut whole = Project::new()?;
    let since = SystemTime::now();
    let code = Run::start(&fluxloop, &whole, None)?.end()?;
    let takes = since.elapsed()?;
    ensure!(code == Some(10), "a run without a kill ended with {code:?}");
    let expected = whole.end()?;

    let mut totals = Totals::default();
    for round in 1..=args.rounds {
        play(&fluxloop, &mut chance, takes, &expected, &mut totals)
            .with_context(|| format!("round {round} with seed {seed}"))?;
    }
    println!(
        "kill: {} kills, {} before the journal began, {} tore a line; {} cases were closed before \
         a kill, and none of them is lost; {} requests were sent again, at most {} after one kill \
         ({PARALLELISM} were in flight); {} cases were closed and not recorded, and all others were \
         judged again to the same records",
        totals.kills,
        totals.early,
        totals.torn,
        totals.kept,
        totals.again,
        totals.most_again,
        totals.unrecorded
    );
    Ok(())
}

/// Fewer rounds, for `cargo xtask ci`.
pub(crate) fn smoke() -> Result<()> {
    run(&Args { rounds: 50, seed: None })
}

/// What was seen of all rounds.
#[derive(Debug, Default)]
struct Totals {
    kills: u64,
    early: u64,
    torn: u64,
    kept: u64,
    again: u64,
    most_again: u64,
    /// Closed cases without a recording.
    unrecorded: u64,
}

/// One run, killed once to three times, and resumed to its end.
fn play(
    fluxloop: &Path,
    chance: &mut Rng,
    takes: Duration,
    expected: &[String],
    totals: &mut Totals,
) -> Result<()> {
    let mut project = Project::new()?;
    let mut left = Left::default();
    let (mut kills, mut requests) = (0, 0);
    for _ in 0..chance.u64(1..=3) {
        let run = Run::start(fluxloop, &project, left.folder.as_deref())?;
        let told = run.kill_after(takes.mul_f64(chance.f64() * 1.1))?;
        kills += 1;
        let before = left.closed;
        left = project.left()?;
        left.check(told)?;
        let sent = project.requests()? - requests;
        requests += sent;
        // What was sent is closed now, or was in flight.
        let in_flight = sent.saturating_sub(left.closed - before);
        ensure!(in_flight <= PARALLELISM, "{in_flight} requests left no record");
        totals.again += in_flight;
        totals.most_again = totals.most_again.max(in_flight);
        totals.early += u64::from(left.folder.is_none());
        totals.torn += u64::from(left.torn);
    }
    totals.kills += kills;
    totals.kept += left.closed;
    let code = Run::start(fluxloop, &project, left.folder.as_deref())?.end()?;
    ensure!(code == Some(10), "the resumed run ended with {code:?}");
    let sent = project.requests()? - requests;
    let missing = CASES - left.closed;
    ensure!(sent == missing, "{missing} cases were missing, and {sent} requests were sent");
    totals.unrecorded += project.replay(fluxloop)?;
    let found = project.end()?;
    let different = found.iter().zip(expected).find(|(found, expected)| found != expected);
    if let Some((found, expected)) = different {
        anyhow::bail!("a case differs from the run without a kill:\n  {found}\n  {expected}");
    }
    Ok(())
}

/// A run under way.
struct Run {
    child: Child,
    /// Gives the number of the last line of progress.
    progress: thread::JoinHandle<u64>,
}

impl Run {
    fn start(fluxloop: &Path, project: &Project, resume: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(fluxloop);
        command.args(["run", "experiment", "--yes", "--no-display"]);
        if let Some(folder) = resume {
            command.arg("--resume").arg(folder);
        }
        command.current_dir(project.path()).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().context("it could not start")?;
        let stderr = child.stderr.take().context("it has no standard error")?;
        let progress = thread::spawn(move || {
            let lines = BufReader::new(stderr).lines().map_while(Result::ok);
            lines.filter_map(|line| progress(&line)).last().unwrap_or_default()
        });
        Ok(Self { child, progress })
    }

    /// Kills it then; tells how many cases it had told to be closed.
    fn kill_after(mut self, time: Duration) -> Result<u64> {
        thread::sleep(time);
        self.child.kill()?;
        self.child.wait()?;
        Ok(self.progress.join().unwrap_or_default())
    }

    /// Waits for its end; tells its exit code.
    fn end(mut self) -> Result<Option<i32>> {
        let code = self.child.wait()?.code();
        let _ = self.progress.join();
        Ok(code)
    }
}

/// The number of closed cases in a line of progress.
fn progress(line: &str) -> Option<u64> {
    let (closed, _) = line.strip_prefix("[fluxloop] run progress ")?.split_once('/')?;
    closed.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_progress_tells_how_many_cases_are_closed() {
        assert_eq!(progress("[fluxloop] run progress 12/200"), Some(12));
        assert_eq!(progress("[fluxloop] running demo (200 total runs)"), None);
        assert_eq!(progress("[fluxloop] run progress 1"), None);
    }
}
