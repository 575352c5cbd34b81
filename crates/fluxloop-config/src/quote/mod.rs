//! Quotes lines of configuration files, where no secret can be in them.
//!
//! A line is quoted only if no value of it is a secret, becomes part of one or stands right after
//! one ([`closed`]), and if nothing in it has the shape of a secret ([`shape`]). Comments are never
//! quoted, and of a line whose key is wrong, the value is not.

mod closed;
mod mark;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use fluxloop_redact::Redactor;
pub(crate) use mark::Extent;

use crate::error::Quote;
use crate::{Origin, Position};

/// The texts of configuration files, by the paths that messages show.
pub(crate) type Sources = BTreeMap<Arc<Path>, String>;

/// Quotes lines.
pub(crate) struct Quotes<'s> {
    sources: &'s Sources,
    redactor: &'s Redactor,
    /// The lines of each file that are not quoted, counted from 1.
    closed: BTreeMap<Arc<Path>, BTreeSet<usize>>,
}

impl<'s> Quotes<'s> {
    pub(crate) fn new(sources: &'s Sources, redactor: &'s Redactor) -> Self {
        Self { sources, redactor, closed: BTreeMap::new() }
    }

    pub(crate) fn redactor(&self) -> &'s Redactor {
        self.redactor
    }

    /// The line of a place, unless it may show a secret.
    pub(crate) fn quote(&mut self, origin: &Origin, extent: Extent) -> Option<Quote> {
        let Origin::File { path, position: Some(Position { line: number, column }) } = origin
        else {
            return None;
        };
        let text = self.sources.get(path)?;
        let closed = self.closed.entry(Arc::clone(path)).or_insert_with(|| closed::lines(text));
        if closed.contains(number) {
            return None;
        }
        let line = text.lines().nth(number.checked_sub(1)?)?;
        let (shown, mark) = mark::cut(line, *column, extent)?;
        if shape::may_be_secret(&shown, self.redactor) {
            return None;
        }
        Some(Quote { line: self.redactor.mask(&shown), mark })
    }
}

#[cfg(test)]
mod tests;
