//! Errors as a person wants to read them.

use std::fmt::Write as _;

use crate::exit::Exit;
use crate::output;

/// What ends a command, and with which code.
#[derive(Debug)]
pub(crate) struct Ended {
    exit: Exit,
    message: String,
    hint: Option<String>,
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
        Self { exit, message, hint: None }
    }

    /// Says so in these words.
    pub(crate) fn message(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }
}

/// Shows what ended a command: what is wrong, and below it what to do.
pub(crate) fn show(ended: &Ended) -> Exit {
    output::note(format_args!("error: {}", ended.message));
    if let Some(hint) = &ended.hint {
        output::note(format_args!("\nhint: {hint}"));
    }
    ended.exit
}

/// What the parser of the command line has to say: help and version are results, the rest is
/// wrong use.
pub(crate) fn usage(error: &clap::Error) -> Exit {
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Success }
}
