//! What stands in a folder of inputs, for messages: which files can be read, and which splits of a
//! data set they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::format::Format;
use super::open::NAMED;

/// What the splits of a data set are called, by split: the names that Hugging Face's `datasets` knows
/// in the names of files and folders.
const SPLITS: [(&str, &[&str]); 3] = [
    ("train", &["train", "training"]),
    ("test", &["test", "testing", "eval", "evaluation"]),
    ("validation", &["validation", "valid", "val", "dev"]),
];

/// What to do about a folder that stands where a file is needed. `written` is how the user wrote it.
pub(super) fn remedy(folder: &Path, written: &Path) -> String {
    let mut names = readable(folder, Path::new(""));
    if names.is_empty() {
        let below = entries(folder).into_iter().filter(|path| path.is_dir());
        names = below
            .filter_map(|path| path.file_name().map(PathBuf::from))
            .flat_map(|name| readable(&folder.join(&name), &name))
            .collect();
    }
    let path = |name: &PathBuf| format!("`{}`", written.join(name).display());
    let shown: Vec<String> = names.iter().take(NAMED).map(path).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let pattern = format!("a pattern such as `{}`", written.join("*.jsonl").display());
    match names.as_slice() {
        [] => format!("write {pattern}"),
        [only] => format!("write its file, {}, or {pattern}", path(only)),
        _ => format!("name one of its files: {}{more}; or write {pattern}", shown.join(", ")),
    }
}

/// The files of a folder whose extension says how they are read, below this name.
fn readable(folder: &Path, below: &Path) -> Vec<PathBuf> {
    let is_readable = |path: &PathBuf| {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        Format::named(&extension).is_some() && path.is_file()
    };
    let files = entries(folder).into_iter().filter(is_readable);
    files.filter_map(|path| Some(below.join(path.file_name()?))).collect()
}

/// The visible entries of a folder, in the order of their names.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    let is_visible = |path: &PathBuf| {
        path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'))
    };
    let mut entries: Vec<PathBuf> = entries.map(|it| it.path()).filter(is_visible).collect();
    entries.sort();
    entries
}

/// The files, the one that is most likely meant first, if they are of several splits of a data set.
pub(super) fn several_splits<'f>(files: &[&'f Path]) -> Option<Vec<&'f Path>> {
    let splits: BTreeSet<&str> = files.iter().filter_map(|file| split(file)).collect();
    let mut files = files.to_vec();
    files.sort_by_key(|file| split(file) != Some("test"));
    (splits.len() > 1).then_some(files)
}

/// The split that the name of a file, or else of a folder above it, says.
fn split(file: &Path) -> Option<&'static str> {
    let text = file.with_extension("").to_string_lossy().to_lowercase();
    let words = text.rsplit(|c: char| !c.is_ascii_alphabetic());
    words.into_iter().find_map(|word| {
        let split = SPLITS.iter().find(|(_, names)| names.contains(&word));
        split.map(|(name, _)| *name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[&str], expected: Option<&str>) {
        let files: Vec<&Path> = files.iter().map(Path::new).collect();
        let first = several_splits(&files).map(|files| files[0].to_owned());
        assert_eq!(first.as_deref(), expected.map(Path::new), "{files:?}");
    }

    #[test]
    fn splits_are_known_by_whole_words() {
        check(&["d/train.jsonl", "d/test.jsonl"], Some("d/test.jsonl"));
        check(&["train-00000-of-00002.csv", "validation-00000-of-00001.csv"], {
            Some("train-00000-of-00002.csv")
        });
        check(&["dev/a.jsonl", "train/a.jsonl"], Some("dev/a.jsonl"));
        check(&["my_test.jsonl", "my_dev.jsonl"], Some("my_test.jsonl"));
        check(&["train-00000-of-00002.csv", "train-00001-of-00002.csv"], None);
        check(&["tests/latest.jsonl", "tests/trains.jsonl"], None);
        check(&["dev/valid.jsonl", "dev/val.jsonl"], None);
        check(&["test.jsonl", "other.jsonl"], None);
    }
}
