//! `cargo xtask fuzz`: looks for inputs that break a property of `tests/fuzz/properties`.
//!
//! With a nightly toolchain libFuzzer looks, which sees what code an input reaches. Without one the
//! kept inputs are mutated at random, which finds less; that is said loudly. Everything that is
//! built, installed and found lies in the target folder.

mod libfuzzer;
mod mutate;
mod random;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fluxloop_properties::{TARGETS, Target};

use crate::{steps, workspace};

/// For how long each target runs in `cargo xtask ci`.
const SMOKE: Duration = Duration::from_secs(10);

/// What all chance comes from in `cargo xtask ci`: what one run of it finds, the next one should
/// find too. `cargo xtask fuzz` looks elsewhere each time.
const SMOKE_SEED: u32 = 20_261_122;

/// No input takes longer than this; hundreds of them take a second.
const LONGEST: Duration = Duration::from_secs(25);

/// Longer inputs say nothing that shorter ones cannot.
const MAX_BYTES: usize = 2_048;

/// What to look for, and for how long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long each target runs, in seconds
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Mutate at random on the stable toolchain, even where a nightly one is there
    #[arg(long)]
    stable: bool,
    /// What all chance comes from; for libFuzzer, 0 is another one each time
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u32,
    /// Add inputs that reach new code to tests/fuzz/corpus (with a nightly toolchain)
    #[arg(long, conflicts_with = "stable")]
    keep: bool,
    /// The targets; all when none is named
    #[arg(value_name = "TARGET", value_parser = names())]
    targets: Vec<String>,
}

/// The names of the targets, for the command line.
fn names() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(TARGETS.iter().map(|target| target.name))
}

/// Runs the targets that were asked for, one after another.
pub(crate) fn run(args: &Args) -> Result<()> {
    let wanted = |target: &&Target| {
        args.targets.is_empty() || args.targets.iter().any(|name| name == target.name)
    };
    let targets: Vec<Target> = TARGETS.iter().filter(wanted).copied().collect();
    let duration = Duration::from_secs(args.seconds);
    if !args.stable && libfuzzer::is_possible() {
        libfuzzer::run(&targets, duration, args.seed, args.keep)
    } else if args.keep {
        bail!("`--keep` needs a nightly toolchain; `rustup toolchain install nightly` adds one")
    } else {
        if !args.stable {
            announce_missing_nightly();
        }
        random::run(&targets, duration, args.seed.into())
    }
}

/// A short run of every target, for `cargo xtask ci`. It installs nothing.
pub(crate) fn smoke() -> Result<()> {
    println!("fuzz: seed {SMOKE_SEED}");
    let stable = !libfuzzer::is_installed()?;
    if stable {
        steps::skip("libFuzzer, which `cargo xtask fuzz` installs: inputs are mutated at random")?;
    }
    let seconds = SMOKE.as_secs();
    run(&Args { seconds, stable, seed: SMOKE_SEED, keep: false, targets: Vec::new() })
}

fn announce_missing_nightly() {
    println!("fuzz: THERE IS NO NIGHTLY TOOLCHAIN, so libFuzzer cannot be used.");
    println!("fuzz: the kept inputs are mutated at random instead, which finds far less;");
    println!("fuzz: `rustup toolchain install nightly` adds what is missing");
}

/// The folder of the inputs that are kept for a target.
fn corpus(target: &Target) -> PathBuf {
    workspace::root().join("tests/fuzz/corpus").join(target.name)
}

/// Makes a folder below the target folder.
fn made(folder: &Path) -> Result<&Path> {
    fs::create_dir_all(folder)
        .with_context(|| format!("`{}` could not be made", folder.display()))?;
    Ok(folder)
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

    /// For how many seconds a run with these arguments looks, if it runs.
    fn seconds(args: &[&str]) -> Option<u64> {
        let command = Command::try_parse_from(["fuzz"].iter().chain(args));
        command.ok().map(|command| command.args.seconds)
    }

    #[test]
    fn every_run_has_an_end() {
        assert_eq!(seconds(&[]), Some(60));
        assert_eq!(seconds(&["--seconds", "1"]), Some(1));
        // LibFuzzer takes 0 for no limit.
        assert_eq!(seconds(&["--seconds", "0"]), None);
    }
}
