//! `cargo xtask snapshots`: runs the tests and reviews the snapshots that no longer hold.
//!
//! insta writes what it got beside what it expected: `name.snap.new` for a snapshot in a file of
//! its own, `.file.rs.pending-snap` for those that stand in the code. Nothing here needs more than
//! these files, so no other tool has to be installed.

mod diff;
mod pending;
mod review;

use std::collections::BTreeSet;
use std::fs;
use std::io::{IsTerminal, stdin};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use pending::Pending;

use crate::workspace;

/// What the names of tests with third-party programs hold, which `cargo xtask real` runs.
pub(crate) const THIRD_PARTY: &str = "third_party::";

/// How to deal with snapshots that no longer hold.
#[derive(Clone, Copy, Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Args {
    /// Write nothing; fail when a snapshot does not hold, waits for a review, or belongs to no test
    #[arg(long)]
    check: bool,
    /// Review what an earlier run left behind, without running the tests
    #[arg(long)]
    review: bool,
    /// Run the tests and accept every snapshot in a file of its own
    #[arg(long)]
    accept: bool,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<()> {
    if args.check {
        return check();
    }
    if !args.review {
        collect()?;
    }
    let pending = pending::find()?;
    if pending.is_empty() {
        println!("cargo xtask snapshots: every snapshot holds");
        return Ok(());
    }
    let left = match (args.accept, stdin().is_terminal()) {
        (true, _) => review::accept_all(&pending)?,
        (false, true) => review::ask(&pending, &mut stdin().lock())?,
        (false, false) => review::show_all(&pending),
    };
    if left > 0 {
        bail!("snapshots that wait for a review: {left}; run `cargo xtask snapshots --review`");
    }
    Ok(())
}

/// Runs all tests and lets them note what differs instead of failing at the first difference.
fn collect() -> Result<()> {
    let mut command = workspace::cargo(&["test", "--workspace", "--no-fail-fast", "--quiet"]);
    workspace::call(command.env("INSTA_UPDATE", "new").env("INSTA_FORCE_PASS", "1"))
}

/// Runs all tests but those of third-party programs, in a way that no snapshot can change, and
/// fails when one waits for a review or belongs to no test. Silent on success: the test runner's closing lines
/// stay the last.
pub(crate) fn check() -> Result<()> {
    refuse_pending()?;
    let notes = std::env::temp_dir().join(format!("snapshots-{}", std::process::id()));
    let mut command = workspace::cargo(&["test", "--workspace", "--locked", "--"]);
    command.args(["--skip", THIRD_PARTY]);
    command.env("INSTA_UPDATE", "no").env("INSTA_SNAPSHOT_REFERENCES_FILE", &notes);
    let tested = workspace::call(&mut command);
    let referenced = fs::read_to_string(&notes).unwrap_or_default();
    // Nothing is lost when the file was never made: then no test has a snapshot.
    fs::remove_file(&notes).ok();
    tested?;
    refuse_unreferenced(&referenced)
}

fn refuse_pending() -> Result<()> {
    let pending = pending::find()?;
    if pending.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = pending.iter().map(Pending::name).collect();
    bail!("snapshots wait for a review: {}\nrun `cargo xtask snapshots --review`", names.join(", "))
}

/// Fails when there is a snapshot that no test asked for; `referenced` has a path a line.
fn refuse_unreferenced(referenced: &str) -> Result<()> {
    let referenced: BTreeSet<PathBuf> =
        referenced.lines().filter_map(|path| fs::canonicalize(path).ok()).collect();
    let mut unreferenced = Vec::new();
    for path in workspace::files(workspace::root())? {
        let is_snapshot = path.extension().is_some_and(|extension| extension == "snap");
        let path = fs::canonicalize(&path).context("a file vanished during the check")?;
        if is_snapshot && !referenced.contains(&path) {
            unreferenced.push(workspace::relative(&path));
        }
    }
    if !unreferenced.is_empty() {
        bail!("no test asks for these snapshots; delete them: {}", unreferenced.join(", "));
    }
    Ok(())
}
