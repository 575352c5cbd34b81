//! `fluxloop config env`: the variables that the configuration uses, without their values.

use fluxloop_config::{Override, Survey, UsedVariable, VariableSource, survey};
use fluxloop_redact::Masked;
use fluxloop_report::visible_line;
use serde_json::{Value, json};

use super::{place, print_json, table};
use crate::args::ConfigArgs;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::{findings, loading, output};

pub(super) fn run(args: &ConfigArgs) -> Result<Exit, Ended> {
    let options = loading::options(&args.load)?;
    let survey = survey(&options).map_err(|errors| findings::ended(&errors))?;
    if args.json {
        print_json(&as_json(&survey));
    } else {
        for line in text(&survey) {
            output::result(visible_line(&line));
        }
    }
    if survey.is_incomplete {
        output::note("a file cannot be read, and is left out: see `fluxloop config validate`");
    }
    Ok(Exit::Success)
}

fn text(survey: &Survey) -> Vec<String> {
    let mut lines = Vec::new();
    let mut section = |title: &str, rows: Vec<Vec<String>>| {
        if !rows.is_empty() {
            lines.push(format!("{title}:"));
            lines.extend(table::lines(&rows).into_iter().map(|line| format!("  {line}")));
            lines.push(String::new());
        }
    };
    let used = survey.variables.iter().map(row).collect();
    section("variables that the configuration uses", used);
    let unused = survey.unused.iter().map(|name| vec![name.clone()]).collect();
    section("variables of `.env` that it does not use", unused);
    section("variables that set keys", survey.overrides.iter().map(override_row).collect());
    let proxies = survey.proxy.variables.iter();
    let proxies = proxies.map(|(name, what)| vec![name.clone(), what.clone()]).collect();
    section("variables about proxies", proxies);
    lines.push(format!("requests go {}", survey.proxy.route));
    lines
}

/// Name, where its value comes from, whether it is a secret, and what uses it.
fn row(variable: &UsedVariable) -> Vec<String> {
    let secret = match variable.secret {
        Some(why) => format!("a secret, because {why}"),
        None => "not a secret".to_owned(),
    };
    let empty = if variable.is_empty { ", empty" } else { "" };
    let source = format!("{}{empty}", source(&variable.source));
    vec![variable.name.clone(), source, secret, users(&variable.keys)]
}

fn users(keys: &[String]) -> String {
    if keys.is_empty() { "in a schema file".to_owned() } else { keys.join(", ") }
}

fn source(source: &VariableSource) -> String {
    match source {
        VariableSource::Environment => "environment".to_owned(),
        VariableSource::Dotenv(origin) => origin.to_string(),
        VariableSource::Default => "default of the placeholder".to_owned(),
        VariableSource::Undefined => "not defined".to_owned(),
        VariableSource::Broken(why) => format!("cannot be used: {why}"),
    }
}

fn override_row(it: &Override) -> Vec<String> {
    let key = it.key.as_ref().map_or("not the name of a key", |key| key.as_str());
    let loses = it.loses_to.as_ref().map(|place| format!("without effect: {place} sets it too"));
    [it.name.clone(), key.to_owned()].into_iter().chain(loses).collect()
}

fn as_json(survey: &Survey) -> Value {
    let variable = |it: &UsedVariable| {
        let (source, origin, why) = match &it.source {
            VariableSource::Environment => ("environment", None, None),
            VariableSource::Dotenv(origin) => ("dotenv", Some(origin), None),
            VariableSource::Default => ("default", None, None),
            VariableSource::Undefined => ("undefined", None, None),
            VariableSource::Broken(why) => ("broken", None, Some(why.as_str())),
        };
        json!({
            "name": it.name,
            "keys": it.keys,
            "source": source,
            "place": place(origin)["place"],
            "error": why,
            "empty": it.is_empty,
            "secret": it.secret.is_some(),
            "secret_because": it.secret.map(|why| why.to_string()),
        })
    };
    let setting = |it: &Override| {
        json!({
            "name": it.name,
            "key": it.key.as_ref().map(Masked::as_str),
            "in_effect": it.key.is_some() && it.loses_to.is_none(),
        })
    };
    let proxies = survey.proxy.variables.iter();
    json!({
        "variables": survey.variables.iter().map(variable).collect::<Vec<_>>(),
        "unused": survey.unused,
        "overrides": survey.overrides.iter().map(setting).collect::<Vec<_>>(),
        "proxy": {
            "route": survey.proxy.route.to_string(),
            "variables": proxies.map(|(name, what)| json!({"name": name, "what": what})).collect::<Vec<_>>(),
        },
    })
}
