//! The targets under libFuzzer.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fluxloop_properties::Target;

use super::{LONGEST, MAX_BYTES, corpus, made};
use crate::workspace;

/// The version of cargo-fuzz that is installed.
const CARGO_FUZZ: &str = "0.13.2";

/// Where it is installed, in the target folder.
const TOOLS: &str = "tools";

/// Whether there is a nightly toolchain.
pub(super) fn is_possible() -> bool {
    nightly("rustc").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// A program, in the surroundings of the nightly toolchain.
fn nightly(program: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", program]).current_dir(workspace::root());
    // Cargo, which started us, says which toolchain is in use.
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(variable);
    }
    command
}

/// Runs each target for so long.
pub(super) fn run(targets: &[Target], duration: Duration, seed: u32, keep: bool) -> Result<()> {
    let folder = workspace::target_folder()?;
    let fuzzer = Fuzzer { cargo_fuzz: install(&folder.join(TOOLS))?, folder: folder.join("fuzz") };
    for target in targets {
        println!("fuzz: {} for {} s, with libFuzzer", target.name, duration.as_secs());
        fuzzer.run(target, duration, seed)?;
        if keep {
            fuzzer.keep(target)?;
        }
    }
    println!("cargo xtask fuzz: {} targets hold", targets.len());
    Ok(())
}

/// Whether there is everything that a run needs.
pub(super) fn is_installed() -> Result<bool> {
    Ok(is_possible() && is_wanted(&program(&workspace::target_folder()?.join(TOOLS))))
}

fn program(tools: &Path) -> PathBuf {
    tools.join("bin/cargo-fuzz")
}

/// Whether this is the version of cargo-fuzz that is wanted.
fn is_wanted(program: &Path) -> bool {
    let installed = Command::new(program).arg("--version").output();
    installed
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim().ends_with(CARGO_FUZZ))
}

/// Installs cargo-fuzz into a folder unless it is there, and returns the program.
fn install(tools: &Path) -> Result<PathBuf> {
    let program = program(tools);
    if !is_wanted(&program) {
        println!("fuzz: installing cargo-fuzz {CARGO_FUZZ} into {}", tools.display());
        let mut command = workspace::cargo(&["install", "cargo-fuzz", "--locked", "--quiet"]);
        command.args(["--version", CARGO_FUZZ, "--root"]).arg(tools);
        workspace::call(&mut command)?;
    }
    Ok(program)
}

/// Where everything is.
struct Fuzzer {
    cargo_fuzz: PathBuf,
    /// For what is built and found.
    folder: PathBuf,
}

impl Fuzzer {
    /// Looks for inputs for so long. What reaches new code goes into a corpus of its own.
    fn run(&self, target: &Target, duration: Duration, seed: u32) -> Result<()> {
        let artifacts = self.folder.join("artifacts").join(target.name);
        let mut command = self.command(target)?;
        command.args([found(&self.folder, target), corpus(target)]).arg("--");
        command.args(limits(duration, seed));
        command.arg(format!("-max_len={MAX_BYTES}"));
        command.arg(format!("-dict={}", self.dictionary(target)?.display()));
        command.arg(format!("-artifact_prefix={}/", made(&artifacts)?.display()));
        // Otherwise it prints several lines a second.
        command.args(["-verbosity=0", "-print_final_stats=1"]);
        let status = command.status().context("rustup could not be started")?;
        ensure!(
            status.success(),
            "`{}` does not hold, or was not built; see above, and {} for the input",
            target.name,
            artifacts.display()
        );
        Ok(())
    }

    /// Adds what was found to the inputs that are kept, as few of it as reach the same code.
    fn keep(&self, target: &Target) -> Result<()> {
        let mut command = self.command(target)?;
        command.args([corpus(target), found(&self.folder, target)]);
        command.args(["--", "-merge=1", "-verbosity=0"]);
        let status = command.status().context("rustup could not be started")?;
        ensure!(status.success(), "the inputs of `{}` could not be merged", target.name);
        Ok(())
    }

    /// A run of the target, up to the folders of inputs.
    fn command(&self, target: &Target) -> Result<Command> {
        made(&found(&self.folder, target))?;
        let mut command = nightly(&self.cargo_fuzz.to_string_lossy());
        // Nothing of ours is unsafe, so that there is nothing to sanitize; without, it is twice as
        // fast.
        command.args(["run", "--fuzz-dir", "tests/fuzz", "--sanitizer", "none", "--target-dir"]);
        command.arg(&self.folder).arg(target.name);
        Ok(command)
    }

    /// Writes the tokens of a target as libFuzzer reads them.
    fn dictionary(&self, target: &Target) -> Result<PathBuf> {
        let path = made(&self.folder)?.join(format!("{}.dict", target.name));
        fs::write(&path, dictionary(target.tokens))
            .with_context(|| format!("`{}` could not be written", path.display()))?;
        Ok(path)
    }
}

/// How long a run and each input may take, and where chance begins.
fn limits(duration: Duration, seed: u32) -> [String; 3] {
    [
        format!("-max_total_time={}", duration.as_secs()),
        format!("-timeout={}", LONGEST.as_secs()),
        format!("-seed={seed}"),
    ]
}

/// The folder of the inputs that were found.
fn found(folder: &Path, target: &Target) -> PathBuf {
    folder.join("corpus").join(target.name)
}

/// One token in quotes on each line, with `\xAB` for what is not plain ASCII.
fn dictionary(tokens: &[&str]) -> String {
    let mut text = String::new();
    for token in tokens {
        text.push('"');
        for byte in token.bytes() {
            match byte {
                b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
                b' '..=b'~' => text.push(char::from(byte)),
                _ => write!(text, "\\x{byte:02X}").expect("a string takes everything"),
            }
        }
        text.push_str("\"\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_its_limits_and_its_seed() {
        let told = limits(Duration::from_secs(5), 7);
        assert_eq!(told, ["-max_total_time=5", "-timeout=25", "-seed=7"]);
    }

    #[test]
    fn a_dictionary_has_its_tokens_in_quotes() {
        assert_eq!(dictionary(&["a\"\\", "\n", "é"]), "\"a\\\"\\\\\"\n\"\\x0A\"\n\"\\xC3\\xA9\"\n");
    }
}
