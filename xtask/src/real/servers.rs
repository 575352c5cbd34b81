//! Third-party servers that we read, compared with their own clients.
//!
//! A group's folder has `server.py` or `server.mjs`, which reads `cases.json` and prints its URL;
//! `client.py` or `client.mjs`, which takes that URL and a name, and prints what it read of each case
//! as a line of JSON; and a configuration for each name, `NAME.yaml`, where `URL` stands for the
//! address.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::compare::{self, Counts};
use super::environment::Environment;
use super::groups::Group;
use super::mock;
use super::programs::{self, Server};
use super::scenario::{self, Case, End};
use crate::workspace;

/// What all cases come from.
const SEED: u64 = 20_261_130;

/// How many differences are shown.
const SHOWN: usize = 20;

/// Plays the cases of a group; gives how many were read alike.
pub(super) fn check(group: &Group) -> Result<u32> {
    let environment = Environment::new(group.name)?;
    let cases = cases(group);
    let server = start(&environment, &cases)?;
    let fluxloop = programs::fluxloop()?;
    let mut passed = 0;
    let mut wrong = Vec::new();
    let mut counts = Counts::new();
    for name in configurations(group)? {
        let theirs = client(&environment, &server.url, &name)?;
        let ours = read(&fluxloop, &environment, &server.url, &name, &cases)?;
        let mut alike = 0;
        for (case, trace) in cases.iter().zip(&ours) {
            let mut truths = theirs.iter().filter(|truth| truth["case"] == *case.name);
            let mut truth = truths.next().cloned().unwrap_or_default();
            if case.end == End::Stop {
                // Some clients take an answer without its end for a whole one. Ours must not.
                truth["outcome"] = "cut".into();
            }
            let mut found = misread(case, &truth);
            found.extend(compare::differences(&truth, trace, &mut counts));
            alike += u32::from(found.is_empty());
            wrong.extend(found.iter().map(|what| format!("{name}/{}: {what}", case.name)));
        }
        println!("real: {name}: {alike} of {} cases are read alike", cases.len());
        passed += alike;
    }
    let list: Vec<_> = counts.iter().map(|(member, n)| format!("{member} {n}")).collect();
    println!("real: compared: {}", list.join(", "));
    wrong.extend(missing(group, &counts));
    for line in wrong.iter().take(SHOWN) {
        println!("  {line}");
    }
    ensure!(wrong.is_empty(), "differences: {}", wrong.len());
    if group.reads_mock {
        passed += mock::check(group, &environment, &fluxloop)?;
    }
    Ok(passed)
}

/// The cases of a group.
pub(super) fn cases(group: &Group) -> Vec<Case> {
    scenario::cases(SEED, group.has)
}

/// The group's server; its scripts find the cases in a file.
pub(super) fn start(environment: &Environment, cases: &[Case]) -> Result<Server> {
    fs::write(environment.folder.join("cases.json"), serde_json::to_string(cases)?)?;
    let script = environment.script("server").context("the group has no server")?;
    Server::start(script, &environment.folder.join("server.log"))
}

/// The names of the group's configurations.
pub(super) fn configurations(group: &Group) -> Result<Vec<String>> {
    let folder = workspace::root().join("tests/real").join(group.name);
    let files = workspace::files(&folder)?.into_iter();
    let yaml = files.filter(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    Ok(yaml.filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())).collect())
}

/// What the foreign client read of each case.
pub(super) fn client(environment: &Environment, url: &str, name: &str) -> Result<Vec<Value>> {
    let mut script = environment.script("client").context("the group has no client")?;
    script.args([url, name]);
    let text = programs::success(script, &environment.folder.join("client.log"))?;
    fs::write(environment.folder.join(format!("{name}.client.jsonl")), &text)?;
    let lines = text.lines().map(|line| serde_json::from_str(line).context("no JSON line"));
    lines.collect::<Result<_>>().with_context(|| format!("the client printed\n{text}"))
}

/// Our records of the cases, in their order.
pub(super) fn read(
    fluxloop: &Path,
    environment: &Environment,
    url: &str,
    name: &str,
    cases: &[Case],
) -> Result<Vec<Value>> {
    let project = environment.folder.join("projects").join(name);
    fs::remove_dir_all(&project).ok();
    fs::create_dir_all(project.join("configs"))?;
    let simulation = fs::read_to_string(environment.folder.join(format!("{name}.yaml")))?;
    fs::write(project.join("configs/simulation.yaml"), simulation.replace("URL", url))?;
    let inputs: Vec<_> = cases.iter().map(|case| &case.name).collect();
    fs::write(project.join("configs/input.yaml"), json!({ "base_inputs": inputs }).to_string())?;
    let mut command = Command::new(fluxloop);
    command.args(["run", "experiment", "--yes", "--no-display"]);
    environment.prepare(&mut command);
    command.current_dir(&project);
    let log = project.join("stderr.log");
    let (code, printed) = programs::output(command, &log)?;
    let ended = matches!(code, Some(0 | 10));
    ensure!(ended, "fluxloop ended with {code:?}:\n{printed}{}", programs::tail(&log));
    let run = workspace::only_run(&project.join("experiments"))?;
    let traces = workspace::read(&run.join("traces.jsonl"))?;
    let mut traces: Vec<Value> =
        traces.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    traces.sort_by_key(|trace| trace["case_index"].as_u64());
    ensure!(traces.len() == cases.len(), "{} records", traces.len());
    Ok(traces)
}

/// Whether the foreign client read what was meant; otherwise the comparison would prove nothing.
fn misread(case: &Case, truth: &Value) -> Vec<String> {
    let outcome = match case.end {
        End::Whole => "succeeded",
        End::NeedsInput => "needs_input",
        End::Error => "failed",
        End::Break | End::Stop => "cut",
    };
    let mut found = Vec::new();
    if truth["outcome"] != outcome {
        found.push(format!("the client saw {}, and {outcome} was played", truth["outcome"]));
    }
    // A question to the user can come without the text.
    let has_text =
        case.end == End::Whole || case.end == End::NeedsInput && !truth["text"].is_null();
    if has_text && truth["text"] != case.text() {
        found.push(format!("the client read {}, and {:?} was played", truth["text"], case.text()));
    }
    found
}

/// Members that were never compared although a protocol of the group has them.
fn missing(group: &Group, counts: &Counts) -> Vec<String> {
    let wanted = ["text", "outcome"].into_iter().chain(group.members());
    let never = wanted.filter(|member| !counts.contains_key(member));
    never.map(|member| format!("`{member}` was never compared")).collect()
}
