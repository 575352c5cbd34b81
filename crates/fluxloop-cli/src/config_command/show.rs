//! `fluxloop config show`: the merged configuration.

use fluxloop_config::{load, survey};
use fluxloop_explain::counted;
use fluxloop_report::visible;
use serde_json::{Map, Value, json};

use super::print_json;
use crate::args::ConfigShowArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{findings, loading, output};

pub(super) fn run(args: &ConfigShowArgs) -> Result<Exit, Ended> {
    let options = loading::options(&args.load)?;
    let survey = survey(&options).map_err(|errors| findings::ended(&errors))?;
    if survey.is_incomplete
        && let Err(errors) = load(&options)
    {
        return Err(findings::ended(&errors));
    }
    match (args.json, args.origins) {
        (true, false) => print_json(survey.value()),
        (true, true) => {
            let origins: Map<String, Value> = survey
                .origins()
                .into_iter()
                .map(|(key, origin)| (key, Value::from(origin.as_str())))
                .collect();
            print_json(&json!({"configuration": survey.value(), "origins": origins}));
        }
        (false, origins) => {
            output::result(visible(survey.to_yaml(origins).as_str().trim_end()));
        }
    }
    if survey.faults > 0 {
        output::note(format_args!(
            "the configuration has {}: `fluxloop config validate` reports what is wrong",
            counted(survey.faults as u64, "error", "errors")
        ));
    }
    Ok(Exit::Success)
}
