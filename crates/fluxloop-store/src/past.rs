//! A run that was begun earlier and is taken up again.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{RunSource, RunStatus, Summary, SummaryFile, Trace, Versions};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::directory::write_summary;
use crate::journal::Line;
use crate::reopen::Contents;
use crate::runs::runs_in;
use crate::{Action, PastRecording, RunDirectory, RunInfo, StoreError, artifact, files, recording};

/// A run that was begun earlier, held against every other writer. Nothing of it is changed before
/// [`resume`](Self::resume).
#[derive(Debug)]
pub struct PastRun {
    path: PathBuf,
    file: SummaryFile,
    journal: Contents,
    redactor: Arc<Redactor>,
    /// The journal, locked.
    locked: File,
}

/// Changes a record, and says whether it did.
pub type Judge = Box<dyn Fn(&mut Trace) -> bool + Send + Sync>;

/// What says how the other members of `summary.json` are to be read.
#[derive(Debug, Deserialize)]
struct Layout {
    versions: Versions,
}

/// How many runs a message names.
const NAMED: usize = 5;

/// What is wrong with a folder without a run: a link leads nowhere, or runs are in folders below it.
fn not_a_run(path: &Path) -> StoreError {
    if let Some((path, target)) = files::dangling_link(path) {
        return StoreError::DanglingLink { path, target };
    }
    let mut runs = runs_in(path);
    let more = runs.len().saturating_sub(NAMED);
    runs.truncate(NAMED);
    StoreError::NotARun { path: path.to_owned(), runs, more }
}

/// Takes the run in a folder for this process, until the file is closed.
pub(crate) fn hold(path: &Path) -> Result<File, StoreError> {
    summary_in(path)?;
    files::refuse_symbolic_link(path)?;
    take_journal(&path.join(artifact::TRACES))
}

impl PastRun {
    /// Opens the folder of a run. `redactor` masks what is read, as everything that is shown.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotARun`] and [`StoreError::DanglingLink`] when the folder holds none,
    /// [`StoreError::Locked`] while it is written to, [`StoreError::SymbolicLink`], [`StoreError::NotAFile`], [`StoreError::Io`],
    /// [`StoreError::BrokenSummary`] and [`StoreError::OtherVersion`] for a `summary.json` that
    /// this version does not write, and
    /// [`StoreError::BrokenJournal`] for a line within the journal that is no record: what is opened
    /// can be taken up.
    pub fn open(path: &Path, redactor: &Arc<Redactor>) -> Result<Self, StoreError> {
        // `link/` and `link/.` are the link, too.
        let path: &Path = &path.components().collect::<PathBuf>();
        summary_in(path)?;
        files::refuse_symbolic_link(path)?;
        // Whether it is a run of this version is to be told first.
        let locked = take_journal(&path.join(artifact::TRACES));
        let file = read_summary(path, redactor)?;
        let locked = locked?;
        let journal = Contents::of(path)?;
        Ok(Self { path: path.to_owned(), file, journal, redactor: redactor.clone(), locked })
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

    /// How many of them did not succeed.
    pub fn failed(&self) -> u64 {
        self.journal.failed()
    }

    /// How many of them succeeded and did not pass.
    pub fn unmet(&self) -> u64 {
        self.journal.unmet()
    }

    /// Whether its files are in order: taking the run up would move nothing aside, and derive
    /// nothing that is missing.
    pub fn is_in_order(&self) -> bool {
        let summary = &self.file.summary;
        let has_errors = summary.results.failed > 0 || summary.open() > 0;
        let failed = has_errors.then_some(artifact::ERRORS);
        let mut derived =
            [artifact::TRACE_SUMMARY, artifact::OBSERVATIONS].into_iter().chain(failed);
        self.journal.is_in_order() && derived.all(|name| self.path.join(name).is_file())
    }

    /// The run that it was made from without sending anything.
    pub fn source(&self) -> Option<&RunSource> {
        self.file.source.as_ref()
    }

    /// Its recording; `None` when nothing was recorded, or the recording was dropped.
    ///
    /// # Errors
    ///
    /// When its files cannot be read.
    pub fn recording(&self) -> Result<Option<PastRecording>, StoreError> {
        PastRecording::open(&self.path)
    }

    /// Takes its recording away. Gives how many bytes that freed.
    ///
    /// # Errors
    ///
    /// When the files cannot be removed.
    pub fn drop_recording(&self) -> Result<u64, StoreError> {
        recording::remove(&self.path)
    }

    /// The records of the journal, as [`RunDirectory::records`] gives them.
    ///
    /// # Errors
    ///
    /// When the journal cannot be opened.
    pub fn records(&self) -> Result<Records, StoreError> {
        Records::open(&self.path.join(artifact::TRACES), self.redactor.clone())
    }

    /// Holds each closed case, in the order of the inputs, against what `is_case` says.
    ///
    /// # Errors
    ///
    /// [`StoreError::ForeignRecord`] for the first one that is the record of another case, and
    /// whatever keeps the journal from being read.
    pub fn check(&self, is_case: impl FnMut(&Trace) -> bool) -> Result<(), StoreError> {
        self.journal.check(&self.path, &self.redactor, is_case)
    }

    /// Counts only the cases as closed that `place` gives a place in the order of the inputs, each
    /// another one; the others are moved aside when the run is taken up again.
    ///
    /// # Errors
    ///
    /// Whatever keeps the journal from being read.
    pub fn keep(&mut self, place: impl FnMut(&Trace) -> Option<u64>) -> Result<(), StoreError> {
        self.journal.keep(&self.path, &self.redactor, place)
    }

    /// Judges each closed case again, in the order of the inputs. `judge` changes the record, and says
    /// whether it did; records that changed replace the old ones when the run is taken up again.
    ///
    /// # Errors
    ///
    /// Whatever keeps the journal from being read.
    pub fn judge_again(&mut self, judge: Judge) -> Result<(), StoreError> {
        self.journal.judge_again(&self.path, &self.redactor, judge)
    }

    /// The address of the proxy that led to the server.
    pub fn proxy(&self) -> Option<&Masked> {
        self.file.proxy.as_ref()
    }

    /// Opens a run that is ended and in order, to judge its cases again; no file changes by that. Gives
    /// the folder, and the summary as it is.
    ///
    /// # Errors
    ///
    /// When the journal cannot be opened again.
    pub fn reopen(self, run: RunInfo) -> Result<(RunDirectory, Summary), StoreError> {
        let Self { path, file, journal, redactor, locked } = self;
        let journal = journal.into_journal(path.join(artifact::TRACES), locked);
        let directory = RunDirectory::opened(path, run, journal)?;
        Ok((directory.masking_again(redactor), file.summary))
    }

    /// Takes the run up again: what is in its journal and is no closed case (a last line that was
    /// torn, cases that were interrupted or are there twice) is moved to `set_aside.jsonl`.
    ///
    /// Gives the folder, and the summary as far as it goes on in the next one: with the time that
    /// the run was under way, and without the reason why it ended early.
    ///
    /// # Errors
    ///
    /// Whatever keeps files from being read or written.
    pub fn resume(self, run: RunInfo) -> Result<(RunDirectory, Summary), StoreError> {
        let Self { path, mut file, journal, redactor, locked } = self;
        if journal.has_moved() {
            // Killed before the end of this, the places in the journal may be those of the inputs
            // of then or of now: they are to be taken for neither.
            file.inputs_hash.clear();
            write_summary(&path, &file)?;
        }
        let mut summary = file.summary;
        match summary.status {
            RunStatus::Running => {
                summary.results.duration_seconds += under_way(&summary, journal.last_end());
            }
            RunStatus::Interrupted | RunStatus::EndedEarly => {
                summary.warnings.clear();
                summary.ended_early = None;
            }
            RunStatus::Complete | RunStatus::Partial => {}
        }
        let journal = journal.take_up(&path, &redactor, locked)?;
        let directory = RunDirectory::opened(path, run, journal)?;
        Ok((directory.masking_again(redactor), summary))
    }
}

/// The summary of the run in a folder.
fn summary_in(folder: &Path) -> Result<PathBuf, StoreError> {
    let summary = folder.join(artifact::SUMMARY);
    if summary.is_file() { Ok(summary) } else { Err(not_a_run(folder)) }
}

/// Reads the summary of the run in a folder, if it is one that this version writes.
pub(crate) fn read_summary(
    folder: &Path,
    redactor: &Arc<Redactor>,
) -> Result<SummaryFile, StoreError> {
    let path = summary_in(folder)?;
    let mut json = Vec::new();
    let read = files::open(&path)?.read_to_end(&mut json);
    read.map_err(StoreError::io(Action::Read, &path))?;
    let broken = |source| StoreError::BrokenSummary { path: path.clone(), source };
    let Layout { versions } = serde_json::from_slice(&json).map_err(broken)?;
    if versions.artifacts != Versions::ARTIFACTS {
        let (path, found) = (folder.to_owned(), versions.artifacts);
        return Err(StoreError::OtherVersion { path, found, ours: Versions::ARTIFACTS });
    }
    redactor.reading(|| serde_json::from_slice(&json)).map_err(broken)
}

/// For how long a run was under way that was killed, in seconds: until it closed its last case.
fn under_way(summary: &Summary, last_end: Option<Timestamp>) -> f64 {
    let began = summary.resumed_at.last().unwrap_or(&summary.date).parse::<Timestamp>();
    let (Some(end), Ok(began)) = (last_end, began) else { return 0.0 };
    end.duration_since(began).as_secs_f64().max(0.0)
}

/// Opens a journal for appending and takes it for this process. Where nothing can be written, a run
/// can be shown still.
fn take_journal(path: &Path) -> Result<File, StoreError> {
    let file = match files::open_regular(path, OpenOptions::new().read(true).append(true)) {
        Err(StoreError::Io { source, .. })
            if [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem]
                .contains(&source.kind()) =>
        {
            files::open(path)?
        }
        opened => opened?,
    };
    files::lock(&file, path)?;
    Ok(file)
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
        let file = BufReader::with_capacity(files::BUFFER_BYTES, files::open(path)?);
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
