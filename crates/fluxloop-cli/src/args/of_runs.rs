//! What the user typed about runs that are over.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::LoadArgs;
use crate::runs::RunArg;

const SHOW_EXAMPLES: &str = "\
Examples:
  fluxloop show last
  fluxloop show last --failed
  fluxloop show experiments/exp_20260102_030405 rhine/0";

#[derive(Args, Debug)]
#[command(after_help = SHOW_EXAMPLES)]
pub(crate) struct ShowRunArgs {
    /// The folder of the run, or `last`
    #[arg(value_name = "RUN")]
    pub(crate) run: RunArg,
    /// A case (`ID/ITERATION`), all iterations of an input (`ID`), or a trace id
    #[arg(value_name = "CASE")]
    pub(crate) case: Option<String>,
    /// List the cases that did not pass, a line each
    #[arg(long, conflicts_with = "case")]
    pub(crate) failed: bool,
    /// Print JSON: the summary, or the records of cases, a line each
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RunsArgs {
    #[command(subcommand)]
    pub(crate) what: RunsWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsWhat {
    /// List the runs of the project, the newest first
    List(RunsListArgs),
    /// Remove old runs of the project, with everything in their folders
    Prune(RunsPruneArgs),
}

#[derive(Args, Debug)]
pub(crate) struct RunsListArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Folder with the runs [default: that of the configuration]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// At most the N newest runs
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RunsPruneArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Folder with the runs [default: that of the configuration]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Keep the N newest runs
    #[arg(long, value_name = "N", required_unless_present = "older")]
    pub(crate) keep: Option<usize>,
    /// Remove only runs that began longer ago, e.g. `30d` or `12h`
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) older: Option<Duration>,
    /// List what would be removed, and remove nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

const REPLAY_EXAMPLES: &str = "\
Examples:
  fluxloop replay last
  fluxloop replay experiments/exp_20260102_030405 --config configs/other.yaml
  fluxloop replay experiments/exp_20260102_030405 --set runner.http.stream_output_path=$.text";

#[derive(Args, Debug)]
#[command(after_help = REPLAY_EXAMPLES)]
pub(crate) struct ReplayArgs {
    /// The folder of the run, or `last`
    #[arg(value_name = "RUN")]
    pub(crate) run: RunArg,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// The folder in which the new run leaves a folder of its own [default: that of the old one]
    #[arg(long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Exit with 0 although cases failed
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Record {
    #[command(subcommand)]
    pub(crate) what: RecordWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecordWhat {
    /// Remove the recorded answers of a run; its records stay
    Drop {
        /// The folder of the run, or `last`
        #[arg(value_name = "RUN")]
        run: RunArg,
    },
}

const COMPARE_EXITS: &str =
    "Exits with 10 if a condition of `--fail-on` is met, or cannot be judged.";

#[derive(Args, Debug)]
#[command(after_help = COMPARE_EXITS)]
pub(crate) struct CompareArgs {
    /// Folder of the first run, the one to compare with
    #[arg(value_name = "A")]
    pub(crate) a: RunArg,
    /// Folder of the second run, or `last`
    #[arg(value_name = "B")]
    pub(crate) b: RunArg,
    /// Print one JSON document instead of lines for people
    #[arg(long)]
    pub(crate) json: bool,
    /// Write Markdown to FILE, too; `-` prints it instead of lines for people
    #[arg(long, value_name = "FILE|-")]
    pub(crate) markdown: Option<PathBuf>,
    /// Exit with 10 if COND holds: `regressions > 0`, `passed < -2%`, `first_token_p95 > +10%`. The
    /// end of the interval that is nearer to no change decides (repeatable)
    #[arg(long, value_name = "COND")]
    pub(crate) fail_on: Vec<String>,
}

/// How long ago something was: a duration, or days.
fn age(text: &str) -> Result<Duration, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    let days = days.map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60));
    days.or_else(|| fluxloop_config::parse_duration(text))
        .ok_or_else(|| "write it as `30d`, `12h` or `90m`".to_owned())
}
