//! From the options of the command line to those of loading, for every command that loads.

use fluxloop_config::{ConfigErrors, LoadOptions, Loaded};
use fluxloop_plan::cases;

use crate::args::LoadArgs;
use crate::errors::Ended;
use crate::exit::Exit;

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
        ..surroundings
    })
}

/// The code with which a command ends whose configuration cannot be loaded.
pub(crate) fn exit(errors: &ConfigErrors) -> Exit {
    if errors.is_usage() { Exit::Usage } else { Exit::Configuration }
}

/// The configuration for a command that sends only the first case: its redactor also masks what that
/// case brings into sensitive places.
pub(crate) fn for_first_case(mut loaded: Loaded) -> Loaded {
    if let Some(Ok(case)) = cases(loaded.inputs.iter(), loaded.plan.iterations).next() {
        loaded.plan.redactor = loaded.plan.redactor_for(&case);
    }
    loaded
}
