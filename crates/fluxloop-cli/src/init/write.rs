//! Writes the files of a project: all of them or, as far as a file system can promise it, none.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::there::{Addition, Draft, ENV, GITIGNORE};
use crate::dotenv_file::{InGit, open_mode};
use crate::errors::Ended;
use crate::exit::Exit;

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The files that were written or added to.
    pub(super) files: Vec<PathBuf>,
    /// The variables that `.env` has got.
    pub(super) stored: Vec<String>,
    /// The variables that `.env` had already, and kept.
    pub(super) kept: Vec<String>,
    /// The variables that went nowhere, because git would commit `.env`, and what git does with it.
    pub(super) refused: Option<(Vec<String>, InGit)>,
    /// The permissions of `.env`, if others could read it before.
    pub(super) mode_before: Option<u32>,
    /// The permissions of `.env`, if others can read it.
    pub(super) open_mode: Option<u32>,
}

/// Writes a project.
pub(super) fn project(draft: Draft<'_>) -> Result<Written, Ended> {
    let mut folders = Folders::default();
    let mut staged = Vec::new();
    if let Some(gitignore) = &draft.gitignore {
        folders.make(&draft.root)?;
        staged.push((GITIGNORE, Staged::added(gitignore, 0o666)?));
    }
    if let Some(env) = &draft.env {
        folders.make(&draft.root)?;
        staged.push((ENV, Staged::added(env, 0o600)?));
    }
    for file in draft.files {
        let path = draft.root.join(file.path);
        folders.make(path.parent().unwrap_or(Path::new("")))?;
        staged.push((file.path, Staged::new(path, &file.content, 0o666)?));
    }
    let mut written = Written::default();
    let env = draft.env.as_ref().map(|env| env.path.as_path());
    written.mode_before = env.and_then(open_mode);
    if written.mode_before.is_some() {
        env.into_iter().for_each(make_private);
    }
    // `.gitignore` and `.env` come first: a secret is never in a file that git would take.
    for (name, staged) in staged {
        let path = draft.root.join(name);
        staged.commit(draft.force).map_err(failed(&path))?;
        folders.made.clear();
        written.files.push(name.into());
    }
    written.files.sort_by_key(|name| [ENV, GITIGNORE].iter().any(|last| name == Path::new(last)));
    written.open_mode = env.and_then(open_mode);
    (written.stored, written.kept, written.refused) = (draft.stored, draft.kept, draft.refused);
    Ok(written)
}

/// Folders that were made, and are taken away again unless something was written to them.
#[derive(Default)]
struct Folders {
    made: Vec<PathBuf>,
}

impl Folders {
    fn make(&mut self, folder: &Path) -> Result<(), Ended> {
        let missing =
            folder.ancestors().take_while(|it| !it.as_os_str().is_empty() && !it.exists());
        let missing: Vec<_> = missing.collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder).map_err(failed(folder))?;
            self.made.push(folder.to_owned());
        }
        Ok(())
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        for folder in self.made.iter().rev() {
            // One that is not empty any more stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Content that only has to get its place.
enum Staged {
    /// A new file, which is not yet at its place.
    New(NamedTempFile, PathBuf),
    /// A file that is open, and what is added to it.
    Addition(File, Vec<u8>),
}

impl Staged {
    fn new(path: PathBuf, content: &str, mode: u32) -> Result<Self, Ended> {
        let file = new_file(&path, content, mode).map_err(failed(&path))?;
        Ok(Self::New(file, path))
    }

    fn added(addition: &Addition, mode: u32) -> Result<Self, Ended> {
        let (path, lines) = (&addition.path, addition.lines.expose());
        if !addition.is_there() {
            return Self::new(path.clone(), lines, mode);
        }
        let file = OpenOptions::new().append(true).open(path).map_err(failed(path))?;
        Ok(Self::Addition(file, lines.as_bytes().to_vec()))
    }

    /// Puts a new file in the place of what is there, if it may. A link is replaced, not followed.
    fn commit(self, force: bool) -> io::Result<()> {
        match self {
            Self::New(file, path) if force => file.persist(path).map(drop).map_err(|it| it.error),
            Self::New(file, path) => {
                file.persist_noclobber(path).map(drop).map_err(|error| error.error)
            }
            Self::Addition(mut file, lines) => file.write_all(&lines),
        }
    }
}

/// A file with a name of its own in the folder of a path; `mode` is what the umask leaves of it.
fn new_file(path: &Path, content: &str, mode: u32) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    #[cfg(unix)]
    builder.permissions(permissions);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = builder.tempfile_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(content.as_bytes())?;
    Ok(file)
}

/// Lets only the owner read a file, if that is possible; whether it was is looked at later.
fn make_private(path: &Path) {
    #[cfg(unix)]
    let _ = fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600));
    #[cfg(not(unix))]
    let _ = path;
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Ended {
    let path = path.display().to_string();
    move |error| Ended::message(Exit::Failure, format!("`{path}` cannot be written: {error}"))
}
