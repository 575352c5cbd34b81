//! The header of every crate, and that it uses what it depends on.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::layers::{dependencies, packages, text};
use super::violation::Violation;
use crate::workspace;

/// Checks every crate of `cargo metadata --no-deps`.
pub(super) fn check(metadata: &Value) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for package in packages(metadata) {
        let manifest = Path::new(text(package, "manifest_path"));
        let folder = manifest.parent().expect("a manifest lies in a folder");
        let root = ["src/lib.rs", "src/main.rs"].map(|file| folder.join(file));
        if let Some(root) = root.into_iter().find(|file| file.exists()) {
            let name = workspace::relative(&root);
            violations.extend(header(&name, &workspace::read(&root)?, package));
        }
        let code = Code::of(folder, package)?;
        violations.extend(unused(&workspace::relative(manifest), package, &code));
    }
    Ok(violations)
}

/// A crate's header opens with its description and states what never happens in it.
fn header(file: &str, source: &str, package: &Value) -> Vec<Violation> {
    let mut violations = Vec::new();
    let description = text(package, "description");
    if source.lines().next() != Some(&format!("//! {description}")) {
        let what = "the header does not open with the description in Cargo.toml";
        let mend = format!("let both say `{description}`");
        violations.push(Violation::new(file, 1, what, mend));
    }
    let mut header = source.lines().take_while(|line| line.starts_with("//!"));
    if !header.any(|line| line.contains("**Invariant:**")) {
        let mend = "end it with what never happens in this crate";
        violations.push(Violation::new(file, 1, "the header has no `**Invariant:**` line", mend));
    }
    violations
}

/// What a crate's code says.
struct Code {
    /// Below `src`.
    production: String,
    /// That, and everything else that is compiled with it.
    all: String,
}

impl Code {
    /// Reads the code of a crate, and of test targets that lie elsewhere.
    fn of(folder: &Path, package: &Value) -> Result<Self> {
        let (mut production, mut all) = (String::new(), String::new());
        let targets = package["targets"].as_array().into_iter().flatten();
        let elsewhere = targets
            .filter_map(|target| Path::new(text(target, "src_path")).parent())
            // `crates/x/../../tests/it` begins with `crates/x` and does not lie there.
            .filter_map(|path| path.canonicalize().ok())
            .filter(|path| !path.starts_with(folder));
        for path in std::iter::once(folder.to_owned()).chain(elsewhere) {
            for file in workspace::files(&path)? {
                if file.extension().is_none_or(|extension| extension != "rs") {
                    continue;
                }
                let source = workspace::read(&file)?;
                if file.starts_with(folder.join("src")) {
                    production.push_str(&source);
                }
                all.push_str(&source);
            }
        }
        Ok(Self { production, all })
    }
}

/// Dependencies that no line of code names.
fn unused(file: &str, package: &Value, code: &Code) -> Vec<Violation> {
    let named = |source: &str, name: &str| names(source, &name.replace('-', "_"));
    dependencies(package)
        .filter(|&(name, production)| {
            !named(if production { &code.production } else { &code.all }, name)
        })
        .map(|(name, _)| {
            let what = format!("nothing uses the dependency `{name}`");
            Violation::new(file, 1, what, "remove it from the manifest")
        })
        .collect()
}

/// Whether a word stands in a source.
fn names(source: &str, word: &str) -> bool {
    let in_a_word = |neighbor: char| neighbor.is_alphanumeric() || neighbor == '_';
    source.match_indices(word).any(|(start, word)| {
        !source[..start].ends_with(in_a_word)
            && !source[start + word.len()..].starts_with(in_a_word)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GOOD: &str = "//! Does x.\n//!\n//! **Invariant:** no y.\n\nuse serde_json as json;\n";

    fn package() -> Value {
        json!({
            "description": "Does x.",
            "dependencies": [
                {"name": "serde-json", "rename": null, "kind": null},
                {"name": "yaml_serde", "rename": "serde_yaml", "kind": "dev"},
            ],
        })
    }

    #[test]
    fn a_header_in_shape_passes() {
        assert!(header("lib.rs", GOOD, &package()).is_empty());
    }

    #[test]
    fn a_header_without_description_or_invariant_is_found() {
        let violations = header("lib.rs", "//! Does z.\n\n// **Invariant:**\n", &package());
        assert_eq!(violations.len(), 2, "{violations:?}");
    }

    #[test]
    fn a_part_of_a_word_is_not_the_word() {
        assert!(names("use serde::Serialize;", "serde"));
        assert!(!names("use serde_json::Value; // my_serde", "serde"));
    }

    #[test]
    fn an_unused_dependency_is_found() {
        let code = |all: &str| Code { production: GOOD.to_owned(), all: all.to_owned() };
        assert!(unused("Cargo.toml", &package(), &code("serde_yaml::to_string")).is_empty());
        let violations = unused("Cargo.toml", &package(), &code(""));
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].what.contains("`serde_yaml`"));
    }
}
