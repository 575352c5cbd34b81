//! The mock and the run, each a process of its own, and what they hold.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};

/// How often a process is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long the mock may take to notice that its client has gone.
const SETTLES: Duration = Duration::from_secs(10);

/// All the descriptors that the system allows: the mock does not raise its limit itself.
const UNLIMITED: &str = r#"ulimit -n "$(ulimit -Hn)"; exec "$@""#;

/// `fluxloop mock`, until it is stopped or dropped.
pub(super) struct Agent {
    child: Child,
    stderr: BufReader<ChildStderr>,
    pub(super) url: String,
    /// The descriptors that it had before its first request.
    pub(super) at_rest: usize,
}

impl Agent {
    /// Starts a mock that fails as these rules say, and writes what it does to `log`.
    pub(super) fn start(
        fluxloop: &Path,
        seed: u64,
        log: &Path,
        rules: impl Iterator<Item = String>,
    ) -> Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", UNLIMITED, "sh"]).arg(fluxloop);
        command.args(["mock", "--listen=127.0.0.1:0", &format!("--seed={seed}")]);
        command.arg("--log").arg(log);
        command.args(rules.map(|rule| format!("--fault={rule}")));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("the mock could not be started")?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("the mock has no output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let stderr = BufReader::new(child.stderr.take().context("the mock has no output")?);
        let url = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        let mut agent = Self { child, stderr, url, at_rest: 0 };
        ensure!(agent.url.starts_with("http"), "the mock did not start");
        // The line that names the routes is the last thing that it does before it serves.
        agent.stderr.read_line(&mut String::new())?;
        agent.at_rest = descriptors(&folder(&agent.child)).context("the mock ended")?;
        Ok(agent)
    }

    /// Waits until every connection is closed, as far as they are ever; tells how many descriptors
    /// are left. What was served stands in the log then.
    pub(super) fn settle(&self) -> Result<usize> {
        let since = SystemTime::now();
        loop {
            let open = descriptors(&folder(&self.child)).context("the mock ended")?;
            if open <= self.at_rest || since.elapsed()? > SETTLES {
                return Ok(open);
            }
            std::thread::sleep(INTERVAL);
        }
    }

    /// Lets it end; tells how many requests it counted.
    pub(super) fn stop(mut self) -> Result<u64> {
        let id = self.child.id().to_string();
        ensure!(Command::new("kill").args(["-TERM", &id]).status()?.success(), "kill failed");
        let mut said = String::new();
        self.stderr.read_to_string(&mut said)?;
        let served = said.split("served: ").nth(1).and_then(|rest| rest.split(' ').next());
        served
            .and_then(|count| count.replace(',', "").parse().ok())
            .with_context(|| format!("the mock said {said}"))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It has ended, or something else is told already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What was seen of a run while it went on.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) code: Option<i32>,
    /// The most memory that was resident, in MB (1,000,000 bytes).
    pub(super) peak: f64,
    /// Open descriptors, from time to time.
    pub(super) descriptors: Vec<usize>,
    /// From start to end, in seconds.
    pub(super) elapsed: f64,
    /// What it said on standard error, but for its progress.
    pub(super) said: String,
}

/// Runs the experiment in `project` to its end.
pub(super) fn run(fluxloop: &Path, project: &Path) -> Result<Run> {
    let stderr = project.join("stderr");
    let mut command = Command::new(fluxloop);
    command.args(["run", "experiment", "--yes", "--no-display"]).current_dir(project);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&stderr)?);
    let started = SystemTime::now();
    let mut child = command.spawn().context("the run could not be started")?;
    let process = folder(&child);
    let mut run = Run::default();
    let status = loop {
        if let (Some(peak), Some(open)) = (peak(&process), descriptors(&process)) {
            run.peak = peak;
            run.descriptors.push(open);
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(INTERVAL);
    };
    run.elapsed = started.elapsed()?.as_secs_f64();
    run.code = status.code();
    let said = fs::read_to_string(&stderr)?;
    let said = said.lines().filter(|line| !line.starts_with("[fluxloop]"));
    run.said = said.collect::<Vec<_>>().join("\n");
    Ok(run)
}

fn folder(child: &Child) -> PathBuf {
    Path::new("/proc").join(child.id().to_string())
}

/// How many descriptors a process has open; `None` when it has ended.
fn descriptors(process: &Path) -> Option<usize> {
    Some(fs::read_dir(process.join("fd")).ok()?.count())
}

/// The most memory of a process so far, in MB; `None` when it has ended.
fn peak(process: &Path) -> Option<f64> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes * 1.024e-3)
}
