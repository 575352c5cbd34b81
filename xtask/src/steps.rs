//! The steps of a command: announced, timed, and noted in `target/steps.txt` together with what was
//! skipped, so that `.ci/run` can print both last.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use crate::workspace;

/// Runs one step. Its minutes are noted whether it fails or not.
pub(crate) fn run(command: &str, step: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("{command}: {step}");
    let started = SystemTime::now();
    let result = work().with_context(|| format!("{command}: step `{step}` failed"));
    let took = started.elapsed().unwrap_or(Duration::ZERO);
    let failed = if result.is_err() { "  FAILED" } else { "" };
    note(&format!("{} min  {command}: {step}{failed}", minutes(took)))?;
    result
}

/// Says that something was not checked, and why: at once, and at the end of `.ci/run`.
pub(crate) fn skip(what: &str) -> Result<()> {
    let line = format!(" SKIPPED  {what}");
    println!("{line}");
    note(&line)
}

/// Adds a line to what `.ci/run` prints last.
pub(crate) fn note(line: &str) -> Result<()> {
    let path = workspace::target_folder()?.join("steps.txt");
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let written = file.and_then(|mut file| writeln!(file, "{line}"));
    written.with_context(|| format!("`{}` could not be written", path.display()))
}

/// Minutes, so that columns of them stand below each other.
pub(crate) fn minutes(duration: Duration) -> String {
    format!("{:>6.1}", duration.as_secs_f64() / 60.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_have_one_decimal_and_line_up() {
        assert_eq!(minutes(Duration::from_secs(90)), "   1.5");
        assert_eq!(minutes(Duration::from_hours(2)), " 120.0");
    }
}
