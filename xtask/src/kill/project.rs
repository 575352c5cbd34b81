//! What is run: a project, and the server that it asks.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use fluxloop_mock::{MockAgent, MockOptions};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::evidence::{self, Left};
use crate::replayed;

/// How many cases a run has.
pub(super) const CASES: u64 = 200;

/// How many of them at once.
pub(super) const PARALLELISM: u64 = 16;

/// How long the server may take to notice that its client has gone.
const SETTLES: Duration = Duration::from_secs(10);

/// Every so many cases have a text whose record is long: longer ones are torn more often.
const LONG: u64 = 5;

/// A project in a folder of its own, with a server of its own.
pub(super) struct Project {
    folder: TempDir,
    agent: Option<MockAgent>,
    runtime: Runtime,
}

impl Project {
    pub(super) fn new() -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let delay = Duration::from_millis(2);
        let options = MockOptions { delay, ..MockOptions::default() };
        let agent = runtime.block_on(MockAgent::start(options))?;
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("configs"))?;
        fs::write(folder.path().join("configs/simulation.yaml"), simulation(&agent.url()))?;
        fs::write(folder.path().join("inputs.jsonl"), inputs())?;
        Ok(Self { folder, agent: Some(agent), runtime })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// How many requests have come, once those of a client that has gone are all read.
    pub(super) fn requests(&self) -> Result<u64> {
        let agent = self.agent.as_ref().context("there is a server until it is dropped")?;
        let since = SystemTime::now();
        while agent.served().open_connections > 0 {
            ensure!(since.elapsed()? < SETTLES, "the server still has a connection");
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(agent.served().requests)
    }

    /// What a killed run has left.
    pub(super) fn left(&self) -> Result<Left> {
        Left::of(self.experiment()?)
    }

    /// What a run that came to its end has left: what is the same of each case, every time.
    pub(super) fn end(&mut self) -> Result<Vec<String>> {
        evidence::end(&self.experiment()?.unwrap_or_default())
    }

    /// Judges the recorded answers again. Gives how many cases were closed and not recorded, which a
    /// kill may leave where it comes between the two files.
    pub(super) fn replay(&self, fluxloop: &Path) -> Result<u64> {
        let folder = self.experiment()?.context("there is no run")?;
        Ok(replayed::check(fluxloop, &folder)?.missing)
    }

    /// The folder of the only run.
    fn experiment(&self) -> Result<Option<PathBuf>> {
        let folder = self.path().join("experiments");
        // One that was killed before it had a summary is no run: a second one was begun.
        let mut runs = fluxloop_store::runs_in(&folder);
        ensure!(runs.len() <= 1, "there is more than one run: {runs:?}");
        Ok(runs.pop())
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // Its tasks end inside the runtime that they run on.
        let _inside = self.runtime.enter();
        self.agent.take();
    }
}

fn simulation(url: &str) -> String {
    format!(
        "name: killed
inputs_file: inputs.jsonl
simulation: {{ parallelism: {PARALLELISM} }}
runner:
  http:
    url: {url}/chat
    stream: sse
    stream_output_path: delta
    query: {{ x_mock_fault: $.metadata.fault }}
    retry: {{ attempts: 0 }}
"
    )
}

/// Some of them fail, whoever sends them when.
fn inputs() -> String {
    let mut lines = String::new();
    for number in 0..CASES {
        let words = if number % LONG == 0 { 4_000 } else { 4 };
        let text = format!("case {number} ").repeat(words);
        let fault = if number % 9 == 4 { "status=503" } else { "none" };
        let entry = json!({"input": text, "metadata": {"fault": fault}});
        // A string takes everything.
        let _ = writeln!(lines, "{entry}");
    }
    lines
}
