//! The folder of a run.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use fluxloop_redact::{Masked, Redactor};
use fluxloop_trace::{FirstError, RunSource, RunStatus, Summary, SummaryFile, Tally, Trace};
use jiff::Zoned;
use serde_json::Value;

use crate::journal::Journal;
use crate::runs::link_latest;
use crate::{Action, Judge, RecordingWriter, Records, StoreError, artifact, files};

/// How many runs may begin in one second before something else must be wrong.
const MAX_SUFFIX: u32 = 1_000;

/// How many files are open at once while the other files are derived, and then some.
const SPARE_FILES: usize = 8;

/// What `config.yaml` begins with.
const CONFIG_HEADER: &str = "# The configuration of this run, as resolved from all its sources. \
    Secrets stand here as placeholders.\n";

/// What is known of a run before it begins.
#[derive(Clone, Debug)]
pub struct RunInfo {
    /// The name of the run.
    pub name: Masked,
    /// The configuration as resolved, masked, with `${…}` in the place of what came from the
    /// environment; for `summary.json`.
    pub config: Value,
    /// The same as YAML that can be loaded again; for `config.yaml`.
    pub config_yaml: String,
    /// Tells this configuration from others.
    pub config_hash: String,
    /// Tells these inputs from others.
    pub inputs_hash: String,
    /// Whether the mock agent answers: what came of such a run says nothing of a server.
    pub is_mock: bool,
    /// The run that this one was made from without sending anything.
    pub source: Option<RunSource>,
    /// The address of the proxy that leads to the server.
    pub proxy: Option<Masked>,
}

/// The folder of a run, open for writing, and held against every other writer.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    run: RunInfo,
    journal: Journal,
    /// Open for nothing but to be closed at the end: a process that may open no more files, because
    /// its connections have taken them all, must still be able to end its run.
    spare: Vec<File>,
    /// Masks what an earlier part of the run left, if there is one.
    again: Option<Arc<Redactor>>,
}

impl RunDirectory {
    /// Makes `exp_YYYYmmdd_HHMMSS` (the local time of `started`) in `parent`, which is made too if
    /// it is missing. A name that is taken gets a number behind it: `exp_…_2`.
    ///
    /// The folder then holds `config.yaml`, an empty journal, and a `summary.json` with the status
    /// `running`, and the link `latest` in `parent` leads to it, where the file system has links.
    pub fn create(parent: &Path, started: &Zoned, run: RunInfo) -> Result<Self, StoreError> {
        fs::create_dir_all(parent).map_err(|error| match files::dangling_link(parent) {
            Some((path, target)) => StoreError::DanglingLink { path, target },
            None => StoreError::io(Action::CreateOutputFolder, parent)(error),
        })?;
        let path = create_run_folder(parent, started)?;
        files::synchronize_folder_of(parent);
        files::synchronize_folder_of(&path);
        let journal = Journal::create(path.join(artifact::TRACES))?;
        let directory = Self::opened(path, run, journal)?;
        directory.write_config()?;
        let date = format!("{:.6}", started.timestamp());
        let name = directory.run.name.clone();
        let nothing_yet = Tally::new().summary(name, date, RunStatus::Running, Duration::ZERO);
        directory.write_summary(&nothing_yet, Vec::new())?;
        link_latest(&directory.path);
        Ok(directory)
    }

    /// Holds what is open of a run's folder.
    pub(crate) fn opened(
        path: PathBuf,
        run: RunInfo,
        journal: Journal,
    ) -> Result<Self, StoreError> {
        let spare = journal.open_again(SPARE_FILES)?;
        Ok(Self { path, run, journal, spare, again: None })
    }

    /// Masks what an earlier part of the run left with the secrets of today, wherever it is
    /// written again.
    pub(crate) fn masking_again(self, redactor: Arc<Redactor>) -> Self {
        Self { again: Some(redactor), ..self }
    }

    /// Says in `config.yaml` and `summary.json` that a run that was taken up again goes on, with
    /// the figures that it had; takes away what was derived from the journal of then, and what a
    /// killed process has left of drafts.
    ///
    /// # Errors
    ///
    /// When the files cannot be written.
    pub fn begin_again(&self, so_far: &Summary) -> Result<(), StoreError> {
        self.write_config()?;
        self.write_summary(so_far, Vec::new())?;
        files::remove_draft(self.journal.path())?;
        for file in
            [artifact::TRACE_SUMMARY, artifact::OBSERVATIONS, artifact::ERRORS, artifact::REPORT]
        {
            let path = self.path.join(file);
            files::remove_draft(&path)?;
            files::remove(&path)?;
        }
        Ok(())
    }

    /// The records of the closed cases, in order of completion, masked once more as they are read.
    ///
    /// # Errors
    ///
    /// When the journal cannot be opened; the records give an error where one cannot be read.
    pub fn records(&self, redactor: Arc<Redactor>) -> Result<Records, StoreError> {
        Records::open(self.journal.path(), redactor)
    }

    /// The name of the file with what came on standard input.
    pub const INPUTS: &str = artifact::INPUTS;

    /// Keeps what came on standard input, so that the run can be resumed: lines with their ends.
    ///
    /// # Errors
    ///
    /// That of the first line that cannot be read, or whatever keeps the file from being written.
    pub fn keep_inputs<E: From<StoreError>>(
        &self,
        lines: impl Iterator<Item = Result<String, E>>,
    ) -> Result<(), E> {
        let mut file = files::WholeFile::begin(&self.path.join(artifact::INPUTS))?;
        for line in lines {
            file.write(line?.as_bytes())?;
        }
        file.publish()?;
        Ok(())
    }

    /// Begins the recording of the answers, or goes on with it.
    ///
    /// # Errors
    ///
    /// When its files cannot be opened.
    pub fn recording(&self) -> Result<RecordingWriter, StoreError> {
        RecordingWriter::open(&self.path)
    }

    /// Says in `summary.json` which run this one was made from.
    #[must_use]
    pub fn made_from(mut self, source: RunSource) -> Self {
        self.run.source = Some(source);
        self
    }

    /// The name of the run.
    pub fn name(&self) -> &Masked {
        &self.run.name
    }

    /// Where the run is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends the records of closed cases to the journal. When this returns, a process that is
    /// killed does not lose them. After an error some of them may be there, each of them whole.
    pub fn append<'a>(
        &mut self,
        traces: impl IntoIterator<Item = &'a Trace>,
    ) -> Result<(), StoreError> {
        self.journal.append(traces)
    }

    /// Judges each closed case again, once no more of them will come. `judge` changes the record, and
    /// says whether it did. A process that is killed meanwhile leaves the old journal or the new one.
    ///
    /// # Errors
    ///
    /// Whatever keeps the journal from being read or written anew.
    pub fn judge_again(
        &mut self,
        redactor: &Arc<Redactor>,
        judge: Judge,
    ) -> Result<(), StoreError> {
        self.spare.clear();
        self.journal.judge_again(redactor, judge)
    }

    /// Derives every other file from the journal, and last of all replaces `summary.json`: whoever
    /// reads `complete` or `interrupted` there finds the other files whole.
    ///
    /// A file whose derivation fails does not appear, and `summary.json` keeps saying `running`.
    pub fn finish(mut self, summary: &Summary) -> Result<(), StoreError> {
        self.spare.clear();
        self.journal.sync()?;
        let errors = artifact::derive(&self.path, &mut self.journal, self.again.as_ref())?;
        self.write_summary(summary, errors)
    }

    fn write_summary(&self, summary: &Summary, errors: Vec<FirstError>) -> Result<(), StoreError> {
        write_summary(&self.path, &summary_file(&self.run, summary, errors))
    }

    /// Writes `config.yaml` anew.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_config(&self) -> Result<(), StoreError> {
        let path = self.path.join(artifact::CONFIG);
        files::replace(&path, format!("{CONFIG_HEADER}{}", self.run.config_yaml).as_bytes())
    }
}

/// What `summary.json` says of a run.
fn summary_file(run: &RunInfo, summary: &Summary, errors: Vec<FirstError>) -> SummaryFile {
    SummaryFile {
        total_runs: summary.results.total_runs,
        success_rate: summary.results.success_rate,
        avg_duration_ms: summary.results.avg_duration_ms,
        summary: summary.clone(),
        errors,
        mock: run.is_mock,
        source: run.source.clone(),
        proxy: run.proxy.clone(),
        config_hash: run.config_hash.clone(),
        inputs_hash: run.inputs_hash.clone(),
        config: run.config.clone(),
    }
}

/// Puts a new `summary.json` in the place of the one in this folder.
pub(crate) fn write_summary(folder: &Path, file: &SummaryFile) -> Result<(), StoreError> {
    let path = folder.join(artifact::SUMMARY);
    let mut json = serde_json::to_vec_pretty(file)
        .map_err(|source| StoreError::Format { path: path.clone(), source: source.into() })?;
    json.push(b'\n');
    files::replace(&path, &json)
}

/// Makes the run's own folder under the first name that is free.
fn create_run_folder(parent: &Path, started: &Zoned) -> Result<PathBuf, StoreError> {
    let name = format!("exp_{}", started.strftime("%Y%m%d_%H%M%S"));
    let mut path = parent.join(&name);
    for suffix in 2..=MAX_SUFFIX {
        match files::create_private_folder(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                path = parent.join(format!("{name}_{suffix}"));
            }
            Err(error) => return Err(StoreError::io(Action::CreateRunFolder, &path)(error)),
            Ok(()) => return Ok(path),
        }
    }
    Err(StoreError::io(Action::CreateRunFolder, &path)(io::ErrorKind::AlreadyExists.into()))
}
