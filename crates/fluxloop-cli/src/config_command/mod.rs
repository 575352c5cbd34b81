//! `fluxloop config`: looks at the configuration, and sends nothing.

mod env;
mod explain;
mod schema;
mod show;
pub(crate) mod table;
mod validate;

use fluxloop_config::{Finding, Origin};
use fluxloop_redact::Masked;
use fluxloop_report::visible;
use serde_json::{Value, json};

use crate::args::ConfigWhat;
use crate::errors::Ended;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(what: &ConfigWhat) -> Result<Exit, Ended> {
    match what {
        ConfigWhat::Validate(args) => validate::run(args),
        ConfigWhat::Show(args) => show::run(args),
        ConfigWhat::Explain(args) => explain::run(args),
        ConfigWhat::Env(args) => env::run(args),
        ConfigWhat::Schema(args) => schema::run(args),
    }
}

/// Prints JSON for people and machines alike.
pub(crate) fn print_json(value: &Value) {
    output::result(visible(&format!("{value:#}")));
}

/// Where something was written, for machines.
fn place(origin: Option<&Origin>) -> Value {
    let shown = origin.map(ToString::to_string);
    match origin {
        Some(Origin::File { path, position }) => json!({
            "place": shown,
            "file": path.to_string_lossy(),
            "line": position.map(|it| it.line),
            "column": position.map(|it| it.column),
        }),
        _ => json!({ "place": shown, "file": null, "line": null, "column": null }),
    }
}

/// An error or a warning, for machines.
fn finding(finding: &Finding) -> Value {
    let place = finding.place.as_ref().map(Masked::as_str);
    // The key stands by itself.
    let message = finding.message.as_str();
    let message = message.strip_prefix(finding.key.as_str()).and_then(|it| it.strip_prefix(": "));
    let position = finding.position;
    json!({
        "place": place.map(|place| match position {
            Some(at) => format!("{place}:{}:{}", at.line, at.column),
            None => place.to_owned(),
        }),
        "file": place.filter(|_| position.is_some()),
        "line": position.map(|at| at.line),
        "column": position.map(|at| at.column),
        "key": finding.key.as_str(),
        "message": message.unwrap_or(finding.message.as_str()),
        "help": finding.remedy.as_str(),
    })
}
