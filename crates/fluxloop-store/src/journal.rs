//! The journal: one line per case, in order of completion.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_redact::Redactor;
use fluxloop_trace::Trace;

use crate::reopen::{Again, rewrite};
use crate::{Action, Judge, StoreError, files};

/// How many bytes are gathered before they are written. A buffer that grew beyond this for one huge
/// case is given back after it.
const KEPT_BUFFER_BYTES: usize = 1 << 20;

/// Where the line of a case stands: all that memory keeps of it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Entry {
    pub(crate) case_index: u64,
    pub(crate) offset: u64,
    /// Without the line end.
    pub(crate) bytes: u64,
}

/// The journal of a run, open for appending.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    /// Locked: the folder belongs to this process for as long as it is open.
    file: File,
    /// How far the file is written.
    end: u64,
    /// The lines of the file, and behind them those that are gathered.
    entries: Vec<Entry>,
    /// Whole lines that are to be written next.
    gathered: Vec<u8>,
}

impl Journal {
    /// Begins an empty journal, which is this process's.
    pub(crate) fn create(path: PathBuf) -> Result<Self, StoreError> {
        let file = files::create_private(&path, OpenOptions::new().append(true))
            .map_err(StoreError::io(Action::Open, &path))?;
        files::lock(&file, &path)?;
        Ok(Self::of(path, file, 0, Vec::new()))
    }

    /// Goes on behind these lines.
    pub(crate) fn of(path: PathBuf, file: File, end: u64, entries: Vec<Entry>) -> Self {
        Self { path, file, end, entries, gathered: Vec::new() }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The same file, opened so many times more.
    pub(crate) fn open_again(&self, times: usize) -> Result<Vec<File>, StoreError> {
        let open = |_| self.file.try_clone().map_err(StoreError::io(Action::Open, &self.path));
        (0..times).map(open).collect()
    }

    /// Appends the records of cases, by one write unless they are large.
    pub(crate) fn append<'a>(
        &mut self,
        traces: impl IntoIterator<Item = &'a Trace>,
    ) -> Result<(), StoreError> {
        for trace in traces {
            if let Err(error) = self.gather(trace) {
                self.write()?;
                return Err(error);
            }
            if self.gathered.len() >= KEPT_BUFFER_BYTES {
                self.write()?;
            }
        }
        self.write()
    }

    /// Adds a line to those that are to be written.
    fn gather(&mut self, trace: &Trace) -> Result<(), StoreError> {
        let start = self.gathered.len();
        if let Err(source) = serde_json::to_writer(&mut self.gathered, trace) {
            self.gathered.truncate(start);
            return Err(StoreError::Format { path: self.path.clone(), source: source.into() });
        }
        self.entries.push(Entry {
            case_index: trace.case_index,
            offset: self.end + start as u64,
            bytes: (self.gathered.len() - start) as u64,
        });
        self.gathered.push(b'\n');
        Ok(())
    }

    /// Writes the gathered lines.
    fn write(&mut self) -> Result<(), StoreError> {
        let (whole, written) = write_lines(&mut self.file, &self.gathered);
        self.end += whole as u64;
        if written.is_err() {
            // A full disk may have taken half a line, and what follows must not join it; when even
            // this fails, it is a torn tail like any other.
            drop(self.file.set_len(self.end));
            self.entries.retain(|entry| entry.offset < self.end);
        }
        self.gathered.clear();
        self.gathered.shrink_to(KEPT_BUFFER_BYTES);
        written.map_err(StoreError::io(Action::Write, &self.path))
    }

    /// Reads every line back, in the order of the inputs.
    pub(crate) fn read_in_input_order(
        &mut self,
        mut visit: impl FnMut(Line<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.entries.sort_unstable();
        read_entries(&self.path, &self.entries, |_, line| visit(line))
    }

    /// Writes the journal anew, with the records as they are judged now.
    pub(crate) fn judge_again(
        &mut self,
        redactor: &Arc<Redactor>,
        judge: Judge,
    ) -> Result<(), StoreError> {
        let again = Again(judge);
        (self.entries, self.file) = rewrite(&self.path, &self.entries, redactor, Some(&again))?;
        self.end = self.entries.last().map_or(0, |last| last.offset + last.bytes + 1);
        Ok(())
    }

    /// Hands what was written to the disk itself, against a loss of power.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_all().map_err(StoreError::io(Action::Write, &self.path))
    }
}

/// Writes lines; tells how many bytes of whole lines were taken, whatever happened then.
fn write_lines(out: &mut impl Write, lines: &[u8]) -> (usize, io::Result<()>) {
    let (mut taken, mut written) = (0, Ok(()));
    while taken < lines.len() && written.is_ok() {
        match out.write(&lines[taken..]) {
            Ok(0) => written = Err(ErrorKind::WriteZero.into()),
            Ok(count) => taken += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => written = Err(error),
        }
    }
    let whole = lines[..taken].iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    (whole, written)
}

/// Reads lines in the order of the entries.
pub(crate) fn read_entries(
    path: &Path,
    entries: &[Entry],
    mut visit: impl FnMut(Entry, Line<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let file = files::open(path)?;
    // Cases that were begun together were closed near each other: most lines are in the buffer.
    let mut file = BufReader::with_capacity(files::BUFFER_BYTES, file);
    let (mut line, mut at) = (Vec::new(), 0);
    for entry in entries {
        read_entry(&mut file, at, *entry, &mut line).map_err(StoreError::io(Action::Read, path))?;
        at = entry.offset + entry.bytes;
        visit(*entry, Line { path, offset: entry.offset, json: &line })?;
        line.shrink_to(KEPT_BUFFER_BYTES);
    }
    Ok(())
}

/// Reads the line of one case into `line`; the reader stands at `at`.
fn read_entry(
    file: &mut BufReader<File>,
    at: u64,
    entry: Entry,
    line: &mut Vec<u8>,
) -> io::Result<()> {
    line.clear();
    // No file is larger than the largest `i64`.
    file.seek_relative(entry.offset.wrapping_sub(at).cast_signed())?;
    let read = file.take(entry.bytes).read_to_end(line)?;
    if (read as u64) < entry.bytes {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// The number of the line that begins at a place, as editors count.
fn line_number(path: &Path, offset: u64) -> u64 {
    let before = files::open(path).map(|file| BufReader::new(file.take(offset)).split(b'\n'));
    1 + before.into_iter().flatten().map_while(Result::ok).count() as u64
}

/// A line of the journal, as it was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) path: &'a Path,
    pub(crate) offset: u64,
    pub(crate) json: &'a [u8],
}

impl<'a> Line<'a> {
    /// Reads the line as a record.
    pub(crate) fn parse<T: serde::Deserialize<'a>>(&self) -> Result<T, StoreError> {
        serde_json::from_slice(self.json).map_err(|source| self.broken(source))
    }

    /// That it is the record of another case.
    pub(crate) fn foreign(&self) -> StoreError {
        let line = line_number(self.path, self.offset);
        StoreError::ForeignRecord { path: self.path.to_owned(), line }
    }

    /// What is wrong with it.
    pub(crate) fn broken(&self, source: serde_json::Error) -> StoreError {
        StoreError::BrokenJournal {
            path: self.path.to_owned(),
            line: line_number(self.path, self.offset),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes, a few at a time, and is full then.
    struct Disk(usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            let count = bytes.len().min(self.0).min(3);
            self.0 -= count;
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[track_caller]
    fn check_room(room: usize, whole: usize, fits: bool) {
        let (taken, written) = write_lines(&mut Disk(room), b"{1}\n{22}\n{333}\n");
        assert_eq!((taken, written.is_ok()), (whole, fits));
    }

    #[test]
    fn whole_lines_that_were_written_before_the_disk_was_full_count() {
        check_room(100, 15, true);
        check_room(15, 15, true);
        check_room(14, 9, false);
        check_room(9, 9, false);
        check_room(5, 4, false);
        check_room(4, 4, false);
        check_room(3, 0, false);
        check_room(0, 0, false);
    }

    /// The only disk that is always full.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_line_that_could_not_be_written_is_not_in_the_index() {
        let file = OpenOptions::new().append(true).open("/dev/full").expect("it can be opened");
        let path = PathBuf::from("/dev/full");
        let mut journal =
            Journal { path, file, end: 0, entries: Vec::new(), gathered: b"{}".to_vec() };
        journal.entries.push(Entry { case_index: 7, offset: 0, bytes: 2 });
        let error = journal.write().expect_err("it is full");
        assert!(matches!(error, StoreError::Io { action: Action::Write, .. }), "{error:?}");
        assert!(error.hint().is_some_and(|hint| hint.contains("free some space")));
        assert_eq!((journal.entries.len(), journal.end), (0, 0));
    }
}
