//! The recording of a run: the answers as they came (`recording.zst`), and where each case stands in
//! it (`recording.idx`).

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use fluxloop_recording::{
    ArchiveReader, ArchiveWriter, ENTRY_BYTES, Entry, ReadError, RecordedCase,
};

use crate::{Action, StoreError, artifact, files};

/// The recording of a run, open for writing.
#[derive(Debug)]
pub struct RecordingWriter {
    path: PathBuf,
    archive: ArchiveWriter<BufWriter<File>>,
    index: File,
    /// Entries of cases that were not handed to the system yet.
    entries: Vec<u8>,
    /// How long the index is.
    indexed: u64,
}

impl RecordingWriter {
    /// Begins the recording of a run, or goes on with it after what is there.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(artifact::RECORDING);
        let (file, end) = open_for_appending(&path)?;
        let index_path = folder.join(artifact::RECORDING_INDEX);
        let (index, indexed) = open_for_appending(&index_path)?;
        // A killed process may have left a part of an entry.
        let whole = indexed - indexed % ENTRY_BYTES as u64;
        if whole < indexed {
            index.set_len(whole).map_err(StoreError::io(Action::Write, &index_path))?;
        }
        let file = BufWriter::with_capacity(files::BUFFER_BYTES, file);
        let archive = ArchiveWriter::begin(file, end);
        Ok(Self { path, archive, index, entries: Vec::new(), indexed: whole })
    }

    /// Takes a case.
    ///
    /// # Errors
    ///
    /// When the file cannot be written. The recording takes nothing more after that.
    pub fn keep(&mut self, case: &RecordedCase) -> Result<(), StoreError> {
        let entry = self.archive.write(case).map_err(StoreError::io(Action::Write, &self.path))?;
        self.entries.extend(entry.to_bytes());
        Ok(())
    }

    /// Hands what was taken to the system: a process that is killed after that does not lose it.
    /// Gives the size of both files, in bytes.
    ///
    /// # Errors
    ///
    /// When the files cannot be written.
    pub fn flush(&mut self) -> Result<u64, StoreError> {
        let flushed = self.archive.flush();
        self.index(flushed)
    }

    /// Ends the recording; more may follow in another block. Gives the size as
    /// [`flush`](Self::flush) does.
    ///
    /// # Errors
    ///
    /// When the files cannot be written.
    pub fn finish(&mut self) -> Result<u64, StoreError> {
        let finished = self.archive.finish();
        self.index(finished)
    }

    /// Writes the entries of the cases that are in the file now.
    fn index(&mut self, written: io::Result<()>) -> Result<u64, StoreError> {
        let written = written.and_then(|()| self.index.write_all(&self.entries));
        written.map_err(StoreError::io(Action::Write, &self.path))?;
        self.indexed += self.entries.len() as u64;
        self.entries.clear();
        Ok(self.archive.end() + self.indexed)
    }
}

/// The recording of an earlier run.
#[derive(Debug)]
pub struct PastRecording {
    reader: ArchiveReader<File>,
    /// Where the answers to the case with this trace id stand.
    entries: HashMap<u128, Entry>,
}

impl PastRecording {
    /// Opens the recording in this folder; `None` when there is none.
    pub(crate) fn open(folder: &Path) -> Result<Option<Self>, StoreError> {
        let path = folder.join(artifact::RECORDING);
        let index_path = folder.join(artifact::RECORDING_INDEX);
        let not_there = |error: &StoreError| matches!(error, StoreError::Io { source, .. } if source.kind() == ErrorKind::NotFound);
        let (file, mut index) = match (files::open(&path), files::open(&index_path)) {
            (Err(error), _) | (_, Err(error)) if not_there(&error) => return Ok(None),
            (file, index) => (file?, index?),
        };
        let mut bytes = Vec::new();
        index.read_to_end(&mut bytes).map_err(StoreError::io(Action::Read, &index_path))?;
        let entries = bytes.as_chunks().0.iter().map(Entry::from_bytes);
        let entries = entries.map(|entry| (entry.trace_id, entry)).collect();
        Ok(Some(Self { reader: ArchiveReader::new(file), entries }))
    }

    /// The case with this trace id; `None` where it was not recorded.
    ///
    /// # Errors
    ///
    /// When it stands in the index and cannot be read.
    pub fn read(&mut self, trace_id: u128) -> Option<Result<RecordedCase, ReadError>> {
        let entry = self.entries.get(&trace_id)?;
        Some(self.reader.read(entry))
    }
}

/// Takes the recording in this folder away. Gives how many bytes that freed.
pub(crate) fn remove(folder: &Path) -> Result<u64, StoreError> {
    let mut freed = 0;
    for name in [artifact::RECORDING, artifact::RECORDING_INDEX] {
        let path = folder.join(name);
        files::refuse_symbolic_link(&path)?;
        freed += path.metadata().map_or(0, |it| it.len());
        files::remove(&path)?;
    }
    Ok(freed)
}

/// Opens a file behind what it holds, and makes it if it is missing.
fn open_for_appending(path: &Path) -> Result<(File, u64), StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    let file = match files::create_private(path, &mut options) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            files::open_unshared(path, options.create_new(false))?
        }
        created => created.map_err(StoreError::io(Action::Open, path))?,
    };
    let end = file.metadata().map_err(StoreError::io(Action::Open, path))?.len();
    Ok((file, end))
}
