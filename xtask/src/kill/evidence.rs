//! What a run has left, and what must hold of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::project::CASES;
use crate::workspace;

/// What a killed run has left.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// Its folder, if it had come so far.
    pub(super) folder: Option<PathBuf>,
    /// How many whole lines are in the journal.
    pub(super) closed: u64,
    /// Whether the last one is torn.
    pub(super) torn: bool,
}

impl Left {
    pub(super) fn of(folder: Option<PathBuf>) -> Result<Self> {
        let Some(folder) = folder else { return Ok(Self::default()) };
        let journal = fs::read_to_string(folder.join("traces.jsonl"))?;
        let torn = !journal.is_empty() && !journal.ends_with('\n');
        let whole = journal.rfind('\n').map_or("", |end| &journal[..=end]);
        let closed = records(whole)?.len() as u64;
        Ok(Self { folder: Some(folder), closed, torn })
    }

    /// Nothing that was told to be closed is lost.
    pub(super) fn check(&self, told: u64) -> Result<()> {
        let closed = self.closed;
        ensure!(closed >= told, "{told} cases were told to be closed, and {closed} are recorded");
        let is_early = self.folder.is_none() && told == 0;
        ensure!(is_early || self.folder.is_some(), "a run that told something left no folder");
        Ok(())
    }
}

/// The records of a journal, each case once.
fn records(journal: &str) -> Result<Vec<Value>> {
    let records: Vec<Value> = journal
        .lines()
        .map(|line| serde_json::from_str(line).context("a whole line is no record"))
        .collect::<Result<_>>()?;
    let ids: BTreeSet<&str> =
        records.iter().filter_map(|record| record["case_id"].as_str()).collect();
    ensure!(ids.len() == records.len(), "a case is recorded twice, or has no name");
    Ok(records)
}

/// A run that came to its end: what is the same of each case, every time.
pub(super) fn end(folder: &Path) -> Result<Vec<String>> {
    let mut records = records(&workspace::read(&folder.join("traces.jsonl"))?)?;
    ensure!(records.len() as u64 == CASES, "{} cases are recorded", records.len());
    records.sort_by_key(|record| record["case_index"].as_u64());
    let summary: Value = serde_json::from_str(&workspace::read(&folder.join("summary.json"))?)?;
    ensure!(summary["status"] == "complete", "the summary says {}", summary["status"]);
    ensure!(summary["results"]["total_runs"] == CASES, "the summary has another number of cases");
    for file in ["trace_summary.jsonl", "observations.jsonl"] {
        let lines = workspace::read(&folder.join(file))?.lines().count() as u64;
        ensure!(lines == CASES, "`{file}` has {lines} lines");
    }
    let mut same: Vec<String> = records
        .iter()
        .map(|record| {
            let same = ["case_id", "case_index", "outcome", "input", "output"];
            same.map(|field| record[field].to_string()).join(" ")
        })
        .collect();
    same.push(format!("{} {}", summary["outcomes"], summary["failures"]));
    Ok(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_that_is_recorded_twice_is_found() {
        let once = "{\"case_id\":\"0/0\"}\n{\"case_id\":\"1/0\"}\n";
        assert_eq!(records(once).map(|records| records.len()).ok(), Some(2));
        assert!(records(&format!("{once}{{\"case_id\":\"1/0\"}}\n")).is_err());
        assert!(records("{\"case_id\":\"0/0\"\n").is_err());
    }

    #[test]
    fn less_than_was_told_is_found() {
        let left = Left { folder: Some(PathBuf::new()), closed: 3, torn: false };
        assert!(left.check(3).is_ok());
        assert!(left.check(4).is_err());
        assert!(Left::default().check(0).is_ok());
    }
}
