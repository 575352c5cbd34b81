//! Checks of this machine: the configuration, its variables, files and limits.

use std::env::consts::{ARCH, OS};
use std::path::{Path, PathBuf};

use fluxloop_config::{ConfigErrors, FileRead, Loaded, Survey, UsedVariable, VariableSource};
use fluxloop_explain::counted;
use fluxloop_store::dangling_link;

use super::check::Check;
use crate::case_source::total;
use crate::descriptors::{most_files, needed_files};
use crate::dotenv_file::{InGit, in_git, open_mode};
use crate::exit::Exit;
use crate::{loading, output};

/// Below this the disk may be full before a run ends, in bytes.
const LITTLE_SPACE: u64 = 1 << 30;
/// How many errors of the configuration are shown.
const MAX_ERRORS: usize = 3;

pub(super) fn version() -> Check {
    let build = if cfg!(debug_assertions) { "debug build" } else { "optimized build" };
    let version = env!("CARGO_PKG_VERSION");
    Check::passed("version", format!("fluxloop {version}, {build}, {OS} {ARCH}"))
}

pub(super) fn configuration(loaded: &Result<Loaded, ConfigErrors>) -> Check {
    let name = "configuration";
    match loaded {
        Ok(loaded) => {
            let inputs = counted(loaded.inputs.total(), "input", "inputs");
            let cases = counted(total(&loaded.inputs, &loaded.plan), "case", "cases");
            let sound = format!("valid: {inputs}, {cases}");
            match loaded.findings.len() as u64 {
                0 => Check::passed(name, sound),
                warnings => {
                    let warnings = counted(warnings, "warning", "warnings");
                    Check::warned(name, format!("{sound}, {warnings}"))
                        .remedy("`fluxloop config validate` prints the warnings")
                }
            }
        }
        Err(errors) => {
            let all: Vec<_> = errors.findings().iter().filter(|it| it.is_error).collect();
            let shown = all.iter().take(MAX_ERRORS).map(|it| match (&it.place, it.position) {
                (Some(place), Some(at)) => {
                    format!("{place}:{}:{}: {}", at.line, at.column, it.message)
                }
                (Some(place), None) => format!("{place}: {}", it.message),
                (None, _) => it.message.to_string(),
            });
            let shown = shown.collect::<Vec<_>>().join("; ");
            let message = format!("{}: {shown}", counted(all.len() as u64, "error", "errors"));
            let remedy = errors.hint().unwrap_or("`fluxloop config validate` says what to do");
            Check::failed(name, message, loading::exit(errors)).remedy(remedy)
        }
    }
}

pub(super) fn variables(survey: &Survey) -> Check {
    let name = "variables";
    let lacking = survey
        .variables
        .iter()
        .filter(|it| matches!(it.source, VariableSource::Undefined | VariableSource::Broken(_)));
    let quoted = |it: &UsedVariable| format!("`{}`", it.name);
    let lacking: Vec<String> = lacking.map(quoted).collect();
    let empty: Vec<String> = survey.variables.iter().filter(|it| it.is_empty).map(quoted).collect();
    if lacking.is_empty() && !empty.is_empty() {
        return Check::warned(name, format!("defined, but empty: {}", empty.join(", ")))
            .remedy("give them a value in `.env`; `fluxloop config env` says which keys use them");
    }
    if lacking.is_empty() {
        let used = survey.variables.len() as u64;
        let used = counted(
            used,
            "variable of the configuration has a value",
            "variables of the configuration have values",
        );
        return Check::passed(name, used);
    }
    Check::failed(name, format!("without a value: {}", lacking.join(", ")), Exit::Configuration)
        .remedy("set them in `.env`; `fluxloop config env` says which keys use them")
}

/// Whether others may read `.env` files, and whether git would commit one.
pub(super) fn dotenv(survey: &Survey) -> Vec<Check> {
    let name = ".env";
    let files: Vec<&FileRead> = survey.files.iter().filter(|file| file.is_dotenv).collect();
    let [first, ..] = files.as_slice() else {
        return vec![Check::passed(name, "the project has no `.env` file")];
    };
    let shown = |path: &Path| survey.mask(&path.to_string_lossy()).to_string();
    let mut checks = Vec::new();
    for path in files.iter().map(|file| &file.path) {
        let shown = shown(path);
        let (message, remedy) = match in_git(path) {
            InGit::Ignored => continue,
            InGit::NotIgnored => {
                (format!("git does not ignore `{shown}`"), "add it to `.gitignore`".to_owned())
            }
            InGit::Tracked => {
                let remedy = format!("`git rm --cached {shown}`, and add it to `.gitignore`");
                (format!("git tracks `{shown}`, and commits what is written to it"), remedy)
            }
        };
        checks.push(Check::warned(name, message).remedy(remedy));
    }
    for (path, mode) in files.iter().filter_map(|file| Some((&file.path, open_mode(&file.path)?))) {
        let path = shown(path);
        let check = Check::warned(name, format!("others may read `{path}` (mode {mode:04o})"));
        checks.push(check.remedy(format!("`chmod 600 {path}`")));
    }
    if checks.is_empty() {
        let path = shown(&first.path);
        checks
            .push(Check::passed(name, format!("`{path}` is private, and git does not commit it")));
    }
    checks
}

/// Whether results can be written. Nothing is written to find out.
pub(super) fn output_folder(folder: &Path) -> Check {
    let name = "output";
    let shown = output::shown_path(folder).display().to_string();
    if let Some((link, target)) = dangling_link(folder) {
        let (link, target) = (output::shown_path(&link), target.display());
        let message =
            format!("`{}` is a symbolic link to `{target}`, which does not exist", link.display());
        return Check::failed(name, message, Exit::Failure)
            .remedy("make the folder that the link points to, or remove the link");
    }
    let there = folder.ancestors().find(|it| it.symlink_metadata().is_ok());
    let there = there.map_or_else(|| PathBuf::from("/"), Path::to_owned);
    if !there.is_dir() {
        let there = output::shown_path(&there).display().to_string();
        let message = format!("`{there}` is a file, and not a folder");
        return Check::failed(name, message, Exit::Failure)
            .remedy("choose another `output_directory`, or remove the file");
    }
    if !is_writable(&there) {
        return Check::failed(name, format!("`{shown}` cannot be written to"), Exit::Failure)
            .remedy("choose another `output_directory`, or change its permissions");
    }
    match free_space(&there) {
        Some(free) if free < LITTLE_SPACE => {
            let free = free >> 20;
            Check::warned(name, format!("`{shown}` has only {free} MiB of free space"))
                .remedy("make room, or choose another `output_directory`")
        }
        Some(free) => {
            let free = free >> 30;
            Check::passed(name, format!("`{shown}` can be written to, {free} GiB are free"))
        }
        None => Check::passed(name, format!("`{shown}` can be written to")),
    }
}

#[cfg(unix)]
fn is_writable(folder: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|metadata| !metadata.permissions().readonly())
}

/// The bytes that a user may still write.
#[cfg(unix)]
fn free_space(folder: &Path) -> Option<u64> {
    let of = rustix::fs::statvfs(folder).ok()?;
    Some(of.f_bavail.saturating_mul(of.f_frsize))
}

#[cfg(not(unix))]
fn free_space(_folder: &Path) -> Option<u64> {
    None
}

/// Whether this many cases can be under way at once.
pub(super) fn open_files(parallelism: u64) -> Check {
    let name = "open files";
    let needed = needed_files(parallelism);
    match most_files() {
        Some(most) if most < needed => {
            Check::warned(name, format!("{most} may be open, {needed} are needed"))
                .remedy("raise the limit (`ulimit -Hn`), or lower `simulation.parallelism`")
        }
        Some(most) => Check::passed(name, format!("{most} may be open, {needed} are needed")),
        None => Check::passed(name, "there is no limit"),
    }
}
