//! From the options of the command line to those of loading, for every command that loads.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fluxloop_config::{ConfigErrors, InputError, LoadOptions, Loaded, Waiting};
use fluxloop_plan::{Case, cases};

use crate::args::LoadArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::output;

/// How long loading waits for a pipe before it says so.
const PATIENCE: Duration = Duration::from_secs(2);

/// The options of loading, in the surroundings of this process.
pub(crate) fn options(args: &LoadArgs) -> Result<LoadOptions, Ended> {
    let surroundings =
        LoadOptions::from_process().map_err(|error| Ended::new(Exit::Failure, &error))?;
    Ok(LoadOptions {
        config: args.config.clone(),
        root: args.root.clone(),
        project: args.project.clone(),
        profile: args.profile.clone(),
        env_file: args.env_file.clone(),
        set: args.set.clone(),
        waiting: Some(Waiting::new(PATIENCE, |what| output::note(what))),
        ..surroundings
    })
}

/// Where the configuration of a run stands in its folder.
const CONFIG: &str = "config.yaml";

/// How many folders above a run may be those of its project: `experiments`, the project, its root.
const ABOVE: usize = 3;

/// The options of loading for a command that works on the records of a run: with the configuration of
/// the run, unless the user names another one. No input has to be there.
pub(crate) fn options_of_run(folder: &Path, args: &LoadArgs) -> Result<LoadOptions, Ended> {
    let mut options = options(args)?;
    if !args.names_other_config() {
        options.config = Some(folder.join(CONFIG));
        // The configuration of a run lies far from the `.env` of its project, whose keys are masked.
        options.env_file = options.env_file.or_else(|| dotenv_of(folder, &options.current_dir));
    }
    Ok(LoadOptions { inputs: vec!["recorded".to_owned()], recorded: true, ..options })
}

/// The `.env` of the project that a run is in, or of the current folder.
fn dotenv_of(run: &Path, current_dir: &Path) -> Option<PathBuf> {
    let run = current_dir.join(run);
    let above = run.ancestors().skip(1).take(ABOVE);
    let mut candidates = above.chain([current_dir]).map(|folder| folder.join(".env"));
    candidates.find(|file| file.is_file())
}

/// The code with which a command ends whose configuration cannot be loaded.
pub(crate) fn exit(errors: &ConfigErrors) -> Exit {
    if errors.is_usage() { Exit::Usage } else { Exit::Configuration }
}

/// A configuration for a command that sends only the first case.
pub(crate) struct FirstCase {
    /// The configuration; its redactor also masks what the case brings into sensitive places.
    pub(crate) loaded: Loaded,
    /// The case, or why it cannot be read; `None` where there is no input.
    pub(crate) case: Option<Result<Case, InputError>>,
}

impl FirstCase {
    /// Reads the first input.
    pub(crate) fn of(mut loaded: Loaded) -> Self {
        let case = cases(loaded.inputs.iter(), loaded.plan.iterations).next();
        if let Some(Ok(case)) = &case {
            loaded.plan.redactor = loaded.plan.redactor_for(case);
        }
        Self { loaded, case }
    }
}
