//! Words, headers and sizes of single files.

use std::iter;

use super::violation::Violation;

/// A file longer than this is two files.
const MAX_LINES: usize = 600;

/// Kinds of files that people write.
const WRITTEN: &[&str] = &[".rs", ".toml", ".md", ".yaml", ".yml", ".sh", ".py", ".mjs", ".ci/run"];

/// Words that no line of code may hold. The words are glued together so that this table is not its
/// own first violation.
const WORDS: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "finish it, or describe it in docs/"),
    (concat!("FIX", "ME"), "finish it, or describe it in docs/"),
    (concat!("todo", "!("), "finish it"),
    (concat!("unimplemented", "!("), "finish it"),
    (concat!("#[ig", "nore"), "mend the test or delete it"),
    (
        concat!("#[al", "low("),
        "say `#[expect(…, reason = \"…\")]`, which tells when it is needless",
    ),
    (
        concat!("#![al", "low("),
        "say `#![expect(…, reason = \"…\")]`, which tells when it is needless",
    ),
];

/// First folders of paths that exist on one machine alone.
const MACHINES: &[&str] = &["home", "root", "work", "Users"];

/// Crates without I/O: what their code may not name outside of tests.
const SANS_IO: &[&str] =
    &["redact", "sse", "jsonpath", "statistics", "trace", "compare", "plan", "aggregate"];
const IO: &[&str] =
    &["std::env", "std::fs", "std::net", "std::process", "std::thread", "SystemTime"];

/// Crates whose public types may be serializable: such a type is a promise to users.
const SERIALIZABLE: &[&str] = &["trace", "config"];

/// Whether a file is written by people and held to the rules.
pub(super) fn is_checked(file: &str) -> bool {
    WRITTEN.iter().any(|ending| file.ends_with(ending)) && !file.contains("fixtures/")
}

/// Checks one file.
pub(super) fn check(file: &str, text: &str) -> Vec<Violation> {
    let mut violations = whitespace(file, text);
    violations.extend(words(file, text));
    if file.strip_suffix(".rs").is_some() {
        violations.extend(header(file, text));
        violations.extend(size(file, text));
        violations.extend(input_and_output(file, text));
        violations.extend(serializable_types(file, text));
    }
    violations
}

/// The lines with their numbers.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

/// The lines of a file without the items under `#[cfg(test)]`. The code is formatted: an item of
/// several lines ends with a brace at the margin. `mod tests {` is the rest of its file.
pub(crate) fn production(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut lines = numbered(text);
    iter::from_fn(move || {
        loop {
            let (number, line) = lines.next()?;
            if line != "#[cfg(test)]" {
                return Some((number, line));
            }
            let (_, head) = lines.find(|(_, line)| !line.starts_with(['#', '/']))?;
            if head == "mod tests {" {
                return None;
            }
            if !head.ends_with([';', '}']) {
                lines.find(|(_, line)| ["}", "};"].contains(line))?;
            }
        }
    })
}

/// The short name of the crate whose production code a file belongs to.
pub(crate) fn crate_of(file: &str) -> Option<&str> {
    let (name, rest) = file.strip_prefix("crates/fluxloop-")?.split_once('/')?;
    rest.starts_with("src/").then_some(name)
}

fn whitespace(file: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in numbered(text) {
        if line.ends_with([' ', '\t', '\r']) {
            violations.push(Violation::new(file, number, "trailing whitespace", "remove it"));
        }
    }
    if !text.ends_with('\n') || text.ends_with("\n\n") {
        let what = "the file does not end with one newline";
        violations.push(Violation::new(file, text.lines().count(), what, "end it with one"));
    }
    violations
}

fn words(file: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in numbered(text) {
        for (word, mend) in WORDS.iter().filter(|(word, _)| line.contains(word)) {
            violations.push(Violation::new(file, number, format!("`{word}`"), *mend));
        }
        if let Some(folder) = MACHINES.iter().find(|folder| names_machine(line, folder)) {
            let what = format!("a path of one machine (`/{folder}/`)");
            violations.push(Violation::new(file, number, what, "the project lies anywhere"));
        }
    }
    violations
}

/// Whether a path in this line begins with the folder.
fn names_machine(line: &str, folder: &str) -> bool {
    let path = format!("/{folder}/");
    line.match_indices(&path).any(|(place, _)| {
        let before = line[..place].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "._-~*}/:".contains(before))
    })
}

fn header(file: &str, text: &str) -> Option<Violation> {
    let mend = "begin the file with a `//!` line that says what it is";
    (!text.starts_with("//! ")).then(|| Violation::new(file, 1, "no header", mend))
}

fn size(file: &str, text: &str) -> Option<Violation> {
    let lines = text.lines().count();
    let what = format!("{lines} lines, and {MAX_LINES} are the most");
    (lines > MAX_LINES).then(|| Violation::new(file, MAX_LINES, what, "make two files of it"))
}

fn input_and_output(file: &str, text: &str) -> Vec<Violation> {
    let Some(name) = crate_of(file).filter(|name| SANS_IO.contains(name)) else {
        return Vec::new();
    };
    let mut violations = Vec::new();
    for (number, line) in production(text).filter(|(_, line)| !is_comment(line)) {
        for word in IO.iter().filter(|word| line.contains(*word)) {
            let what = format!("`{word}` in `fluxloop-{name}`, which does no I/O and has no clock");
            violations.push(Violation::new(file, number, what, "take the value as an argument"));
        }
    }
    violations
}

fn serializable_types(file: &str, text: &str) -> Vec<Violation> {
    let Some(name) = crate_of(file).filter(|name| !SERIALIZABLE.contains(name)) else {
        return Vec::new();
    };
    let mut violations = Vec::new();
    let mut derived = false;
    for (number, line) in production(text) {
        if line.contains("derive(") {
            derived = line.contains("Serialize") || line.contains("Deserialize");
        } else if line.starts_with("pub struct") || line.starts_with("pub enum") {
            if derived {
                let what = format!("a public type of `fluxloop-{name}` derives a serde trait");
                let mend = "give it a private counterpart, or move it to fluxloop-trace";
                violations.push(Violation::new(file, number, what, mend));
            }
            derived = false;
        } else if !line.starts_with(['#', '/']) {
            derived = false;
        }
    }
    violations
}

pub(super) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSE: &str = "crates/fluxloop-sse/src/decoder.rs";

    fn lines(file: &str, text: &str) -> Vec<String> {
        check(file, text).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn broken(file: &str, text: &str, line: usize, what: &str) {
        let violations = check(file, text);
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert_eq!(violations[0].line, line);
        assert!(violations[0].what.contains(what), "{violations:?}");
    }

    #[test]
    fn a_file_in_order_passes() {
        assert_eq!(lines(SSE, "//! Decodes.\n\npub struct Decoder;\n"), [""; 0]);
        assert_eq!(lines("README.md", "# Title\n"), [""; 0]);
    }

    #[test]
    fn a_violation_reads_as_one_line() {
        assert_eq!(
            lines("README.md", "# Title \n"),
            ["README.md:1: trailing whitespace; remove it"]
        );
    }

    #[test]
    fn a_file_without_a_header_is_found() {
        broken(SSE, "pub struct Decoder;\n", 1, "no header");
    }

    #[test]
    fn a_missing_or_doubled_last_newline_is_found() {
        broken("README.md", "# Title", 1, "one newline");
        broken("README.md", "# Title\n\n", 2, "one newline");
    }

    #[test]
    fn unfinished_marks_are_found() {
        for (word, _) in WORDS {
            broken(SSE, &format!("//! Decodes.\n\n{word}\n"), 3, word);
        }
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_an_url_is_not() {
        for folder in MACHINES {
            broken("README.md", &format!("in `/{folder}/me/x`\n"), 1, folder);
            assert!(check("README.md", &format!("https://a.b/{folder}/x\n")).is_empty());
        }
    }

    #[test]
    fn a_long_file_is_found() {
        let mut text = "//! Long.\n".repeat(MAX_LINES);
        assert!(check(SSE, &text).is_empty());
        text.push_str("// one more\n");
        broken(SSE, &text, MAX_LINES, "601 lines");
    }

    #[test]
    fn a_clock_in_a_crate_without_io_is_found() {
        let text = "//! Decodes.\nuse std::time::SystemTime;\n";
        broken(SSE, text, 2, "SystemTime");
        assert!(check("crates/fluxloop-http/src/x.rs", text).is_empty());
        assert!(check(SSE, "//! Never `std::fs`.\n#[cfg(test)]\nuse std::fs;\n").is_empty());
    }

    #[track_caller]
    fn check_production(text: &str, expected: &[usize]) {
        let lines: Vec<usize> = production(text).map(|(number, _)| number).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn items_under_cfg_test_are_not_production() {
        check_production("a();\n#[cfg(test)]\nmod tests;\nb();\n", &[1, 4]);
        check_production("#[cfg(test)]\n/// It.\n#[must_use]\nfn a() {\n    b();\n}\nc();\n", &[7]);
        check_production("#[cfg(not(test))]\nfn a() {}\n#[cfg(test)]\nfn a() {}\n", &[1, 2]);
        check_production("a();\n#[cfg(test)]\nmod tests {\n    \"\n}\n\"\n}\n", &[1]);
    }

    #[test]
    fn a_public_serializable_type_is_found() {
        let text = "//! X.\n#[derive(Debug, Serialize)]\n#[serde(x)]\npub struct Public;\n";
        broken(SSE, text, 4, "derives a serde trait");
        assert!(check("crates/fluxloop-trace/src/x.rs", text).is_empty());
        assert!(check(SSE, &text.replace("pub struct", "struct")).is_empty());
        assert!(check(SSE, &text.replace("Serialize", "Clone")).is_empty());
    }
}
