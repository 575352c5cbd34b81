//! Keeps the project in order: its generated files, its rules, and the checks of a change.
//!
//! `cargo xtask --help` lists the commands; each has a file of its own here. A command that
//! generates something takes `--check`, which writes nothing and fails, naming the command that
//! mends it.
//!
//! **Invariant:** nothing that users run depends on this crate.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what a chore says is its output")]

mod alarms;
mod bench;
mod ci;
mod docs;
mod fixtures;
mod fmt;
mod fuzz;
mod generated;
mod kill;
mod lines;
mod proof;
mod real;
mod replayed;
mod snapshots;
mod soak;
mod steps;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// The project's chores.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    /// Counts false and missed alarms of comparisons of generated runs
    Alarms(alarms::Args),
    /// Measures whole runs and their parts beside floors, and writes docs/performance.md
    Bench(bench::Args),
    /// Everything of our own that a change has to pass, in order; stops at the first failure
    Ci,
    /// Writes docs/reference from the tables in the code
    Docs(generated::Mode),
    /// Writes tests/fixtures/streams from the mock agent's dialects
    Fixtures(generated::Mode),
    /// Formats the code
    Fmt(generated::Mode),
    /// Looks for inputs that break a property of tests/fuzz
    Fuzz(fuzz::Args),
    /// Kills runs at random moments, and proves that nothing is lost or sent twice
    Kill(kill::Args),
    /// Counts the production lines of every crate
    Lines,
    /// Makes docs/report.png, a picture of a report in Chromium
    Picture,
    /// Runs the checks that take hours, and writes docs/proof.md
    Proof(proof::Args),
    /// Checks on programs that others wrote, in groups with an environment each below target/real
    Real(real::Args),
    /// Runs the tests and reviews the snapshots that no longer hold
    Snapshots(snapshots::Args),
    /// Runs very many cases against a mock that fails at random, and holds each against its log
    Soak(soak::Args),
    /// Checks the rules that no compiler checks: layers, headers, sizes, words
    Tidy,
}

fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Alarms(args) => alarms::run(&args),
        Command::Bench(args) => bench::run(args),
        Command::Ci => ci::run(),
        Command::Docs(mode) => docs::run(mode),
        Command::Fixtures(mode) => fixtures::run(mode),
        Command::Fmt(mode) => fmt::run(mode),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Kill(args) => kill::run(&args),
        Command::Lines => lines::run(),
        Command::Picture => real::picture(),
        Command::Proof(args) => proof::run(&args),
        Command::Real(args) => real::run(&args),
        Command::Snapshots(args) => snapshots::run(args),
        Command::Soak(args) => soak::run(&args),
        Command::Tidy => tidy::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
