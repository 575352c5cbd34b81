//! Splits a line as PowerShell does (its pages `about_Quoting_Rules` and
//! `about_Special_Characters`).

use super::{NEXT_COMMAND, OUTPUT, Split, left_out, name_length};
use crate::{CurlError, Text};

/// Splits the first command.
pub(super) fn split(line: &str) -> Result<Split, CurlError> {
    let mut lexer = Lexer { rest: line.trim_start(), split: Split::default(), word: None };
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
    rest: &'l str,
    split: Split,
    word: Option<Text>,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn text(&mut self) -> &mut Text {
        self.word.get_or_insert_default()
    }

    fn command(&mut self) -> Result<(), CurlError> {
        while let Some(c) = self.next() {
            match c {
                ' ' | '\t' => self.end_word(),
                '\n' | '|' | ';' => {
                    self.end_word();
                    if !self.rest.trim().is_empty() {
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
                '@' if self.word.is_none() && self.rest.starts_with(['\'', '"']) => {
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
        let Some(c) = self.next() else { return };
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
            let (inside, rest) = self.rest.split_once('\'').ok_or(CurlError::OpenQuote('\''))?;
            self.rest = rest;
            self.text().push_str(inside);
            if !self.take("'") {
                return Ok(());
            }
            self.text().push('\'');
        }
    }

    fn double(&mut self) -> Result<(), CurlError> {
        self.text();
        loop {
            match self.next().ok_or(CurlError::OpenQuote('"'))? {
                '"' if self.take("\"") => self.text().push('"'),
                '"' => return Ok(()),
                '`' => self.backquote(),
                '$' => self.dollar()?,
                c => self.text().push(c),
            }
        }
    }

    /// A text between `@'` and `'@`, each with lines of its own.
    fn here_string(&mut self) -> Result<(), CurlError> {
        let quote = self.next().ok_or(CurlError::HereDocument)?;
        let rest = self.rest.split_once('\n').ok_or(CurlError::HereDocument)?.1;
        let end = format!("\n{quote}@");
        let (inside, rest) = rest.split_once(&end).ok_or(CurlError::HereDocument)?;
        self.rest = rest;
        if quote == '\'' {
            self.text().push_str(inside);
            return Ok(());
        }
        let mut lexer = Lexer { rest: inside, split: Split::default(), word: None };
        while let Some(c) = lexer.next() {
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
        if self.rest.starts_with('(') {
            return Err(CurlError::Substitution);
        }
        let in_braces = self.take("{");
        let _ = self.take("env:") || self.take("Env:");
        let length = name_length(self.rest);
        if length == 0 {
            if in_braces {
                return Err(CurlError::Expansion);
            }
            self.text().push('$');
            return Ok(());
        }
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.text().append_variable(name);
        if in_braces && !self.take("}") { Err(CurlError::Expansion) } else { Ok(()) }
    }
}
