//! Files that only their owner can read, and files that appear whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::{Action, StoreError};

/// How much is written or read at once. Small pieces cost the system more than the copy itself.
pub(crate) const BUFFER_BYTES: usize = 256 << 10;

/// Makes a folder for its owner alone (0700). Fails when the name exists, as a symbolic link too.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a new file for its owner alone (0600), opened as `options` say. A name that exists, as a
/// symbolic link too, is an error.
pub(crate) fn create_private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.create_new(true).open(path)
}

/// What is opened to be written to is no link: that would send prompts and answers where somebody
/// else decided.
pub(crate) fn refuse_symbolic_link(path: &Path) -> Result<(), StoreError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            Err(StoreError::SymbolicLink { path: path.to_owned() })
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io(Action::Open, path)(error))
        }
        _ => Ok(()),
    }
}

/// The folder, or the one above it, that is a symbolic link to something that does not exist, and what
/// it points to.
pub fn dangling_link(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let is_link = |path: &&Path| fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink());
    let link = folder.ancestors().find(is_link)?;
    let target = fs::read_link(link).ok()?;
    link.metadata().is_err().then(|| (link.to_owned(), target))
}

/// Opens a file of a run as `options` say, if it is a regular one: to open a pipe would wait for its
/// other end.
pub(crate) fn open_regular(path: &Path, options: &OpenOptions) -> Result<File, StoreError> {
    refuse_symbolic_link(path)?;
    let mut options = options.clone();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        rustix::fs::OFlags::NONBLOCK.bits().cast_signed(),
    );
    let file = options.open(path).map_err(StoreError::io(Action::Open, path))?;
    let metadata = file.metadata().map_err(StoreError::io(Action::Open, path))?;
    if metadata.is_file() { Ok(file) } else { Err(StoreError::NotAFile { path: path.to_owned() }) }
}

/// Opens a file that is written to. One with another name elsewhere is refused: what is written would
/// stand under that name too.
pub(crate) fn open_unshared(path: &Path, options: &OpenOptions) -> Result<File, StoreError> {
    let file = open_regular(path, options)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(
        &file.metadata().map_err(StoreError::io(Action::Open, path))?,
    ) > 1
    {
        return Err(StoreError::SeveralNames { path: path.to_owned() });
    }
    Ok(file)
}

/// Opens a file of a run for reading.
pub(crate) fn open(path: &Path) -> Result<File, StoreError> {
    open_regular(path, OpenOptions::new().read(true))
}

/// Takes the file at `path` for this process, until it is closed.
pub(crate) fn lock(file: &File, path: &Path) -> Result<(), StoreError> {
    match file.try_lock() {
        Ok(()) if is_at(file, path) => Ok(()),
        // Another process has put a new file in its place meanwhile.
        Ok(()) | Err(TryLockError::WouldBlock) => {
            Err(StoreError::Locked { path: path.parent().unwrap_or(path).to_owned() })
        }
        Err(TryLockError::Error(error)) => Err(StoreError::io(Action::Lock, path)(error)),
    }
}

/// Whether the file is the one with this name.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let id = |it: fs::Metadata| (it.dev(), it.ino());
        file.metadata().map(id).ok() == fs::symlink_metadata(path).map(id).ok()
    }
    #[cfg(not(unix))]
    true
}

/// A file that appears under its name only when it is whole: written under another name beside
/// it, then renamed.
#[derive(Debug)]
pub(crate) struct WholeFile {
    path: PathBuf,
    draft: Draft,
    file: File,
    /// What is to be written next.
    gathered: Vec<u8>,
}

/// The name of a draft. What still has it when this is dropped goes away: another error is being
/// reported then, and a hidden leftover harms nobody.
#[derive(Debug)]
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

impl WholeFile {
    /// Begins the draft of `path`. What a killed process left of an earlier draft is replaced.
    pub(crate) fn begin(path: &Path) -> Result<Self, StoreError> {
        remove_draft(path)?;
        let draft = draft_of(path);
        let file = create_private(&draft, OpenOptions::new().append(true))
            .map_err(StoreError::io(Action::Open, &draft))?;
        let gathered = Vec::with_capacity(BUFFER_BYTES);
        Ok(Self { path: path.to_owned(), draft: Draft(draft), file, gathered })
    }

    /// Writes bytes to the draft.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.gathered.extend_from_slice(bytes);
        self.pass_on(BUFFER_BYTES)
    }

    /// Writes a value as JSON to the draft.
    pub(crate) fn write_json(&mut self, value: &impl Serialize) -> Result<(), StoreError> {
        serde_json::to_writer(&mut self.gathered, value).map_err(|source| StoreError::Format {
            path: self.path.clone(),
            source: source.into(),
        })?;
        self.pass_on(BUFFER_BYTES)
    }

    /// Hands what was gathered to the system, once it is `enough`. The room that a huge text took
    /// is given back.
    fn pass_on(&mut self, enough: usize) -> Result<(), StoreError> {
        if self.gathered.len() < enough {
            return Ok(());
        }
        let written = self.file.write_all(&self.gathered);
        self.gathered.clear();
        self.gathered.shrink_to(4 * BUFFER_BYTES);
        written.map_err(StoreError::io(Action::Write, &self.path))
    }

    /// Takes the file for this process before it has its name, until it is closed.
    pub(crate) fn lock(&self) -> Result<(), StoreError> {
        lock(&self.file, &self.draft.0)
    }

    /// Hands the draft to the disk and gives it its name. Gives the file, open for appending.
    pub(crate) fn publish(mut self) -> Result<File, StoreError> {
        self.pass_on(0)?;
        let Self { path, draft, file, .. } = self;
        file.sync_all().map_err(StoreError::io(Action::Write, &path))?;
        fs::rename(&draft.0, &path).map_err(StoreError::io(Action::Replace, &path))?;
        synchronize_folder_of(&path);
        Ok(file)
    }
}

/// Hands the new name to the disk, too: after a loss of power the old file could be back, or a folder
/// gone. Not every file system can do that (`EINVAL`), and then nothing is lost that was safe before.
pub(crate) fn synchronize_folder_of(path: &Path) {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        drop(File::open(folder).and_then(|folder| folder.sync_all()));
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Writes a report about runs to a file that its owner alone can read, in place of a file that may
/// exist. It appears whole or not at all.
///
/// # Errors
///
/// [`StoreError::SymbolicLink`] and [`StoreError::NotAFile`] for what must not be replaced, and
/// [`StoreError::Io`] with the path, whatever keeps it from being written.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = PrivateFile::begin(path)?;
    file.0.write(bytes)?;
    file.publish()
}

/// A report about runs that is written piece by piece, to a file that its owner alone can read. It
/// appears under its name when [`publish`](Self::publish) is called, in place of a file that may
/// exist; without that call, nothing appears.
#[derive(Debug)]
pub struct PrivateFile(WholeFile);

impl PrivateFile {
    /// Begins the file.
    ///
    /// # Errors
    ///
    /// [`StoreError::SymbolicLink`] and [`StoreError::NotAFile`] for what must not be replaced, and
    /// [`StoreError::Io`] when the file cannot be made.
    pub fn begin(path: &Path) -> Result<Self, StoreError> {
        refuse_symbolic_link(path)?;
        if path.exists() && !path.is_file() {
            return Err(StoreError::NotAFile { path: path.to_owned() });
        }
        WholeFile::begin(path).map(Self)
    }

    /// Gives the file its name.
    ///
    /// # Errors
    ///
    /// When what was gathered cannot be written, or the file cannot be renamed.
    pub fn publish(self) -> Result<(), StoreError> {
        self.0.publish().map(drop)
    }
}

impl Write for PrivateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(|error| match error {
            StoreError::Io { source, .. } => source,
            other => io::Error::other(other),
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Appends text to a file that another program reads, by one write; makes the file if it is absent.
///
/// # Errors
///
/// [`StoreError::SymbolicLink`] and [`StoreError::NotAFile`] for what is not a plain file, and
/// [`StoreError::Io`] with the path.
pub fn append_text(path: &Path, text: &str) -> Result<(), StoreError> {
    let mut file = open_regular(path, OpenOptions::new().append(true).create(true))?;
    file.write_all(text.as_bytes()).map_err(StoreError::io(Action::Write, path))
}

/// Writes a whole file at once, in the place of one that may exist.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = WholeFile::begin(path)?;
    file.write(bytes)?;
    file.publish().map(drop)
}

/// Takes a file away, if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io(Action::Replace, path)(error))
        }
        _ => Ok(()),
    }
}

/// Takes away what a killed process has left of a draft of this file.
pub(crate) fn remove_draft(path: &Path) -> Result<(), StoreError> {
    remove(&draft_of(path))
}

/// The name of the draft: hidden, and beside the file, because a rename stays in its file system.
fn draft_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.tmp"))
}
