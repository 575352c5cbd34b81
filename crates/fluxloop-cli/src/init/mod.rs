//! `fluxloop init project`: writes a project that runs at once.

mod screen;
mod write;

use std::io::Read as _;
use std::path::Path;

use fluxloop_config::{ConfigWarning, LoadOptions, Oddity, load};
use fluxloop_init::{
    InitError, Options, Proposal, SCHEMA_FILE, from_curl, from_preset, from_promptfoo,
};

use crate::args::InitArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::output;

/// How long a command line may be: the longest that Linux passes on is 2 MiB.
const MAX_LINE_BYTES: u64 = 4 << 20;
/// How long a file may be that a command line names.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// What is proposed without a source.
const DEFAULT_PRESET: &str = "custom";

pub(crate) fn run(args: &InitArgs) -> Result<Exit, Ended> {
    let current = LoadOptions::from_process().map_err(|error| Ended::new(Exit::Failure, &error))?;
    let root = current.current_dir.join(args.path.as_deref().unwrap_or(Path::new("")));
    let options = options(args, &root, &current.current_dir);
    let proposal = propose(args, &options)?;
    let written = write::project(&root, &proposal, args.force)?;
    screen::show(args, &proposal, &written);
    check(&LoadOptions { current_dir: root, dry_run: true, ..current })?;
    screen::next(args, &proposal);
    Ok(Exit::Success)
}

fn options(args: &InitArgs, root: &Path, current: &Path) -> Options {
    let folder = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let folder = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = args.name.clone().or(folder).unwrap_or_else(|| "experiment".to_owned());
    let mut options = Options::new(name);
    options.has_schema_file = root.join(SCHEMA_FILE).is_file();
    options.folder = args.path.is_some().then(|| current.to_string_lossy().into_owned());
    options
}

fn propose(args: &InitArgs, options: &Options) -> Result<Proposal, Ended> {
    let proposal = match (&args.from_curl, &args.from_promptfoo) {
        (Some(line), _) => {
            let line = if line == "-" { standard_input()? } else { line.clone() };
            from_curl(&line, options, &mut |path| write::read(Path::new(path), MAX_FILE_BYTES))
        }
        (None, Some(file)) => {
            // Paths in the file start from its folder.
            let folder = file.parent().unwrap_or(Path::new(""));
            from_promptfoo(&promptfoo(file)?, options, &mut |path| {
                write::read(&folder.join(path), MAX_FILE_BYTES)
            })
        }
        (None, None) => from_preset(args.preset.as_deref().unwrap_or(DEFAULT_PRESET), options),
    };
    proposal.map_err(|error| {
        let exit = match &error {
            InitError::NoPreset(_) => Exit::Usage,
            _ => Exit::Configuration,
        };
        Ended::new(exit, &error).hint(error.hint())
    })
}

fn standard_input() -> Result<String, Ended> {
    let mut line = String::new();
    let read = std::io::stdin().lock().take(MAX_LINE_BYTES).read_to_string(&mut line);
    read.map_err(|error| {
        Ended::message(Exit::Failure, format!("standard input cannot be read: {error}"))
    })?;
    Ok(line)
}

fn promptfoo(file: &Path) -> Result<String, Ended> {
    let text = write::read(file, MAX_FILE_BYTES)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()));
    text.map_err(|why| {
        let message = format!("`{}` cannot be read: {why}", file.display());
        Ended::message(Exit::Configuration, message)
    })
}

/// Loads what was written, and shows what is odd about it.
fn check(options: &LoadOptions) -> Result<(), Ended> {
    let loaded = load(options)
        .map_err(|errors| Ended::new(Exit::Configuration, &errors).hint(errors.hint()))?;
    // Which variables are missing has been said.
    let is_new = |warning: &&ConfigWarning| !matches!(warning.oddity, Oddity::FilledIn(_));
    for warning in loaded.warnings.iter().filter(is_new) {
        output::warning(warning);
    }
    Ok(())
}
