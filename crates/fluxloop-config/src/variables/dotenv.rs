//! Reads `.env` files.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use fluxloop_redact::Secret;

use crate::Origin;
use crate::error::Fault;
use crate::report::Report;
use crate::yaml::read_text;

/// Where `.env` may be: beside `configs/`, and one folder above it; the nearer wins.
pub(super) fn candidates(root: &Path) -> Vec<PathBuf> {
    let absolute = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let above = absolute.parent().map(|folder| folder.join(".env"));
    [Some(root.join(".env")), above].into_iter().flatten().collect()
}

/// Reads a file of `NAME=value` lines. Where a name stands twice, the last one counts, as when a
/// shell reads the file.
pub(super) fn read(path: &Path, shown: &Path, report: &mut Report) -> Vec<(String, Secret)> {
    let shown: Arc<Path> = shown.into();
    let Some(mut text) = read_text(path, &shown, report) else {
        return Vec::new();
    };
    // Blanks at the end of a file without a line end would count as an open value.
    text.push('\n');
    let lines = Lines { rest: text.as_bytes(), count: Rc::default() };
    let count = Rc::clone(&lines.count);
    let mut variables = Vec::new();
    for item in dotenvy::from_read_iter(lines) {
        match item {
            Ok((name, value)) => {
                variables.retain(|(known, _)| *known != name);
                variables.push((name, Secret::new(value)));
            }
            Err(error) => {
                let line = first_line(&error, count.get());
                report.fault(&Origin::at(&shown, line, 1), "", Fault::DotenvLine);
                break;
            }
        }
    }
    variables
}

/// Gives one line at a time and counts them, because the library's errors tell no line number.
struct Lines<'t> {
    rest: &'t [u8],
    count: Rc<Cell<usize>>,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line =
            self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |i| i + 1);
        let length = line.min(buffer.len());
        buffer[..length].copy_from_slice(&self.rest[..length]);
        self.rest = &self.rest[length..];
        if buffer[..length].ends_with(b"\n") {
            self.count.set(self.count.get() + 1);
        }
        Ok(length)
    }
}

/// Where the faulty value begins: it may have several lines, of which `last` is the last one. The
/// error holds its text, which must not be shown.
fn first_line(error: &dotenvy::Error, last: usize) -> usize {
    match error {
        dotenvy::Error::LineParse(text, _) => {
            (last + 1).saturating_sub(text.lines().count()).max(1)
        }
        _ => last.max(1),
    }
}

/// Whether git ignores the file, as far as the plain lines of `.gitignore` in its folder and above
/// say. Where there is no repository, nothing can be committed.
pub(super) fn is_ignored(path: &Path) -> bool {
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = absolute.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for folder in absolute.ancestors().skip(1) {
        if let Ok(rules) = std::fs::read_to_string(folder.join(".gitignore"))
            && mentions(&rules, &name)
        {
            return true;
        }
        if folder.join(".git").exists() {
            return false;
        }
    }
    true
}

/// Whether a line of `.gitignore` matches the name. A path to the file counts by its last part:
/// better no warning than a wrong one.
fn mentions(rules: &str, name: &str) -> bool {
    let mut ignored = false;
    for rule in rules.lines().map(str::trim) {
        let (negated, rule) = match rule.strip_prefix('!') {
            Some(rule) => (true, rule),
            None => (false, rule),
        };
        let last = rule.trim_end_matches('/').rsplit('/').next().unwrap_or(rule);
        let matches = match last.split_once('*') {
            _ if rule.starts_with('#') || last.is_empty() => false,
            Some((start, end)) => {
                name.starts_with(start) && (end.contains('*') || name.ends_with(end))
            }
            None => last == name,
        };
        if matches {
            ignored = !negated;
        }
    }
    ignored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, text).unwrap();
        let mut report = Report::default();
        let read = read(&path, Path::new(".env"), &mut report);
        assert!(!report.is_faulty(), "{report:?}");
        let shown: Vec<_> =
            read.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn quotes_export_comments_and_crlf_work() {
        check(
            "# a comment\r\nexport A=1\r\nB=\"two words\" # why\r\nC='$A'\r\nD=x # y\r\n\r\nE=\r\n",
            &[("A", "1"), ("B", "two words"), ("C", "$A"), ("D", "x"), ("E", "")],
        );
    }

    #[test]
    fn variables_of_the_file_can_be_used_below() {
        check("HOST=h\nURL=http://${HOST}/x", &[("HOST", "h"), ("URL", "http://h/x")]);
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
    fn a_fault_names_the_line_and_does_not_quote_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, "A=1\n\nKEY=sk-live with blanks\n").unwrap();
        let mut report = Report::default();
        read(&path, Path::new(".env"), &mut report);
        let faults: Vec<_> = report.into_faults().iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [".env:3:1: the line is no `NAME=value`; put values with spaces, quotes or `#` in \
              quotes"]
        );
    }

    #[track_caller]
    fn check_rules(rules: &str, ignored: bool) {
        assert_eq!(mentions(rules, ".env"), ignored, "{rules:?}");
    }

    #[test]
    fn plain_rules_and_wildcards_ignore() {
        for rules in [".env", "/.env", "**/.env", ".env*", "*.env", "target\n.env\n", "a/.env"] {
            check_rules(rules, true);
        }
    }

    #[test]
    fn comments_negations_and_other_names_do_not() {
        for rules in ["", "#.env", ".env\n!.env", ".envrc", ".env.*"] {
            check_rules(rules, false);
        }
    }
}
