//! Generated files: written, or checked.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Whether to write or to check.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Mode {
    /// Write nothing; fail when something would change
    #[arg(long)]
    pub(crate) check: bool,
}

/// The files that one command owns in one folder.
pub(crate) struct Generator {
    /// The command that writes them.
    command: &'static str,
    /// The folder, from the workspace's.
    folder: PathBuf,
    check: bool,
    /// What is there, by name.
    owned: Vec<PathBuf>,
    /// What is wrong, in words.
    stale: Vec<String>,
}

impl Generator {
    /// Begins with a folder that holds nothing but what this command generates.
    pub(crate) fn new(command: &'static str, folder: &str, mode: Mode) -> Self {
        let folder = workspace::root().join(folder);
        Self { command, folder, check: mode.check, owned: Vec::new(), stale: Vec::new() }
    }

    /// Writes a file of the folder, or notes that it differs.
    pub(crate) fn file(&mut self, name: &str, contents: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        if let Some(difference) = ensure_file_contents(&path, contents, self.check)? {
            self.stale.push(difference);
        }
        self.owned.push(path);
        Ok(())
    }

    /// Removes files that are generated no longer, or notes them; then says how it went.
    pub(crate) fn finish(mut self) -> Result<()> {
        let present = if self.folder.is_dir() { workspace::files(&self.folder)? } else { vec![] };
        for path in present.into_iter().filter(|path| !self.owned.contains(path)) {
            if self.check {
                self.stale.push(format!("`{}` is generated no longer", workspace::relative(&path)));
            } else {
                fs::remove_file(&path)
                    .with_context(|| format!("`{}` could not be removed", path.display()))?;
            }
        }
        if !self.stale.is_empty() {
            bail!("{}\nrun `{}` and commit the result", self.stale.join("\n"), self.command);
        }
        println!("{}: {} files are up to date", self.command, self.owned.len());
        Ok(())
    }
}

/// Makes a file hold these contents. With `check` it is left alone, and the difference comes back
/// in words.
fn ensure_file_contents(path: &Path, contents: &[u8], check: bool) -> Result<Option<String>> {
    let shown = workspace::relative(path);
    let present = fs::read(path).ok();
    if present.as_deref() == Some(contents) {
        return Ok(None);
    }
    if check {
        return Ok(Some(match present {
            Some(present) => {
                format!(
                    "`{shown}` is out of date, from line {}",
                    first_difference(&present, contents)
                )
            }
            None => format!("`{shown}` is missing"),
        }));
    }
    let folder = path.parent().expect("a generated file lies in a folder");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, contents))
        .with_context(|| format!("`{shown}` could not be written"))?;
    println!("wrote {shown}");
    Ok(None)
}

/// The first line, from 1, in which two files differ.
fn first_difference(left: &[u8], right: &[u8]) -> usize {
    let same = left.iter().zip(right).take_while(|(left, right)| left == right);
    same.filter(|&(&byte, _)| byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_counted_in_lines() {
        assert_eq!(first_difference(b"a\nb\nc\n", b"a\nb\nd\n"), 3);
        assert_eq!(first_difference(b"a\n", b"a\nb\n"), 2);
        assert_eq!(first_difference(b"", b"a"), 1);
    }

    #[test]
    fn a_check_writes_nothing_and_says_what_differs() {
        let missing = workspace::root().join("xtask/no-such-file");
        let difference = ensure_file_contents(&missing, b"text", true).expect("it is readable");
        assert_eq!(difference.as_deref(), Some("`xtask/no-such-file` is missing"));
        assert!(!missing.exists());

        let manifest = workspace::root().join("xtask/Cargo.toml");
        let difference = ensure_file_contents(&manifest, b"[package]\n!", true).expect("readable");
        assert_eq!(difference.as_deref(), Some("`xtask/Cargo.toml` is out of date, from line 2"));
    }
}
