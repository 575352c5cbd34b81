//! Where the project lies, which files it has, and how cargo is called in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace's folder")
}

/// A cargo command that runs in the workspace's folder.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command whose output goes where ours goes; a status other than 0 is an error.
pub(crate) fn call(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("`{shown}` could not be started"))?;
    ensure!(status.success(), "`{shown}` failed");
    Ok(())
}

/// Runs a command and returns what it printed; a status other than 0 is an error.
pub(crate) fn output_of(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command.output().with_context(|| format!("`{shown}` could not be started"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{shown}` failed:\n{errors}");
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed no UTF-8"))
}

/// Builds a program, and tells where it is.
pub(crate) fn built(arguments: &[&str], target: &str) -> Result<PathBuf> {
    let mut command = cargo(arguments);
    let messages = output_of(command.arg("--message-format=json-render-diagnostics"))?;
    executable(&messages, target)
}

/// Where cargo put the program of a target, in what it says when it has built: one JSON object a
/// line.
pub(crate) fn executable(messages: &str, target: &str) -> Result<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut ours = messages.filter(|message| message["target"]["name"] == target);
    ours.find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .with_context(|| format!("cargo did not build `{target}`"))
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The folder of everything that is built, wherever cargo was told to have it.
pub(crate) fn target_folder() -> Result<PathBuf> {
    let arguments = ["metadata", "--no-deps", "--format-version=1"];
    let metadata: Value = serde_json::from_str(&output_of(&mut cargo(&arguments))?)?;
    Ok(metadata["target_directory"].as_str().context("cargo names no target folder")?.into())
}

/// The files below a folder, sorted, without what is built, hidden or left behind by runs.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("`{}` could not be listed", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_folder = entry.file_type()?.is_dir();
            if is_folder && !skipped(&name) {
                pending.push(entry.path());
            } else if !is_folder {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a folder of this name holds nothing that anybody wrote. `.cargo` and `.ci` are hidden
/// but ours.
fn skipped(folder: &str) -> bool {
    let ours = [".cargo", ".ci"].contains(&folder);
    !ours && (folder.starts_with('.') || ["experiments", "target"].contains(&folder))
}

/// A path as messages show it: from the workspace's folder, with `/`.
pub(crate) fn relative(path: &Path) -> String {
    let inside = path.strip_prefix(root()).unwrap_or(path);
    inside.to_string_lossy().replace('\\', "/")
}

/// Reads a text file.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("`{}` could not be read", relative(path)))
}

/// The folder of the only run in a folder.
pub(crate) fn only_run(folder: &Path) -> Result<PathBuf> {
    let mut runs = fluxloop_store::runs_in(folder).into_iter();
    let run = runs.next().with_context(|| format!("there is no run in {}", folder.display()))?;
    ensure!(runs.next().is_none(), "there is more than one run in {}", folder.display());
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_of_a_target_is_what_cargo_says() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"sonic-rs"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"parts"},"executable":"/t/release/examples/parts"}
{"reason":"build-finished","success":true}
"#;
        let found = executable(messages, "parts");
        assert_eq!(found.ok().as_deref(), Some(Path::new("/t/release/examples/parts")));
        assert!(executable(messages, "sonic-rs").is_err());
        assert!(executable(messages, "allocations").is_err());
    }
}
