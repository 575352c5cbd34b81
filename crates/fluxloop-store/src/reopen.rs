//! Takes up the journal of an earlier run: closed cases stay, everything else goes aside.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;

use fluxloop_trace::Outcome;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::files::WholeFile;
use crate::journal::{Entry, Journal, Line};
use crate::{Action, StoreError, artifact, files};

/// A line of the journal, as far as it has to be understood here.
#[derive(Debug, Deserialize)]
struct Head<'a> {
    case_index: u64,
    outcome: Outcome,
    duration_ms: f64,
    #[serde(borrow)]
    timings: When<'a>,
}

#[derive(Debug, Deserialize)]
struct When<'a> {
    scheduled_at: &'a str,
}

impl Head<'_> {
    /// When the case was closed.
    fn end(&self) -> Option<Timestamp> {
        let began: Timestamp = self.timings.scheduled_at.parse().ok()?;
        let took = SignedDuration::try_from_secs_f64(self.duration_ms / 1e3).ok()?;
        began.checked_add(took).ok()
    }
}

/// What a journal holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    closed: Vec<Entry>,
    /// Cases that are to be sent again, because they were interrupted.
    aside: Vec<Entry>,
    /// The last line, when it does not end.
    tail: Option<Tail>,
    /// When the last case was closed.
    last_end: Option<Timestamp>,
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
        let path = folder.join(artifact::TRACES);
        files::refuse_symbolic_link(&path)?;
        Self::read(&path)
    }

    /// How many cases are closed.
    pub(crate) fn closed(&self) -> u64 {
        self.closed.len() as u64
    }

    /// Moves those aside whose record `stays` does not say so of.
    pub(crate) fn keep(
        &mut self,
        folder: &Path,
        mut stays: impl FnMut(Line<'_>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let path = folder.join(artifact::TRACES);
        let (mut kept, mut entries) = (Vec::new(), self.closed.iter());
        crate::journal::read_entries(&path, &self.closed, |offset, json| {
            let entry = entries.next().copied();
            let stays = stays(Line { path: &path, offset, json })?;
            let place = if stays { &mut kept } else { &mut self.aside };
            place.extend(entry);
            Ok(())
        })?;
        self.closed = kept;
        Ok(())
    }

    /// When the last case was closed.
    pub(crate) fn last_end(&self) -> Option<Timestamp> {
        self.last_end
    }

    /// Takes up the journal of this folder: moves aside what is no closed case.
    pub(crate) fn take_up(self, folder: &Path) -> Result<Journal, StoreError> {
        let Self { mut closed, mut aside, tail, .. } = self;
        let path = folder.join(artifact::TRACES);
        let anew = !aside.is_empty();
        if let Some(Tail::Torn(entry)) = tail {
            aside.push(entry);
        }
        if !aside.is_empty() {
            // Kept there before it is taken away here: when this is cut short, a line may stand
            // there twice, and is never lost.
            set_aside(&path, &folder.join(artifact::SET_ASIDE), &aside)?;
        }
        if anew {
            closed = rewrite(&path, &closed)?;
        }
        let mut file = OpenOptions::new()
            .append(true)
            .open(&path)
            .map_err(StoreError::io(Action::Open, &path))?;
        let mended = match tail {
            Some(Tail::Whole) if !anew => file.write_all(b"\n"),
            Some(Tail::Torn(entry)) if !anew => file.set_len(entry.offset),
            _ => Ok(()),
        };
        mended.map_err(StoreError::io(Action::Write, &path))?;
        let end = closed.last().map_or(0, |last| last.offset + last.bytes + 1);
        Ok(Journal::of(path, file, end, closed))
    }

    fn read(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io(Action::Open, path))?;
        let mut file = BufReader::with_capacity(files::BUFFER_BYTES, file);
        let mut contents = Self::default();
        let (mut line, mut offset) = (Vec::new(), 0);
        loop {
            line.clear();
            let read =
                file.read_until(b'\n', &mut line).map_err(StoreError::io(Action::Read, path))?;
            if read == 0 {
                return Ok(contents);
            }
            contents.take(Line { path, offset, json: &line })?;
            offset += read as u64;
        }
    }

    fn take(&mut self, line: Line<'_>) -> Result<(), StoreError> {
        let ends = line.json.ends_with(b"\n");
        let bytes = (line.json.len() - usize::from(ends)) as u64;
        let entry = |case_index| Entry { case_index, offset: line.offset, bytes };
        let head: Head<'_> = match line.parse() {
            Ok(head) => head,
            Err(_) if !ends => {
                self.tail = Some(Tail::Torn(entry(u64::MAX)));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if !ends {
            self.tail = Some(Tail::Whole);
        }
        self.last_end = self.last_end.max(head.end());
        let entry = entry(head.case_index);
        match head.outcome {
            Outcome::Interrupted => self.aside.push(entry),
            _ => self.closed.push(entry),
        }
        Ok(())
    }
}

/// Appends lines of the journal to the file beside it.
fn set_aside(journal: &Path, aside: &Path, entries: &[Entry]) -> Result<(), StoreError> {
    files::refuse_symbolic_link(aside)?;
    let mut options = OpenOptions::new();
    options.append(true);
    let opened = match files::create_private(aside, &mut options) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            options.create_new(false).open(aside)
        }
        opened => opened,
    };
    let mut file = opened.map_err(StoreError::io(Action::Open, aside))?;
    copy(journal, entries, |line| {
        file.write_all(line).map_err(StoreError::io(Action::Write, aside))
    })?;
    file.sync_all().map_err(StoreError::io(Action::Write, aside))
}

/// Replaces the journal by one with these lines alone. Gives where they stand now.
fn rewrite(journal: &Path, entries: &[Entry]) -> Result<Vec<Entry>, StoreError> {
    let mut file = WholeFile::begin(journal)?;
    copy(journal, entries, |line| file.write(line))?;
    file.publish()?;
    let mut offset = 0;
    Ok(entries
        .iter()
        .map(|entry| {
            let moved = Entry { offset, ..*entry };
            offset += entry.bytes + 1;
            moved
        })
        .collect())
}

/// Gives each line, with a line end.
fn copy(
    journal: &Path,
    entries: &[Entry],
    mut write: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    crate::journal::read_entries(journal, entries, |_, line| {
        write(line)?;
        write(b"\n")
    })
}
