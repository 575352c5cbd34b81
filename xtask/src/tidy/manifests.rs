//! The shape of a crate's `Cargo.toml`.

use super::violation::Violation;

/// Lines that every manifest has.
const REQUIRED: &[(&str, &str)] = &[
    ("description = ", "the crate has no description"),
    ("version.workspace = true", "the crate has a version of its own"),
    ("edition.workspace = true", "the crate has an edition of its own"),
    ("rust-version.workspace = true", "the crate has a minimum toolchain of its own"),
    ("license.workspace = true", "the crate has a license of its own"),
    ("publish.workspace = true", "the crate could be published by accident"),
    ("[lints]\nworkspace = true", "the crate does not obey the workspace's lints"),
];

/// What every workspace says: a crate that takes its lints cannot say otherwise.
const FORBIDS_UNSAFE: &str = "unsafe_code = \"forbid\"";

/// Checks the manifest of one crate, of a workspace, or of both in one.
pub(super) fn check(file: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    if text.contains("[package]") {
        violations.extend(check_crate(file, text));
    }
    if text.contains("[workspace]") && !text.contains(FORBIDS_UNSAFE) {
        violations.push(Violation::new(
            file,
            1,
            "the workspace does not forbid unsafe code",
            format!("add `{FORBIDS_UNSAFE}` to its lints for rust"),
        ));
    }
    violations
}

fn check_crate(file: &str, text: &str) -> Vec<Violation> {
    let missing = REQUIRED.iter().filter(|(line, _)| !text.contains(line));
    let mut violations: Vec<_> = missing
        .map(|(line, what)| {
            Violation::new(file, 1, *what, format!("add `{}`", line.replace('\n', "` and `")))
        })
        .collect();

    let mut section = "";
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with('[') {
            section = line;
        } else if section.contains("dependencies") && !line.is_empty() && !line.starts_with('#') {
            let shared = line.contains("workspace = true");
            if !shared {
                violations.push(Violation::new(
                    file,
                    number,
                    "a dependency with a version of its own",
                    "put the version into the workspace's Cargo.toml and say `workspace = true`",
                ));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
[package]
name = \"x\"
description = \"Does x.\"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lints]
workspace = true

[dependencies]
serde.workspace = true
# Time is paused in tests.
tokio = { workspace = true, features = [\"time\"] }
";

    fn lines(text: &str) -> Vec<usize> {
        check("Cargo.toml", text).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_manifest_in_shape_passes() {
        assert!(lines(GOOD).is_empty());
    }

    #[test]
    fn lints_of_its_own_are_found() {
        let broken = check("Cargo.toml", &GOOD.replace("[lints]\nworkspace = true\n", ""));
        assert_eq!(broken.len(), 1);
        assert_eq!(broken[0].mend, "add `[lints]` and `workspace = true`");
    }

    #[test]
    fn a_workspace_that_lets_unsafe_code_in_is_found() {
        let workspace = "[workspace]\nlints.rust.unsafe_code = \"forbid\"\n";
        assert!(lines(workspace).is_empty());
        assert_eq!(lines(&workspace.replace("forbid", "deny")), [1]);
        assert_eq!(lines(&format!("{GOOD}\n[workspace]\n")), [1]);
    }

    #[test]
    fn a_version_of_its_own_is_found() {
        assert_eq!(lines(&GOOD.replace("serde.workspace = true", "serde = \"1\"")), [14]);
    }
}
