//! Finds and reads `.env` files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_redact::Secret;

use crate::Origin;
use crate::error::Fault;
use crate::report::Report;
use crate::yaml::read_lossy;

/// A variable of a `.env` file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assignment {
    /// Where it stands.
    pub(super) origin: Origin,
    /// Its value, in which `${…}` is still to be replaced, and `$${` is a literal `${`; or what is
    /// wrong with its line.
    pub(super) value: Result<Secret, Fault>,
    /// The name, where the value is `$NAME` and nothing else, without single quotes.
    pub(super) bare: Option<String>,
}

/// How many variables a file may have: each of them may be a secret, which takes 6 KB.
const MAX_VARIABLES: usize = 20_000;

/// Where `.env` may be: beside `configs/`, and one folder above it; the nearer wins.
pub(super) fn candidates(root: &Path) -> Vec<PathBuf> {
    let absolute = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let above = absolute.parent().map(|folder| folder.join(".env"));
    [Some(root.join(".env")), above].into_iter().flatten().collect()
}

/// Reads a file of variables.
pub(super) fn read(path: &Path, shown: &Path, report: &mut Report) -> BTreeMap<String, Assignment> {
    let text = Secret::new(read_lossy(path, &shown.into(), report).unwrap_or_default());
    parse(text.expose(), shown, report)
}

/// Reads `NAME=value` lines as python-dotenv and Docker Compose do. Where a name stands twice, the
/// last one counts. A line that cannot be read is a fault of its variable alone.
pub(super) fn parse(text: &str, shown: &Path, report: &mut Report) -> BTreeMap<String, Assignment> {
    let shown: Arc<Path> = shown.into();
    if text.contains('\0') {
        report.fault(&Origin::file(&shown), "", Fault::NotUtf8);
        return BTreeMap::new();
    }
    let text = Secret::new(text.replace("\r\n", "\n"));
    let mut assignments = BTreeMap::new();
    let mut rest = text.expose();
    let mut line = 1;
    while !rest.is_empty() {
        let origin = Origin::at(&shown, line, 1);
        let (first, next) = rest.split_once('\n').unwrap_or((rest, ""));
        let statement = first.trim_start();
        let mut after = next;
        if !statement.is_empty() && !statement.starts_with('#') {
            let (name, behind) = name(statement);
            let assigned = behind.strip_prefix('=').filter(|_| !name.is_empty());
            let (mut name, mut bare) = (name, None);
            let value = match assigned.map(|it| value(&rest[first.len() - it.len()..])) {
                Some(Some((value, _))) if value.contains(char::REPLACEMENT_CHARACTER) => {
                    Some(Err(Fault::NotUtf8))
                }
                Some(Some((value, end))) => {
                    after = end;
                    bare = assigned.and_then(|it| bare_name(it, &value));
                    Some(Ok(Secret::new(value)))
                }
                // A name alone leaves the variable to the process, as in a file for Docker.
                None if !name.contains('-') && (behind.is_empty() || behind.starts_with('#')) => {
                    None
                }
                Some(None) => {
                    Some(Err(Fault::DotenvLine(quote_fault(assigned.unwrap_or_default(), next))))
                }
                None => {
                    let (why, of) = line_fault(statement, behind);
                    name = of.unwrap_or(name);
                    Some(Err(Fault::DotenvLine(why)))
                }
            };
            if let Some(value) = value {
                assignments.insert(name.to_owned(), Assignment { origin, value, bare });
            }
        }
        line += rest[..rest.len() - after.len()].matches('\n').count();
        rest = after;
    }
    if assignments.len() > MAX_VARIABLES {
        report.fault(&Origin::file(&shown), "", Fault::ManyVariables { most: MAX_VARIABLES });
        return BTreeMap::new();
    }
    assignments
}

/// What is wrong with a line without `NAME=`, and the variable that it was meant for.
fn line_fault<'s>(statement: &'s str, behind: &str) -> (&'static str, Option<&'s str>) {
    let set = statement.split_once([' ', '\t']).filter(|(word, _)| ["set", "setx"].contains(word));
    if let Some((_, rest)) = set.filter(|(_, rest)| rest.contains('=')) {
        let why = "`set` belongs to the command prompt of Windows; write `NAME=value`";
        return (why, Some(name(rest.trim_start().trim_start_matches('"')).0));
    }
    if behind.starts_with(':') {
        return ("`:` follows the name; write `NAME=value`", None);
    }
    ("`=` is missing after the name; write `NAME=value`", None)
}

/// What is wrong with a value that begins with a quote, and goes on in the next lines.
fn quote_fault(line: &str, next: &str) -> &'static str {
    let start = line.trim_start();
    let quote = start.chars().next().unwrap_or_default();
    let is_closed = |text: &str| closing(text, quote).is_some();
    if is_closed(&start[quote.len_utf8().min(start.len())..]) {
        "text follows the closing quote; only a comment may stand there"
    } else if is_closed(next) {
        "the quote is closed in a later line, and text follows it; close it in this line"
    } else {
        "the quote is not closed; close it, or leave it out"
    }
}

/// The name in a value that is `$NAME` alone.
fn bare_name(written: &str, value: &str) -> Option<String> {
    let name = value.strip_prefix('$').filter(|_| !written.trim_start().starts_with('\''))?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
}

/// The name at the beginning of a statement, and what follows it.
fn name(statement: &str) -> (&str, &str) {
    let is_name = |c: char| c.is_alphanumeric() || "_.-".contains(c);
    let exported = statement.strip_prefix("export").filter(|it| it.starts_with([' ', '\t']));
    let statement = exported.unwrap_or(statement).trim_start();
    let end = statement.find(|c| !is_name(c)).unwrap_or(statement.len());
    (&statement[..end], statement[end..].trim_start())
}

/// Reads a value, and gives what follows its lines. Quotes count only where they begin it, and then
/// only a comment may follow them; without quotes it ends before a blank and `#`, or with the line.
fn value(text: &str) -> Option<(String, &str)> {
    let (line, next) = text.split_once('\n').unwrap_or((text, ""));
    let start = line.trim_start();
    let Some(quote) = start.chars().next().filter(|c| "'\"".contains(*c)) else {
        // In front of it is the `=`, or a blank.
        let comment = line.match_indices('#').find(|(at, _)| line[..*at].ends_with([' ', '\t']));
        let value = comment.map_or(line, |(at, _)| &line[..at]);
        return Some((value.trim().to_owned(), next));
    };
    let quoted = &text[line.len() - start.len() + 1..];
    // A path may end in a backslash: `'C:\temp\'`.
    let ends = [closing(quoted, quote), quoted.find(quote)].into_iter().flatten();
    let (value, next) = ends.into_iter().find_map(|end| {
        let after = &quoted[end + 1..];
        let (tail, next) = after.split_once('\n').unwrap_or((after, ""));
        let is_over = tail.trim().is_empty() || tail.trim_start().starts_with('#');
        is_over.then_some((&quoted[..end], next))
    })?;
    let value = match quote {
        '\'' => value.replace("\\'", "'").replace("${", "$${"),
        _ => unescaped(value),
    };
    Some((value, next))
}

/// Where the first quote without a backslash in front of it is.
fn closing(quoted: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    let end = quoted.char_indices().find(|(_, c)| {
        let closes = *c == quote && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        closes
    });
    end.map(|(at, _)| at)
}

/// What a text in double quotes means. A backslash before anything that needs none stays.
fn unescaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        value.push_str(before);
        let (meaning, length) = match after.as_bytes().first() {
            Some(b'n') => ("\n", 1),
            Some(b'r') => ("\r", 1),
            Some(b't') => ("\t", 1),
            Some(b'$') if after.starts_with("${") => ("$${", 2),
            Some(b'$' | b'\\' | b'"' | b'\'') => (&after[..1], 1),
            _ => ("\\", 0),
        };
        value.push_str(meaning);
        rest = &after[length..];
    }
    value.push_str(rest);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: impl AsRef<[u8]>) -> BTreeMap<String, Assignment> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        std::fs::write(&path, text).unwrap();
        let mut report = Report::default();
        let read = read(&path, Path::new(".env"), &mut report);
        assert!(!report.is_faulty());
        read
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let read = read_all(text);
        let shown: Vec<_> = read
            .iter()
            .map(|(name, it)| (name.as_str(), it.value.as_ref().map_or("?", Secret::expose)))
            .collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn quotes_export_comments_and_crlf_work() {
        check(
            "# a comment\r\nexport A=1\r\nB=\"two words\" # why\r\nC='$A'\r\nD=x # y\r\n\r\nE=\r\nF = # none\nG=#1\nexport=2",
            &[
                ("A", "1"),
                ("B", "two words"),
                ("C", "$A"),
                ("D", "x"),
                ("E", ""),
                ("F", ""),
                ("G", "#1"),
                ("export", "2"),
            ],
        );
    }

    #[test]
    fn what_other_programs_read_is_read() {
        check("A=My Cool App", &[("A", "My Cool App")]);
        check("A = true  \n  B\t=\t2", &[("A", "true"), ("B", "2")]);
        check("A=`a b`", &[("A", "`a b`")]);
        check("A-B=1\n1C=2\nA.B=3", &[("1C", "2"), ("A-B", "1"), ("A.B", "3")]);
        check("A=it's \"so\" # x", &[("A", "it's \"so\"")]);
        check("A=b'c d'", &[("A", "b'c d'")]);
        check("A='it\\'s'", &[("A", "it's")]);
        check("A=\"one\ntwo\"\nB='x\ny'\n", &[("A", "one\ntwo"), ("B", "x\ny")]);
        check("A={\"a\": [1, 2]}", &[("A", "{\"a\": [1, 2]}")]);
        check("A=b=c==\nB=a;b|c&d", &[("A", "b=c=="), ("B", "a;b|c&d")]);
        // Left to the process.
        check("A\nexport B\n", &[]);
    }

    #[test]
    fn a_dollar_without_braces_is_text() {
        for value in ["pa$sword", "x$y_z", "ab$", "$$5", "a\\zb", "a#b", "a=b", "C:\\work"] {
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
    fn double_quotes_have_escapes() {
        check("A=\"a\\\"b\\\\c\\nd\\te\\$f\"", &[("A", "a\"b\\c\nd\te$f")]);
        check("A=a\\nb", &[("A", "a\\nb")]);
        check("A='C:\\temp\\'\nB='x'", &[("A", "C:\\temp\\"), ("B", "x")]);
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
    fn a_line_that_cannot_be_read_is_its_variables_alone() {
        check(
            "A=1\n\n- item\nKEY: x\nB=\"two\nlines\"\nMy Key=x\nC='open\nD=4\nE=\"x\"y\n",
            &[
                ("-", "?"),
                ("A", "1"),
                ("B", "two\nlines"),
                ("C", "?"),
                ("D", "4"),
                ("E", "?"),
                ("KEY", "?"),
                ("My", "?"),
            ],
        );
        let read = read_all(b"# caf\xe9\nA=1\nB=caf\xe9\n");
        assert_eq!(read["A"].value, Ok(Secret::new("1")));
        assert_eq!(read["B"].value, Err(Fault::NotUtf8));
        assert_eq!(read["B"].origin.to_string(), ".env:3:1");
    }
}
