//! `fluxloop config validate`: all errors and warnings, and what was read.

use fluxloop_config::{ConfigErrors, LoadOptions, Loaded, Survey, load, survey};
use fluxloop_explain::counted;
use fluxloop_report::visible_line;
use serde_json::{Value, json};

use super::{finding, print_json, table};
use crate::args::ConfigArgs;
use crate::case_source::total;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{findings, loading, output};

pub(super) fn run(args: &ConfigArgs) -> Result<Exit, Ended> {
    let options = loading::options(&args.load)?;
    let loaded = load(&options);
    if args.json {
        return Ok(as_json(&options, loaded));
    }
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(errors) => {
            // On a project of FluxLoop, what is ignored may be what is missing.
            if let Ok(survey) = survey(&options) {
                ignored(&survey).iter().for_each(output::note);
            }
            return Err(findings::ended(&errors));
        }
    };
    let survey = survey(&options).map_err(|errors| findings::ended(&errors))?;
    findings::show(&loaded.findings);
    for line in table::lines(&what_is_read(&survey)).into_iter().chain(ignored(&survey)) {
        output::result(visible_line(&line));
    }
    output::result(visible_line(&what_is_sent(&loaded)));
    output::result(format_args!("the configuration is valid{}", warnings(&loaded)));
    Ok(Exit::Success)
}

fn warnings(loaded: &Loaded) -> String {
    match loaded.findings.len() as u64 {
        0 => String::new(),
        number => format!(", with {}", counted(number, "warning", "warnings")),
    }
}

/// A row for each file and each place outside of files.
fn what_is_read(survey: &Survey) -> Vec<Vec<String>> {
    let file = |file: &fluxloop_config::FileRead| {
        let what = match file.keys {
            Some(keys) => counted(keys as u64, "key", "keys"),
            None => "variables".to_owned(),
        };
        let foreign = match file.without_effect.len() as u64 {
            0 => String::new(),
            number => format!(
                "{} without effect here: {}",
                counted(number, "key", "keys"),
                file.without_effect.join(", ")
            ),
        };
        vec![survey.mask(&file.path.to_string_lossy()).to_string(), what, foreign]
    };
    let variable = |it: &fluxloop_config::Override| {
        let key = it.key.as_ref().map_or("no key", |key| key.as_str());
        vec![it.name.clone(), format!("sets {key}")]
    };
    survey.files.iter().map(file).chain(survey.overrides.iter().map(variable)).collect()
}

/// A line for each file that is not read.
fn ignored(survey: &Survey) -> Vec<String> {
    let files = survey.ignored.iter();
    let line = |path: &str, why| format!("{path} is ignored: {why}");
    files.map(|it| line(survey.mask(&it.path.to_string_lossy()).as_str(), it.why)).collect()
}

fn what_is_sent(loaded: &Loaded) -> String {
    let rules = &loaded.plan.response;
    format!(
        "{} to send, {} in all; answers are read as `{}`, by the schema `{}`",
        counted(loaded.inputs.total(), "input", "inputs"),
        counted(total(&loaded.inputs, &loaded.plan), "case", "cases"),
        rules.stream.name(),
        loaded.plan.redactor.mask(&rules.schema.name),
    )
}

fn as_json(options: &LoadOptions, loaded: Result<Loaded, ConfigErrors>) -> Exit {
    let files = survey(options).map_or_else(|_| json!([]), |survey| files(&survey));
    let (mut value, exit) = match loaded {
        Ok(loaded) => {
            let redactor = &loaded.plan.redactor;
            let warnings: Vec<Value> = loaded.findings.iter().map(finding).collect();
            let rules = &loaded.plan.response;
            let value = json!({
                "valid": true,
                "errors": [],
                "warnings": warnings,
                "inputs": loaded.inputs.total(),
                "cases": total(&loaded.inputs, &loaded.plan),
                "stream": rules.stream.name(),
                "schema": redactor.mask(&rules.schema.name).as_str(),
            });
            (value, Exit::Success)
        }
        Err(errors) => {
            let of_kind = |is_error: bool| -> Vec<Value> {
                let all = errors.findings().iter();
                all.filter(|it| it.is_error == is_error).map(finding).collect()
            };
            let value =
                json!({"valid": false, "errors": of_kind(true), "warnings": of_kind(false)});
            (value, loading::exit(&errors))
        }
    };
    value["files"] = files;
    print_json(&value);
    exit
}

fn files(survey: &Survey) -> Value {
    let path = |path: &std::path::Path| survey.mask(&path.to_string_lossy()).to_string();
    let read = survey.files.iter().map(|file| {
        json!({
            "path": path(&file.path),
            "read": true,
            "keys": file.keys,
            "without_effect": file.without_effect,
        })
    });
    let ignored = survey.ignored.iter();
    let ignored =
        ignored.map(|file| json!({"path": path(&file.path), "read": false, "why": file.why}));
    read.chain(ignored).collect()
}
