//! What a judge made of answers: one line for each answer, appended as it comes.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fluxloop_redact::Redactor;
use fluxloop_trace::{Judgement, Verdict};
use serde::{Deserialize, Serialize};

use crate::{Action, StoreError, artifact, files};

/// A line of `judgements.jsonl`: what a judge made of an answer, and the case that was asked about
/// first.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JudgedAnswer {
    /// The record of the case.
    pub trace_id: String,
    /// The judgement.
    pub judge: Judgement,
}

/// The judgements of a run. In memory it keeps where they stand: some hundred bytes for each.
#[derive(Debug)]
pub struct Judgements {
    path: PathBuf,
    file: File,
    /// How far the file is written.
    end: u64,
    places: HashMap<String, Place>,
    redactor: Arc<Redactor>,
}

/// Where a judgement stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    offset: u64,
    /// Without the line end.
    bytes: usize,
    /// Whether the judge came to a verdict.
    is_judged: bool,
}

impl Judgements {
    /// Opens the judgements of the run in this folder, which this process has to hold. A last line that
    /// was torn is cut off; of two judgements with one hash, the later one counts. With `anew`, what is
    /// there does not count.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or read, and [`StoreError::BrokenJournal`] for a line that is no
    /// judgement.
    pub fn open(folder: &Path, redactor: &Arc<Redactor>, anew: bool) -> Result<Self, StoreError> {
        let path = folder.join(artifact::JUDGEMENTS);
        let mut options = OpenOptions::new();
        options.read(true).append(true);
        let file = match files::create_private(&path, &mut options) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                files::open_unshared(&path, options.create_new(false))?
            }
            created => created.map_err(StoreError::io(Action::Open, &path))?,
        };
        let redactor = redactor.clone();
        let mut judgements = Self { path, file, end: 0, places: HashMap::new(), redactor };
        judgements.read()?;
        if anew {
            judgements.places.clear();
        }
        Ok(judgements)
    }

    /// The judgements of a run that is only read; nothing where it has none.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn of_stored(folder: &Path, redactor: &Arc<Redactor>) -> Result<Option<Self>, StoreError> {
        let path = folder.join(artifact::JUDGEMENTS);
        if !path.is_file() {
            return Ok(None);
        }
        let file = files::open(&path)?;
        let redactor = redactor.clone();
        let mut judgements = Self { path, file, end: 0, places: HashMap::new(), redactor };
        judgements.index()?;
        Ok(Some(judgements))
    }

    /// Notes where each judgement stands, and cuts off a line that was torn.
    fn read(&mut self) -> Result<(), StoreError> {
        self.index()?;
        self.file.set_len(self.end).map_err(StoreError::io(Action::Write, &self.path))
    }

    fn index(&mut self) -> Result<(), StoreError> {
        let mut file = BufReader::with_capacity(files::BUFFER_BYTES, &self.file);
        let (mut line, mut number) = (Vec::new(), 0);
        // Nothing of the texts is kept or shown.
        let unmasked = Arc::new(Redactor::none());
        loop {
            line.clear();
            let read = file.read_until(b'\n', &mut line);
            let read = read.map_err(StoreError::io(Action::Read, &self.path))?;
            number += 1;
            if !line.ends_with(b"\n") {
                return Ok(());
            }
            let parsed = unmasked.reading(|| serde_json::from_slice::<JudgedAnswer>(&line));
            let judged = parsed.map_err(|source| StoreError::BrokenJournal {
                path: self.path.clone(),
                line: number,
                source,
            })?;
            let is_judged = judged.judge.verdict != Verdict::Unjudged;
            let place = Place { offset: self.end, bytes: read - 1, is_judged };
            self.places.insert(judged.judge.hash, place);
            self.end += read as u64;
        }
    }

    /// Whether the judge came to a verdict on the answer with this hash.
    pub fn is_judged(&self, hash: &str) -> bool {
        self.places.get(hash).is_some_and(|place| place.is_judged)
    }

    /// What the judge made of the answer with this hash, masked as everything that is read.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn get(&self, hash: &str) -> Result<Option<JudgedAnswer>, StoreError> {
        let Some(place) = self.places.get(hash) else { return Ok(None) };
        let mut line = vec![0; place.bytes];
        let mut file = &self.file;
        let read =
            file.seek(SeekFrom::Start(place.offset)).and_then(|_| file.read_exact(&mut line));
        read.map_err(StoreError::io(Action::Read, &self.path))?;
        let parsed = self.redactor.reading(|| serde_json::from_slice(&line));
        parsed.map(Some).map_err(|source| StoreError::BrokenJournal {
            path: self.path.clone(),
            line: 0,
            source,
        })
    }

    /// Appends a judgement. When this returns, a process that is killed does not lose it.
    ///
    /// # Errors
    ///
    /// When it cannot be written; what was written of it is cut off.
    pub fn append(&mut self, judged: &JudgedAnswer) -> Result<(), StoreError> {
        let mut line = serde_json::to_vec(judged).map_err(|source| StoreError::Format {
            path: self.path.clone(),
            source: source.into(),
        })?;
        let bytes = line.len();
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            drop(self.file.set_len(self.end));
            return Err(StoreError::io(Action::Write, &self.path)(error));
        }
        let is_judged = judged.judge.verdict != Verdict::Unjudged;
        let place = Place { offset: self.end, bytes, is_judged };
        self.places.insert(judged.judge.hash.clone(), place);
        self.end += line.len() as u64;
        Ok(())
    }
}
