//! `cargo xtask tidy`: the rules that no compiler checks.
//!
//! - [`layers`]: which crate may depend on which, held against `cargo metadata`;
//! - [`manifests`]: the shape of every `Cargo.toml`;
//! - [`crates`]: the header of every crate, and that it uses what it depends on;
//! - [`documents`]: what documents say about crates, dependencies and models;
//! - [`links`]: whether the links of documents lead anywhere;
//! - [`sources`]: words, headers and sizes of single files;
//! - [`outlets`]: who may print, and who may open files.
//!
//! Every check is a function from text to [`Violation`]s, and has its own tests.

mod crates;
mod documents;
mod layers;
mod links;
mod manifests;
mod outlets;
pub(crate) mod sources;
mod violation;

use anyhow::{Result, bail};
use serde_json::Value;
use violation::Violation;

use crate::workspace;

/// Checks everything and shows every violation.
pub(crate) fn run() -> Result<()> {
    let arguments = ["metadata", "--no-deps", "--format-version=1"];
    let metadata = workspace::output_of(&mut workspace::cargo(&arguments))?;
    let metadata: Value = serde_json::from_str(&metadata)?;

    let checked_models = workspace::read(&workspace::root().join("docs/models.md"))?;
    let mut violations = layers::check(&metadata);
    let mut files = 0;
    for path in workspace::files(workspace::root())? {
        let name = workspace::relative(&path);
        if !sources::is_checked(&name) {
            continue;
        }
        files += 1;
        let text = workspace::read(&path)?;
        violations.extend(sources::check(&name, &text));
        violations.extend(outlets::check(&name, &text));
        violations.extend(documents::models(&name, &text, &checked_models));
        if path.ends_with("Cargo.toml") {
            violations.extend(manifests::check(&name, &text));
        } else if name.strip_suffix(".md").is_some() {
            violations.extend(links::check(&name, &text));
        }
    }
    violations.extend(crates::check(&metadata)?);
    violations.extend(documents::check(&metadata)?);
    report(&violations)?;
    println!("cargo xtask tidy: {files} files are in order");
    Ok(())
}

/// Shows the violations; any is an error.
fn report(violations: &[Violation]) -> Result<()> {
    for violation in violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => Ok(()),
        1 => bail!("one rule is broken"),
        count => bail!("{count} rules are broken"),
    }
}
