//! The only place that prints.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use console::Term;
use fluxloop_report::{Style, visible};

use crate::backlog::Backlog;

/// What waits for standard error, once a run has begun.
static BACKLOG: OnceLock<Backlog> = OnceLock::new();

/// How many bytes of lines may wait: a slow reader gets all of them, a stuck one fills no memory.
const LINES_ROOM: usize = 4 << 20;

/// How many bytes of frames may wait: a terminal that was paused needs the last frame alone.
const FRAMES_ROOM: usize = 16 << 10;

/// From now on nothing of this process waits until standard error is read.
pub(crate) fn never_wait_for_stderr() -> io::Result<()> {
    let backlog = Backlog::start(io::stderr())?;
    // A process has one run.
    let _ = BACKLOG.set(backlog);
    Ok(())
}

/// Waits until standard error has taken what was written to it.
pub(crate) fn flush() {
    if let Some(backlog) = BACKLOG.get() {
        backlog.flush();
    }
}

/// Standard error. Each write is of whole lines, or of a frame.
pub(crate) struct Stderr {
    room: usize,
}

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match BACKLOG.get() {
            Some(backlog) => backlog.push(bytes, self.room),
            None => io::stderr().write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a line to standard output. A reader that has gone away (`| head`) is no fault of ours,
/// and no reason to lose the run.
pub(crate) fn result(line: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Whether what was to read has gone away, which is no fault of ours: a pipe (`| head`), or a
/// terminal, whose other end has been closed (POSIX, `write`: `EIO`; from a disk it is a fault).
pub(crate) fn is_gone(error: &io::Error, terminal: bool) -> bool {
    let hung_up = || error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error());
    error.kind() == ErrorKind::BrokenPipe || terminal && hung_up()
}

/// Whether a bar can be drawn on standard error and drawn over again.
pub(crate) fn stderr_can_draw() -> bool {
    io::stderr().is_terminal() && !is_dumb()
}

fn is_dumb() -> bool {
    variable("TERM").is_some_and(|term| term == "dumb")
}

/// Standard output for many results, buffered.
pub(crate) fn results() -> impl Write {
    io::BufWriter::new(io::stdout().lock())
}

/// Writes a message to standard error, harmless whatever it quotes.
pub(crate) fn note(message: impl Display) {
    let _ = stderr().write_all(format!("{}\n", visible(&message.to_string())).as_bytes());
}

/// Writes a message to standard error that may have colors, and whose texts are harmless already.
pub(crate) fn rendered(message: &str) {
    let _ = stderr().write_all(format!("{}\n\n", message.trim_end()).as_bytes());
}

/// Standard output, for a reporter.
pub(crate) fn stdout() -> io::Stdout {
    io::stdout()
}

/// Standard error, for a reporter that writes lines.
pub(crate) fn stderr() -> Stderr {
    Stderr { room: LINES_ROOM }
}

/// Standard error, for a reporter that draws frames.
pub(crate) fn screen() -> Stderr {
    Stderr { room: FRAMES_ROOM }
}

/// Prints what the parser of the command line has to say: help to standard output, the rest to
/// standard error.
pub(crate) fn usage(error: &clap::Error) {
    let _ = error.print();
}

/// Writes a warning to standard error.
pub(crate) fn warning(text: impl Display) {
    note(format_args!("warning: {text}"));
}

/// Whether a person can be asked: one who sees the question and can answer it.
pub(crate) fn can_ask() -> bool {
    io::stderr().is_terminal() && io::stdin().is_terminal()
}

/// Whether a person looks at standard output.
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// How text on standard output may look.
pub(crate) fn stdout_style() -> Style {
    style(&Term::stdout())
}

/// How text on standard error may look.
pub(crate) fn stderr_style() -> Style {
    style(&Term::stderr())
}

fn style(term: &Term) -> Style {
    let terminal = term.is_term();
    let width = term.size_checked().map_or(0, |(_, columns)| columns);
    Style { color: terminal && color_is_welcome(), unicode: !terminal || speaks_unicode(), width }
}

/// A path as it is shown: relative to the current folder where that is shorter.
pub(crate) fn shown_path(path: &Path) -> PathBuf {
    let current = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(current).unwrap_or(path).to_owned()
}

/// Whether colors are welcome on a terminal (<https://no-color.org>).
fn color_is_welcome() -> bool {
    variable("NO_COLOR").is_none() && !is_dumb()
}

/// Whether the terminal's locale says UTF-8 (POSIX, section 8.2: the first that is set counts).
fn speaks_unicode() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).is_some_and(|locale| {
        let locale = locale.to_string_lossy().to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// A variable of the terminal; an empty one counts as unset.
#[expect(
    clippy::disallowed_methods,
    reason = "terminal variables are the command line tool's own business"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
