//! Errors as a person wants to read them.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use fluxloop_redact::Redactor;

use crate::exit::Exit;
use crate::output;

/// What ends a command, and with which code.
#[derive(Debug)]
pub(crate) struct Ended {
    exit: Exit,
    message: Message,
    hint: Option<String>,
}

/// What is said last.
#[derive(Debug)]
enum Message {
    /// What could not be done.
    Error(String),
    /// What was wrong was shown before; there may be a last line about it.
    Shown(Option<String>),
}

impl Ended {
    /// Says what could not be done; sources follow after colons.
    pub(crate) fn new(exit: Exit, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            let _ = write!(message, ": {error}");
            source = error.source();
        }
        Self { exit, message: Message::Error(message), hint: None }
    }

    /// What is wrong was shown; a last line may follow.
    pub(crate) fn shown(exit: Exit, last: Option<String>) -> Self {
        Self { exit, message: Message::Shown(last), hint: None }
    }

    /// Says so in these words.
    pub(crate) fn message(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: Message::Error(message.into()), hint: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }

    /// What could not be done.
    pub(crate) fn text(&self) -> &str {
        match &self.message {
            Message::Error(text) => text,
            Message::Shown(last) => last.as_deref().unwrap_or("see the errors above"),
        }
    }

    /// Hides the secrets that are known by now: an error of another crate may quote anything.
    #[must_use]
    pub(crate) fn masked(self, redactor: &Redactor) -> Self {
        let mask = |text: String| redactor.mask(&text).to_string();
        let message = match self.message {
            Message::Error(text) => Message::Error(mask(text)),
            shown @ Message::Shown(_) => shown,
        };
        Self { message, hint: self.hint.map(mask), ..self }
    }
}

/// Does what a command says, and tells what ends it. A panic, of which the hook has told by then
/// (`logging`), is a failure like any other: the run could not be done.
pub(crate) fn told(command: impl FnOnce() -> Result<Exit, Ended>) -> Exit {
    // Nothing of the command is looked at afterwards.
    let ended = catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|_panic| {
        let hint = "please report it with what is said above; what was done is on disk";
        Err(Ended::message(Exit::Failure, "a fault of this program").hint(Some(hint)))
    });
    ended.unwrap_or_else(|ended| show(&ended))
}

/// Shows what ended a command: what is wrong, and below it what to do.
fn show(ended: &Ended) -> Exit {
    match &ended.message {
        Message::Error(text) => output::note(format_args!("error: {text}")),
        Message::Shown(last) => last.iter().for_each(output::note),
    }
    if let Some(hint) = &ended.hint {
        output::note(format_args!("\nhint: {hint}"));
    }
    ended.exit
}

/// What the parser of the command line has to say: help and version are results, the rest is
/// wrong use.
///
/// An argument that no option takes is not quoted: it may be a secret, as `KEY=VALUE` without its
/// `--set`, or the second word of a value without quotes.
pub(crate) fn usage(mut error: clap::Error) -> Exit {
    if let Some(path) = configuration_in(&error) {
        output::note(format_args!("error: unexpected argument `{path}`"));
        output::note(format_args!("\nhint: name a configuration with `--config {path}`"));
        return Exit::Usage;
    }
    if let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg)
        && !argument.starts_with(['-', '<', '['])
    {
        error.insert(ContextKind::InvalidArg, ContextValue::String("…".to_owned()));
    }
    output::usage(&error);
    if error.use_stderr() { Exit::Usage } else { Exit::Success }
}

/// The path of a configuration that stands in a command line without its option: it is no secret,
/// and shown.
fn configuration_in(error: &clap::Error) -> Option<String> {
    let ContextValue::String(argument) = error.get(ContextKind::InvalidArg)? else { return None };
    let extension = Path::new(argument).extension()?.to_str()?.to_lowercase();
    let is_path = ["yaml", "yml", "json", "toml"].contains(&extension.as_str())
        && !argument.starts_with('-')
        && !argument.contains(|c: char| c == '=' || c.is_whitespace());
    let is_run = || error.to_string().contains(" run experiment");
    (error.kind() == ErrorKind::UnknownArgument && is_path && is_run()).then(|| argument.clone())
}

#[cfg(test)]
mod tests {
    use fluxloop_redact::Secret;

    use super::*;

    #[test]
    fn a_panic_is_a_failure() {
        assert_eq!(told(|| panic!("what nobody expected")), Exit::Failure);
    }

    #[test]
    fn a_message_and_its_hint_hide_secrets() {
        let redactor = Redactor::builder().secret("KEY", &Secret::new("sk-live-0123")).build();
        let ended = Ended::message(Exit::Failure, "`sk-live-0123` is no folder")
            .hint(Some("make `sk-live-0123`"))
            .masked(&redactor);
        assert!(matches!(ended.message, Message::Error(text) if text == "`***` is no folder"));
        assert_eq!(ended.hint.as_deref(), Some("make `***`"));
    }
}
