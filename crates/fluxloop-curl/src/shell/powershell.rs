//! Splits a line as PowerShell does (its pages `about_Quoting_Rules` and
//! `about_Special_Characters`).

use super::cursor::Cursor;
use super::{NEXT_COMMAND, OUTPUT, Split, left_out, name_length};
use crate::{CurlError, Text};

/// Splits the first command.
pub(super) fn split(line: &str) -> Result<Split, CurlError> {
    let mut lexer =
        Lexer { cursor: Cursor::new(line.trim_start()), split: Split::default(), word: None };
    lexer.command()?;
    let mut split = lexer.split;
    split.words = split.words.iter().map(passed_on).collect();
    Ok(split)
}

/// The argument as a program gets it. Before version 7.3, PowerShell left quotes inside of an
/// argument to the program's runtime, so they are written `\"` for it; where one stands without a
/// backslash, the line is for a newer version, which changes nothing.
fn passed_on(word: &Text) -> Text {
    let text = word.marked();
    let is_bare = |(at, _): (usize, &str)| !text[..at].ends_with('\\');
    if text.match_indices('"').any(is_bare) {
        return word.clone();
    }
    Text::from_marked(text.replace("\\\"", "\""))
}

struct Lexer<'l> {
    cursor: Cursor<'l>,
    split: Split,
    word: Option<Text>,
}

impl Lexer<'_> {
    fn text(&mut self) -> &mut Text {
        self.word.get_or_insert_default()
    }

    fn command(&mut self) -> Result<(), CurlError> {
        while let Some(c) = self.cursor.next() {
            match c {
                ' ' | '\t' => self.end_word(),
                '\n' | '|' | ';' => {
                    self.end_word();
                    if !self.cursor.rest.trim().is_empty() {
                        let what = if c == '\n' { "line end" } else { &c.to_string() };
                        self.split.notes.push(left_out(what, NEXT_COMMAND));
                    }
                    return Ok(());
                }
                '>' => {
                    self.split.notes.push(left_out(">", OUTPUT));
                    break;
                }
                '`' => self.backquote(),
                '@' if self.word.is_none() && self.cursor.rest.starts_with(['\'', '"']) => {
                    self.here_string()?;
                }
                '\'' => self.single()?,
                '"' => self.double()?,
                '$' => self.dollar()?,
                c => self.text().push(c),
            }
        }
        self.end_word();
        Ok(())
    }

    fn end_word(&mut self) {
        self.split.words.extend(self.word.take());
    }

    /// A backquote continues a line, or escapes a character.
    fn backquote(&mut self) {
        let Some(c) = self.cursor.next() else { return };
        match c {
            '\n' => {}
            'n' => self.text().push('\n'),
            'r' => self.text().push('\r'),
            't' => self.text().push('\t'),
            c => self.text().push(c),
        }
    }

    fn single(&mut self) -> Result<(), CurlError> {
        self.text();
        loop {
            let inside = self.cursor.until("'").ok_or(CurlError::OpenQuote('\''))?;
            self.text().push_str(inside);
            if !self.cursor.take("'") {
                return Ok(());
            }
            self.text().push('\'');
        }
    }

    fn double(&mut self) -> Result<(), CurlError> {
        self.text();
        loop {
            match self.cursor.next().ok_or(CurlError::OpenQuote('"'))? {
                '"' if self.cursor.take("\"") => self.text().push('"'),
                '"' => return Ok(()),
                '`' => self.backquote(),
                '$' => self.dollar()?,
                c => self.text().push(c),
            }
        }
    }

    /// A text between `@'` and `'@`, each with lines of its own.
    fn here_string(&mut self) -> Result<(), CurlError> {
        let quote = self.cursor.next().ok_or(CurlError::HereDocument)?;
        self.cursor.until("\n").ok_or(CurlError::HereDocument)?;
        let end = format!("\n{quote}@");
        let inside = self.cursor.until(&end).ok_or(CurlError::HereDocument)?;
        if quote == '\'' {
            self.text().push_str(inside);
            return Ok(());
        }
        let mut lexer = Lexer { cursor: Cursor::new(inside), split: Split::default(), word: None };
        while let Some(c) = lexer.cursor.next() {
            match c {
                '`' => lexer.backquote(),
                '$' => lexer.dollar()?,
                c => lexer.text().push(c),
            }
        }
        let text = lexer.word.unwrap_or_default();
        self.text().append(&text);
        Ok(())
    }

    /// A variable of the environment (`$env:NAME`), or one of PowerShell.
    fn dollar(&mut self) -> Result<(), CurlError> {
        if self.cursor.rest.starts_with('(') {
            return Err(CurlError::Substitution);
        }
        let in_braces = self.cursor.take("{");
        let _ = self.cursor.take("env:") || self.cursor.take("Env:");
        let length = name_length(self.cursor.rest);
        if length == 0 {
            if in_braces {
                return Err(CurlError::Expansion);
            }
            self.text().push('$');
            return Ok(());
        }
        let name = self.cursor.bytes(length);
        self.text().append_variable(name);
        if in_braces && !self.cursor.take("}") { Err(CurlError::Expansion) } else { Ok(()) }
    }
}
