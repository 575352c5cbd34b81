//! The targets on mutations of the kept inputs, without any other tool.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use fluxloop_properties::Target;

use super::mutate::mutate;
use super::{LONGEST, corpus, made, target_folder};
use crate::workspace;

/// Checks the kept inputs, and mutations of them for so long.
pub(super) fn run(targets: &[Target], duration: Duration, seed: u64) -> Result<()> {
    for target in targets {
        let inputs = kept(target)?;
        let tried = Trial::start(*target).run(&inputs, duration, seed)?;
        println!("fuzz: {} holds for {tried} inputs, mutated with seed {seed}", target.name);
    }
    println!("cargo xtask fuzz: {} targets hold", targets.len());
    Ok(())
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
}

impl Trial {
    fn start(target: Target) -> Self {
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
        Self { target, inputs, held }
    }

    /// Returns how many inputs were checked.
    fn run(&self, kept: &[Vec<u8>], duration: Duration, seed: u64) -> Result<u64> {
        let started = SystemTime::now();
        let mut random = fastrand::Rng::with_seed(seed);
        for input in kept {
            self.check(input)?;
        }
        let mut tried = kept.len() as u64;
        while started.elapsed().unwrap_or_default() < duration {
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
        let folder = target_folder()?.join("fuzz/artifacts").join(self.target.name);
        let path = made(&folder)?.join("random");
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
        let trial = Trial::start(target(|_| {}));
        assert_eq!(trial.run(&[vec![], vec![1]], Duration::ZERO, 0).expect("it holds"), 2);
    }

    #[test]
    fn an_input_that_breaks_the_property_is_kept_and_named() {
        let trial = Trial::start(target(|input| assert!(!input.contains(&b'\n'))));
        let error =
            trial.run(&[vec![]], Duration::from_secs(20), 0).expect_err("a token breaks it");
        let message = error.to_string();
        assert!(message.contains("breaks the property `test`"), "{message}");
        let path = target_folder().expect("there is one").join("fuzz/artifacts/test/random");
        assert!(fs::read(path).expect("it was kept").contains(&b'\n'));
    }
}
