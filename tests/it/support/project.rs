//! A project in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Finished;

/// A project in a folder of its own, which goes away with it.
pub(crate) struct Project {
    folder: TempDir,
}

/// Whether these tests were started to ignore a signal that ends a run, as by `nohup` or in the
/// background of a shell: every process that they start would ignore it too.
fn ignores_signals() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    let (hangup, interrupt, terminate) = (1 << 0, 1 << 1, 1 << 14);
    mask & (hangup | interrupt | terminate) != 0
}

impl Project {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// A project with this `configs/simulation.yaml`.
    pub(crate) fn new(simulation: &str) -> Self {
        Self::empty().file("configs/simulation.yaml", simulation)
    }

    /// Adds a file.
    pub(crate) fn file(self, path: &str, content: &str) -> Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(path, content).expect("a file can be written");
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The command `fluxloop …` in this folder, with nothing of the caller's environment but what
    /// a process needs.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let fluxloop = env!("CARGO_BIN_EXE_fluxloop");
        let mut command = if ignores_signals() {
            let mut env = self.program("/usr/bin/env".as_ref());
            env.args(["--default-signal=HUP,INT,TERM", fluxloop]);
            env
        } else {
            self.program(fluxloop.as_ref())
        };
        command.args(args);
        command
    }

    /// Another program, likewise.
    pub(crate) fn program(&self, path: &Path) -> Command {
        let mut command = Command::new(path);
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null());
        command
    }

    /// Runs `fluxloop …` to its end.
    pub(crate) fn fluxloop(&self, args: &[&str]) -> Finished {
        Finished::of(&mut self.command(args))
    }

    /// Runs `fluxloop run experiment …` to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Finished {
        self.fluxloop(&[&["run", "experiment"], args].concat())
    }

    /// The folder of the only run.
    pub(crate) fn experiment(&self) -> PathBuf {
        let runs = self.experiments();
        assert_eq!(runs.len(), 1, "one run was expected: {runs:?}");
        runs.into_iter().next().expect("there is one")
    }

    /// The folders of all runs.
    pub(crate) fn experiments(&self) -> Vec<PathBuf> {
        self.experiments_in("experiments")
    }

    /// The folders of all runs in a folder.
    pub(crate) fn experiments_in(&self, folder: &str) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path().join(folder)) else { return Vec::new() };
        let entries = entries.map(|entry| entry.expect("an entry"));
        // `latest` is a link to one of them.
        let entries = entries.filter(|entry| !entry.file_type().expect("a type").is_symlink());
        let mut runs: Vec<_> = entries.map(|entry| entry.path()).collect();
        runs.sort();
        runs
    }

    /// The records of the only run, in the order of the inputs.
    pub(crate) fn traces(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.experiment().join("traces.jsonl")).expect("a journal");
        let mut traces: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
        traces.sort_by_key(|trace| trace["case_index"].as_u64());
        traces
    }

    /// The only record of the only run.
    pub(crate) fn trace(&self) -> serde_json::Value {
        let traces = self.traces();
        assert_eq!(traces.len(), 1, "one record was expected");
        traces.into_iter().next().expect("there is one")
    }

    /// The outputs of the only run, in the order of the inputs.
    pub(crate) fn outputs(&self) -> Vec<String> {
        self.traces()
            .iter()
            .map(|trace| trace["output"].as_str().expect("an output").to_owned())
            .collect()
    }

    /// A JSON file of the only run.
    pub(crate) fn json(&self, name: &str) -> serde_json::Value {
        let text = fs::read_to_string(self.experiment().join(name)).expect("the file is there");
        serde_json::from_str(&text).expect("the file is JSON")
    }
}
