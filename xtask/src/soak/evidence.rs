//! What a run and the mock left behind.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::workspace;

/// One answer, as the mock's log tells it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Told {
    pub(super) number: u64,
    pub(super) input: Option<String>,
    pub(super) fault: Option<String>,
    /// Characters of text in the deltas that were sent whole.
    pub(super) characters: usize,
    /// `nothing`, `head` or `end`.
    pub(super) reached: String,
}

/// One case, as the journal records it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Record {
    pub(super) case_index: usize,
    pub(super) case_id: String,
    pub(super) input: String,
    pub(super) output: String,
    pub(super) outcome: String,
    pub(super) success: bool,
    #[serde(default)]
    pub(super) error: Option<Failure>,
    /// One of them: no case is a conversation.
    pub(super) turns: [Turn; 1],
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Turn {
    pub(super) attempts: Vec<Attempt>,
    #[serde(default)]
    pub(super) stream: Option<Stream>,
}

impl Record {
    /// Its requests, in order.
    pub(super) fn attempts(&self) -> &[Attempt] {
        let [turn] = &self.turns;
        &turn.attempts
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Failure {
    pub(super) kind: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Attempt {
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) cause: Option<String>,
    #[serde(default)]
    pub(super) resend: bool,
    /// Of an attempt that failed.
    #[serde(default)]
    pub(super) text: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Stream {
    pub(super) completeness: String,
}

/// What `summary.json` counts.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub(super) struct Counts {
    pub(super) status: String,
    pub(super) results: Results,
    pub(super) outcomes: BTreeMap<String, u64>,
    pub(super) failures: BTreeMap<String, u64>,
    pub(super) attempts: u64,
    pub(super) resends: u64,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub(super) struct Results {
    pub(super) total_runs: u64,
    pub(super) successful: u64,
    pub(super) failed: u64,
}

/// The folder of the only run in `project`.
pub(super) fn run_folder(project: &Path) -> Result<PathBuf> {
    workspace::only_run(&project.join("experiments"))
}

/// Each line of a file of JSON Lines.
pub(super) fn lines<T: DeserializeOwned>(path: &Path) -> Result<impl Iterator<Item = Result<T>>> {
    let file = File::open(path).with_context(|| format!("`{}`", path.display()))?;
    let name = path.display().to_string();
    Ok(BufReader::with_capacity(1 << 20, file).lines().zip(1..).map(move |(line, number)| {
        serde_json::from_str(&line?).with_context(|| format!("`{name}`, line {number}"))
    }))
}

/// How many entries the list in a JSON file has; none if there is no such file.
pub(super) fn entries(path: &Path) -> Result<u64> {
    if !path.exists() {
        return Ok(0);
    }
    let list: Vec<Value> = json(path)?;
    Ok(list.len() as u64)
}

/// A JSON file.
pub(super) fn json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_reader(BufReader::new(File::open(path)?))
        .with_context(|| format!("`{}`", path.display()))
}
