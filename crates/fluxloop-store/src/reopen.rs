//! Takes up the journal of an earlier run: closed cases stay, everything else goes aside.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fluxloop_redact::Redactor;
use fluxloop_trace::{Outcome, Trace};
use jiff::Timestamp;
use serde::Deserialize;

use crate::files::WholeFile;
use crate::journal::{Entry, Journal, Line, read_entries};
use crate::{Action, Judge, StoreError, artifact, files};

/// What a journal holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    closed: Vec<Entry>,
    /// How many of them did not succeed.
    failed: u64,
    /// How many of them succeeded and did not pass.
    unmet: u64,
    /// Cases that are to be sent again, because they were interrupted, and what comes after the
    /// first record of a case.
    aside: Vec<Entry>,
    /// The last line, when it does not end.
    tail: Option<Tail>,
    /// When the last case was closed.
    last_end: Option<Timestamp>,
    /// Whether a case has another place today than its line says.
    moved: bool,
    /// Judges records again, where one of them changes by that.
    again: Option<Again>,
}

/// Judges records again.
pub(crate) struct Again(pub(crate) Judge);

impl fmt::Debug for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Again").finish_non_exhaustive()
    }
}

/// A last line without its end.
#[derive(Clone, Copy, Debug)]
enum Tail {
    /// Only the line end is missing; its entry is among the others.
    Whole,
    /// It was torn.
    Torn(Entry),
}

impl Contents {
    /// Reads the journal of this folder.
    pub(crate) fn of(folder: &Path) -> Result<Self, StoreError> {
        Self::read(&folder.join(artifact::TRACES))
    }

    /// How many cases are closed.
    pub(crate) fn closed(&self) -> u64 {
        self.closed.len() as u64
    }

    /// How many of them did not succeed.
    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }

    /// How many of them succeeded and did not pass.
    pub(crate) fn unmet(&self) -> u64 {
        self.unmet
    }

    fn count(&mut self, trace: &Trace) {
        self.failed += u64::from(!trace.success);
        self.unmet += u64::from(trace.success && !trace.passed());
    }

    /// Whether every line is a closed case in its place.
    pub(crate) fn is_in_order(&self) -> bool {
        let is_whole = self.aside.is_empty() && !matches!(self.tail, Some(Tail::Torn(_)));
        is_whole && !self.moved && self.again.is_none()
    }

    /// Whether a case has another place today than its line says.
    pub(crate) fn has_moved(&self) -> bool {
        self.moved
    }

    /// Judges each closed case again.
    pub(crate) fn judge_again(
        &mut self,
        folder: &Path,
        redactor: &Arc<Redactor>,
        judge: Judge,
    ) -> Result<(), StoreError> {
        let entries = std::mem::take(&mut self.closed);
        (self.failed, self.unmet) = (0, 0);
        let mut changes = false;
        read_entries(&folder.join(artifact::TRACES), &entries, |_, line| {
            let mut trace: Trace = redactor.reading(|| line.parse())?;
            changes |= judge(&mut trace);
            self.count(&trace);
            Ok(())
        })?;
        self.closed = entries;
        self.again = changes.then_some(Again(judge));
        Ok(())
    }

    /// Moves those cases to their place that `place` gives one, and the others aside. It sees cases as
    /// they are judged now.
    pub(crate) fn keep(
        &mut self,
        folder: &Path,
        redactor: &Arc<Redactor>,
        mut place: impl FnMut(&Trace) -> Option<u64>,
    ) -> Result<(), StoreError> {
        let mut kept = Vec::new();
        let entries = std::mem::take(&mut self.closed);
        (self.failed, self.unmet) = (0, 0);
        read_entries(&folder.join(artifact::TRACES), &entries, |entry, line| {
            let mut trace: Trace = redactor.reading(|| line.parse())?;
            if let Some(Again(judge)) = &self.again {
                judge(&mut trace);
            }
            if let Some(case_index) = place(&trace) {
                self.moved |= case_index != entry.case_index;
                self.count(&trace);
                kept.push(Entry { case_index, ..entry });
            } else {
                self.aside.push(entry);
            }
            Ok(())
        })?;
        self.closed = kept;
        Ok(())
    }

    /// Holds each closed case, in the order of the inputs, against what `is_case` says.
    pub(crate) fn check(
        &self,
        folder: &Path,
        redactor: &Arc<Redactor>,
        mut is_case: impl FnMut(&Trace) -> bool,
    ) -> Result<(), StoreError> {
        let mut entries = self.closed.clone();
        entries.sort_unstable();
        read_entries(&folder.join(artifact::TRACES), &entries, |_, line| {
            let trace = redactor.reading(|| line.parse())?;
            if is_case(&trace) { Ok(()) } else { Err(line.foreign()) }
        })
    }

    /// When the last case was closed.
    pub(crate) fn last_end(&self) -> Option<Timestamp> {
        self.last_end
    }

    /// Takes up the journal of this folder: moves aside what is no closed case.
    pub(crate) fn take_up(
        self,
        folder: &Path,
        redactor: &Arc<Redactor>,
        mut file: File,
    ) -> Result<Journal, StoreError> {
        let Self { mut closed, mut aside, tail, moved, again, .. } = self;
        let path = folder.join(artifact::TRACES);
        let anew = moved || !aside.is_empty() || again.is_some();
        if let Some(Tail::Torn(entry)) = tail {
            aside.push(entry);
        }
        if !aside.is_empty() {
            // Kept there before it is taken away here: when this is cut short, a line may stand
            // there twice, and is never lost.
            set_aside(&path, &folder.join(artifact::SET_ASIDE), &aside)?;
        }
        if anew {
            (closed, file) = rewrite(&path, &closed, redactor, again.as_ref())?;
        } else {
            // It may have been opened for nothing but reading.
            files::open_regular(&path, OpenOptions::new().append(true))?;
        }
        let mended = match tail {
            Some(Tail::Whole) if !anew => file.write_all(b"\n"),
            Some(Tail::Torn(entry)) if !anew => file.set_len(entry.offset),
            _ => Ok(()),
        };
        mended.map_err(StoreError::io(Action::Write, &path))?;
        let end = closed.last().map_or(0, |last| last.offset + last.bytes + 1);
        Ok(Journal::of(path, file, end, closed))
    }

    /// The journal as it is, of which every line is a closed case in its place.
    pub(crate) fn into_journal(self, path: PathBuf, file: File) -> Journal {
        let end = self.closed.last().map_or(0, |last| last.offset + last.bytes + 1);
        Journal::of(path, file, end, self.closed)
    }

    fn read(path: &Path) -> Result<Self, StoreError> {
        let mut file = BufReader::with_capacity(files::BUFFER_BYTES, files::open(path)?);
        let mut contents = Self::default();
        // Nothing of the texts is kept or shown.
        let unmasked = Arc::new(Redactor::none());
        let (mut line, mut offset, mut seen) = (Vec::new(), 0, HashSet::new());
        loop {
            line.clear();
            let read =
                file.read_until(b'\n', &mut line).map_err(StoreError::io(Action::Read, path))?;
            if read == 0 {
                return Ok(contents);
            }
            let whole = Line { path, offset, json: &line };
            unmasked.reading(|| contents.take(whole, &mut seen))?;
            offset += read as u64;
        }
    }

    fn take(&mut self, line: Line<'_>, seen: &mut HashSet<u64>) -> Result<(), StoreError> {
        let ends = line.json.ends_with(b"\n");
        let bytes = (line.json.len() - usize::from(ends)) as u64;
        let entry = |case_index| Entry { case_index, offset: line.offset, bytes };
        // All of it, though little is needed: what is taken up has to be readable to its end.
        let trace: Trace = match line.parse() {
            Ok(trace) => trace,
            Err(_) if !ends => {
                self.tail = Some(Tail::Torn(entry(u64::MAX)));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if !ends {
            self.tail = Some(Tail::Whole);
        }
        self.last_end = self.last_end.max(end_of(&trace));
        let entry = entry(trace.case_index);
        if trace.outcome != Outcome::Interrupted && seen.insert(trace.case_index) {
            self.closed.push(entry);
            self.count(&trace);
        } else {
            self.aside.push(entry);
        }
        Ok(())
    }
}

/// When the case was closed.
fn end_of(trace: &Trace) -> Option<Timestamp> {
    let began: Timestamp = trace.turns.first()?.timings.scheduled_at.parse().ok()?;
    began.checked_add(Duration::from(trace.duration_ms)).ok()
}

/// Appends lines of the journal to the file beside it.
fn set_aside(journal: &Path, aside: &Path, entries: &[Entry]) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    // A pipe that nobody reads can be opened for both, and is told from a file then.
    options.read(true).append(true);
    let mut file = match files::create_private(aside, &mut options) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            files::open_unshared(aside, options.create_new(false))?
        }
        created => created.map_err(StoreError::io(Action::Open, aside))?,
    };
    read_entries(journal, entries, |_, line| {
        let written = file.write_all(line.json).and_then(|()| file.write_all(b"\n"));
        written.map_err(StoreError::io(Action::Write, aside))
    })?;
    file.sync_all().map_err(StoreError::io(Action::Write, aside))
}

/// Replaces the journal by one with these lines alone, which this process has, too. Gives where they
/// stand now.
pub(crate) fn rewrite(
    journal: &Path,
    entries: &[Entry],
    redactor: &Arc<Redactor>,
    again: Option<&Again>,
) -> Result<(Vec<Entry>, File), StoreError> {
    let mut file = WholeFile::begin(journal)?;
    file.lock()?;
    let (mut written, mut offset) = (Vec::with_capacity(entries.len()), 0);
    read_entries(journal, entries, |entry, line| {
        let json = match again {
            Some(again) => judged(line, entry.case_index, redactor, again)?,
            None => placed(line, entry.case_index, redactor)?,
        };
        file.write(&json)?;
        file.write(b"\n")?;
        let bytes = json.len() as u64;
        written.push(Entry { offset, bytes, ..entry });
        offset += bytes + 1;
        Ok(())
    })?;
    Ok((written, file.publish()?))
}

/// The line of a case that has this place: as it was, unless it says another one.
fn placed<'a>(
    line: Line<'a>,
    case_index: u64,
    redactor: &Arc<Redactor>,
) -> Result<Cow<'a, [u8]>, StoreError> {
    #[derive(Deserialize)]
    struct Place {
        case_index: u64,
    }
    if line.parse::<Place>()?.case_index == case_index {
        return Ok(line.json.into());
    }
    let trace: Trace = redactor.reading(|| line.parse())?;
    written(line, &Trace { case_index, ..trace })
}

/// The line of a case as it is judged now, at its place.
fn judged<'a>(
    line: Line<'a>,
    case_index: u64,
    redactor: &Arc<Redactor>,
    Again(judge): &Again,
) -> Result<Cow<'a, [u8]>, StoreError> {
    let mut trace: Trace = redactor.reading(|| line.parse())?;
    if !judge(&mut trace) {
        return placed(line, case_index, redactor);
    }
    written(line, &Trace { case_index, ..trace })
}

fn written<'a>(line: Line<'a>, trace: &Trace) -> Result<Cow<'a, [u8]>, StoreError> {
    let json = serde_json::to_vec(trace);
    json.map(Cow::Owned)
        .map_err(|source| StoreError::Format { path: line.path.to_owned(), source: source.into() })
}
