//! Splits a line as POSIX shells do (POSIX.1-2024, XCU 2.2), with `$'…'`, here-documents and
//! here-strings.

use super::cursor::Cursor;
use super::{NEXT_COMMAND, OUTPUT, Split, Stdin, left_out, name_length};
use crate::{CurlError, Text};

/// Splits the first command that is not only an assignment.
pub(super) fn split(line: &str) -> Result<Split, CurlError> {
    let line = without_prompt(line);
    let mut lexer = Lexer { cursor: Cursor::new(&line), split: Split::default(), word: None };
    lexer.command()?;
    Ok(lexer.split)
}

/// A line that was copied with the prompts in front of it: `$ curl …`, then `> …`.
fn without_prompt(line: &str) -> String {
    let line = line.trim_start();
    let Some(rest) = line.strip_prefix("$ ").or_else(|| line.strip_prefix("% ")) else {
        return line.to_owned();
    };
    rest.replace("\n> ", "\n")
}

struct Lexer<'l> {
    cursor: Cursor<'l>,
    split: Split,
    /// The word that is being read; an empty one in quotes counts.
    word: Option<Word>,
}

#[derive(Default)]
struct Word {
    text: Text,
    quoted: bool,
}

impl Lexer<'_> {
    fn text(&mut self) -> &mut Text {
        &mut self.word.get_or_insert_default().text
    }

    fn quoted(&mut self) {
        self.word.get_or_insert_default().quoted = true;
    }

    fn command(&mut self) -> Result<(), CurlError> {
        while let Some(c) = self.cursor.next() {
            match c {
                ' ' | '\t' => self.end_word(),
                '\n' => {
                    self.end_word();
                    if self.is_over() {
                        return Ok(());
                    }
                }
                '#' if self.word.is_none() => {
                    let end = self.cursor.rest.find('\n').unwrap_or(self.cursor.rest.len());
                    self.cursor.rest = &self.cursor.rest[end..];
                }
                '&' if self.cursor.take(">") => self.redirection('>')?,
                '|' | ';' | '&' | '(' | ')' => {
                    self.end_word();
                    if c != ';' || self.is_over() {
                        self.split.notes.push(left_out(&c.to_string(), NEXT_COMMAND));
                        return Ok(());
                    }
                }
                '>' | '<' => self.redirection(c)?,
                '\\' => self.backslash(),
                '\'' => self.single()?,
                '"' => self.double()?,
                '`' => return Err(CurlError::Substitution),
                '$' if self.cursor.take("'") => self.ansi()?,
                '$' => self.dollar()?,
                c => self.text().push(c),
            }
        }
        self.end_word();
        self.is_over();
        Ok(())
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take() {
            self.split.words.push(word.text);
        }
    }

    /// Whether the command has ended; one that only sets variables has not.
    fn is_over(&mut self) -> bool {
        if self.split.words.first().and_then(Text::literal) == Some("export") {
            self.split.words.remove(0);
        }
        let assigned: Option<Vec<_>> = self.split.words.iter().map(assignment).collect();
        match assigned {
            Some(assigned) => {
                self.split.words.clear();
                self.split.set.extend(assigned);
                false
            }
            None => true,
        }
    }

    /// A backslash outside quotes. One before blanks at the end of a line was meant to continue it.
    fn backslash(&mut self) {
        let line_end = self.cursor.rest.trim_start_matches([' ', '\t']);
        if self.cursor.take("\n") {
            return;
        }
        if line_end.len() < self.cursor.rest.len() && line_end.starts_with('\n') {
            self.cursor.rest = &line_end[1..];
            self.end_word();
            let why = "blanks after it: read as a line that goes on";
            self.split.notes.push(left_out("\\", why));
        } else if let Some(c) = self.cursor.next() {
            self.text().push(c);
        }
    }

    fn single(&mut self) -> Result<(), CurlError> {
        let inside = self.cursor.until("'").ok_or(CurlError::OpenQuote('\''))?;
        self.quoted();
        self.text().push_str(inside);
        Ok(())
    }

    fn double(&mut self) -> Result<(), CurlError> {
        self.quoted();
        loop {
            match self.cursor.next().ok_or(CurlError::OpenQuote('"'))? {
                '"' => return Ok(()),
                '`' => return Err(CurlError::Substitution),
                '$' => self.dollar()?,
                '\\' => self.escape_in_text('"'),
                c => self.text().push(c),
            }
        }
    }

    /// A backslash in double quotes or in a here-document.
    fn escape_in_text(&mut self, quote: char) {
        let escaped = self.cursor.rest.chars().next();
        match escaped {
            Some('\n') => {
                self.cursor.next();
            }
            Some(c) if c == quote || "\\$`".contains(c) => {
                self.cursor.next();
                self.text().push(c);
            }
            _ => self.text().push('\\'),
        }
    }

    /// What follows a `$`.
    fn dollar(&mut self) -> Result<(), CurlError> {
        let length = name_length(self.cursor.rest);
        if self.cursor.rest.starts_with('(') {
            return Err(CurlError::Substitution);
        }
        if self.cursor.rest.starts_with('{') {
            self.cursor.next();
            let inside = self.cursor.until("}").ok_or(CurlError::Expansion)?;
            let name = name_length(inside);
            let is_plain = name > 0 && (name == inside.len() || inside[name..].starts_with(":-"));
            if !is_plain || inside.contains(['$', '{']) {
                return Err(CurlError::Expansion);
            }
            self.text().append_variable(inside);
        } else if length > 0 {
            let name = self.cursor.bytes(length);
            self.text().append_variable(name);
        } else {
            self.text().push('$');
        }
        Ok(())
    }

    /// `$'…'` (POSIX.1-2024, XCU 2.2.4). Its numbers are bytes, which have to be UTF-8 in the end.
    fn ansi(&mut self) -> Result<(), CurlError> {
        self.quoted();
        let mut bytes = Vec::new();
        loop {
            match self.cursor.next().ok_or(CurlError::OpenQuote('\''))? {
                '\'' => break,
                '\\' => self.ansi_escape(&mut bytes)?,
                c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        let text = String::from_utf8(bytes).map_err(|_| CurlError::NotText)?;
        if !Text::is_sound(&text) || text.contains('\0') {
            return Err(CurlError::NotText);
        }
        self.text().push_str(&text);
        Ok(())
    }

    fn ansi_escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), CurlError> {
        let c = self.cursor.next().ok_or(CurlError::OpenQuote('\''))?;
        let byte = match c {
            'n' => b'\n',
            't' => b'\t',
            'r' => b'\r',
            'a' => 7,
            'b' => 8,
            'e' | 'E' => 27,
            'f' => 12,
            'v' => 11,
            '\\' | '\'' | '"' | '?' => c as u8,
            '0'..='7' => {
                let more = self.digits(8, 2);
                let number = u32::from_str_radix(&format!("{c}{more}"), 8).unwrap_or_default();
                u8::try_from(number & 0xFF).unwrap_or_default()
            }
            'x' => {
                let digits = self.digits(16, 2);
                u8::from_str_radix(&digits, 16).map_err(|_| CurlError::NotText)?
            }
            'u' | 'U' => {
                let c = self.code_point(if c == 'u' { 4 } else { 8 })?;
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            other => {
                bytes.push(b'\\');
                bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
        };
        bytes.push(byte);
        Ok(())
    }

    /// A code point. Browsers write one above U+FFFF as two surrogates.
    fn code_point(&mut self, most: usize) -> Result<char, CurlError> {
        let mut read = || u32::from_str_radix(&self.digits(16, most), 16).ok();
        let first = read().ok_or(CurlError::NotText)?;
        let code = if (0xD800..0xDC00).contains(&first) && self.cursor.take("\\u") {
            let second = u32::from_str_radix(&self.digits(16, 4), 16).unwrap_or_default();
            let second = second.checked_sub(0xDC00).filter(|low| *low < 0x400);
            0x1_0000 + ((first - 0xD800) << 10) + second.ok_or(CurlError::NotText)?
        } else {
            first
        };
        char::from_u32(code).ok_or(CurlError::NotText)
    }

    fn digits(&mut self, radix: u32, most: usize) -> String {
        let digits: String =
            self.cursor.rest.chars().take(most).take_while(|c| c.is_digit(radix)).collect();
        self.cursor.rest = &self.cursor.rest[digits.len()..];
        digits
    }

    /// A redirection; a number in front of it names what is redirected.
    fn redirection(&mut self, c: char) -> Result<(), CurlError> {
        let number = self.word.take_if(|word| {
            let text = word.text.marked();
            !word.quoted && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
        });
        if number.is_none() {
            self.end_word();
        }
        if c == '<' {
            return self.input();
        }
        if !self.cursor.take(">") && !self.cursor.take("&") {
            self.cursor.take("|");
        }
        self.redirected()?;
        self.split.notes.push(left_out(">", OUTPUT));
        Ok(())
    }

    fn input(&mut self) -> Result<(), CurlError> {
        let stdin = if self.cursor.take("<<") {
            let mut text = self.redirected()?.text;
            text.push('\n');
            Stdin::Text(text)
        } else if self.cursor.take("<") {
            let strips_tabs = self.cursor.take("-");
            let end = self.redirected()?;
            Stdin::Text(self.here_document(&end, strips_tabs)?)
        } else {
            let path = self.redirected()?.text;
            Stdin::File(path.literal().ok_or(CurlError::Expansion)?.to_owned())
        };
        self.split.stdin = Some(stdin);
        Ok(())
    }

    /// The word that a redirection names.
    fn redirected(&mut self) -> Result<Word, CurlError> {
        self.cursor.rest = self.cursor.rest.trim_start_matches([' ', '\t']);
        while let Some(c) = self.cursor.rest.chars().next() {
            match c {
                ' ' | '\t' | '\n' | '|' | ';' | '&' | '<' | '>' => break,
                '\'' => {
                    self.cursor.next();
                    self.single()?;
                }
                '"' => {
                    self.cursor.next();
                    self.double()?;
                }
                '$' => {
                    self.cursor.next();
                    self.dollar()?;
                }
                c => {
                    self.cursor.next();
                    if c != '\\' {
                        self.text().push(c);
                    }
                }
            }
        }
        Ok(self.word.take().unwrap_or_default())
    }

    /// The lines up to the word that ends them, which are taken out of what follows.
    fn here_document(&mut self, end: &Word, strips_tabs: bool) -> Result<Text, CurlError> {
        let delimiter = end.text.literal().ok_or(CurlError::Expansion)?.to_owned();
        let (before, mut rest) =
            self.cursor.rest.split_once('\n').ok_or(CurlError::HereDocument)?;
        let mut document = String::new();
        loop {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let line = if strips_tabs { line.trim_start_matches('\t') } else { line };
            if line == delimiter {
                rest = after;
                break;
            }
            if rest.is_empty() {
                return Err(CurlError::HereDocument);
            }
            document.push_str(line);
            document.push('\n');
            rest = after;
        }
        let text = if end.quoted { Text::new(document) } else { expanded(&document)? };
        if !rest.trim().is_empty() {
            self.split.notes.push(left_out("<<", NEXT_COMMAND));
        }
        // What follows `<<EOF` in its line still belongs to the command.
        self.cursor.rest = before;
        Ok(text)
    }
}

/// The text of a here-document in which variables stand.
fn expanded(document: &str) -> Result<Text, CurlError> {
    let mut lexer = Lexer { cursor: Cursor::new(document), split: Split::default(), word: None };
    lexer.text();
    while let Some(c) = lexer.cursor.next() {
        match c {
            '$' => lexer.dollar()?,
            '`' => return Err(CurlError::Substitution),
            '\\' => lexer.escape_in_text('\\'),
            c => lexer.text().push(c),
        }
    }
    Ok(lexer.word.unwrap_or_default().text)
}

/// The name and the value of `NAME=value`.
fn assignment(word: &Text) -> Option<(String, Text)> {
    let (name, value) = word.split_once('=')?;
    let name = name.literal().filter(|name| name_length(name) == name.len())?.to_owned();
    (!name.is_empty()).then_some((name, value))
}
