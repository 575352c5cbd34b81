//! A run that was begun earlier and is taken up again.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_redact::Redactor;
use fluxloop_trace::{RunStatus, Summary, Trace, Versions};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::journal::Line;
use crate::lock::FolderLock;
use crate::reopen::Contents;
use crate::{Action, RunDirectory, RunInfo, StoreError, artifact, files};

/// A run that was begun earlier, held against every other writer. Nothing of it is changed before
/// [`resume`](Self::resume).
#[derive(Debug)]
pub struct PastRun {
    path: PathBuf,
    file: SummaryFile,
    journal: Contents,
    lock: FolderLock,
}

/// `summary.json`, read back.
#[derive(Debug, Deserialize)]
struct SummaryFile {
    #[serde(flatten)]
    summary: Summary,
    config: Value,
    config_hash: String,
    inputs_hash: String,
    #[serde(default)]
    mock: bool,
}

impl PastRun {
    /// Opens the folder of a run. `redactor` masks what is read, as everything that is shown.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotARun`] when the folder holds none, [`StoreError::Locked`] while it is
    /// written to, [`StoreError::SymbolicLink`], [`StoreError::Io`],
    /// [`StoreError::BrokenSummary`] and [`StoreError::OtherVersion`] for a `summary.json` that
    /// this version does not write, and
    /// [`StoreError::BrokenJournal`] for a line within the journal that is no record.
    pub fn open(path: &Path, redactor: &Arc<Redactor>) -> Result<Self, StoreError> {
        // `link/` and `link/.` are the link, too.
        let path: &Path = &path.components().collect::<PathBuf>();
        let summary = path.join(artifact::SUMMARY);
        // Before a lock is put into a folder that may be anybody's.
        if !summary.is_file() {
            return Err(StoreError::NotARun { path: path.to_owned() });
        }
        let lock = FolderLock::take(path)?;
        let json = fs::read(&summary).map_err(StoreError::io(Action::Read, &summary))?;
        let file: SummaryFile = redactor
            .reading(|| serde_json::from_slice(&json))
            .map_err(|source| StoreError::BrokenSummary { path: summary, source })?;
        if file.summary.versions.artifacts != Versions::ARTIFACTS {
            return Err(StoreError::OtherVersion { path: path.to_owned() });
        }
        let journal = Contents::of(path)?;
        Ok(Self { path: path.to_owned(), file, journal, lock })
    }

    /// Where it is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How far it came, as its `summary.json` says: of a run that was killed, nothing but when it
    /// began.
    pub fn summary(&self) -> &Summary {
        &self.file.summary
    }

    /// Its configuration, in the form of [`RunInfo::config`].
    pub fn config(&self) -> &Value {
        &self.file.config
    }

    /// The hash of its configuration.
    pub fn config_hash(&self) -> &str {
        &self.file.config_hash
    }

    /// The hash of its inputs.
    pub fn inputs_hash(&self) -> &str {
        &self.file.inputs_hash
    }

    /// Whether the mock agent answered.
    pub fn is_mock(&self) -> bool {
        self.file.mock
    }

    /// How many cases are closed.
    pub fn closed(&self) -> u64 {
        self.journal.closed()
    }

    /// Counts only the cases as closed that `stays` says so of; the others are moved aside when the
    /// run is taken up again.
    ///
    /// # Errors
    ///
    /// [`StoreError::BrokenJournal`] for a record that cannot be read, and whatever keeps the
    /// journal from being read.
    pub fn keep(
        &mut self,
        redactor: &Arc<Redactor>,
        mut stays: impl FnMut(&Trace) -> bool,
    ) -> Result<(), StoreError> {
        self.journal.keep(&self.path, |line| {
            let trace: Trace = redactor.reading(|| line.parse())?;
            Ok(stays(&trace))
        })
    }

    /// Takes the run up again: what is in its journal and is no closed case (a last line that was
    /// torn, cases that were interrupted) is moved to `set_aside.jsonl`.
    ///
    /// Gives the folder, and the summary as far as it goes on in the next one: with the time that
    /// the run was under way.
    ///
    /// # Errors
    ///
    /// Whatever keeps files from being read or written.
    pub fn resume(self, run: RunInfo) -> Result<(RunDirectory, Summary), StoreError> {
        let Self { path, file: SummaryFile { mut summary, .. }, journal, lock } = self;
        if summary.status == RunStatus::Running {
            summary.results.duration_seconds += under_way(&summary, journal.last_end());
        }
        let journal = journal.take_up(&path)?;
        Ok((RunDirectory::opened(path, run, journal, lock)?, summary))
    }
}

/// For how long a run was under way that was killed, in seconds: until it closed its last case.
fn under_way(summary: &Summary, last_end: Option<Timestamp>) -> f64 {
    let began = summary.resumed_at.last().unwrap_or(&summary.date).parse::<Timestamp>();
    let (Some(end), Ok(began)) = (last_end, began) else { return 0.0 };
    end.duration_since(began).as_secs_f64().max(0.0)
}

/// The records of a journal, in order of completion, read back one by one.
#[derive(Debug)]
pub struct Records {
    path: PathBuf,
    file: BufReader<File>,
    offset: u64,
    line: Vec<u8>,
    redactor: Arc<Redactor>,
}

impl Records {
    pub(crate) fn open(path: &Path, redactor: Arc<Redactor>) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io(Action::Open, path))?;
        let file = BufReader::with_capacity(files::BUFFER_BYTES, file);
        Ok(Self { path: path.to_owned(), file, offset: 0, line: Vec::new(), redactor })
    }

    fn read(&mut self) -> Result<Option<Trace>, StoreError> {
        self.line.clear();
        let read = self
            .file
            .read_until(b'\n', &mut self.line)
            .map_err(StoreError::io(Action::Read, &self.path))?;
        if read == 0 {
            return Ok(None);
        }
        let line = Line { path: &self.path, offset: self.offset, json: &self.line };
        self.offset += read as u64;
        self.redactor.reading(|| line.parse()).map(Some)
    }
}

impl Iterator for Records {
    type Item = Result<Trace, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
