//! `cargo xtask ci`: everything that a change has to pass.

use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use crate::generated::Mode;
use crate::{docs, fixtures, fmt, fuzz, kill, snapshots, soak, tidy, workspace};

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
    let mut durations = Vec::new();
    for (number, &(name, step)) in STEPS.iter().enumerate() {
        let number = number + 1;
        if number == STEPS.len() {
            println!("ci: done so far: {}", durations.join(", "));
        }
        println!("ci: step {number} of {}: {name}", STEPS.len());
        let started = SystemTime::now();
        step().with_context(|| format!("ci: step `{name}` failed"))?;
        let seconds = started.elapsed().unwrap_or(Duration::ZERO).as_secs_f64();
        durations.push(format!("{name} {seconds:.1} s"));
    }
    Ok(())
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

/// Licenses, bans and sources of all dependencies, where cargo-deny is installed: building it
/// takes longer than all the rest.
fn dependencies() -> Result<()> {
    let mut version = workspace::cargo(&["deny", "--version"]);
    if workspace::output_of(&mut version).is_err() {
        println!("cargo-deny is not installed; `deny.toml` was not checked");
        return Ok(());
    }
    workspace::call(&mut workspace::cargo(&["deny", "check", "licenses", "bans", "sources"]))
}
