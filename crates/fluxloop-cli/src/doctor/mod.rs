//! `fluxloop doctor`: checks whether a run can work, from the configuration to the server.
//!
//! Each step says what to do if it fails. A step that needs one that failed is skipped.
//!
//! **Invariant:** without `--send` no request is sent: connections are opened and closed.

mod check;
mod local;
mod network;
mod report;
mod send;

use check::{Check, Checks, State};
use fluxloop_config::{LoadOptions, Survey, load, survey};
use fluxloop_report::visible_line;
use serde_json::{Value, json};

use crate::args::DoctorArgs;
use crate::config_command::{print_json, table};
use crate::errors::Ended;
use crate::exit::Exit;
use crate::loading::FirstCase;
use crate::{loading, logging, output};

pub(crate) fn run(args: &DoctorArgs) -> Result<Exit, Ended> {
    let options = loading::options(&args.load)?;
    let mut checks = Checks::default();
    checks.add(local::version());
    let survey = survey(&options);
    examine(args, &options, survey.as_ref().ok(), &mut checks);
    if args.json {
        print_json(&as_json(&checks));
    } else if args.report {
        output::result(report::markdown(&checks, survey.as_ref().ok(), &options));
    } else {
        for line in text(&checks) {
            output::result(visible_line(&line));
        }
    }
    Ok(checks.exit())
}

/// All checks after the first, in their order.
fn examine(args: &DoctorArgs, options: &LoadOptions, survey: Option<&Survey>, checks: &mut Checks) {
    let loaded = load(options);
    checks.add(local::configuration(&loaded));
    let Some(survey) = survey else { return };
    checks.mask_with(survey);
    checks.add(local::variables(survey));
    checks.extend(local::dotenv(survey));
    let Ok(first) = loaded.map(FirstCase::of) else {
        return checks.skip(&network::NAMES, "the configuration has errors");
    };
    let loaded = &first.loaded;
    logging::install(&loaded.plan.redactor);
    checks.add(local::output_folder(&loaded.output_directory));
    checks.add(local::open_files(loaded.plan.parallelism.get() as u64));
    checks.add(network::proxy(survey, &loaded.plan));
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let why = format!("the network cannot be used: {error}");
            return checks.add(Check::failed("network", why, Exit::Failure));
        }
    };
    if runtime.block_on(network::examine(&loaded.plan, checks)) && args.send {
        send::examine(first, &runtime, checks);
    }
}

/// A line for each check, and its remedy below it.
fn text(checks: &Checks) -> Vec<String> {
    let row = |check: &Check| {
        let state = format!("{:4}", check.state.name());
        vec![state, check.name.to_owned(), check.message.clone()]
    };
    let rows: Vec<Vec<String>> = checks.iter().map(row).collect();
    let mut lines = Vec::new();
    for (line, check) in table::lines(&rows).into_iter().zip(checks.iter()) {
        lines.push(line);
        lines.extend(check.remedy.as_ref().map(|remedy| format!("      -> {remedy}")));
    }
    lines.push(String::new());
    lines.push(summary(checks));
    lines
}

fn summary(checks: &Checks) -> String {
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    match (count(State::Failed), count(State::Warned)) {
        (0, 0) => "no check failed".to_owned(),
        (0, warned) => format!("no check failed, {warned} warned"),
        (failed, warned) => format!("{failed} failed, {warned} warned"),
    }
}

fn as_json(checks: &Checks) -> Value {
    let all = checks.iter().map(|check| {
        json!({
            "name": check.name,
            "state": check.state.name(),
            "message": check.message,
            "remedy": check.remedy,
        })
    });
    json!({"ok": checks.exit() == Exit::Success, "checks": all.collect::<Vec<_>>()})
}
