//! A broken rule, and where.

use std::fmt;

/// A broken rule, shown as `file:line: what; how to mend`.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Violation {
    /// From the workspace's folder.
    pub(super) file: String,
    /// From 1.
    pub(super) line: usize,
    /// What is wrong.
    pub(super) what: String,
    /// What to do about it.
    pub(super) mend: String,
}

impl Violation {
    /// Notes a broken rule.
    pub(super) fn new(
        file: &str,
        line: usize,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { file: file.to_owned(), line, what: what.into(), mend: mend.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, what, mend } = self;
        write!(f, "{file}:{line}: {what}; {mend}")
    }
}
