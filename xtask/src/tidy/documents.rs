//! What documents say about the code: every crate in its layer, every dependency with its reason.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use super::layers::{self, LAYERS, packages, short, text};
use super::violation::Violation;
use crate::workspace;

/// Checks the documents against `cargo metadata --no-deps` and the workspace's manifest.
pub(super) fn check(metadata: &Value) -> Result<Vec<Violation>> {
    let read = |file| workspace::read(&workspace::root().join(file));
    let mut violations = architecture(&read("docs/architecture.md")?, metadata);
    let used: BTreeSet<&str> =
        packages(metadata).flat_map(layers::dependencies).map(|(name, _)| name).collect();
    violations.extend(dependencies(&read("Cargo.toml")?, &read("docs/dependencies.md")?, &used));
    Ok(violations)
}

/// A model that an example names is in docs/models.md, where the day stands on which it was checked.
pub(super) fn models(file: &str, text: &str, checked: &str) -> Vec<Violation> {
    let is_example =
        file == "README.md" || file.starts_with("configs/") || file.starts_with("docs/");
    let mut violations = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|_| is_example) {
        let Some(model) = line.trim_start().strip_prefix("model: ") else { continue };
        let model = model.trim().trim_matches('"');
        // A name without a figure is invented.
        let is_name = model.contains(|c: char| c.is_ascii_digit()) && !model.contains([' ', '$']);
        if is_name && !checked.contains(&format!("| `{model}` |")) {
            let what = format!("docs/models.md does not say when `{model}` was checked");
            violations.push(Violation::new(file, number, what, "take a model of that page"));
        }
    }
    violations
}

/// The table of crates says what the crates say of themselves, and what the layers allow.
fn architecture(document: &str, metadata: &Value) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in packages(metadata) {
        let name = text(package, "name");
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == short(name)) else {
            continue;
        };
        let allowed = match allowed.len() {
            0 => "–".to_owned(),
            count if count == LAYERS.len() - 1 => "all".to_owned(),
            _ => allowed.join(", "),
        };
        let row = format!("| `{name}` | {} | {allowed} |", text(package, "description"));
        if !document.lines().any(|line| line.ends_with(&row)) {
            let what = format!("the table of crates does not say what `{name}` is");
            let mend = format!("let its row end with `{row}`");
            violations.push(Violation::new("docs/architecture.md", 1, what, mend));
        }
    }
    violations
}

/// Every dependency that the workspace knows is used by a crate, and has its reason.
fn dependencies(manifest: &str, document: &str, used: &BTreeSet<&str>) -> Vec<Violation> {
    let mut violations = Vec::new();
    let lines = (1..).zip(manifest.lines());
    let section = lines
        .skip_while(|(_, line)| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('['));
    for (number, line) in section.filter(|(_, line)| !line.starts_with('#')) {
        let Some((name, _)) = line.split_once(" = ") else {
            continue;
        };
        if !used.contains(name) {
            let what = format!("no crate uses `{name}`");
            violations.push(Violation::new("Cargo.toml", number, what, "remove the line"));
        }
        if !name.starts_with("fluxloop-") && !document.contains(name) {
            let what = format!("docs/dependencies.md does not say what `{name}` is for");
            violations.push(Violation::new("Cargo.toml", number, what, "give it a line there"));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_that_disagrees_is_found() {
        let metadata = json!({"packages": [
            {"name": "fluxloop-store", "description": "Keeps."},
            {"name": "xtask", "description": "Serves."},
        ]});
        let good = "| 2 | `fluxloop-store` | Keeps. | redact, recording, trace |\n";
        assert!(architecture(good, &metadata).is_empty());
        assert_eq!(architecture(&good.replace("Keeps", "Holds"), &metadata).len(), 1);
        assert_eq!(architecture(&good.replace("redact, ", ""), &metadata).len(), 1);
    }

    #[test]
    fn a_model_that_nobody_checked_is_found() {
        let checked = "| `good-1` | Somebody | 2026-11-30 |\n";
        let found = |file, text| models(file, text, checked).len();
        assert_eq!(found("configs/a.yaml", "  model: good-1\n  model: \"bad-1\"\n"), 1);
        assert_eq!(found("docs/guide.md", "  model: some-model\n  model: ${MODEL_2}\n"), 0);
        assert_eq!(found("tests/it/page.rs", "model: bad-1\n"), 0);
    }

    #[test]
    fn a_dependency_without_use_or_reason_is_found() {
        let manifest = "\
[workspace.dependencies]
# Why.
used = \"1\"
idle = { version = \"1\" }

[profile.dev]
debug = 1
";
        let shown: Vec<_> = dependencies(manifest, "used is for x", &BTreeSet::from(["used"]))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            shown,
            [
                "Cargo.toml:4: no crate uses `idle`; remove the line",
                "Cargo.toml:4: docs/dependencies.md does not say what `idle` is for; give it a \
                 line there",
            ]
        );
    }
}
