//! Servers and proxies of Debian between us and a server: what we say about their answers.

use anyhow::{Context, Result, ensure};

use super::environment::Environment;
use super::groups::Group;
use super::programs;
use crate::steps;

/// Runs the group's script, which plays the cases and judges them; gives how many are right.
pub(super) fn check(group: &Group) -> Result<u32> {
    let environment = Environment::new(group.name)?;
    let mut script = environment.script("check").context("the group has no script")?;
    script.arg(programs::fluxloop()?);
    let (code, printed) = programs::output(script, &environment.folder.join("check.log"))?;
    print!("{printed}");
    if let Some(line) = printed.lines().find(|line| line.starts_with("SKIPPED: ")) {
        steps::skip(&format!("real: {}: {line}", group.name))?;
        return Ok(0);
    }
    let log = programs::tail(&environment.folder.join("check.log"));
    ensure!(code == Some(0), "the script ended with {code:?}\n{log}");
    Ok(printed.lines().filter(|line| line.starts_with("ok ")).map(|_| 1).sum())
}
