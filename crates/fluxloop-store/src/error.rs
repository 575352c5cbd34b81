//! What can go wrong with a run's folder.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// Why a run could not be kept on disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused something; the caller stops the run and keeps what is there.
    #[error("could not {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: Action,
        /// With which file or folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Another process writes to this folder; the caller waits for it or takes another folder.
    #[error("another process is writing to `{}`", path.display())]
    Locked {
        /// The run's folder.
        path: PathBuf,
    },
    /// The run's folder or its journal is a symbolic link, which is never followed: what is written
    /// would land where somebody else decided.
    #[error("`{}` is a symbolic link", path.display())]
    SymbolicLink {
        /// The link.
        path: PathBuf,
    },
    /// A folder, or one above it, is a symbolic link to something that does not exist.
    #[error("`{}` is a symbolic link to `{}`, which does not exist", path.display(), target.display())]
    DanglingLink {
        /// The link.
        path: PathBuf,
        /// What it points to.
        target: PathBuf,
    },
    /// A pipe, a device or a folder stands in the place of a file.
    #[error("`{}` is not a regular file", path.display())]
    NotAFile {
        /// Where it stands.
        path: PathBuf,
    },
    /// A file that would be written to has another name elsewhere (a hard link).
    #[error("`{}` has another name elsewhere, as a hard link", path.display())]
    SeveralNames {
        /// Where it stands.
        path: PathBuf,
    },
    /// There is no run in this folder, but there may be runs in folders below it.
    #[error("`{}` {}", path.display(), not_a_run(runs, *.more))]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// The newest runs in folders below it, newest first.
        runs: Vec<PathBuf>,
        /// How many further runs there are.
        more: usize,
    },
    /// The summary of a run cannot be read back.
    #[error("`{}` is not what this version writes", path.display())]
    BrokenSummary {
        /// The summary.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The files of a run have the layout of another version.
    #[error(
        "`{}` cannot be read: its files have version {found}, and this program reads version {ours}",
        path.display()
    )]
    OtherVersion {
        /// The run's folder.
        path: PathBuf,
        /// The version of its files.
        found: u32,
        /// The version that this program reads.
        ours: u32,
    },
    /// The journal holds a line that this program did not write.
    #[error("`{}` holds a broken record in line {line}", path.display())]
    BrokenJournal {
        /// The journal.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The journal holds the record of a case that the run does not have in its place.
    #[error(
        "`{}` has in line {line} a record of another case than the inputs have in its place",
        path.display()
    )]
    ForeignRecord {
        /// The journal.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
    },
    /// A record or the configuration cannot be written in the format of its file.
    #[error("could not express `{}` in its format", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with the value.
        source: FormatError,
    },
}

/// Why a value cannot be written in the format of its file.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
#[non_exhaustive]
pub enum FormatError {
    /// JSON.
    Json(#[from] serde_json::Error),
}

/// What was tried, to follow "could not".
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Make the folder that holds all runs.
    CreateOutputFolder,
    /// Make the run's own folder.
    CreateRunFolder,
    /// Open or make a file.
    Open,
    /// Lock a file.
    Lock,
    /// Read a file.
    Read,
    /// Write to a file.
    Write,
    /// Put a finished file in the place of the one before.
    Replace,
    /// Remove a folder and what is in it.
    Remove,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CreateOutputFolder => "create the output folder",
            Self::CreateRunFolder => "create the run folder",
            Self::Open => "open",
            Self::Lock => "lock",
            Self::Read => "read",
            Self::Write => "write to",
            Self::Replace => "replace",
            Self::Remove => "remove",
        })
    }
}

impl StoreError {
    /// For `map_err`: wraps an I/O error with what was tried on which path.
    pub(crate) fn io(action: Action, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    /// What to do about it, where there is something to say.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Io { action, source, .. } => io_hint(*action, source.kind()),
            Self::Locked { .. } => Some("wait until it ends"),
            Self::SymbolicLink { .. } => Some("name what it points to, or put it in its place"),
            Self::DanglingLink { .. } => {
                Some("make the folder that the link points to, or remove the link")
            }
            Self::NotAFile { .. } => {
                Some("remove it, or put the file of the run back in its place")
            }
            Self::SeveralNames { .. } => Some("put a copy of it in its place"),
            Self::NotARun { runs, .. } if runs.is_empty() => {
                Some("name a folder `exp_…` that a run has made")
            }
            Self::NotARun { .. } => Some("name one of these runs"),
            Self::BrokenSummary { .. } | Self::OtherVersion { .. } => {
                Some("resume it with the version that made it, or begin a new run")
            }
            Self::BrokenJournal { .. } => {
                Some("the file was changed by something else; take that line out by hand")
            }
            Self::ForeignRecord { .. } => Some(
                "the file was changed by something else; take that line out by hand, or add \
                 `--force`, which moves it to `set_aside.jsonl`",
            ),
            Self::Format { .. } => None,
        }
    }
}

/// What a folder without a run has, to follow its name.
fn not_a_run(runs: &[PathBuf], more: usize) -> String {
    if runs.is_empty() {
        return "holds no run".to_owned();
    }
    let runs: Vec<String> = runs.iter().map(|run| format!("`{}`", run.display())).collect();
    let more = if more > 0 { format!(" and {more} older ones") } else { String::new() };
    format!("is not a run, and has these runs in it, the newest first: {}{more}", runs.join(", "))
}

/// The advice that an operating system's error deserves.
fn io_hint(action: Action, kind: io::ErrorKind) -> Option<&'static str> {
    let is_new = matches!(action, Action::CreateOutputFolder | Action::CreateRunFolder);
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("free some space; the cases that were closed before are kept")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem if is_new => {
            Some("choose a folder that can be written to, with `--output` or `output_directory`")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Some("the run's folder and what is in it have to be yours to write to")
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            Some("a file stands where a folder is needed; choose another one with `--output`")
        }
        _ => None,
    }
}
