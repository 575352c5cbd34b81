//! Arguments, wiring, exit codes; the binary `fluxloop`.
//!
//! [`main`] parses the command line, runs the command and turns its end into an exit code from
//! [`exit::Exit`]. Everything else is in the crates below; here they are only joined: what
//! fluxloop-config resolved goes to fluxloop-runner, whose events go to fluxloop-store and
//! fluxloop-report.
//!
//! ```
//! let command = fluxloop_cli::command();
//! assert_eq!(command.get_name(), "fluxloop");
//! ```
//!
//! **Invariant:** results go to standard output, everything else to standard error, both through
//! the module `output`, the only place that prints.
//!
//! **Invariant:** no rule of the product is decided here: a library user gets the same behaviour
//! from the crates below.

mod args;
mod backlog;
mod case_source;
mod compare_command;
mod config_command;
mod confirm;
mod decode;
mod descriptors;
mod doctor;
mod dotenv_file;
mod dry_run;
mod errors;
pub mod exit;
mod findings;
mod init;
mod inspect;
mod judge_command;
mod judging;
mod loading;
mod logging;

mod mock_agent;
mod mock_command;
mod mock_log;
mod mock_replay;
mod output;
mod recording;
mod replay;
mod report_command;
mod resume;
mod run_experiment;
mod runs;
mod runtime;
mod schema_command;
mod show_command;
mod signals;
mod sinks;

use std::ffi::OsString;
use std::process::ExitCode;

pub use args::command;

/// Runs the command line tool: parses the arguments, of which the first is the program's name, does
/// what they say, and returns the exit code.
pub fn main(args: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    logging::hide_panics();
    let exit = errors::told(|| {
        let cli = match args::parse(args) {
            Ok(cli) => cli,
            Err(error) => return Ok(errors::usage(error)),
        };
        match cli.command {
            args::Command::Run(args::Run { what: args::RunWhat::Experiment(args) }) => {
                run_experiment::run(&args)
            }
            args::Command::Init(args::Init { what: args::InitWhat::Project(args) }) => {
                init::run(&args)
            }
            args::Command::Compare(args) => compare_command::run(&args),
            args::Command::Report(args) => report_command::run(&args),
            args::Command::Decode(args) => decode::run(&args),
            args::Command::Inspect(args) => inspect::run(&args),
            args::Command::Mock(args) => mock_command::run(&args),
            args::Command::Replay(args) => replay::run(&args),
            args::Command::Judge(args) => judge_command::run(&args),
            args::Command::Record(args::Record { what: args::RecordWhat::Drop { run } }) => {
                run.folder_here().and_then(|run| recording::remove(&run))
            }
            args::Command::Show(args) => show_command::run(&args),
            args::Command::Runs(args) => runs::run(&args),
            args::Command::Config(args::Config { what }) => config_command::run(&what),
            args::Command::Doctor(args) => doctor::run(&args),
            args::Command::Schema(args::Schema { what }) => schema_command::run(&what),
        }
    });
    output::flush();
    exit.into()
}
