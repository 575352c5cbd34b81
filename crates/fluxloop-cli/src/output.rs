//! The only place that prints.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Writes a line to standard output. A reader that has gone away (`| head`) is no fault of ours,
/// and no reason to lose the run.
pub(crate) fn result(line: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Writes a line to standard error.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes a warning to standard error.
pub(crate) fn warning(text: impl Display) {
    note(format_args!("warning: {text}"));
}

/// Whether a person looks at standard error.
pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether a person looks at standard output.
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether colors are welcome on a terminal (<https://no-color.org>).
#[expect(
    clippy::disallowed_methods,
    reason = "terminal variables are the command line tool's own business"
)]
pub(crate) fn color_is_welcome() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
