//! The journal: one line per case, in order of completion.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fluxloop_trace::Trace;

use crate::{Action, StoreError, files};

/// A buffer that grew beyond this for one huge case is given back after it.
const KEPT_BUFFER_BYTES: usize = 1 << 20;

/// Where the line of a case stands: all that memory keeps of it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Entry {
    case_index: u64,
    offset: u64,
    /// Without the line end.
    bytes: u64,
}

/// The journal of a run, open for appending.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Where the next line begins.
    end: u64,
    entries: Vec<Entry>,
    line: Vec<u8>,
}

impl Journal {
    /// Begins an empty journal.
    pub(crate) fn create(path: PathBuf) -> Result<Self, StoreError> {
        let file = files::create_private(&path, OpenOptions::new().append(true))
            .map_err(StoreError::io(Action::Open, &path))?;
        Ok(Self { path, file, end: 0, entries: Vec::new(), line: Vec::new() })
    }

    /// Appends the record of a case by one write.
    pub(crate) fn append(&mut self, trace: &Trace) -> Result<(), StoreError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, trace).map_err(|source| StoreError::Format {
            path: self.path.clone(),
            source: source.into(),
        })?;
        self.write_line(trace.case_index)?;
        self.line.clear();
        self.line.shrink_to(KEPT_BUFFER_BYTES);
        Ok(())
    }

    /// Writes the line that stands in the buffer, and remembers where.
    fn write_line(&mut self, case_index: u64) -> Result<(), StoreError> {
        let bytes = self.line.len() as u64;
        self.line.push(b'\n');
        if let Err(error) = self.file.write_all(&self.line) {
            // A full disk may have taken half of the line. What follows must not join it; when
            // even this fails, it is a torn tail like any other.
            drop(self.file.set_len(self.end));
            return Err(StoreError::io(Action::Write, &self.path)(error));
        }
        self.entries.push(Entry { case_index, offset: self.end, bytes });
        self.end += bytes + 1;
        Ok(())
    }

    /// Reads every line back, in the order of the inputs.
    pub(crate) fn read_in_input_order(
        &mut self,
        mut visit: impl FnMut(Line<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.entries.sort_unstable();
        let mut file = File::open(&self.path).map_err(StoreError::io(Action::Open, &self.path))?;
        for entry in &self.entries {
            read_entry(&mut file, *entry, &mut self.line)
                .map_err(StoreError::io(Action::Read, &self.path))?;
            visit(Line { path: &self.path, offset: entry.offset, json: &self.line })?;
            self.line.shrink_to(KEPT_BUFFER_BYTES);
        }
        Ok(())
    }

    /// Hands what was written to the disk itself, against a loss of power.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_all().map_err(StoreError::io(Action::Write, &self.path))
    }
}

/// Reads the line of one case into `line`.
fn read_entry(file: &mut File, entry: Entry, line: &mut Vec<u8>) -> std::io::Result<()> {
    line.clear();
    file.seek(SeekFrom::Start(entry.offset))?;
    let read = file.take(entry.bytes).read_to_end(line)?;
    if (read as u64) < entry.bytes {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// A line of the journal, as it was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    path: &'a Path,
    offset: u64,
    json: &'a [u8],
}

impl<'a> Line<'a> {
    /// Reads the line as a record.
    pub(crate) fn parse<T: serde::Deserialize<'a>>(&self) -> Result<T, StoreError> {
        serde_json::from_slice(self.json).map_err(|source| StoreError::BrokenJournal {
            path: self.path.to_owned(),
            offset: self.offset,
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The only disk that is always full.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_line_that_could_not_be_written_is_not_in_the_index() {
        let file = OpenOptions::new().append(true).open("/dev/full").expect("it can be opened");
        let path = PathBuf::from("/dev/full");
        let mut journal = Journal { path, file, end: 0, entries: Vec::new(), line: b"{}".to_vec() };
        let error = journal.write_line(7).expect_err("it is full");
        assert!(matches!(error, StoreError::Io { action: Action::Write, .. }), "{error:?}");
        assert!(error.hint().is_some_and(|hint| hint.contains("free some space")));
        assert_eq!((journal.entries.len(), journal.end), (0, 0));
    }
}
