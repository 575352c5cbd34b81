//! What else differs between two runs: what was configured, and what made them.

use std::collections::BTreeSet;

use fluxloop_redact::Masked;
use fluxloop_trace::{RunStatus, SummaryFile};
use serde_json::{Map, Value};

use crate::facts::Run;

/// Something that differs between two runs. A value is absent where it is not set, or is no
/// single value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Setting {
    /// A key of the configuration, or what else it is.
    pub name: String,
    /// Its value in the first run.
    pub a: Option<String>,
    /// Its value in the second run.
    pub b: Option<String>,
}

/// Keys that say where a run lies and how it is called, and nothing about its cases.
const NAMES: [&str; 2] = ["name", "output_directory"];

/// What differs between two runs but for their cases, as far as their folders show it: the
/// configuration by key, who answered, the version of the program, and how far the runs came.
pub fn setting_differences(
    (a, a_run): (&SummaryFile, &Run),
    (b, b_run): (&SummaryFile, &Run),
) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut add = |name: &str, a: String, b: String| {
        if a != b {
            settings.push(Setting { name: name.to_owned(), a: Some(a), b: Some(b) });
        }
    };
    add("answered by", answered_by(a), answered_by(b));
    add("model that answered", models(a_run), models(b_run));
    let version = |file: &SummaryFile| file.summary.versions.fluxloop.to_string();
    add("fluxloop", version(a), version(b));
    let status = |file: &SummaryFile| status(file.summary.status).to_owned();
    add("status", status(a), status(b));
    keys(&without_names(&a.config), &without_names(&b.config), "", &mut settings);
    settings
}

fn answered_by(file: &SummaryFile) -> String {
    match &file.source {
        Some(source) => format!("the recording of {}", source.run),
        None if file.mock => "the mock agent".to_owned(),
        None => "a server".to_owned(),
    }
}

fn models(run: &Run) -> String {
    let names: Vec<_> = run.models().keys().map(Masked::as_str).collect();
    names.join(", ")
}

fn status(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Running => "running, or killed",
        RunStatus::Interrupted => "interrupted",
        RunStatus::EndedEarly => "ended early",
        RunStatus::Complete => "complete",
        RunStatus::Partial => "partial: some answers were not recorded",
    }
}

fn without_names(config: &Value) -> Map<String, Value> {
    let mut members = config.as_object().cloned().unwrap_or_default();
    members.retain(|key, _| !NAMES.contains(&key.as_str()));
    members
}

/// Adds the keys below `prefix` whose values differ.
fn keys(a: &Map<String, Value>, b: &Map<String, Value>, prefix: &str, settings: &mut Vec<Setting>) {
    let all: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    for key in all {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match (a.get(key), b.get(key)) {
            (Some(Value::Object(a)), Some(Value::Object(b))) => keys(a, b, &name, settings),
            (a, b) if a == b => {}
            (a, b) => settings.push(Setting { name, a: a.and_then(single), b: b.and_then(single) }),
        }
    }
}

/// A single value, as it is written.
fn single(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(a: &Value, b: &Value, expected: &[(&str, Option<&str>, Option<&str>)]) {
        let mut found = Vec::new();
        keys(&without_names(a), &without_names(b), "", &mut found);
        let found: Vec<_> =
            found.iter().map(|it| (it.name.as_str(), it.a.as_deref(), it.b.as_deref())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn keys_differ_by_their_path() {
        let http =
            |timeout: &str| json!({"name": timeout, "runner": {"http": {"timeout": timeout}}});
        check(&http("5s"), &http("5s"), &[]);
        check(&http("5s"), &http("9s"), &[("runner.http.timeout", Some("5s"), Some("9s"))]);
    }

    #[test]
    fn only_single_values_are_shown() {
        check(
            &json!({"iterations": 1, "inputs": ["a"], "seed": null, "x": {"y": 1}}),
            &json!({"iterations": 5, "inputs": ["b"], "seed": 7, "x": true}),
            &[
                ("inputs", None, None),
                ("iterations", Some("1"), Some("5")),
                ("seed", None, Some("7")),
                ("x", None, Some("true")),
            ],
        );
    }
}
