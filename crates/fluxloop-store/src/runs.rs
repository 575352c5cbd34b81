//! The runs in a folder.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::{Action, StoreError, artifact, past};

/// The name of the link to the run that began last.
const LATEST: &str = "latest";

/// The folders of runs in `folder`, the newest first; empty when the folder cannot be read. Links are
/// left out.
pub fn runs_in(folder: &Path) -> Vec<PathBuf> {
    let folders = folder.read_dir().into_iter().flatten().flatten();
    let folders = folders.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut runs: Vec<PathBuf> = folders
        .map(|entry| entry.path())
        .filter(|folder| folder.join(artifact::SUMMARY).is_file())
        .collect();
    runs.sort_by_cached_key(|run| Reverse(age(run)));
    runs
}

/// What orders `exp_20260131_120000`, and `exp_20260131_120000_2` after it.
fn age(run: &Path) -> Vec<(Option<u64>, String)> {
    let name = run.file_name().unwrap_or_default().to_string_lossy();
    name.split('_').map(|part| (part.parse().ok(), part.to_owned())).collect()
}

/// Removes the folder of a run that no process writes to, with everything in it.
///
/// # Errors
///
/// [`StoreError::NotARun`], [`StoreError::SymbolicLink`] and [`StoreError::Locked`] for a folder that is
/// not a run, is a link, or belongs to a run that is under way, and [`StoreError::Io`] when something in it cannot be removed.
pub fn remove_run(folder: &Path) -> Result<(), StoreError> {
    // `link/` and `link/.` are the link, too.
    let folder: &Path = &folder.components().collect::<PathBuf>();
    // Held until the folder is gone.
    let _held = past::hold(folder)?;
    fs::remove_dir_all(folder).map_err(StoreError::io(Action::Remove, folder))
}

/// Lets `latest` in the same folder lead to a run. Something else of that name stays, and a file
/// system without links has none: the link is a convenience.
pub(crate) fn link_latest(run: &Path) {
    let (Some(parent), Some(name)) = (run.parent(), run.file_name()) else { return };
    let link = parent.join(LATEST);
    let is_ours = match fs::symlink_metadata(&link) {
        Ok(there) => there.is_symlink(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    #[cfg(unix)]
    if is_ours {
        // A link cannot be replaced in one step, but a name can.
        let draft = parent.join(format!(".{LATEST}.{}", name.to_string_lossy()));
        let linked = std::os::unix::fs::symlink(name, &draft);
        if linked.and_then(|()| fs::rename(&draft, &link)).is_err() {
            drop(fs::remove_file(&draft));
        }
    }
    #[cfg(not(unix))]
    let _ = (is_ours, name);
}

/// The run that a link in a folder of runs leads to: one of the same folder, by its name alone.
pub fn linked_run(path: &Path) -> Option<PathBuf> {
    let path: PathBuf = path.components().collect();
    if path.file_name()? != LATEST || !fs::symlink_metadata(&path).ok()?.is_symlink() {
        return None;
    }
    let target = fs::read_link(&path).ok()?;
    let is_name = target.components().count() == 1 && target.file_name().is_some();
    is_name.then(|| path.with_file_name(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_order(names: &[&str], expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join(artifact::SUMMARY), "{}").unwrap();
        }
        fs::create_dir(folder.path().join("exp_99990101_000000")).unwrap();
        let runs = runs_in(folder.path());
        let found: Vec<_> = runs.iter().map(|run| run.file_name().unwrap()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_newest_run_comes_first() {
        check_order(&[], &[]);
        check_order(
            &["exp_20260102_030405", "exp_20260102_030405_10", "exp_20260102_030405_2"],
            &["exp_20260102_030405_10", "exp_20260102_030405_2", "exp_20260102_030405"],
        );
    }

    #[cfg(unix)]
    #[test]
    fn latest_leads_to_a_run_of_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let latest = folder.path().join(LATEST);
        for name in ["exp_1", "exp_2"] {
            link_latest(&folder.path().join(name));
            assert_eq!(linked_run(&latest), Some(folder.path().join(name)));
        }
        fs::remove_file(&latest).unwrap();
        std::os::unix::fs::symlink("../elsewhere/exp_3", &latest).unwrap();
        assert_eq!(linked_run(&latest), None);
    }

    #[test]
    fn another_file_with_the_name_of_the_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let latest = folder.path().join(LATEST);
        fs::write(&latest, "mine").unwrap();
        link_latest(&folder.path().join("exp_1"));
        assert_eq!(fs::read_to_string(&latest).unwrap(), "mine");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }
}
