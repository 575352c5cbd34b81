//! Splits a line as a shell does.

mod cmd;
mod cursor;
mod posix;
mod powershell;

use crate::{CurlError, Note, Text};

/// The shell that a line was written for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shell {
    /// sh, bash, zsh.
    Posix,
    /// The command prompt of Windows.
    Cmd,
    /// PowerShell.
    PowerShell,
}

impl Shell {
    /// Its name, as a message says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Posix => "a POSIX shell",
            Self::Cmd => "cmd.exe",
            Self::PowerShell => "PowerShell",
        }
    }

    /// The shell whose quoting a line has. A caret before a quote or at the end of a line is that
    /// of cmd.exe, a backquote there or `$env:` is that of PowerShell.
    pub fn of(line: &str) -> Self {
        let ends = |mark| line.lines().any(|line| line.trim_end().ends_with(mark));
        let first = line.split_whitespace().next().unwrap_or_default();
        if line.contains("^\"") || ends(" ^") {
            Self::Cmd
        } else if ends(" `") || line.contains("$env:") || line.contains("${env:") {
            Self::PowerShell
        } else if first.eq_ignore_ascii_case("curl.exe") && line.contains('\'') {
            // cmd.exe has no single quotes.
            Self::PowerShell
        } else if first.eq_ignore_ascii_case("curl.exe") {
            Self::Cmd
        } else {
            Self::Posix
        }
    }
}

/// A command, split into words.
#[derive(Debug, Default)]
pub(crate) struct Split {
    /// Its words.
    pub(crate) words: Vec<Text>,
    /// Variables that are set before it.
    pub(crate) set: Vec<(String, Text)>,
    /// What its standard input is.
    pub(crate) stdin: Option<Stdin>,
    /// What was left out.
    pub(crate) notes: Vec<Note>,
}

/// The standard input of a command.
#[derive(Clone, Debug)]
pub(crate) enum Stdin {
    /// A text.
    Text(Text),
    /// A file.
    File(String),
}

/// Splits a line as its shell does.
pub(crate) fn split(line: &str, shell: Shell) -> Result<Split, CurlError> {
    if !Text::is_sound(line) || line.contains('\0') {
        return Err(CurlError::NotText);
    }
    let line = line.replace("\r\n", "\n");
    match shell {
        Shell::Posix => posix::split(&line),
        Shell::Cmd => cmd::split(&line),
        Shell::PowerShell => powershell::split(&line),
    }
}

/// The note about what follows the command.
fn left_out(what: &str, why: &'static str) -> Note {
    Note { what: what.to_owned(), why }
}

/// What follows the first command on a line.
const NEXT_COMMAND: &str = "only the first command of the line is read";
/// What a redirection of the output means here.
const OUTPUT: &str = "the record of a run keeps the answer";

/// The length of a name of a variable at the start of a text.
fn name_length(text: &str) -> usize {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text.chars().next() {
        Some(c) if c.is_ascii_alphabetic() || c == '_' => {
            text.find(|c| !is_name(c)).unwrap_or(text.len())
        }
        _ => 0,
    }
}
