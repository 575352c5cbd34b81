//! Who else gets to see a `.env` file: git, and other users of the machine.

use std::path::Path;
use std::process::{Command, Stdio};

use fluxloop_config::is_ignored_by_git;

/// What git does with a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum InGit {
    /// It leaves the file alone, or there is no repository.
    Ignored,
    /// It would add the file.
    NotIgnored,
    /// The file is in the repository, whatever `.gitignore` says.
    Tracked,
}

/// Variables that would lead git to another repository than that of a file.
const ELSEWHERE: [&str; 4] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"];

/// Asks git what it does with a file. Without git, the plain lines of `.gitignore` files decide.
pub(crate) fn in_git(path: &Path) -> InGit {
    if ask(path, &["ls-files", "--error-unmatch"]) == Some(true) {
        return InGit::Tracked;
    }
    let is_ignored = ask(path, &["check-ignore", "--quiet"]);
    if is_ignored.unwrap_or_else(|| is_ignored_by_git(path)) {
        InGit::Ignored
    } else {
        InGit::NotIgnored
    }
}

/// What git answers to a question about a file: yes is exit code 0, no is 1. `None` if it cannot tell,
/// as outside of a repository.
fn ask(path: &Path, question: &[&str]) -> Option<bool> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut git = Command::new("git");
    // A repository may name a program that git is to run for it.
    git.arg("-C").arg(folder.unwrap_or(Path::new("."))).args(["-c", "core.fsmonitor=false"]);
    git.args(question).arg("--").arg(path.file_name()?);
    git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in ELSEWHERE {
        git.env_remove(name);
    }
    match git.status().ok()?.code()? {
        0 => Some(true),
        1 => Some(false),
        _ => None,
    }
}

/// The permissions of a regular file that others than its owner may read.
#[cfg(unix)]
pub(crate) fn open_mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o044 != 0).then_some(mode)
}

#[cfg(not(unix))]
pub(crate) fn open_mode(_path: &Path) -> Option<u32> {
    None
}
