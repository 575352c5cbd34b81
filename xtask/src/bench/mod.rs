//! `cargo xtask bench`: what a whole run costs, beside floors that are measured in the same minute.
//!
//! The load comes from the mock agent in a process of its own, pinned to one core; each client is
//! a process of its own too, pinned to another. Absolute figures depend on the machine, so every
//! goal is a ratio to the *bare drain*: the same runtime, the same HTTP client with the same
//! settings and the same request, whose answer is read to its end and thrown away.
//!
//! Linux alone has what this needs: `taskset`, and `/proc` with the CPU time and memory of others.

mod burst;
mod client;
mod machine;
mod memory;
mod paced;
mod process;
mod project;
mod report;
mod server;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::workspace;

/// What to measure, and how often.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// Run 1,000,000 inputs for the memory table, not just 100,000
    #[arg(long)]
    full: bool,
    /// How often each figure of the burst is taken; the median counts
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    #[command(subcommand)]
    part: Option<Part>,
}

/// What runs in a process of its own. These are for `bench` itself, and for a profiler.
#[derive(clap::Subcommand)]
enum Part {
    /// Serves the mock agent until standard input ends
    #[command(hide = true)]
    Serve(server::Args),
    /// Reads every answer to its end
    #[command(hide = true)]
    Client(client::Args),
}

/// The programs that are measured.
struct Programs {
    fluxloop: PathBuf,
    xtask: PathBuf,
}

/// Measures everything and writes `docs/performance.md`, or plays one part.
pub(crate) fn run(args: Args) -> Result<()> {
    match args.part {
        Some(Part::Serve(args)) => server::run(&args),
        Some(Part::Client(args)) => client::run(&args),
        None => measure(args.rounds, args.full),
    }
}

fn measure(rounds: u32, full: bool) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "only Linux has what the measurements need");
    let programs = build()?;
    let burst = burst::measure(&programs, rounds)?;
    let memory = memory::measure(&programs, full)?;
    let paced = paced::measure(&programs)?;
    report::write(&burst, &memory, &paced)
}

/// Builds what is measured as it is released.
fn build() -> Result<Programs> {
    // One after the other: together, one could switch on features of a dependency for the other.
    for package in ["--package=fluxloop-cli", "--package=xtask"] {
        workspace::call(&mut workspace::cargo(&["build", "--release", "--locked", package]))?;
    }
    let arguments = ["metadata", "--no-deps", "--format-version=1"];
    let metadata: Value =
        serde_json::from_str(&workspace::output_of(&mut workspace::cargo(&arguments))?)?;
    let target = metadata["target_directory"].as_str().context("cargo names no target folder")?;
    let folder = Path::new(target).join("release");
    Ok(Programs { fluxloop: folder.join("fluxloop"), xtask: folder.join("xtask") })
}
