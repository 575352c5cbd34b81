//! Changes keys of a configuration file, and leaves everything else in it as it is.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::Value;
use thiserror::Error;

/// A change of keys of one mapping.
#[derive(Clone, Debug)]
pub struct Edit<'e> {
    /// The keys that lead to the mapping.
    pub mapping: &'e [&'e str],
    /// The keys that are set.
    pub keys: &'e [&'e str],
    /// The lines of these keys with their comments, not indented for their place in the file.
    pub lines: &'e [String],
    /// Keys that are removed.
    pub remove: &'e [&'e str],
}

/// What came of a change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Edited {
    /// The text of the file.
    pub text: String,
    /// The keys that were removed, those that were there.
    pub removed: Vec<String>,
}

/// Why a file cannot be changed safely.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum NotEditable {
    /// The file is not YAML, or the mapping is not in it.
    #[error("`{mapping}` is not in the file")]
    NoMapping {
        /// The keys that lead to the mapping.
        mapping: String,
    },
    /// The mapping, or what leads to it, is in braces, has an anchor, or shares a line.
    #[error("`{mapping}` is not written line by line")]
    NotInLines {
        /// The keys that lead to the mapping.
        mapping: String,
    },
    /// What came of the change is not what was wanted.
    #[error("the change would change something else too")]
    OtherChange,
}

/// A key of a mapping that is written line by line.
struct Entry {
    key: String,
    /// The column of the key, counted from 0.
    column: usize,
    /// The lines, counted from 0, without what follows the value.
    lines: Range<usize>,
    /// The entries, where the value is such a mapping, too.
    entries: Option<Vec<Self>>,
}

/// Changes the text of a file. Comments, blank lines and the order of everything else stay.
///
/// What comes of it is read again: it has exactly the wanted changes.
pub fn edit(text: &str, edit: &Edit<'_>) -> Result<Edited, NotEditable> {
    let mapping = || edit.mapping.join(".");
    let not_in_lines = || NotEditable::NotInLines { mapping: mapping() };
    let root = value(text).ok_or_else(|| NotEditable::NoMapping { mapping: mapping() })?;
    let mut entries = entries(text).ok_or_else(not_in_lines)?;
    for key in edit.mapping {
        let at = entries.iter().position(|entry| entry.key == *key);
        let at = at.ok_or_else(|| NotEditable::NoMapping { mapping: mapping() })?;
        entries = entries.swap_remove(at).entries.ok_or_else(not_in_lines)?;
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_alone = |entry: &Entry| {
        lines
            .get(entry.lines.start)
            .is_some_and(|line| line.chars().take(entry.column).all(|char| char == ' '))
    };
    let (Some(first), true) = (entries.first(), entries.iter().all(is_alone)) else {
        return Err(not_in_lines());
    };
    let changed = changed(&lines, &entries, first.column, edit);
    let mut wanted = root;
    let is_set = set(&mut wanted, edit);
    if is_set.is_none() || value(&changed) != Some(wanted) {
        return Err(NotEditable::OtherChange);
    }
    let keys = entries.into_iter().map(|entry| entry.key);
    let removed = keys.filter(|key| edit.remove.contains(&key.as_str())).collect();
    Ok(Edited { text: changed, removed })
}

/// The text without what is removed, and with the new lines where the key was, or else where the
/// first removed key was, or else at the end of the mapping.
fn changed(lines: &[&str], entries: &[Entry], column: usize, edit: &Edit<'_>) -> String {
    let is_set = |entry: &Entry| edit.keys.contains(&entry.key.as_str());
    let is_gone = |entry: &&Entry| is_set(entry) || edit.remove.contains(&entry.key.as_str());
    let gone: Vec<&Entry> = entries.iter().filter(is_gone).collect();
    let old = gone.iter().find(|entry| is_set(entry)).or(gone.first());
    let at = old.map(|entry| entry.lines.start);
    let at = at.or(entries.last().map(|entry| entry.lines.end)).unwrap_or_default();
    // Each line keeps its own end; new lines end like the first one.
    let end = if lines.first().is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" };
    let mut changed = String::new();
    for number in 0..=lines.len() {
        if number == at {
            if !changed.is_empty() && !changed.ends_with('\n') {
                changed.push_str(end);
            }
            let space = " ".repeat(column);
            for line in edit.lines {
                changed.extend([space.as_str(), line.as_str(), end]);
            }
        }
        let is_gone = gone.iter().any(|entry| entry.lines.contains(&number));
        if let Some(line) = lines.get(number).filter(|_| !is_gone) {
            changed.push_str(line);
        }
    }
    changed
}

/// A text as data.
fn value(text: &str) -> Option<Value> {
    serde_yaml::from_str(text).ok()
}

/// Does the change to the data.
fn set(root: &mut Value, edit: &Edit<'_>) -> Option<()> {
    let mut mapping = root;
    for key in edit.mapping {
        mapping = mapping.get_mut(*key)?;
    }
    let members = mapping.as_object_mut()?;
    members.retain(|key, _| !edit.remove.contains(&key.as_str()));
    let own = value(&edit.lines.join("\n"))?;
    for key in edit.keys {
        members.insert((*key).to_owned(), own.get(*key)?.clone());
    }
    Some(())
}

/// The entries of the root, if it is a mapping that is written line by line.
fn entries(text: &str) -> Option<Vec<Entry>> {
    let events: Vec<(Event<'_>, Span)> =
        Parser::new_from_str(text).collect::<Result<_, _>>().ok()?;
    let events: Vec<_> =
        events.into_iter().filter(|(event, _)| !matches!(event, Event::Comment(..))).collect();
    let start = events.iter().position(|(event, _)| matches!(event, Event::MappingStart(..)))?;
    let lines: Vec<&str> = text.lines().collect();
    let mut reader = Reader { text, lines, events: &events, next: start };
    reader.value().1
}

struct Reader<'r, 't> {
    text: &'t str,
    lines: Vec<&'t str>,
    events: &'r [(Event<'t>, Span)],
    next: usize,
}

impl Reader<'_, '_> {
    /// Reads a value: the line behind its last one, if it says where it ends, and its entries, if it
    /// is a mapping that is written line by line.
    fn value(&mut self) -> (usize, Option<Vec<Entry>>) {
        let Some((event, span)) = self.events.get(self.next) else { return (0, None) };
        self.next += 1;
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) if text.is_empty() => (0, None),
            Event::MappingStart(_, anchor, _) => {
                let is_plain = !self.begins_flow(span) && *anchor == 0;
                let (end, entries) = self.mapping();
                (end, entries.filter(|_| is_plain))
            }
            Event::SequenceStart(..) => (self.list(self.begins_flow(span)), None),
            _ => (end_of(span), None),
        }
    }

    /// Whether a list or mapping is in brackets or braces.
    fn begins_flow(&self, span: &Span) -> bool {
        span.slice(self.text).is_some_and(|text| text.starts_with(['{', '[']))
            || self.character(span).is_some_and(|char| matches!(char, '{' | '['))
    }

    fn character(&self, span: &Span) -> Option<char> {
        let line = self.lines.get(span.start.line().checked_sub(1)?)?;
        line.chars().nth(span.start.col())
    }

    fn list(&mut self, is_flow: bool) -> usize {
        let mut end = 0;
        while let Some((event, span)) = self.events.get(self.next) {
            if matches!(event, Event::SequenceEnd) {
                self.next += 1;
                return if is_flow { end_of(span) } else { end };
            }
            end = end.max(span.start.line()).max(self.value().0);
        }
        end
    }

    fn mapping(&mut self) -> (usize, Option<Vec<Entry>>) {
        let (mut entries, mut end, mut is_text) = (Vec::new(), 0, true);
        while let Some((event, span)) = self.events.get(self.next) {
            if matches!(event, Event::MappingEnd) {
                self.next += 1;
                return (end.max(end_of_flow(span, end)), is_text.then_some(entries));
            }
            let key =
                if let Event::Scalar(key, ..) = event { key.to_string() } else { String::new() };
            is_text &= matches!(event, Event::Scalar(..));
            let (line, column) = (span.start.line() - 1, span.start.col());
            self.value();
            let (value_end, of_value) = self.value();
            let lines = line..self.trimmed(line, value_end.max(line + 1), column);
            end = end.max(lines.end);
            entries.push(Entry { key, column, lines, entries: of_value });
        }
        (end, None)
    }

    /// The end of a value without the blank lines and comments that follow it.
    fn trimmed(&self, start: usize, end: usize, column: usize) -> usize {
        let mut end = end.min(self.lines.len());
        while end > start + 1 {
            let line = self.lines[end - 1];
            let indent = line.len() - line.trim_start().len();
            let is_comment = line.trim_start().starts_with('#') && indent <= column;
            if !line.trim().is_empty() && !is_comment {
                break;
            }
            end -= 1;
        }
        end
    }
}

/// The number of the line behind the last one of a value, counted from 0.
fn end_of(span: &Span) -> usize {
    let (line, column) = (span.end.line(), span.end.col());
    // A block scalar ends where the next line begins.
    if column == 0 && line > span.start.line() { line - 1 } else { line }
}

/// The end of a mapping in braces; one in lines ends where the next value begins.
fn end_of_flow(span: &Span, end: usize) -> usize {
    if span.start == span.end { end } else { end_of(span) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str, lines: &[&str], remove: &[&str]) -> Result<String, NotEditable> {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let keys = ["schema", "stream"];
        let keys =
            &keys[..if lines.iter().any(|line| line.starts_with("stream:")) { 2 } else { 1 }];
        edit(text, &Edit { mapping: &["runner", "http"], keys, lines: &lines, remove })
            .map(|edited| edited.text)
    }

    #[track_caller]
    fn check(text: &str, lines: &[&str], remove: &[&str], expected: &str) {
        assert_eq!(change(text, lines, remove).as_deref(), Ok(expected));
    }

    #[test]
    fn everything_else_stays() {
        let text = "# top\nrunner:   # ours\n  http:\n    # where\n    url: http://a/b#c   # local\n\n    \
                    path: x # gone\n    body: |\n      # text\n      b\n\n    # last\nname: t\n";
        let expected = "# top\nrunner:   # ours\n  http:\n    # where\n    url: http://a/b#c   # \
                        local\n\n    schema:\n      # why\n      text: {path: t}\n    body: |\n      # \
                        text\n      b\n\n    # last\nname: t\n";
        check(text, &["schema:", "  # why", "  text: {path: t}"], &["path", "other"], expected);
    }

    #[test]
    fn a_new_key_stands_after_the_last_one() {
        let text = "runner:\n  http:\n    body:\n      a: [1,\n        2]\n    # end\nname: t";
        let expected = "runner:\n  http:\n    body:\n      a: [1,\n        2]\n    schema: x\n    # end\nname: t";
        check(text, &["schema: x"], &[], expected);
        let text = "runner:\n  http:\n    block: |\n      x\n      # y\n    empty:\n";
        check(
            text,
            &["schema: x"],
            &["empty"],
            "runner:\n  http:\n    block: |\n      x\n      # y\n    schema: x\n",
        );
    }

    #[test]
    fn a_key_is_replaced_whole() {
        let text = "runner:\n  http:\n    schema:\n      text:\n        - a: 1\n\n        - b: 2\n    \
                    # about the url\n    url: x\n";
        let expected = "runner:\n  http:\n    schema: x\n    # about the url\n    url: x\n";
        check(text, &["schema: x"], &[], expected);
    }

    #[test]
    fn line_ends_stay() {
        check(
            "runner:\r\n  http:\r\n    url: x\r\n",
            &["schema: x"],
            &[],
            "runner:\r\n  http:\r\n    url: x\r\n    schema: x\r\n",
        );
        check(
            "# ours\nrunner:\r\n  http:\n    path: y\r\n    url: x",
            &["schema: x"],
            &["path"],
            "# ours\nrunner:\r\n  http:\n    schema: x\n    url: x",
        );
        check(
            "runner:\n  http:\n    url: x",
            &["schema: x"],
            &[],
            "runner:\n  http:\n    url: x\n    schema: x\n",
        );
    }

    #[test]
    fn several_keys_are_set_together() {
        check(
            "runner:\n  http:\n    stream: sse # old\n    url: x\n    schema: y\n",
            &["stream: none # why", "schema:", "  a: b"],
            &[],
            "runner:\n  http:\n    stream: none # why\n    schema:\n      a: b\n    url: x\n",
        );
    }

    #[test]
    fn what_is_not_written_in_lines_is_refused() {
        let refused = |text: &str| change(text, &["schema: x"], &[]).expect_err("refused");
        let mapping = "runner.http".to_owned();
        let not_in_lines = NotEditable::NotInLines { mapping: mapping.clone() };
        assert_eq!(refused("runner: {http: {url: x}}\n"), not_in_lines);
        assert_eq!(refused("runner:\n  http: {url: x}\n"), not_in_lines);
        assert_eq!(refused("runner:\n  http: &a\n    url: x\n"), not_in_lines);
        assert_eq!(refused("{\"runner\": {\"http\": {\"url\": \"x\"}}}\n"), not_in_lines);
        assert_eq!(refused("runner:\n  other: 1\n"), NotEditable::NoMapping { mapping });
    }

    #[test]
    fn an_anchor_that_is_needed_elsewhere_is_not_removed() {
        let text = "runner:\n  http:\n    path: &a x\n    url: *a\n";
        assert!(change(text, &["schema: x"], &["path"]).is_err());
    }
}
