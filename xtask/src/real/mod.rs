//! `cargo xtask real`: checks on programs that others wrote, in groups.
//!
//! Each group has a folder in `tests/real` and an environment of its own in `target/real`, with
//! pinned versions from `PyPI` or npm. A package that cannot be installed is a failure. Skipped are
//! the groups that a change does not touch, and those whose packages of the system are missing on a
//! machine where only an administrator can install them.

mod browser;
mod compare;
mod editors;
mod environment;
mod groups;
mod judge;
mod mock;
mod programs;
mod proxies;
mod readers;
mod scenario;
mod servers;
mod statistics;

use std::process::Command;
use std::time::SystemTime;

use anyhow::{Result, bail};
use clap::builder::PossibleValuesParser;
use groups::{GROUPS, Group};

use crate::{steps, workspace};

/// Which groups.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print the groups, and check nothing
    #[arg(long)]
    list: bool,
    /// Check only the groups that use a file that differs from this commit
    #[arg(long, value_name = "BASE", conflicts_with = "groups")]
    changed: Option<String>,
    /// The groups; without a name, all
    #[arg(value_name = "GROUP", value_parser = names())]
    groups: Vec<String>,
}

/// The names of the groups, for the command line.
fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(GROUPS.iter().map(|group| group.name))
}

/// Makes the picture of a report.
pub(crate) fn picture() -> Result<()> {
    browser::picture()
}

/// Checks every group, also after one that fails.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.list {
        for group in GROUPS {
            println!("{:<10} {}", group.name, group.about);
        }
        return Ok(());
    }
    let changed = args.changed.as_deref().map(changed).transpose()?;
    let (mut passed, mut failed) = (0, Vec::new());
    for group in GROUPS {
        if !args.groups.is_empty() && !args.groups.iter().any(|name| name == group.name) {
            continue;
        }
        if changed.as_ref().is_some_and(|files| !files.iter().any(|file| group.uses(file))) {
            steps::skip(&format!("real: {}: the change touches nothing that it uses", group.name))?;
            continue;
        }
        match check(group) {
            Ok(count) => passed += count,
            Err(error) => {
                println!("real: {}: {error:#}", group.name);
                failed.push(group.name);
            }
        }
    }
    steps::note(&format!("real: {passed} passed, {} failed", failed.len()))?;
    println!("real: {passed} passed, {} failed", failed.len());
    if !failed.is_empty() {
        bail!("groups that failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Checks one group; gives how many of its cases passed.
fn check(group: &Group) -> Result<u32> {
    let mut passed = 0;
    let started = SystemTime::now();
    steps::run("real", group.name, || {
        passed = (group.check)(group)?;
        Ok(())
    })?;
    let took = steps::minutes(started.elapsed()?);
    println!("real: {} took {} minutes, {passed} passed", group.name, took.trim());
    Ok(passed)
}

/// The files that differ from a commit, also those that git does not know yet.
fn changed(base: &str) -> Result<Vec<String>> {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        workspace::output_of(command.args(arguments).current_dir(workspace::root()))
    };
    let files = git(&["diff", "--name-only", base, "--"])?;
    let new = git(&["ls-files", "--others", "--exclude-standard"])?;
    Ok(files.lines().chain(new.lines()).map(str::to_owned).collect())
}
