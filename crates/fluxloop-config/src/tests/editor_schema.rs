//! The JSON Schema for editors: it has the keys of the table, accepts what the program accepts, and
//! rejects what the program rejects.

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use jsonschema::Validator;
use serde_json::Value;

use super::Project;
use crate::layers::default_of;
use crate::report::Report;
use crate::{configuration_schema, keys, yaml};

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    jsonschema::draft202012::new(&configuration_schema()).expect("it is a JSON Schema")
});

/// The wrong configurations, which `cargo xtask real editors` gives to editors too.
const WRONG: &str = include_str!("../../../../tests/real/editors/wrong.yaml");

/// A file as JSON, if it is YAML at all.
fn value(text: &str) -> Option<Value> {
    let nowhere: Arc<Path> = Path::new("").into();
    Some(yaml::parse(text, &nowhere, &mut Report::default())?.to_json())
}

#[track_caller]
fn accepts(what: &str, text: &str) {
    let value = value(text).unwrap_or_else(|| panic!("{what}: not YAML"));
    let errors: Vec<String> = VALIDATOR
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{what}:\n{}\n{text}", errors.join("\n"));
}

/// Every configuration below `configs/` of a project that loads.
#[track_caller]
pub(super) fn accepts_files_of(folder: &Path) {
    let entries = fs::read_dir(folder.join("configs"));
    for entry in entries.into_iter().flatten().map_while(Result::ok) {
        let path = entry.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_layer = ["project.yaml", "input.yaml", "simulation.yaml"].contains(&name.as_str());
        if let Some(text) = fs::read_to_string(&path).ok().filter(|_| is_layer) {
            accepts(&name, &text);
        }
    }
}

/// The keys of a schema that are not sections, with their schemas.
fn leaves<'s>(schema: &'s Value, path: &str, found: &mut Vec<(String, &'s Value)>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if property.get("properties").is_some() {
            leaves(property, &path, found);
        } else {
            found.push((path, property));
        }
    }
}

#[test]
fn it_has_the_keys_of_the_table() {
    let schema = configuration_schema();
    let mut found = Vec::new();
    leaves(&schema, "", &mut found);
    let without_effect = |property: &Value| {
        let words = property["description"].as_str().unwrap_or_default();
        words.contains("no effect on an HTTP run")
    };
    let own: Vec<&(String, &Value)> =
        found.iter().filter(|(_, property)| !without_effect(property)).collect();
    let mut names: Vec<&str> = own.iter().map(|(path, _)| path.as_str()).collect();
    let mut expected: Vec<&str> = keys().iter().map(|key| key.path).collect();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for (path, property) in own {
        let key = keys().iter().find(|key| key.path == path).expect("it is in the table");
        assert_eq!(property["description"], key.meaning, "{path}");
        let default = default_of(path).map(|node| node.to_json());
        assert_eq!(property.get("default"), default.as_ref(), "{path}");
    }
}

/// A default that the schema did not accept could not be written down.
#[test]
fn it_accepts_the_defaults_placeholders_and_null() {
    for key in keys() {
        for value in [key.default, Some("null"), Some("'${NAME}'")].into_iter().flatten() {
            let has_placeholder = !matches!(
                key.path,
                "base_inputs"
                    | "personas"
                    | "runner.http.headers"
                    | "runner.http.query"
                    | "inputs.where"
                    | "security.mask"
                    | "security.unmask"
                    | "expect"
                    | "thresholds"
                    | "slo"
                    | "judge.http"
                    | "judge.guards"
                    | "judge.stop"
                    | "judge.pass_when"
                    | "runner.http.retry.status_codes"
            );
            if value.contains("${") && !has_placeholder {
                continue;
            }
            let value = key
                .path
                .rsplit('.')
                .fold(value.to_owned(), |value, name| format!("{{{name}: {value}}}"));
            accepts(key.path, &value);
        }
    }
}

#[test]
fn it_accepts_what_comes_with_the_project() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut count = 0;
    for entry in fs::read_dir(root.join("configs")).expect("a folder") {
        let path = entry.expect("an entry").path();
        accepts(&path.to_string_lossy(), &fs::read_to_string(&path).expect("text"));
        count += 1;
    }
    for preset in fluxloop_schema::PRESETS {
        let schema = crate::show_schema(preset.name, &crate::LoadOptions::default());
        let yaml = schema.expect("a preset").yaml;
        let schema = format!("      {}", yaml.as_str().replace('\n', "\n      "));
        accepts(preset.name, &format!("runner:\n  http:\n    stream_schema:\n{schema}"));
        count += 1;
    }
    assert!(count > 20, "{count}");
}

/// The YAML blocks of a page that are configurations.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(words) = line.trim_start().strip_prefix("```") else { continue };
        let block = lines.by_ref().take_while(|line| line.trim_start() != "```");
        let block: Vec<&str> = block.collect();
        if words.starts_with("yaml") {
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

#[test]
fn it_accepts_the_examples_of_the_documentation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut count = 0;
    for page in [
        "README.md",
        "docs/guide.md",
        "docs/schema.md",
        "docs/inputs.md",
        "docs/troubleshooting.md",
    ] {
        let text = fs::read_to_string(root.join(page)).expect("a page");
        for block in blocks(&text) {
            // A piece of a file has no root of its own.
            let root = value(&block).unwrap_or_default();
            let is_whole = ["runner", "inputs", "simulation", "base_inputs", "name", "inputs_file"];
            if is_whole.iter().any(|key| root.get(key).is_some()) {
                accepts(page, &block);
                count += 1;
            }
        }
    }
    assert!(count > 5, "{count}");
}

#[test]
fn it_rejects_what_the_program_rejects() {
    let all = value(WRONG).expect("YAML");
    let all = all.as_object().expect("a map");
    assert!(all.len() >= 40, "{}", all.len());
    for (about, text) in all {
        let text = text.as_str().expect("a text");
        let wrong = value(text).unwrap_or_else(|| panic!("{about}: not YAML"));
        assert!(!VALIDATOR.is_valid(&wrong), "{about}: the schema accepts\n{text}");
        // A weaker layer completes it.
        let url = "runner: {http: {url: 'http://localhost/'}}";
        let files = [("configs/project.yaml", url), ("configs/simulation.yaml", text)];
        let project = Project::new(&files);
        let errors = project.load().map(|_| ()).expect_err(about).to_string();
        assert!(!errors.contains("no inputs"), "{about}: {errors}");
    }
}

#[test]
fn it_reads_durations_sizes_shares_and_rates_as_the_program_does() {
    let check = |path: &str, texts: &[&str]| {
        for text in texts {
            let quoted = format!("{text:?}");
            let (parents, name) = path.rsplit_once('.').expect("a section");
            let whole = format!("{{{name}: {quoted}}}");
            let whole =
                parents.rsplit('.').fold(whole, |value, name| format!("{{{name}: {value}}}"));
            let accepted = VALIDATOR.is_valid(&value(&whole).expect("YAML"));
            let argument = format!("{path}={quoted}");
            let project = Project::http("").set(&[&argument]);
            assert_eq!(accepted, project.load().is_ok(), "{path}: {text:?}");
        }
    };
    let durations = [
        "250ms",
        "60s",
        "2m",
        "1h30m",
        "1h 30m",
        "1.5s",
        "90",
        " 0.25 ",
        "0s",
        "",
        "s",
        "60 parsecs",
        "-5s",
        "5s ago",
        "inf",
        "nan",
        "2mo",
        "1 hour",
        "1h, 2m",
        "01:30:00",
        "PT5M",
        "P1D",
        "1d",
        "5us",
        "1e3",
        "1,5s",
        "+5s",
        ".5",
        "5.",
        "0",
        "0.0",
        "1w",
        "10 min",
        "10 minutes 3 secs",
    ];
    check("runner.http.timeout", &durations);
    check("runner.http.retry.backoff", &durations);
    let sizes =
        ["64KiB", "1 MiB", "2gb", "4096", "", "KiB", "-1", "1.5MiB", "1TiB", "0", "0KiB", "5b"];
    check("runner.http.limits.max_event_bytes", &sizes);
    let shares =
        ["20%", "0.5 %", "20", "-1%", "101%", "%", "NaN%", "100%", "100.0%", "100.1%", "off"];
    check("runner.http.retry.budget", &shares);
    let rates = [
        "50/s",
        "0.5/s",
        " 600 / min ",
        "90/m",
        "3600/h",
        "20",
        "",
        "/s",
        "50/",
        "50/d",
        "0",
        "-1/s",
    ];
    check("simulation.rate", &rates);
}
