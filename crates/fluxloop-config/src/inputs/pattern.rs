//! Finds the files that fit a pattern.
//!
//! The library `glob` matches single names here, and does not walk: it follows links under `**`, so
//! that a link to a folder above it gives the same file again and again.

use std::fs::DirEntry;
use std::io;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

/// `*` and `?` match no dot at the beginning of a name.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// Why the files of a pattern cannot be listed.
#[derive(Debug)]
pub(super) enum PatternError {
    /// It is not a pattern.
    Syntax,
    /// A folder cannot be read.
    Folder(PathBuf, io::Error),
}

/// A part of a pattern between two slashes.
enum Part {
    Name(String),
    Fits(Pattern),
    /// `**`
    AnyDepth,
}

/// Whether a text has the special characters of a pattern.
pub(super) fn is_pattern(written: &str) -> bool {
    written.contains(['*', '?', '['])
}

/// What fits a pattern, in the order of the names: files, and what is neither a file nor a folder,
/// such as a broken link. Only the pattern has special characters, and not the folder `from` that it
/// starts in. `**` does not go into linked folders.
pub(super) fn matching(from: &Path, pattern: &str) -> Result<Vec<PathBuf>, PatternError> {
    let (start, parts) = parts(from, pattern)?;
    let mut found = Vec::new();
    walk(&start, &parts, &mut found)?;
    found.sort();
    found.dedup();
    Ok(found)
}

/// The folder in front of the first special character, and the parts after it.
fn parts(from: &Path, pattern: &str) -> Result<(PathBuf, Vec<Part>), PatternError> {
    let (mut start, mut parts) = (from.to_owned(), Vec::new());
    for component in Path::new(pattern).components() {
        let name = component.as_os_str().to_string_lossy();
        let is_name = !matches!(component, Component::Normal(_)) || !is_pattern(&name);
        if is_name && parts.is_empty() {
            start.push(component);
        } else {
            parts.push(match &*name {
                "**" if matches!(parts.last(), Some(Part::AnyDepth)) => continue,
                "**" => Part::AnyDepth,
                _ if is_name => Part::Name(name.into_owned()),
                _ => Part::Fits(Pattern::new(&name).map_err(|_| PatternError::Syntax)?),
            });
        }
    }
    if matches!(parts.last(), Some(Part::AnyDepth)) {
        parts.push(Part::Fits(Pattern::new("*").map_err(|_| PatternError::Syntax)?));
    }
    Ok((start, parts))
}

/// Adds what fits below a folder.
fn walk(folder: &Path, parts: &[Part], found: &mut Vec<PathBuf>) -> Result<(), PatternError> {
    let Some((part, rest)) = parts.split_first() else { return Ok(()) };
    if let Part::Name(name) = part {
        return step(folder.join(name), rest, found);
    }
    if matches!(part, Part::AnyDepth) {
        walk(folder, rest, found)?;
    }
    let unreadable = |error| PatternError::Folder(folder.to_owned(), error);
    let entries = match folder.read_dir() {
        Err(error) if is_absent(&error) => return Ok(()),
        entries => entries.map_err(unreadable)?,
    };
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        match part {
            Part::Fits(pattern) if pattern.matches_with(&name, OPTIONS) => {
                step(entry.path(), rest, found)?;
            }
            Part::AnyDepth
                if !name.starts_with('.') && is_folder(&entry).map_err(unreadable)? =>
            {
                walk(&entry.path(), parts, found)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether it is a folder, and not a link to one.
fn is_folder(entry: &DirEntry) -> io::Result<bool> {
    entry.file_type().map(|kind| kind.is_dir())
}

/// Goes on behind a name that fits, or has found what the pattern asks for. A folder is not.
fn step(path: PathBuf, rest: &[Part], found: &mut Vec<PathBuf>) -> Result<(), PatternError> {
    if !rest.is_empty() {
        return walk(&path, rest, found);
    }
    if path.symlink_metadata().is_ok() && !path.is_dir() {
        found.push(path);
    }
    Ok(())
}

/// Whether a folder is not there, or is something else.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder whose name has special characters, with files and folders (`a/`) in it.
    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::Builder::new().prefix("[x]*").tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(if name.ends_with('/') {
                &path
            } else {
                path.parent().unwrap()
            })
            .unwrap();
            if !name.ends_with('/') {
                std::fs::write(path, "x").unwrap();
            }
        }
        folder
    }

    #[track_caller]
    fn check(names: &[&str], pattern: &str, expected: &[&str]) {
        let folder = folder(names);
        let found = matching(folder.path(), pattern).unwrap();
        let found: Vec<_> =
            found.iter().map(|it| it.strip_prefix(folder.path()).unwrap()).collect();
        assert_eq!(found, expected.iter().map(Path::new).collect::<Vec<_>>(), "{pattern}");
    }

    #[test]
    fn names_fit_in_their_order() {
        let names = ["b.csv", "a.csv", "c.txt", "d.csv/", "e/a.csv"];
        check(&names, "*.csv", &["a.csv", "b.csv"]);
        check(&names, "./[ab].csv", &["./a.csv", "./b.csv"].map(|it| &it[2..]));
        check(&names, "?/*.csv", &["e/a.csv"]);
        check(&names, "*/a.csv", &["e/a.csv"]);
        check(&names, "x/*.csv", &[]);
        check(&names, "a.csv/*", &[]);
    }

    #[test]
    fn two_stars_go_to_any_depth() {
        let names = ["a.csv", "b/c/d.csv", "b/e.txt"];
        check(&names, "**/*.csv", &["a.csv", "b/c/d.csv"]);
        check(&names, "b/**", &["b/c/d.csv", "b/e.txt"]);
        check(&names, "**/**/d.csv", &["b/c/d.csv"]);
    }

    #[test]
    fn hidden_names_fit_a_pattern_with_a_dot() {
        let names = [".a.csv", ".b/c.csv", "d.csv"];
        check(&names, "**/*.csv", &["d.csv"]);
        check(&names, ".*.csv", &[".a.csv"]);
        check(&names, ".b/*", &[".b/c.csv"]);
    }

    #[test]
    fn a_bad_pattern_is_an_error() {
        for pattern in ["a**", "[a", "***"] {
            let error = matching(folder(&[]).path(), pattern).unwrap_err();
            assert!(matches!(error, PatternError::Syntax), "{pattern}: {error:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn linked_folders_are_not_walked_and_broken_links_are_found() {
        use std::os::unix::fs::symlink;

        let folder = folder(&["a/x.csv", "y.csv"]);
        symlink(folder.path(), folder.path().join("a/loop")).unwrap();
        symlink("..", folder.path().join("a/again")).unwrap();
        symlink("nowhere", folder.path().join("z.csv")).unwrap();
        let found = matching(folder.path(), "**/*.csv").unwrap();
        let names: Vec<_> = found.iter().map(|it| it.file_name().unwrap()).collect();
        assert_eq!(names, ["x.csv", "y.csv", "z.csv"]);
    }
}
