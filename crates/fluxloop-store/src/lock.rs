//! One writer per folder.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use fd_lock::RwLock;

use crate::{Action, StoreError, files};

/// The file that is locked; it stays when the run is over, since removing it would be a race.
const LOCK_FILE: &str = ".lock";

/// The right to write to a run's folder, until it is dropped or the process dies.
#[derive(Debug)]
pub(crate) struct FolderLock {
    /// Open for as long as the lock is held: the kernel ties the lock to it.
    _file: RwLock<File>,
}

impl FolderLock {
    /// Takes the folder, or says who cannot have it.
    pub(crate) fn take(folder: &Path) -> Result<Self, StoreError> {
        files::refuse_symbolic_link(folder)?;
        let path = folder.join(LOCK_FILE);
        files::refuse_symbolic_link(&path)?;
        let file = open(&path).map_err(StoreError::io(Action::Open, &path))?;
        let mut lock = RwLock::new(file);
        match lock.try_write() {
            // The guard borrows the lock, so the two cannot live in one struct; forgotten, it
            // unlocks nothing, and closing the file does.
            Ok(guard) => std::mem::forget(guard),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(StoreError::Locked { path: folder.to_owned() });
            }
            Err(error) => return Err(StoreError::io(Action::Lock, &path)(error)),
        }
        Ok(Self { _file: lock })
    }
}

/// Opens the file, and makes it where it is missing. Where nothing can be written, a run can be
/// shown still, and a lock needs no right to write.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).or_else(|error| match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            File::open(path).map_err(|_| error)
        }
        _ => Err(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let first = FolderLock::take(folder.path()).expect("nobody holds it");
        let refused = FolderLock::take(folder.path()).expect_err("it is held");
        assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
        drop(first);
        FolderLock::take(folder.path()).expect("it was given back");
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_folder_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let link = folder.path().join("exp_link");
        std::os::unix::fs::symlink(folder.path(), &link).expect("a link can be made");
        let refused = FolderLock::take(&link).expect_err("a link is no run folder");
        assert!(matches!(refused, StoreError::SymbolicLink { .. }), "{refused}");
        assert!(!folder.path().join(LOCK_FILE).exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_lock_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let elsewhere = folder.path().join("elsewhere");
        std::os::unix::fs::symlink(&elsewhere, folder.path().join(LOCK_FILE)).expect("a link");
        let refused = FolderLock::take(folder.path()).expect_err("a link is no lock");
        assert!(matches!(refused, StoreError::SymbolicLink { .. }), "{refused}");
        assert!(!elsewhere.exists());
    }
}
