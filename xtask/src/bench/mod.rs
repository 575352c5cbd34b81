//! `cargo xtask bench`: what a whole run costs, and its parts by themselves, beside floors that are
//! measured in the same minute.
//!
//! For whole runs, the load comes from the mock agent in a process of its own, pinned to one core;
//! each client is a process of its own too, pinned to another. Absolute figures depend on the
//! machine, so every goal is a ratio to the *bare drain*: the same runtime, the same HTTP client
//! with the same settings and the same request, whose answer is read to its end and thrown away.
//!
//! The decoder and the extraction are measured by `examples/parts`, beside what does less than they
//! have to and the fastest that was published. Their instructions are counted, too.
//!
//! Everything that is measured is built as a release is. Linux alone has what this needs:
//! `taskset`, and `/proc` with the CPU time and memory of others.

mod burst;
mod client;
mod decoder;
mod extraction;
mod goal;
mod instructions;
mod machine;
mod masking;
mod memory;
mod paced;
mod process;
mod programs;
mod project;
mod report;
mod server;
mod start;
mod statistics;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use programs::Programs;
use report::Section;

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
    /// Measure only these, and print the tables instead of writing the page
    #[arg(long, value_name = "TABLE", value_delimiter = ',')]
    only: Vec<Table>,
    /// Write nothing and measure no time; fail when a hot loop needs more instructions than it did
    #[arg(long, conflicts_with_all = ["full", "rounds", "only"])]
    check: bool,
    /// With --check: keep the new counts of instructions
    #[arg(long, requires = "check")]
    accept: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What runs in a process of its own. These are for `bench` itself, and for a profiler.
#[derive(clap::Subcommand)]
enum Role {
    /// Serves the mock agent until standard input ends
    #[command(hide = true)]
    Serve(server::Args),
    /// Reads every answer to its end
    #[command(hide = true)]
    Client(client::Args),
}

/// What is measured, in the order of the page.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Table {
    /// The decoder by itself
    Decoder,
    /// The text of one event by itself
    Extraction,
    /// Whole answers at full speed
    Burst,
    /// The same with three secrets and with none
    Masking,
    /// Answers at the pace of a model
    Paced,
    /// Memory by the number of inputs
    Memory,
    /// From the start to the first request
    Start,
}

/// Measures and writes `docs/performance.md`, or checks, or plays one role.
pub(crate) fn run(args: Args) -> Result<()> {
    match args.role {
        Some(Role::Serve(args)) => return server::run(&args),
        Some(Role::Client(args)) => return client::run(&args),
        None => {}
    }
    ensure!(cfg!(target_os = "linux"), "only Linux has what the measurements need");
    let programs = Programs::default();
    if args.check {
        return instructions::check(&programs, args.accept);
    }
    let tables = Table::value_variants().iter();
    let sections: Result<Vec<_>> = tables
        .filter(|table| args.only.is_empty() || args.only.contains(table))
        .map(|table| table.measure(&programs, &args))
        .collect();
    if args.only.is_empty() {
        return report::write(&sections?);
    }
    report::print(&sections?);
    Ok(())
}

impl Table {
    fn measure(self, programs: &Programs, args: &Args) -> Result<Box<dyn Section>> {
        Ok(match self {
            Self::Decoder => Box::new(decoder::measure(programs)?),
            Self::Extraction => Box::new(extraction::measure(programs)?),
            Self::Burst => Box::new(burst::measure(programs, args.rounds)?),
            Self::Masking => Box::new(masking::measure(programs, args.rounds)?),
            Self::Paced => Box::new(paced::measure(programs)?),
            Self::Memory => Box::new(memory::measure(programs, args.full)?),
            Self::Start => Box::new(start::measure(programs, args.rounds)?),
        })
    }
}
