//! Colors, symbols and widths, as far as the reader's terminal has them.

use std::borrow::Cow;

use fluxloop_trace::{CaseId, Milliseconds};

use crate::{units, visible};

/// How output may look. Whoever makes it knows the terminal; nothing here asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Style {
    /// Whether colors may be used (SGR sequences).
    pub color: bool,
    /// Whether the terminal shows more than ASCII in what this program draws itself. Text from
    /// outside is shown as it came.
    pub unicode: bool,
    /// Columns; lines are cut or wrapped there. 0 stands for "not known", which is 80.
    pub width: u16,
}

impl Style {
    /// The width that is used: at least 40, because nothing can be laid out in less.
    pub(crate) fn columns(self) -> usize {
        match self.width {
            0 => 80,
            width => usize::from(width.max(40)),
        }
    }

    /// Text that carries the message.
    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Text that can be overlooked.
    pub(crate) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// What went well.
    pub(crate) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// What went wrong.
    pub(crate) fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// What deserves a look.
    pub(crate) fn odd(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// What stands in place of text that was cut.
    pub(crate) fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// Text from outside, harmless and on one line of at most `columns`.
    pub(crate) fn one_line(self, text: &str, columns: usize) -> String {
        visible::one_line(text, columns, self.ellipsis())
    }

    /// Text that is harmless already, cut at a width.
    pub(crate) fn cut(self, text: &str, columns: usize) -> Cow<'_, str> {
        visible::truncate(text, columns, self.ellipsis())
    }

    /// The name of a case, which the user's inputs decide.
    pub(crate) fn case_id(self, case_id: &CaseId) -> String {
        self.one_line(&case_id.to_string(), 40)
    }

    /// A duration in the unit that suits it.
    pub(crate) fn duration(self, duration: impl Into<Milliseconds>) -> String {
        let written = units::duration(duration.into());
        if self.unicode { written } else { written.replace('µ', "u") }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

impl Default for Style {
    /// Neither color nor more than ASCII, 80 columns.
    fn default() -> Self {
        Self { color: false, unicode: false, width: 80 }
    }
}
