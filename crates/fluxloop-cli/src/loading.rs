//! From the options of the command line to those of loading, for every command that loads.

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
