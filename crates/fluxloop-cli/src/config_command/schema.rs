//! `fluxloop config schema`: the JSON Schema of the configuration.

use std::fs;

use fluxloop_config::configuration_schema;

use crate::args::ConfigSchemaArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(args: &ConfigSchemaArgs) -> Result<Exit, Ended> {
    let schema = format!("{:#}", configuration_schema());
    match &args.output {
        None => output::result(schema),
        Some(path) => fs::write(path, schema + "\n").map_err(|error| {
            let what = format!("the schema cannot be written to `{}`: {error}", path.display());
            Ended::message(Exit::Failure, what)
        })?,
    }
    Ok(Exit::Success)
}
