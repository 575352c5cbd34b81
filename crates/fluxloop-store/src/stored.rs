//! A run on disk that is only read.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_redact::Redactor;
use fluxloop_trace::{Outcome, SummaryFile, Trace};

use crate::journal::Line;
use crate::past::read_summary;
use crate::{Action, PastRecording, StoreError, artifact, files};

/// A run on disk that is only read. Another process may be writing to it: what is closed by then
/// counts.
#[derive(Debug)]
pub struct StoredRun {
    path: PathBuf,
    summary: SummaryFile,
    redactor: Arc<Redactor>,
}

impl StoredRun {
    /// Opens the folder of a run. `redactor` masks what is read, as everything that is shown.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotARun`] when the folder holds no run, [`StoreError::Io`],
    /// [`StoreError::SymbolicLink`] and [`StoreError::NotAFile`] for what stands in place of its
    /// summary, [`StoreError::BrokenSummary`] and [`StoreError::OtherVersion`] for a `summary.json`
    /// that this version does not write.
    pub fn open(path: &Path, redactor: &Arc<Redactor>) -> Result<Self, StoreError> {
        let summary = read_summary(path, redactor)?;
        Ok(Self { path: path.to_owned(), summary, redactor: redactor.clone() })
    }

    /// Where it is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What its `summary.json` holds.
    pub fn summary(&self) -> &SummaryFile {
        &self.summary
    }

    /// The records of closed cases, in order of completion, each with its place in the journal. A
    /// line that is still being written, cases that were interrupted, and what comes after the first
    /// record of a case are left out, as a resumed run leaves them out. After the last record, `None`
    /// says that there is no more by now: once more was written, it goes on.
    ///
    /// # Errors
    ///
    /// When the journal cannot be opened.
    pub fn records(&self) -> Result<StoredRecords, StoreError> {
        let path = self.journal();
        let file = BufReader::with_capacity(files::BUFFER_BYTES, files::open(&path)?);
        let redactor = self.redactor.clone();
        Ok(StoredRecords {
            path,
            file,
            offset: 0,
            line: Vec::new(),
            redactor,
            seen: HashSet::new(),
        })
    }

    /// The record at a place that [`records`](Self::records) gave.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] and [`StoreError::BrokenJournal`] when the journal has changed since.
    pub fn record_at(&self, place: u64) -> Result<Trace, StoreError> {
        let path = self.journal();
        let mut file = BufReader::new(files::open(&path)?);
        let mut line = Vec::new();
        let read =
            file.seek(SeekFrom::Start(place)).and_then(|_| file.read_until(b'\n', &mut line));
        read.map_err(StoreError::io(Action::Read, &path))?;
        let line = Line { path: &path, offset: place, json: &line };
        self.redactor.reading(|| line.parse())
    }

    /// Its recording; `None` when nothing was recorded, or the recording was dropped.
    ///
    /// # Errors
    ///
    /// When its files cannot be read.
    pub fn recording(&self) -> Result<Option<PastRecording>, StoreError> {
        PastRecording::open(&self.path)
    }

    /// Where the page about the run belongs.
    pub fn report_path(&self) -> PathBuf {
        self.path.join(artifact::REPORT)
    }

    fn journal(&self) -> PathBuf {
        self.path.join(artifact::TRACES)
    }
}

/// The records of closed cases, each with its place in the journal.
#[derive(Debug)]
pub struct StoredRecords {
    path: PathBuf,
    file: BufReader<File>,
    offset: u64,
    line: Vec<u8>,
    redactor: Arc<Redactor>,
    /// The cases that were given.
    seen: HashSet<u64>,
}

impl StoredRecords {
    fn read(&mut self) -> Result<Option<(u64, Trace)>, StoreError> {
        loop {
            self.line.clear();
            let read = self.file.read_until(b'\n', &mut self.line);
            let read = read.map_err(StoreError::io(Action::Read, &self.path))? as u64;
            let place = self.offset;
            self.offset += read;
            // The end of a line that was taken before it was written.
            if self.line == b"\n" {
                continue;
            }
            let line = Line { path: &self.path, offset: place, json: &self.line };
            let trace: Trace = match self.redactor.reading(|| line.parse()) {
                // The end of the file, or of what was written of its last line by now.
                Err(_) if !self.line.ends_with(b"\n") => {
                    self.offset = place;
                    let back = self.file.seek(SeekFrom::Start(place));
                    back.map_err(StoreError::io(Action::Read, &self.path))?;
                    return Ok(None);
                }
                parsed => parsed?,
            };
            if trace.outcome != Outcome::Interrupted && self.seen.insert(trace.case_index) {
                return Ok(Some((place, trace)));
            }
        }
    }
}

impl Iterator for StoredRecords {
    type Item = Result<(u64, Trace), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
