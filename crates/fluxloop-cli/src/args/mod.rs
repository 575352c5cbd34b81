//! What the user typed.

mod of_runs;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory, Parser, Subcommand};
use fluxloop_jsonpath::JsonPath;
use fluxloop_mock::{Dialect, FaultDoc, Faults, Rule, Served};
use fluxloop_schema::{StreamKind, TypePattern};

pub(crate) use self::of_runs::{
    CompareArgs, Record, RecordWhat, ReplayArgs, RunsArgs, RunsListArgs, RunsPruneArgs, RunsWhat,
    ShowRunArgs,
};
use crate::export::ExportArgs;
use crate::report_command::ReportArgs;
use crate::runs::RunArg;

/// The command line, as a value that documents itself.
pub fn command() -> clap::Command {
    Cli::command()
}

pub(crate) fn parse(
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(args)
}

/// Run inputs through a streaming HTTP agent, and keep every answer with its evidence.
#[derive(Debug, Parser)]
#[command(name = "fluxloop", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run something
    Run(Run),
    /// Make something
    Init(Init),
    /// Compare two runs of the same inputs: what regressed, what changed, and which figures differ by
    /// more than chance
    Compare(CompareArgs),
    /// Make one HTML page of a run, or of two runs side by side
    Report(ReportArgs),
    /// Write a run in a form that other programs read: `junit`, `csv`, `parquet`, `otlp` and more
    Export(ExportArgs),
    /// Read the bytes of an answer, and print its frames, its text or its channels
    Decode(DecodeArgs),
    /// Send one request, show how its answer comes, and propose how to read it
    Inspect(Box<InspectArgs>),
    /// Serve a mock agent until stopped
    Mock(Box<MockArgs>),
    /// Show what the frames of known protocols mean
    Schema(Schema),
    /// Judge the recorded answers of a run again, by other rules; nothing is sent
    Replay(ReplayArgs),
    /// Ask the judge about the answers of a run; nothing is sent to the agent
    Judge(crate::judge_command::JudgeArgs),
    /// Manage what was recorded of a run
    Record(Record),
    /// Show a run, or a case of it in full
    Show(ShowRunArgs),
    /// List runs, and remove old ones
    Runs(RunsArgs),
    /// Check, show and explain the configuration; nothing is sent
    Config(Config),
    /// Check whether a run can work: configuration, variables, files, limits, the way to the server
    Doctor(DoctorArgs),
}

const DOCTOR_EXITS: &str = "Exits with 0 if no check failed, or else with the code of the first that \
                            did: 3 for the configuration and its variables, 1 for files and limits, \
                            10 for the way to the server and its answer.";

#[derive(Args, Debug)]
#[command(after_help = DOCTOR_EXITS)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Send the first case, too; without it, no request is sent
    #[arg(long)]
    pub(crate) send: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "report")]
    pub(crate) json: bool,
    /// Print Markdown for a bug report, without secrets and without names of this machine
    #[arg(long)]
    pub(crate) report: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) what: ConfigWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigWhat {
    /// Report every error and warning; exits with 3 if there is an error
    Validate(ConfigArgs),
    /// Print the configuration with all layers merged, placeholders kept and secrets masked
    Show(ConfigShowArgs),
    /// Say what a key means, and what each layer writes
    Explain(ConfigExplainArgs),
    /// List the variables that the configuration uses, and where their values come from; no value is
    /// printed
    Env(ConfigArgs),
    /// Print the JSON Schema of the configuration, for editors
    Schema(ConfigSchemaArgs),
}

#[derive(Args, Debug)]
pub(crate) struct ConfigSchemaArgs {
    /// Write it to FILE
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ConfigShowArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Say where each value was written
    #[arg(long)]
    pub(crate) origins: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ConfigExplainArgs {
    /// Key, e.g. runner.http.timeout, or a section, e.g. runner.http
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Init {
    #[command(subcommand)]
    pub(crate) what: InitWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InitWhat {
    /// Write a project that runs at once: configuration, sample inputs, .env.example, .gitignore
    Project(InitArgs),
}

#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// Folder of the project [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// Protocol of the agent: a preset (`fluxloop schema list`), `rest` for one JSON body, or `custom`
    /// for events of its own [default: custom]
    #[arg(long, value_name = "NAME", group = "source")]
    pub(crate) preset: Option<String>,
    /// Take the request of a curl command line; `-` reads the line from standard input, which keeps
    /// it out of the shell's history
    #[arg(long, value_name = "-|LINE", group = "source", allow_hyphen_values = true)]
    pub(crate) from_curl: Option<String>,
    /// Take prompts, provider and tests of a promptfoo configuration
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) from_promptfoo: Option<PathBuf>,
    /// Name of the experiment [default: the name of the folder]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Replace files that are there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Schema {
    #[command(subcommand)]
    pub(crate) what: SchemaWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaWhat {
    /// List the presets: name, protocol, status and framing
    List,
    /// Print a schema in full, with what it extends
    Show(ShowArgs),
}

#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    /// Preset, or file (`./mine.yaml`)
    #[arg(value_name = "NAME|FILE")]
    pub(crate) schema: String,
    /// Print the page about the preset's protocol instead, in Markdown
    #[arg(long)]
    pub(crate) page: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Run {
    #[command(subcommand)]
    pub(crate) what: RunWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunWhat {
    /// Send every input, collect every answer
    Experiment(Box<ExperimentArgs>),
}

/// What every command takes that loads a configuration.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct LoadArgs {
    /// Configuration file, in place of configs/simulation.yaml
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Project below the root folder
    #[arg(long, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Folder that holds projects [default: ./fluxloop]
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Lay configs/profiles/NAME.yaml over the configuration
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Set one key, e.g. `--set runner.http.timeout=5s` (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Read variables from FILE instead of searching for .env
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
}

impl LoadArgs {
    /// Whether they name a configuration, for a command that has another one by itself.
    pub(crate) fn names_other_config(&self) -> bool {
        self.config.is_some() || self.project.is_some()
    }
}

#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are bools")]
pub(crate) struct ExperimentArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// How often each input is sent
    #[arg(short, long, value_name = "N")]
    pub(crate) iterations: Option<u32>,
    /// Only the inputs of these personas
    #[arg(short, long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) personas: Vec<String>,
    /// Only the inputs with these ids; `*`, `?` and `[abc]` stand for characters
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub(crate) only: Vec<String>,
    /// At most N inputs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Send TEXT, and nothing that the configuration names (repeatable)
    #[arg(
        long,
        value_name = "TEXT",
        allow_hyphen_values = true,
        conflicts_with_all = ["personas", "only", "limit", "failed_of"]
    )]
    pub(crate) input: Vec<String>,
    /// Only the inputs with a case that did not pass in RUN (a folder, or `last`), as a new run
    #[arg(long, value_name = "RUN")]
    pub(crate) failed_of: Option<RunArg>,
    /// Folder for the results [default: experiments]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// How many inputs may be under way at once
    #[arg(long, value_name = "N")]
    pub(crate) parallelism: Option<u32>,
    /// Play the agent in this process; no server and no key are needed. The configuration or the
    /// URL decides what it plays, or DIALECT: `custom` or a preset (`fluxloop schema list`)
    #[arg(
        long,
        value_name = "DIALECT",
        value_parser = dialect,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "auto"
    )]
    pub(crate) mock: Option<Dialect>,
    /// Go on with RUN (a folder, or `last`): send what is not done yet, keep everything else
    #[arg(long, value_name = "RUN", conflicts_with = "dry_run")]
    pub(crate) resume: Option<RunArg>,
    /// Resume even if the configuration or the inputs are others than those of the run
    #[arg(long, requires = "resume")]
    pub(crate) force: bool,
    /// Resume, and send the cases that did not succeed again, too
    #[arg(long, requires = "resume")]
    pub(crate) retry_failed: bool,
    /// Resume, and send the cases that did not pass again, too: those that did not succeed, and those
    /// with an expectation that is not met or could not be judged
    #[arg(long, requires = "resume")]
    pub(crate) retry_unmet: bool,
    /// Show the first request, or the first N, with secrets masked; send and write nothing
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1"
    )]
    pub(crate) dry_run: Option<usize>,
    /// Show progress bars, even where nobody seems to look
    #[arg(long, overrides_with = "no_display")]
    pub(crate) display: bool,
    /// Print plain lines instead of progress bars
    #[arg(long, overrides_with = "display")]
    pub(crate) no_display: bool,
    /// Do not ask before a large run; needed above 10,000 cases where nobody can be asked
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Exit with 0 where a threshold that is not met, or a limit of `stop`, would make that 10
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Tell what is done, request by request, and show text while it comes, with secrets masked
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Accepted for scripts written for FluxLoop; there is no collector to turn off
    #[arg(long)]
    pub(crate) no_collector: bool,
}

const DECODE_EXITS: &str = "Exits with 1 if the input has another framing, or if nothing is found where \
                            `--path` or `--schema` looks for text; standard error says what would \
                            find it.";

#[derive(Args, Debug)]
#[command(after_help = DECODE_EXITS)]
pub(crate) struct DecodeArgs {
    /// File to read [default: standard input]
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// What separates the frames: sse, jsonl, json, text, auto or none [default: the framing of the
    /// schema, or else sse]
    #[arg(long, value_name = "FRAMING", value_parser = framing)]
    pub(crate) stream: Option<StreamKind>,
    /// What the frames mean: a preset (`fluxloop schema list`), or a file (`./mine.yaml`)
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) schema: Option<String>,
    /// Only frames of this type carry text, and only they are printed (repeatable)
    #[arg(long, value_name = "TYPE", value_parser = event_type)]
    pub(crate) event: Vec<TypePattern>,
    /// Where the text is in a frame
    #[arg(long, value_name = "JSONPATH", value_parser = JsonPath::parse)]
    pub(crate) path: Option<JsonPath>,
    /// Print nothing but the joined text
    #[arg(long, conflicts_with_all = ["channels", "explain"])]
    pub(crate) text: bool,
    /// Print what a run would keep of the answer, at its end: channels, tool calls, tokens,
    /// warnings, outcome
    #[arg(long, conflicts_with = "explain")]
    pub(crate) channels: bool,
    /// Print for each frame which rule took what from it
    #[arg(long)]
    pub(crate) explain: bool,
    /// Read N bytes at a time
    #[arg(long, value_name = "N")]
    pub(crate) cut: Option<NonZeroUsize>,
    /// The last event ID to begin with, as after a reconnection
    #[arg(long, value_name = "ID")]
    pub(crate) last_event_id: Option<String>,
}

const INSPECT_EXITS: &str = "Exits with 1 if the server gave no answer to learn from, or if nothing \
                             was written with `--write`.";

#[derive(Args, Debug)]
#[command(after_help = INSPECT_EXITS)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) load: LoadArgs,
    /// Send TEXT in place of the first input of the configuration
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) input: Option<String>,
    /// Ask the mock agent in this process in place of the server
    #[arg(
        long,
        value_name = "DIALECT",
        value_parser = dialect,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "auto",
        conflicts_with = "from"
    )]
    pub(crate) mock: Option<Dialect>,
    /// Send nothing: learn from the body of an answer in FILE, `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) from: Option<PathBuf>,
    /// What separates the frames in the file: sse, jsonl, json, text or auto [default: auto]
    #[arg(long, value_name = "FRAMING", value_parser = framing, requires = "from")]
    pub(crate) stream: Option<StreamKind>,
    /// Put the proposal into the configuration file
    #[arg(long)]
    pub(crate) write: bool,
    /// Do not ask before the file is written
    #[arg(short, long, requires = "write")]
    pub(crate) yes: bool,
    /// Print one JSON document instead of lines for people
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(after_long_help = faults_help())]
pub(crate) struct MockArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub(crate) listen: SocketAddr,
    /// What to play: a preset (`fluxloop schema list`) at its own paths, `custom` at any path, or
    /// `auto`: each preset at its own paths, and a custom agent at `/chat`. Other paths get 404
    #[arg(long, value_name = "DIALECT", value_parser = dialect, default_value = "auto")]
    pub(crate) dialect: Dialect,
    /// Play the dialect at PATH too (repeatable); `custom` is then played at no other path, and
    /// `auto` plays the custom agent there
    #[arg(long, value_name = "PATH", conflicts_with = "script", value_parser = path)]
    pub(crate) path: Vec<String>,
    /// Play the answers that FILE (JSON) describes, in place of a dialect
    #[arg(long, value_name = "FILE", conflicts_with = "dialect")]
    pub(crate) script: Option<PathBuf>,
    /// Play the recorded answers of RUN (a folder, or `last`), in the order of its cases, at their pace
    #[arg(long, value_name = "RUN", conflicts_with_all = ["script", "dialect", "path", "fault"])]
    pub(crate) replay: Option<RunArg>,
    /// Play a recording faster or slower: `4x`, `0.5x`, or `max` for no pauses
    #[arg(long, value_name = "FACTOR", requires = "replay", default_value = "1x", value_parser = speed)]
    pub(crate) speed: Speed,
    /// Reason before the text
    #[arg(long)]
    pub(crate) reasoning: bool,
    /// Call N tools in each answer
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    pub(crate) tool_calls: u8,
    /// Pause before the first event, e.g. 300ms
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0ms")]
    pub(crate) delay: Duration,
    /// Pause between events, e.g. 20ms
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0ms")]
    pub(crate) chunk_gap: Duration,
    /// Break answers on purpose, e.g. `reset_peer@30%` (repeatable; all faults with --help)
    #[arg(long, value_name = "FAULT[@WHEN]")]
    pub(crate) fault: Vec<Rule>,
    /// Vary the pauses by ±50 %, and fix all chance by this seed
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Append what was served to FILE, one JSON document per answer
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Answer 401 to requests that do not bring this key
    #[arg(long, value_name = "KEY")]
    pub(crate) require_key: Option<String>,
}

/// A dialect by its name.
fn dialect(name: &str) -> Result<Dialect, String> {
    Dialect::named(name).ok_or_else(|| {
        let names: Vec<_> = Dialect::names().collect();
        format!("known dialects are `{}`", names.join("`, `"))
    })
}

/// The path of a URL.
fn path(text: &str) -> Result<String, String> {
    if text.starts_with('/') { Ok(text.to_owned()) } else { Err("write it as `/chat`".to_owned()) }
}

/// A duration as the configuration writes it.
fn duration(text: &str) -> Result<Duration, String> {
    fluxloop_config::parse_duration(text)
        .ok_or_else(|| "write it as `250ms`, `60s`, `2m` or `1h30m`".to_owned())
}

/// A framing as the configuration names it.
fn framing(name: &str) -> Result<StreamKind, String> {
    let names = StreamKind::NAMES.join("`, `");
    StreamKind::of_name(name).ok_or_else(|| format!("it must be one of `{names}`"))
}

/// A type, or the beginning of types with a `*` at the end.
fn event_type(text: &str) -> Result<TypePattern, String> {
    (!text.is_empty()).then(|| TypePattern::parse(text)).ok_or_else(|| "it is empty".to_owned())
}

/// What `--fault` takes.
fn faults_help() -> String {
    format!(
        "Faults:\n{}\n\
         POS is where an answer breaks; without one, before its first byte (`bad_chunk`: after the \
         head; `end`: after the last delta; `limit_data`: at a byte that the seed chooses):\n{}\n\
         Arguments follow a colon, or the value of the fault and a comma; text with blanks, `,`, \
         `+`, `@` or `\"` stands in double quotes. Faults joined by `+` strike together. A duration is \
         at most `525600m`, what the mock has to make in memory `16MiB`.\n\n\
         WHEN is `30%`, the number of a request, or `2-4`; without it the fault strikes always. The \
         first rule that is for a request holds. Chances add up, and depend on the seed and the \
         number of the request alone.\n\n\
         A client may choose for its own request with the header `{}: FAULT` or `none` (or with \
         `?{}=…`), and name its case for the log with `{}: NAME`.\n\n\
         Answers that a script writes out step by step are given as written: no fault strikes \
         them, whoever asks for it, and `--delay`, `--chunk-gap` and `--require-key` do not hold \
         for them. Those that it leaves to a dialect are like any other, but for a fault of \
         their own, which comes before `--fault`.",
        FaultDoc::table(),
        FaultDoc::positions(),
        Faults::HEADER,
        Faults::HEADER.replace('-', "_"),
        Served::CASE_HEADER,
    )
}

/// How fast a recording is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// So many times as fast as it came.
    Times(f64),
    /// Without pauses.
    Max,
}

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let factor = text.strip_suffix(['x', '×']).unwrap_or(text).parse::<f64>().ok();
    let factor = factor.filter(|factor| (0.001..=1_000.0).contains(factor));
    factor
        .map(Speed::Times)
        .ok_or_else(|| "expected a factor from 0.001x to 1000x, or `max`".to_owned())
}
