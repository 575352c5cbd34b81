//! `fluxloop init project`: writes a project that runs at once.
//!
//! **Invariant:** nothing is written of a project that would not load, or whose first request could
//! not be made.

mod screen;
mod there;
mod write;

use std::io::Read as _;
use std::path::Path;

use fluxloop_config::{ConfigWarning, LoadOptions, Loaded, Oddity, load};
use fluxloop_init::{
    CONFIGURATION, InitError, Options, Proposal, SCHEMA_FILE, from_curl, from_preset,
    from_promptfoo,
};
use fluxloop_plan::cases;

use crate::args::InitArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{dry_run, findings, loading, output};

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
    let draft = there::draft(&root, &proposal, args.force)?;
    let options = LoadOptions {
        config: Some(CONFIGURATION.into()),
        current_dir: root,
        dry_run: true,
        proposed: draft.proposed(),
        ..current
    };
    check(&options)?;
    let written = write::project(draft)?;
    screen::show(args, &proposal, &written);
    show_oddities(&LoadOptions { proposed: [].into(), ..options })?;
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
            from_curl(&line, options, &mut |path| there::read(Path::new(path), MAX_FILE_BYTES))
        }
        (None, Some(file)) => {
            // Paths in the file start from its folder.
            let folder = file.parent().unwrap_or(Path::new(""));
            from_promptfoo(&promptfoo(file)?, options, &mut |path| {
                there::read(&folder.join(path), MAX_FILE_BYTES)
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
    let read = std::io::stdin().lock().take(MAX_LINE_BYTES + 1).read_to_string(&mut line);
    read.map_err(|error| {
        Ended::message(Exit::Failure, format!("standard input cannot be read: {error}"))
    })?;
    if line.len() as u64 > MAX_LINE_BYTES {
        let why = "standard input is longer than a command line can be (4 MiB)";
        return Err(Ended::message(Exit::Configuration, why));
    }
    Ok(line)
}

fn promptfoo(file: &Path) -> Result<String, Ended> {
    let text = there::read(file, MAX_FILE_BYTES)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()));
    text.map_err(|why| {
        let message = format!("`{}` cannot be read: {why}", file.display());
        Ended::message(Exit::Configuration, message)
    })
}

/// Loads the project and makes its first request, as `--dry-run` will.
fn check(options: &LoadOptions) -> Result<Loaded, Ended> {
    let nothing = |why| format!("nothing was written, because {why}");
    let loaded = load(options).map_err(|errors| {
        findings::show(errors.findings());
        let last = nothing("the project would not load");
        Ended::shown(loading::exit(&errors), Some(last)).hint(errors.hint())
    })?;
    let first = cases(loaded.inputs.iter(), loaded.plan.iterations).next();
    let first = first.transpose().map_err(|error| Ended::new(Exit::Configuration, &error))?;
    if let Some(Err(why_not)) = first.map(|case| dry_run::show(&loaded.plan, &case)) {
        let why = format!("its first request could not be made:\n{}", why_not.as_str().trim_end());
        return Err(Ended::message(Exit::Configuration, nothing(&why)));
    }
    Ok(loaded)
}

/// Loads what was written, and shows what is odd about it.
fn show_oddities(options: &LoadOptions) -> Result<(), Ended> {
    let loaded = load(options).map_err(|errors| findings::ended(&errors))?;
    // Which variables are missing has been said.
    let is_new = |warning: &&ConfigWarning| !matches!(warning.oddity, Oddity::FilledIn(_));
    for warning in loaded.warnings.iter().filter(is_new) {
        output::warning(warning);
    }
    Ok(())
}
