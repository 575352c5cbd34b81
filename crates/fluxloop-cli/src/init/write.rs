//! Writes the files of a project, and reads those that it is made from.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use fluxloop_config::is_ignored_by_git;
use fluxloop_init::{IGNORED, Proposal, dotenv_line};

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
    /// The variables that went nowhere, because git would commit `.env`.
    pub(super) refused: Vec<String>,
}

const ENV: &str = ".env";
const GITIGNORE: &str = ".gitignore";

/// The content of a file, unless the file is larger than the limit.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let mut limited = file.take(most + 1);
    limited.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > most { Err("it is too large".to_owned()) } else { Ok(bytes) }
}

/// Writes a project. Without `force`, nothing is written if a file is there already.
pub(super) fn project(root: &Path, proposal: &Proposal, force: bool) -> Result<Written, Ended> {
    refuse_conflicts(root, proposal, force)?;
    let mut written = Written::default();
    for file in &proposal.files {
        replace(&root.join(file.path), &file.content)?;
        written.files.push(file.path.into());
    }
    ignore(root, &mut written)?;
    if !proposal.secrets.is_empty() {
        store(root, proposal, &mut written)?;
    }
    Ok(written)
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Names all files that are there already at once.
fn refuse_conflicts(root: &Path, proposal: &Proposal, force: bool) -> Result<(), Ended> {
    if is_there(root) && !root.is_dir() {
        let message = format!("`{}` is not a folder", root.display());
        return Err(Ended::message(Exit::Usage, message));
    }
    let there = proposal.files.iter().filter(|file| is_there(&root.join(file.path)));
    let there: Vec<_> = there.map(|file| format!("`{}`", file.path)).collect();
    if force || there.is_empty() {
        return Ok(());
    }
    let message = format!("{} would be overwritten; nothing was written", there.join(", "));
    let hint = "name another folder, or add `--force` to replace these files";
    Err(Ended::message(Exit::Failure, message).hint(Some(hint)))
}

/// Puts a new file in the place of what is there. A link is replaced, not followed.
fn replace(path: &Path, content: &str) -> Result<(), Ended> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).map_err(failed(folder))?;
    if is_there(path) {
        fs::remove_file(path).map_err(failed(path))?;
    }
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(failed(path))?;
    file.write_all(content.as_bytes()).map_err(failed(path))
}

/// Adds to `.gitignore` what it lacks.
fn ignore(root: &Path, written: &mut Written) -> Result<(), Ended> {
    let path = root.join(GITIGNORE);
    let known = fs::read_to_string(&path).unwrap_or_default();
    let is_known = |rule: &str| {
        let same = |line: &str| line.trim().trim_matches('/') == rule.trim_matches('/');
        known.lines().any(same)
    };
    let missing: Vec<_> = IGNORED.into_iter().filter(|rule| !is_known(rule)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let separator = if known.is_empty() || known.ends_with('\n') { "" } else { "\n" };
    let lines = format!("{separator}{}\n", missing.join("\n"));
    let mut file =
        OpenOptions::new().append(true).create(true).open(&path).map_err(failed(&path))?;
    file.write_all(lines.as_bytes()).map_err(failed(&path))?;
    written.files.push(GITIGNORE.into());
    Ok(())
}

/// Adds the secrets to `.env`, for its owner alone, if git does not commit it.
fn store(root: &Path, proposal: &Proposal, written: &mut Written) -> Result<(), Ended> {
    let path = root.join(ENV);
    if !is_ignored_by_git(&path) {
        written.refused = proposal.secrets.iter().map(|secret| secret.name.clone()).collect();
        return Ok(());
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    let has = |name: &str| {
        let lines = known.lines().map(|line| line.trim().trim_start_matches("export "));
        lines.filter_map(|line| line.split_once('=')).any(|(known, _)| known.trim() == name)
    };
    let mut lines = String::new();
    for secret in &proposal.secrets {
        if has(&secret.name) {
            written.kept.push(secret.name.clone());
        } else {
            lines.push_str(&dotenv_line(&secret.name, secret.value.expose()));
            written.stored.push(secret.name.clone());
        }
    }
    if !lines.is_empty() {
        let separator = if known.is_empty() || known.ends_with('\n') { "" } else { "\n" };
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.append(true).create(true).open(&path).map_err(failed(&path))?;
        file.write_all(format!("{separator}{lines}").as_bytes()).map_err(failed(&path))?;
        written.files.push(ENV.into());
    }
    Ok(())
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Ended {
    let path = path.display().to_string();
    move |error| Ended::message(Exit::Failure, format!("`{path}` cannot be written: {error}"))
}
