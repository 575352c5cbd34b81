//! Snapshots that wait for a review.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::diff::diff;
use crate::workspace;

/// A snapshot that waits for a review.
#[derive(Debug)]
pub(super) enum Pending {
    /// `name.snap.new`, to become `name.snap`.
    File(PathBuf),
    /// A literal in the code: only its author can put it back in shape.
    Inline {
        /// The file of code.
        source: PathBuf,
        /// The line of the assertion, from 1.
        line: u64,
        /// What stands there.
        old: String,
        /// What should.
        new: String,
    },
}

/// Finds all of them, by path.
pub(super) fn find() -> Result<Vec<Pending>> {
    let mut found = Vec::new();
    for path in workspace::files(workspace::root())? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".snap.new") {
            found.push(Pending::File(path));
        } else if let Some(source) = inline_source(&name) {
            let source = path.with_file_name(source);
            found.extend(inline(&source, &workspace::read(&path)?)?);
        }
    }
    Ok(found)
}

/// The file of code whose pending snapshots this file holds: `.x.rs.pending-snap` is about `x.rs`.
fn inline_source(name: &str) -> Option<&str> {
    name.strip_suffix(".pending-snap").map(|source| source.trim_start_matches('.'))
}

/// Reads one `.pending-snap`: a JSON object a line, of which only those of the last run count.
fn inline(source: &Path, text: &str) -> Result<Vec<Pending>> {
    let lines: Vec<Value> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .with_context(|| format!("the pending snapshots of `{}`", source.display()))?;
    let last_run = lines.last().map(|line| line["run_id"].clone());
    let snapshot = |value: &Value| value["snapshot"].as_str().unwrap_or_default().to_owned();
    let pending = lines
        .iter()
        .filter(|line| Some(&line["run_id"]) == last_run.as_ref() && line["new"].is_object())
        .map(|line| Pending::Inline {
            source: source.to_owned(),
            line: line["line"].as_u64().unwrap_or_default(),
            old: snapshot(&line["old"]),
            new: snapshot(&line["new"]),
        })
        .collect();
    Ok(pending)
}

impl Pending {
    /// Where it is, as messages show it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(new) => workspace::relative(&accepted(new)),
            Self::Inline { source, line, .. } => {
                format!("{}:{line}", workspace::relative(source))
            }
        }
    }

    /// What changes, line by line.
    pub(super) fn diff(&self) -> Result<String> {
        match self {
            Self::File(new) => {
                let old = fs::read_to_string(accepted(new)).unwrap_or_default();
                Ok(diff(contents(&old), contents(&workspace::read(new)?)))
            }
            Self::Inline { old, new, .. } => Ok(diff(old, new)),
        }
    }

    /// Makes the new text the expected one, where that is a file's name alone.
    pub(super) fn accept(&self) -> Result<bool> {
        let Self::File(new) = self else {
            return Ok(false);
        };
        let text = workspace::read(new)?;
        fs::write(accepted(new), without_line_number(&text))
            .and_then(|()| fs::remove_file(new))
            .with_context(|| format!("`{}` could not be accepted", self.name()))?;
        Ok(true)
    }

    /// Forgets the new text. Of the snapshots in the code it forgets all of that file, because
    /// they share one; the next run finds again those that still differ.
    pub(super) fn reject(&self) -> Result<()> {
        let path = match self {
            Self::File(new) => new.clone(),
            Self::Inline { source, .. } => {
                let name = source.file_name().unwrap_or_default().to_string_lossy();
                source.with_file_name(format!(".{name}.pending-snap"))
            }
        };
        if path.exists() {
            fs::remove_file(&path)
                .with_context(|| format!("`{}` could not be rejected", self.name()))?;
        }
        Ok(())
    }
}

/// `name.snap.new` without `.new`.
fn accepted(new: &Path) -> PathBuf {
    new.with_extension("")
}

/// What a snapshot's file says below its header.
fn contents(text: &str) -> &str {
    text.strip_prefix("---\n")
        .and_then(|text| text.split_once("\n---\n"))
        .map_or(text, |(_, contents)| contents)
}

/// A snapshot's text without the line of the assertion in its header: that line would change with
/// every edit above it.
fn without_line_number(text: &str) -> String {
    let contents = contents(text);
    let header = &text[..text.len() - contents.len()];
    let kept = header.split_inclusive('\n').filter(|line| !line.starts_with("assertion_line:"));
    kept.chain([contents]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "---\nsource: x.rs\nassertion_line: 7\nexpression: y\n---\na\n---\nb\n";

    #[test]
    fn the_header_ends_at_the_first_rule() {
        assert_eq!(contents(NEW), "a\n---\nb\n");
        assert_eq!(contents("no header"), "no header");
    }

    #[test]
    fn the_line_number_is_not_kept() {
        assert_eq!(without_line_number(NEW), "---\nsource: x.rs\nexpression: y\n---\na\n---\nb\n");
    }

    #[test]
    fn only_the_last_run_counts_and_only_what_differs() {
        let text = r#"{"run_id":"1","line":3,"new":{"snapshot":"stale"},"old":null}
{"run_id":"2","line":5,"new":{"snapshot":"is"},"old":{"snapshot":"was"}}
{"run_id":"2","line":9,"new":null,"old":null}
"#;
        let pending = inline(&workspace::root().join("x.rs"), text).expect("it is valid");
        let shown: Vec<_> = pending
            .iter()
            .map(|pending| (pending.name(), pending.diff().expect("no file is read")))
            .collect();
        assert_eq!(shown, [("x.rs:5".to_owned(), "- was\n+ is\n".to_owned())]);
    }

    #[test]
    fn the_file_of_an_inline_snapshot_names_its_source() {
        assert_eq!(inline_source(".x.rs.pending-snap"), Some("x.rs"));
        assert_eq!(inline_source("x.snap"), None);
    }
}
