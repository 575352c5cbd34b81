//! `cargo xtask bench`: what a whole run costs, and its parts by themselves, beside floors that are
//! measured in the same minute.
//!
//! For whole runs, the load comes from the mock agent in a process of its own, pinned to one core;
//! each client is a process of its own too, pinned to another. Absolute figures depend on the
//! machine, so every goal is a ratio to the *bare drain*: the same runtime, the same HTTP client
//! with the same settings and the same request, whose answer is read to its end and thrown away.
//!
//! One table needs neither the mock agent nor a core for each: a plain server writes every event by
//! itself, and shares both cores with its client, as servers and clients on one machine do.
//!
//! The decoder and the extraction are measured by `examples/parts`, beside what does less than they
//! have to and the fastest that was published. Their instructions are counted, too.
//!
//! Everything that is measured is built as a release is. Linux alone has what this needs:
//! `taskset`, and `/proc` with the CPU time and memory of others.

mod burst;
mod client;
mod decoder;
mod dist;
mod extraction;
mod goal;
mod inputs;
mod instructions;
mod machine;
mod masking;
mod memory;
mod paced;
mod plain;
mod plain_server;
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
    /// Run 1,000,000 inputs for the memory table, not just 100,000; no other table has them
    #[arg(long)]
    full: bool,
    /// How often each figure of burst, masking, plain and start is taken; the median counts [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
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

/// How often a figure is taken if nobody says.
const ROUNDS: u32 = 5;

/// What runs in a process of its own. These are for `bench` itself, and for a profiler.
#[derive(clap::Subcommand)]
enum Role {
    /// Serves the mock agent until standard input ends
    #[command(hide = true)]
    Serve(server::Args),
    /// Serves event streams, each event with a write of its own, until standard input ends
    #[command(hide = true)]
    ServePlain(server::Args),
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
    /// Whole answers of a plain server, which shares the cores with its client
    Plain,
    /// Memory by the number of inputs
    Memory,
    /// From the start to the first request
    Start,
    /// The distribution build: its size, and how fast it starts
    Dist,
}

/// Measures and writes `docs/performance.md`, or checks, or plays one role.
pub(crate) fn run(args: Args) -> Result<()> {
    match args.role {
        Some(Role::Serve(args)) => return server::run(&args),
        Some(Role::ServePlain(args)) => return plain_server::run(args),
        Some(Role::Client(args)) => return client::run(&args),
        None => {}
    }
    ensure!(cfg!(target_os = "linux"), "only Linux has what the measurements need");
    let programs = Programs::default();
    if args.check {
        return instructions::check(&programs, args.accept);
    }
    args.refuse_what_does_nothing()?;
    let tables = Table::value_variants().iter();
    let sections: Result<Vec<_>> = tables
        .filter(|table| args.measures(**table))
        .map(|table| table.measure(&programs, &args))
        .collect();
    if args.only.is_empty() {
        return report::write(&sections?);
    }
    report::print(&sections?);
    Ok(())
}

impl Args {
    fn measures(&self, table: Table) -> bool {
        self.only.is_empty() || self.only.contains(&table)
    }

    /// An option that is accepted does something.
    fn refuse_what_does_nothing(&self) -> Result<()> {
        ensure!(!self.full || self.measures(Table::Memory), "`--full` is for the table `memory`");
        let in_rounds = [Table::Burst, Table::Masking, Table::Plain, Table::Start];
        ensure!(
            self.rounds.is_none() || in_rounds.iter().any(|table| self.measures(*table)),
            "`--rounds` is for the tables `burst`, `masking`, `plain` and `start`"
        );
        Ok(())
    }
}

impl Table {
    fn measure(self, programs: &Programs, args: &Args) -> Result<Box<dyn Section>> {
        let rounds = args.rounds.unwrap_or(ROUNDS);
        Ok(match self {
            Self::Decoder => Box::new(decoder::measure(programs)?),
            Self::Extraction => Box::new(extraction::measure(programs)?),
            Self::Burst => Box::new(burst::measure(programs, rounds)?),
            Self::Masking => Box::new(masking::measure(programs, rounds)?),
            Self::Paced => Box::new(paced::measure(programs)?),
            Self::Plain => Box::new(plain::measure(programs, rounds)?),
            Self::Memory => Box::new(memory::measure(programs, args.full)?),
            Self::Start => Box::new(start::measure(programs, rounds)?),
            Self::Dist => Box::new(dist::measure(rounds)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    #[track_caller]
    fn check(args: &str, expected: Result<(), &str>) {
        let command = Command::try_parse_from(["bench"].into_iter().chain(args.split_whitespace()));
        let args = command.unwrap_or_else(|error| panic!("{error}")).args;
        let checked = args.refuse_what_does_nothing().map_err(|error| error.to_string());
        assert_eq!(checked.as_ref().map_err(String::as_str).copied(), expected);
    }

    #[test]
    fn an_option_is_refused_where_no_table_heeds_it() {
        check("", Ok(()));
        check("--full --rounds 9", Ok(()));
        check("--only memory --full", Ok(()));
        check("--only decoder,start --rounds 9", Ok(()));
        check("--only decoder --full", Err("`--full` is for the table `memory`"));
        check(
            "--only decoder,memory --rounds 9",
            Err("`--rounds` is for the tables `burst`, `masking`, `plain` and `start`"),
        );
    }
}
