//! The exports of a run with hostile answers, read by libraries of others.

use anyhow::{Context, Result, ensure};

use super::environment::Environment;
use super::groups::Group;
use super::programs;
use crate::workspace;

/// Lets the group's script make a run and read its exports; gives how many checks agree.
pub(super) fn check(group: &Group) -> Result<u32> {
    let environment = Environment::new(group.name)?;
    let mut script = environment.script("check").context("the group has no script")?;
    script.env("FLUXLOOP", programs::fluxloop()?);
    script.env("HOSTILE", workspace::root().join("tests/fixtures/hostile.json"));
    let log = environment.folder.join("check.log");
    let (code, printed) = programs::output(script, &log)?;
    let failed: Vec<&str> = printed.lines().filter(|line| !line.starts_with("ok ")).collect();
    ensure!(code == Some(0), "{}\n{}", failed.join("\n"), programs::tail(&log));
    Ok(printed.lines().map(|_| 1).sum())
}
