//! `cargo xtask ci`: everything that a change has to pass, but for the checks on third-party
//! programs, which are `cargo xtask real`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::generated::Mode;
use crate::{docs, fixtures, fmt, fuzz, kill, snapshots, soak, steps, tidy, workspace};

type Step = fn() -> Result<()>;

const CHECK: Mode = Mode { check: true };

/// The steps, cheapest first, so that most faults show within seconds. The tests come last: the
/// closing lines of the test runner are the end of the output.
const STEPS: &[(&str, Step)] = &[
    ("fmt --check", || fmt::run(CHECK)),
    ("tidy", tidy::run),
    ("fixtures --check", || fixtures::run(CHECK)),
    ("docs --check", || docs::run(CHECK)),
    ("clippy", clippy),
    ("rustdoc", rustdoc),
    ("dependencies", dependencies),
    ("fuzz", fuzz::smoke),
    ("soak", soak::smoke),
    ("kill", kill::smoke),
    ("tests", snapshots::check),
];

/// Runs every step and stops at the first that fails.
pub(crate) fn run() -> Result<()> {
    STEPS.iter().try_for_each(|&(name, step)| steps::run("ci", name, step))
}

/// The lints, on everything that compiles.
fn clippy() -> Result<()> {
    let arguments =
        ["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"];
    workspace::call(&mut workspace::cargo(&arguments))
}

/// The documentation of the code: a broken link in it is an error.
fn rustdoc() -> Result<()> {
    let arguments = ["doc", "--workspace", "--no-deps", "--locked", "--quiet"];
    let mut command: Command = workspace::cargo(&arguments);
    workspace::call(command.env("RUSTDOCFLAGS", "-D warnings"))
}

/// The lock file of the fuzz targets, which no other step would find to be stale; and licenses,
/// bans, sources and advisories of all dependencies, where cargo-deny is installed: building it
/// takes longer than all the rest.
fn dependencies() -> Result<()> {
    let arguments = ["metadata", "--locked", "--format-version=1"];
    let mut fuzz = workspace::cargo(&arguments);
    workspace::output_of(fuzz.args(["--manifest-path", "tests/fuzz/Cargo.toml"]))
        .context("`tests/fuzz/Cargo.lock` could not be checked; `cargo xtask fuzz` renews it")?;
    let mut version = workspace::cargo(&["deny", "--version"]);
    if workspace::output_of(&mut version).is_err() {
        return steps::skip("`deny.toml`: cargo-deny is not installed");
    }
    workspace::call(&mut workspace::cargo(&["deny", "check", "licenses", "bans", "sources"]))?;
    if !has_advisories(&cargo_home()) {
        return steps::skip("advisories: `cargo deny fetch db` gets their database");
    }
    // As old as it is: whether a check passes depends on no server.
    workspace::call(&mut workspace::cargo(&["deny", "--offline", "check", "advisories"]))
}

/// Where cargo and its tools keep what they fetched.
#[expect(clippy::disallowed_methods, reason = "the variable is cargo's, and no setting of ours")]
fn cargo_home() -> PathBuf {
    let home = || std::env::home_dir().unwrap_or_default().join(".cargo");
    std::env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

/// Whether cargo-deny has fetched a database: a folder of its own beside the lock file.
fn has_advisories(cargo_home: &Path) -> bool {
    let mut entries = fs::read_dir(cargo_home.join("advisory-dbs")).into_iter().flatten().flatten();
    entries.any(|entry| entry.path().is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_advisories_is_a_folder() {
        let home = tempfile::tempdir().expect("a temporary folder");
        assert!(!has_advisories(home.path()));
        let databases = home.path().join("advisory-dbs");
        fs::create_dir(&databases).expect("the folder is writable");
        fs::write(databases.join("db.lock"), "").expect("the folder is writable");
        assert!(!has_advisories(home.path()));
        fs::create_dir(databases.join("advisory-db-1")).expect("the folder is writable");
        assert!(has_advisories(home.path()));
    }
}
