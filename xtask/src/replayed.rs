//! Judges the recorded answers of a run again, and holds the records against those of the run.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};

use crate::workspace;

/// What came of a replay in which no record was another one.
pub(crate) struct Replayed {
    /// Closed cases that were not recorded.
    pub(crate) missing: u64,
    /// How long it took.
    pub(crate) took: Duration,
}

/// Judges the recorded answers of the run in this folder again, by the same rules: each record has to
/// be the same, byte for byte.
///
/// # Errors
///
/// With the first record that differs, and when there is no replay.
pub(crate) fn check(fluxloop: &Path, folder: &Path) -> Result<Replayed> {
    let output = tempfile::tempdir()?;
    let mut command = Command::new(fluxloop);
    command.arg("replay").arg(folder).arg("--exit-zero").arg("--output").arg(output.path());
    let since = SystemTime::now();
    let said = command.output().context("a replay could not start")?;
    let took = since.elapsed()?;
    ensure!(said.status.success(), "a replay ended with {said:?}");
    let again = workspace::only_run(output.path())?;
    let lines = |folder: &Path| {
        Ok::<_, anyhow::Error>(BufReader::new(File::open(folder.join("traces.jsonl"))?).lines())
    };
    let (mut missing, mut after) = (0, lines(&again)?);
    let mut next = after.next().transpose()?;
    for line in lines(folder)? {
        let line = line?;
        if next.as_ref() == Some(&line) {
            next = after.next().transpose()?;
        } else {
            missing += 1;
        }
    }
    if let Some(other) = next {
        anyhow::bail!("judged again, a record is another one, or in another place: {other}");
    }
    Ok(Replayed { missing, took })
}
