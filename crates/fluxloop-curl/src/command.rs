//! The options of a command line.

use crate::options::{Flag, Meaning, Valued, long, short};
use crate::request::{self, Request};
use crate::shell::{Split, Stdin, split};
use crate::{CurlError, Shell, Text};

/// A part of a command line that a [`Request`] does not show.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// The option as it was written, or the character of the shell.
    pub what: String,
    /// Why it is left out, or what holds in its place.
    pub why: &'static str,
}

/// A curl command line.
#[derive(Debug)]
pub struct Command {
    shell: Shell,
    pub(crate) options: Vec<Given>,
    pub(crate) stdin: Option<Stdin>,
    set: Vec<(String, Text)>,
    notes: Vec<Note>,
}

/// An option that is read.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// With its value.
    Value {
        /// As it was written.
        name: String,
        what: Valued,
        value: Text,
    },
    /// On.
    Flag(Flag),
    /// It has no counterpart.
    Unsupported(CurlError),
}

impl Command {
    /// Reads a command line, in the quoting of the shell that it was written for.
    ///
    /// # Errors
    ///
    /// If it is not a command line of curl, or has options that curl does not have.
    pub fn parse(line: &str) -> Result<Self, CurlError> {
        let shell = Shell::of(line);
        let Split { words, set, stdin, notes } = split(line, shell)?;
        let arguments = arguments(&words)?;
        let mut command = Self { shell, options: Vec::new(), stdin, set, notes };
        command.read(arguments)?;
        Ok(command)
    }

    /// The shell whose quoting the line has.
    pub fn shell(&self) -> Shell {
        self.shell
    }

    /// What the request does not show, in the order of the line. Options that concern only what
    /// curl prints or stores are not in it.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The variables that are set in front of the command, with their values.
    pub fn variables(&self) -> &[(String, Text)] {
        &self.set
    }

    /// The request that curl would send. `read` gives the content of a file that the line names, or
    /// says why it cannot.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or if the line asks for something that decides what is sent and
    /// that a [`Request`] cannot say.
    pub fn request(
        &self,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Request, CurlError> {
        request::build(self, read)
    }

    fn read(&mut self, arguments: &[Text]) -> Result<(), CurlError> {
        let mut arguments = arguments.iter();
        let mut only_urls = false;
        while let Some(argument) = arguments.next() {
            let text = argument.marked();
            if !only_urls && text == "--" {
                only_urls = true;
            } else if !only_urls && let Some(name) = text.strip_prefix("--") {
                let meaning = long(name)?;
                let value = if meaning.has_value() { arguments.next().cloned() } else { None };
                if meaning.has_value() && value.is_none() {
                    return Err(CurlError::NoValue(text.to_owned()));
                }
                self.take(text, meaning, value);
            } else if !only_urls && text.len() > 1 && text.starts_with('-') {
                self.letters(&text[1..], &mut arguments)?;
            } else {
                let url = Meaning::Value(Valued::Url);
                self.take("--url", url, Some(argument.clone()));
            }
            if matches!(self.options.last(), Some(Given::Flag(Flag::Next))) {
                self.options.pop();
                let why = "only the first request of the line is read";
                self.notes.push(Note { what: "--next".to_owned(), why });
                break;
            }
        }
        Ok(())
    }

    /// Letters that share a dash: `-sSXPOST`.
    fn letters(
        &mut self,
        letters: &str,
        more: &mut std::slice::Iter<'_, Text>,
    ) -> Result<(), CurlError> {
        for (index, letter) in letters.char_indices() {
            let name = format!("-{letter}");
            let meaning = short(letter).ok_or_else(|| CurlError::UnknownOption(name.clone()))?;
            if !meaning.has_value() {
                self.take(&name, meaning, None);
                continue;
            }
            let rest = &letters[index + letter.len_utf8()..];
            let value = if rest.is_empty() { more.next().cloned() } else { Some(rest.into()) };
            let value = value.ok_or_else(|| CurlError::NoValue(name.clone()))?;
            self.take(&name, meaning, Some(value));
            break;
        }
        Ok(())
    }

    fn take(&mut self, name: &str, meaning: Meaning, value: Option<Text>) {
        let what = name.to_owned();
        match (meaning, value) {
            (Meaning::Value(it), Some(value)) => {
                self.options.push(Given::Value { name: what, what: it, value });
            }
            (Meaning::Asks(flag), _) => self.options.push(Given::Flag(flag)),
            (Meaning::Lost(_, why), _) => self.notes.push(Note { what, why }),
            (Meaning::Unsupported(_, why), _) => {
                self.options.push(Given::Unsupported(CurlError::Unsupported { what, why }));
            }
            (Meaning::Value(_) | Meaning::Prints(_) | Meaning::Ignored(_), _) => {}
        }
    }
}

/// Commands that run the command after them.
const BEFORE: [&str; 4] = ["sudo", "time", "command", "exec"];

/// What follows `curl`.
fn arguments(words: &[Text]) -> Result<&[Text], CurlError> {
    for (index, word) in words.iter().enumerate() {
        let word = word.marked();
        let file = word.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        if file == "curl" || file == "curl.exe" {
            let arguments = &words[index + 1..];
            let of_powershell = ["-Uri", "-Method", "-Headers", "-Body", "-UseBasicParsing"];
            let is_other = |it: &Text| of_powershell.contains(&it.marked());
            let is_curl = !arguments.iter().any(is_other);
            return if is_curl { Ok(arguments) } else { Err(CurlError::InvokeWebRequest) };
        }
        if ["invoke-webrequest", "invoke-restmethod", "iwr", "irm"].contains(&&*file) {
            return Err(CurlError::InvokeWebRequest);
        }
        if !BEFORE.contains(&word) {
            break;
        }
    }
    Err(CurlError::NotCurl)
}
