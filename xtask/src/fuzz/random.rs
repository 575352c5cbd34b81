//! The targets on mutations of the kept inputs, without any other tool.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Result, bail, ensure};
use fluxloop_properties::Target;

use super::mutate::mutate;
use super::{LONGEST, corpus, made};
use crate::workspace;

/// Checks the kept inputs, and mutations of them for so long.
pub(super) fn run(targets: &[Target], duration: Duration, seed: u64) -> Result<()> {
    let artifacts = workspace::target_folder()?.join("fuzz/artifacts");
    for target in targets {
        let inputs = kept(target)?;
        let started = now();
        let more = |_| started.elapsed() < duration;
        let tried = Trial::start(*target, &artifacts).run(&inputs, seed, more)?;
        println!("fuzz: {} holds for {tried} inputs, mutated with seed {seed}", target.name);
    }
    println!("cargo xtask fuzz: {} targets hold", targets.len());
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a chore has no runtime whose time it could ask for")]
fn now() -> Instant {
    Instant::now()
}

/// The inputs that are kept for a target.
fn kept(target: &Target) -> Result<Vec<Vec<u8>>> {
    let read = |path: PathBuf| {
        fs::read(&path).with_context(|| format!("`{}` could not be read", path.display()))
    };
    let inputs: Vec<Vec<u8>> =
        workspace::files(&corpus(target))?.into_iter().map(read).collect::<Result<_>>()?;
    ensure!(!inputs.is_empty(), "no inputs are kept for `{}`", target.name);
    Ok(inputs)
}

/// A thread that checks inputs, so that one that takes for ever is noticed.
struct Trial {
    target: Target,
    inputs: Sender<Vec<u8>>,
    held: Receiver<bool>,
    /// The folder for an input that breaks the property.
    artifacts: PathBuf,
}

impl Trial {
    fn start(target: Target, artifacts: &Path) -> Self {
        let (inputs, to_check) = channel::<Vec<u8>>();
        let (verdicts, held) = channel();
        thread::spawn(move || {
            for input in to_check {
                let verdict = catch_unwind(AssertUnwindSafe(|| (target.check)(&input))).is_ok();
                if verdicts.send(verdict).is_err() {
                    break;
                }
            }
        });
        Self { target, inputs, held, artifacts: artifacts.join(target.name) }
    }

    /// Checks the kept inputs, and mutations of them for as long as `more` says after so many
    /// inputs. Returns how many were checked.
    fn run(&self, kept: &[Vec<u8>], seed: u64, more: impl Fn(u64) -> bool) -> Result<u64> {
        let mut random = fastrand::Rng::with_seed(seed);
        for input in kept {
            self.check(input)?;
        }
        let mut tried = kept.len() as u64;
        while more(tried) {
            self.check(&mutate(kept, self.target.tokens, &mut random))?;
            tried += 1;
        }
        Ok(tried)
    }

    /// Checks one input, and keeps it if it breaks the property.
    fn check(&self, input: &[u8]) -> Result<()> {
        self.inputs.send(input.to_vec()).context("the checking thread is gone")?;
        let what = match self.held.recv_timeout(LONGEST) {
            Ok(true) => return Ok(()),
            Ok(false) => "breaks",
            Err(_) => "takes too long for",
        };
        let path = made(&self.artifacts)?.join("random");
        fs::write(&path, input)
            .with_context(|| format!("`{}` could not be written", path.display()))?;
        bail!("the input in {} {what} the property `{}`", path.display(), self.target.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(check: fn(&[u8])) -> Target {
        Target { name: "test", check, tokens: &["\n"] }
    }

    #[test]
    fn inputs_that_hold_are_counted() {
        let trial = Trial::start(target(|_| {}), Path::new("nothing is written"));
        let kept = [vec![], vec![1]];
        assert_eq!(trial.run(&kept, 0, |_| false).expect("it holds"), 2);
        assert_eq!(trial.run(&kept, 0, |tried| tried < 5).expect("it holds"), 5);
    }

    #[test]
    fn an_input_that_breaks_the_property_is_kept_and_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let trial = Trial::start(target(|input| assert!(!input.contains(&b'\n'))), folder.path());
        let error = trial.run(&[vec![]], 0, |tried| tried < 1_000).expect_err("a token breaks it");
        let message = error.to_string();
        assert!(message.contains("breaks the property `test`"), "{message}");
        let path = folder.path().join("test/random");
        assert!(fs::read(path).expect("it was kept").contains(&b'\n'));
    }
}
