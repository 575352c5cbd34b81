//! Looks at what is in the place of a project, before anything is written.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use fluxloop_init::{IGNORED, Proposal, ProposedFile, dotenv_line};
use fluxloop_redact::Secret;

use crate::dotenv_file::{InGit, in_git};
use crate::errors::Ended;
use crate::exit::Exit;
use crate::output;

pub(super) const ENV: &str = ".env";
pub(super) const GITIGNORE: &str = ".gitignore";

/// What would be written.
pub(super) struct Draft<'p> {
    pub(super) root: PathBuf,
    pub(super) files: &'p [ProposedFile],
    /// Whether files that are there are replaced.
    pub(super) force: bool,
    /// What is added to `.gitignore`.
    pub(super) gitignore: Option<Addition>,
    /// What is added to `.env`.
    pub(super) env: Option<Addition>,
    /// The variables that `.env` gets.
    pub(super) stored: Vec<String>,
    /// The variables that `.env` has already, and keeps.
    pub(super) kept: Vec<String>,
    /// The variables that go nowhere, because git would commit `.env`, and what git does with it.
    pub(super) refused: Option<(Vec<String>, InGit)>,
}

/// What is added to a file.
pub(super) struct Addition {
    pub(super) path: PathBuf,
    /// What the file has, if it is there.
    before: Option<Secret>,
    pub(super) lines: Secret,
}

impl Addition {
    /// Whether the file is there.
    pub(super) fn is_there(&self) -> bool {
        self.before.is_some()
    }

    /// The file as it would be.
    fn whole(&self) -> Secret {
        let before = self.before.as_ref().map_or("", Secret::expose);
        Secret::new(format!("{before}{}", self.lines.expose()))
    }
}

impl Draft<'_> {
    /// The files that decide whether the project loads, as they would be.
    pub(super) fn proposed(&self) -> BTreeMap<PathBuf, Secret> {
        let files = self.files.iter();
        let files = files.map(|file| (self.root.join(file.path), Secret::new(&*file.content)));
        let env = self.env.iter().map(|env| (env.path.clone(), env.whole()));
        files.chain(env).collect()
    }
}

/// The content of a file, unless the file is larger than the limit.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let mut limited = file.take(most + 1);
    limited.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > most { Err("it is too large".to_owned()) } else { Ok(bytes) }
}

/// What would be written to a folder. Without `force`, a file that is there already is an error.
///
/// # Errors
///
/// If something in the folder is in the way. Nothing is written through a link, which could lead
/// anywhere.
pub(super) fn draft<'p>(
    root: &Path,
    proposal: &'p Proposal,
    force: bool,
) -> Result<Draft<'p>, Ended> {
    if is_there(root) && !root.is_dir() {
        return Err(refused(Exit::Usage, root, "is not a folder"));
    }
    for file in &proposal.files {
        refuse_folder(&root.join(file.path), root)?;
    }
    refuse_conflicts(root, proposal, force)?;
    let gitignore = ignored(&root.join(GITIGNORE))?;
    let mut draft = Draft {
        root: root.to_owned(),
        files: &proposal.files,
        force,
        gitignore,
        env: None,
        stored: Vec::new(),
        kept: Vec::new(),
        refused: None,
    };
    if !proposal.secrets.is_empty() {
        add_secrets(&mut draft, proposal)?;
    }
    Ok(draft)
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn refused(exit: Exit, path: &Path, why: &str) -> Ended {
    let shown = output::shown_path(path);
    Ended::message(exit, format!("`{}` {why}; nothing was written", shown.display()))
}

/// Refuses a file in whose folder nothing can be written.
fn refuse_folder(file: &Path, root: &Path) -> Result<(), Ended> {
    for folder in file.ancestors().skip(1).take_while(|folder| *folder != root) {
        let Ok(metadata) = folder.symlink_metadata() else { continue };
        if metadata.is_symlink() {
            return Err(refused_link(folder));
        }
        if !metadata.is_dir() {
            return Err(refused(Exit::Failure, folder, "is a file, and not a folder"));
        }
    }
    Ok(())
}

fn refused_link(path: &Path) -> Ended {
    let hint =
        "name another folder, or put a file or a folder of the project in the place of the link";
    refused(Exit::Failure, path, "is a link, which may lead out of the project").hint(Some(hint))
}

/// Names all files that are there already at once.
fn refuse_conflicts(root: &Path, proposal: &Proposal, force: bool) -> Result<(), Ended> {
    let paths = proposal.files.iter().map(|file| file.path);
    let there: Vec<&str> = paths.filter(|path| is_there(&root.join(path))).collect();
    let folder = there
        .iter()
        .find(|path| root.join(path).symlink_metadata().is_ok_and(|metadata| metadata.is_dir()));
    if let Some(path) = folder {
        return Err(refused(Exit::Failure, Path::new(path), "is a folder, and not a file"));
    }
    if force || there.is_empty() {
        return Ok(());
    }
    let there: Vec<_> = there.iter().map(|path| format!("`{path}`")).collect();
    let message = format!("{} would be overwritten; nothing was written", there.join(", "));
    let hint = "name another folder, or add `--force` to replace these files";
    Err(Ended::message(Exit::Failure, message).hint(Some(hint)))
}

/// What a file has that lines may be added to; what is not UTF-8 in it is replaced.
fn present(path: &Path) -> Result<Option<String>, Ended> {
    let Ok(metadata) = path.symlink_metadata() else { return Ok(None) };
    // A link is read, and refused where it would be written.
    let is_file = if metadata.is_symlink() { path.is_file() } else { metadata.is_file() };
    if !is_file {
        return Err(refused(Exit::Failure, path, "is not a file"));
    }
    let bytes = fs::read(path)
        .map_err(|error| refused(Exit::Failure, path, &format!("cannot be read: {error}")))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Lines that are added to a file after what it has.
fn addition(path: PathBuf, before: Option<String>, lines: &str) -> Result<Addition, Ended> {
    if path.is_symlink() {
        return Err(refused_link(&path));
    }
    let is_open = before.as_ref().is_some_and(|it| !it.is_empty() && !it.ends_with('\n'));
    let separator = if is_open { "\n" } else { "" };
    let lines = Secret::new(format!("{separator}{lines}"));
    Ok(Addition { path, before: before.map(Secret::new), lines })
}

/// What `.gitignore` lacks.
fn ignored(path: &Path) -> Result<Option<Addition>, Ended> {
    let before = present(path)?;
    let known = before.as_deref().unwrap_or_default();
    let is_known = |rule: &str| {
        let same = |line: &str| line.trim().trim_matches('/') == rule.trim_matches('/');
        known.lines().any(same)
    };
    let missing: Vec<_> = IGNORED.into_iter().filter(|rule| !is_known(rule)).collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let lines = format!("{}\n", missing.join("\n"));
    addition(path.to_owned(), before, &lines).map(Some)
}

/// Adds the secrets that `.env` lacks, if git does not commit it.
fn add_secrets(draft: &mut Draft<'_>, proposal: &Proposal) -> Result<(), Ended> {
    let path = draft.root.join(ENV);
    let before = present(&path)?;
    let known: Vec<String> = before.iter().flat_map(|text| names(text)).collect();
    let (kept, added): (Vec<_>, Vec<_>) =
        proposal.secrets.iter().partition(|secret| known.contains(&secret.name));
    draft.kept = kept.into_iter().map(|secret| secret.name.clone()).collect();
    let names: Vec<String> = added.iter().map(|secret| secret.name.clone()).collect();
    if names.is_empty() {
        return Ok(());
    }
    match in_git(&path) {
        InGit::Ignored => {}
        // The line comes last in the file, and so it decides.
        InGit::NotIgnored if ignores_env(draft.gitignore.as_ref()) => {}
        other => {
            draft.refused = Some((names, other));
            return Ok(());
        }
    }
    let lines = added.iter().map(|it| dotenv_line(&it.name, it.value.expose()));
    draft.env = Some(addition(path, before, &lines.collect::<String>())?);
    draft.stored = names;
    Ok(())
}

fn ignores_env(gitignore: Option<&Addition>) -> bool {
    gitignore.is_some_and(|it| it.lines.expose().lines().any(|line| line == ENV))
}

/// The names that a `.env` file gives values to.
fn names(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("export "));
    let names = lines.filter_map(|line| line.split_once('=').map(|(name, _)| name.trim()));
    names.map(str::to_owned)
}
