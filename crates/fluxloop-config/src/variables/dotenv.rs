//! Finds and reads `.env` files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_redact::Secret;

use crate::Origin;
use crate::error::Fault;
use crate::report::Report;
use crate::yaml::read_text;

/// A variable of a `.env` file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assignment {
    /// The variable's name.
    pub(super) name: String,
    /// Its value, in which `${…}` is still to be replaced, and `$${` is a literal `${`.
    pub(super) value: Secret,
    /// Where it stands.
    pub(super) origin: Origin,
}

/// Where `.env` may be: beside `configs/`, and one folder above it; the nearer wins.
pub(super) fn candidates(root: &Path) -> Vec<PathBuf> {
    let absolute = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let above = absolute.parent().map(|folder| folder.join(".env"));
    [Some(root.join(".env")), above].into_iter().flatten().collect()
}

/// Reads a file of `NAME=value` lines. Where a name stands twice, the last one counts, as when a
/// shell reads the file. All lines that cannot be read are reported.
pub(super) fn read(path: &Path, shown: &Path, report: &mut Report) -> Vec<Assignment> {
    let shown: Arc<Path> = shown.into();
    let read = Secret::new(read_text(path, &shown, report).unwrap_or_default());
    let text = Secret::new(read.expose().replace("\r\n", "\n"));
    let mut assignments: Vec<Assignment> = Vec::new();
    let mut rest = text.expose();
    let mut line = 1;
    while !rest.is_empty() {
        let origin = Origin::at(&shown, line, 1);
        let after = match assignment(rest) {
            Some((Some((name, value)), after)) => {
                assignments.retain(|known| known.name != name);
                let (name, value) = (name.to_owned(), Secret::new(value));
                assignments.push(Assignment { name, value, origin });
                after
            }
            Some((None, after)) => after,
            None => {
                report.fault(&origin, "", Fault::DotenvLine);
                next_line(rest)
            }
        };
        line += rest[..rest.len() - after.len()].matches('\n').count();
        rest = after;
    }
    assignments
}

/// What follows the first line.
fn next_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest)
}

/// Reads one assignment, or a line without one, and gives what follows; `None` where the line is
/// neither.
fn assignment(text: &str) -> Option<(Option<(&str, String)>, &str)> {
    let (line, _) = text.split_once('\n').unwrap_or((text, ""));
    if line.trim_start().is_empty() || line.trim_start().starts_with('#') {
        return Some((None, next_line(text)));
    }
    let (before, _) = line.split_once('=')?;
    let trimmed = before.trim();
    let name = match trimmed.strip_prefix("export") {
        Some(name) if name.starts_with([' ', '\t']) => name.trim_start(),
        _ => trimmed,
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    if !is_name {
        return None;
    }
    let (value, after) = value(text[before.len() + 1..].trim_start_matches([' ', '\t']))?;
    Some((Some((name, value)), after))
}

/// Reads a value as a shell would: quoted stretches and others, one behind the other, up to a blank.
/// Behind it, only a comment may stand.
fn value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    // A `#` begins a comment only where a value could begin, or behind a blank.
    if !rest.starts_with('#') {
        while let Some(c) = rest.chars().next().filter(|c| !c.is_whitespace()) {
            rest = match c {
                '\'' => {
                    let (literal, after) = rest[1..].split_once('\'')?;
                    value.push_str(&literal.replace("${", "$${"));
                    after
                }
                '"' => double_quoted(&rest[1..], &mut value)?,
                _ => step(rest, &mut value),
            };
        }
    }
    let (tail, _) = rest.split_once('\n').unwrap_or((rest, ""));
    let tail = tail.trim();
    (tail.is_empty() || tail.starts_with('#')).then(|| (value, next_line(rest)))
}

/// Reads up to the closing quote.
fn double_quoted<'t>(text: &'t str, value: &mut String) -> Option<&'t str> {
    let mut rest = text;
    while !rest.starts_with('"') {
        if rest.is_empty() {
            return None;
        }
        rest = step(rest, value);
    }
    Some(&rest[1..])
}

/// Takes one character, one escape, or one placeholder. A backslash before anything that needs none
/// stays: `C:\temp` is a path.
fn step<'t>(text: &'t str, value: &mut String) -> &'t str {
    let placeholder = text.starts_with("${").then(|| text.find(['}', '\n'])).flatten();
    if let Some(end) = placeholder.filter(|end| text[*end..].starts_with('}')) {
        value.push_str(&text[..=end]);
        return &text[end + 1..];
    }
    for (escape, meaning) in [
        ("\\${", "$${"),
        ("\\$", "$"),
        ("\\n", "\n"),
        ("\\\\", "\\"),
        ("\\\"", "\""),
        ("\\'", "'"),
        ("\\ ", " "),
    ] {
        if let Some(rest) = text.strip_prefix(escape) {
            value.push_str(meaning);
            return rest;
        }
    }
    let length = text.chars().next().map_or(0, char::len_utf8);
    value.push_str(&text[..length]);
    &text[length..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> (Vec<Assignment>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, text).unwrap();
        let mut report = Report::default();
        let read = read(&path, Path::new(".env"), &mut report);
        (read, report.into_faults().iter().map(ToString::to_string).collect())
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let (read, faults) = read_all(text);
        assert_eq!(faults, [""; 0]);
        let shown: Vec<_> = read.iter().map(|it| (it.name.as_str(), it.value.expose())).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn quotes_export_comments_and_crlf_work() {
        check(
            "# a comment\r\nexport A=1\r\nB=\"two words\" # why\r\nC='$A'\r\nD=x # y\r\n\r\nE=\r\nF = #\nexport=2",
            &[
                ("A", "1"),
                ("B", "two words"),
                ("C", "$A"),
                ("D", "x"),
                ("E", ""),
                ("F", ""),
                ("export", "2"),
            ],
        );
    }

    #[test]
    fn a_dollar_without_braces_is_text() {
        for value in ["pa$sword", "x$y_z", "ab$", "$$5", "a\\tb", "a#b", "a=b", "C:\\temp"] {
            check(&format!("A={value}"), &[("A", value)]);
            check(&format!("A=\"{value}\"\n"), &[("A", value)]);
            check(&format!("A='{value}'\n"), &[("A", value)]);
        }
    }

    #[test]
    fn placeholders_stay_unless_single_quotes_or_a_backslash_say_otherwise() {
        check("A=${B:-two words}x", &[("A", "${B:-two words}x")]);
        check("A=\"${B} c\"", &[("A", "${B} c")]);
        check("A='${B}'", &[("A", "$${B}")]);
        check("A=\"\\${B}\"", &[("A", "$${B}")]);
    }

    #[test]
    fn escapes_and_stretches_are_those_of_a_shell() {
        check("A=\"a\\\"b\\\\c\\nd\"", &[("A", "a\"b\\c\nd")]);
        check("A=a\\ b'c d'\"e\"", &[("A", "a bc de")]);
        check("A=\"one\ntwo\"\nB='x\ny'\n", &[("A", "one\ntwo"), ("B", "x\ny")]);
    }

    #[test]
    fn a_byte_order_mark_and_blanks_at_the_end_do_not_matter() {
        check("\u{feff}A=1  ", &[("A", "1")]);
    }

    #[test]
    fn the_last_of_two_values_counts() {
        check("A=1\nA=2\n", &[("A", "2")]);
    }

    #[test]
    fn faults_name_their_lines_and_do_not_quote_them() {
        let (read, faults) = read_all(
            "A=1\n\nKEY=sk-live with blanks\nnothing\nB=\"two\nlines\"\n1A=x\nC='open\nD=4\n",
        );
        let hint =
            "1: the line is no `NAME=value`; put values with spaces, quotes or `#` in quotes";
        assert_eq!(faults, [3, 4, 7, 8].map(|line| format!(".env:{line}:{hint}")));
        assert_eq!(read.len(), 3);
    }
}
