//! Splits a line as cmd.exe and the C runtime of Windows do, one after the other: carets and
//! `%NAME%` belong to the former, quotes and backslashes to the latter.

use super::cursor::Cursor;
use super::{NEXT_COMMAND, OUTPUT, Split, left_out, name_length};
use crate::{CurlError, Text};

/// Splits the first command.
pub(super) fn split(line: &str) -> Result<Split, CurlError> {
    let mut split = Split::default();
    // Chrome and Firefox write a caret before the quotes around a value. They double every
    // backslash, although the runtime halves only those before a quote, and Firefox writes carets
    // where cmd.exe keeps them. Their lines are read as they are meant: as the browser's request.
    let from_browser = line.contains("^\"");
    let line = unescaped(line.trim_start(), from_browser, &mut split);
    split.words = words(&line, from_browser)?;
    Ok(split)
}

/// Undoes carets, and takes variables. Inside of quotes a caret is a caret.
fn unescaped(line: &str, from_browser: bool, split: &mut Split) -> Text {
    let mut out = Text::default();
    let mut cursor = Cursor::new(line);
    let mut in_quotes = false;
    while let Some(c) = cursor.next() {
        match c {
            '^' if !in_quotes => {
                // A line end after a caret is dropped, and what follows stands for itself.
                cursor.take("\n");
                let Some(escaped) = cursor.rest.chars().next() else { break };
                let keeps_place = escaped == ' ' || escaped == '\t';
                if !keeps_place {
                    cursor.next();
                    out.push(escaped);
                }
            }
            '%' => match variable(cursor.rest) {
                Some(name) => {
                    out.append_variable(name);
                    cursor.bytes(name.len() + 1);
                }
                None => out.push('%'),
            },
            '"' => {
                in_quotes = !in_quotes && !from_browser;
                out.push('"');
            }
            '&' | '|' | '>' if from_browser => out.push(c),
            '\n' | '&' | '|' if !in_quotes => {
                if c != '\n' || !cursor.rest.trim().is_empty() {
                    let what = if c == '\n' { "line end" } else { &c.to_string() };
                    split.notes.push(left_out(what, NEXT_COMMAND));
                }
                break;
            }
            '>' if !in_quotes => {
                split.notes.push(left_out(">", OUTPUT));
                break;
            }
            c => out.push(c),
        }
    }
    out
}

/// The variable of `%NAME%`.
fn variable(rest: &str) -> Option<&str> {
    let (name, _) = rest.split_once('%')?;
    (!name.is_empty() && name_length(name) == name.len()).then_some(name)
}

/// The arguments as the C runtime splits them: backslashes count only before a quote, and two
/// quotes inside of quotes are one.
fn words(line: &Text, from_browser: bool) -> Result<Vec<Text>, CurlError> {
    let mut words = Vec::new();
    let mut word: Option<Text> = None;
    let mut in_quotes = false;
    let mut chars = line.marked().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let mut count = 1;
                while chars.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let before_quote = chars.peek() == Some(&'"');
                let kept = if before_quote || from_browser { count / 2 } else { count };
                let text = word.get_or_insert_default();
                text.push_str(&"\\".repeat(kept));
                if before_quote && count % 2 == 1 {
                    chars.next();
                    text.push('"');
                }
            }
            '"' if in_quotes && chars.next_if_eq(&'"').is_some() => {
                word.get_or_insert_default().push('"');
            }
            '"' => {
                word.get_or_insert_default();
                in_quotes = !in_quotes;
            }
            ' ' | '\t' | '\n' if !in_quotes => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    if in_quotes {
        return Err(CurlError::OpenQuote('"'));
    }
    words.extend(word);
    Ok(words)
}
