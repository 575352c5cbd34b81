//! Links of documents to files of the project.

use std::path::Path;

use super::violation::Violation;
use crate::workspace;

/// Checks the links of one Markdown file.
pub(super) fn check(file: &str, text: &str) -> Vec<Violation> {
    let folder = workspace::root().join(file);
    let folder = folder.parent().unwrap_or(workspace::root());
    let mut violations = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for target in targets(line).filter(|target| !exists(folder, target)) {
            let what = format!("the link to `{target}` leads nowhere");
            violations.push(Violation::new(file, number, what, "name a file of the project"));
        }
    }
    violations
}

/// What the links of a line lead to: `[text](target)`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// Whether a target is elsewhere in the world, in the same file, or a file that exists.
fn exists(folder: &Path, target: &str) -> bool {
    let (file, _) = target.split_once('#').unwrap_or((target, ""));
    file.is_empty() || file.contains("://") || folder.join(file).exists()
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(text: &str, broken: &[&str]) {
        let violations = super::check("xtask/README.md", text);
        let found: Vec<_> = violations.iter().map(|violation| violation.what.clone()).collect();
        let expected: Vec<_> =
            broken.iter().map(|target| format!("the link to `{target}` leads nowhere")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn links_are_looked_up_from_the_file() {
        check("[a](Cargo.toml) and [b](../Cargo.toml#lints)", &[]);
        check("[a](README.txt), [b](../no/such.md#x)", &["README.txt", "../no/such.md#x"]);
    }

    #[test]
    fn links_elsewhere_and_within_the_file_are_left_alone() {
        check("[a](https://example.org/x), [b](#heading)", &[]);
    }
}
