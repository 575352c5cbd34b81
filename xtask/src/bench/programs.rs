//! The programs that are measured, built as a release is.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;

use super::process::{CLIENT_CORE, measure, pinned};
use crate::workspace;

/// What was built so far: each only when it is asked for.
#[derive(Default)]
pub(super) struct Programs {
    clients: OnceCell<Clients>,
    parts: OnceCell<Parts>,
}

/// The programs that are whole clients, or play one.
pub(super) struct Clients {
    pub(super) fluxloop: PathBuf,
    pub(super) xtask: PathBuf,
}

/// The programs that measure parts by themselves: the examples of xtask, because building those
/// needs neither xtask itself nor what it links, and no other chore waits for the libraries that
/// they compare.
pub(super) struct Parts {
    pub(super) parts: PathBuf,
    pub(super) allocations: PathBuf,
}

impl Programs {
    /// The clients.
    pub(super) fn clients(&self) -> Result<&Clients> {
        once(&self.clients, Clients::build)
    }

    /// What measures parts.
    pub(super) fn parts(&self) -> Result<&Parts> {
        once(&self.parts, Parts::build)
    }
}

fn once<T>(cell: &OnceCell<T>, build: fn() -> Result<T>) -> Result<&T> {
    if let Some(program) = cell.get() {
        return Ok(program);
    }
    let program = build()?;
    Ok(cell.get_or_init(|| program))
}

impl Clients {
    fn build() -> Result<Self> {
        // One after the other: together, one could switch on features of a dependency for the
        // other.
        let fluxloop = fluxloop("release")?;
        let xtask = build("release", "xtask")?.join("xtask");
        Ok(Self { fluxloop, xtask })
    }
}

/// `fluxloop`, built with this profile.
pub(super) fn fluxloop(profile: &str) -> Result<PathBuf> {
    Ok(build(profile, "fluxloop-cli")?.join("fluxloop"))
}

/// Builds a package, and tells in which folder its programs are.
fn build(profile: &str, package: &str) -> Result<PathBuf> {
    let (profile_option, package) =
        (format!("--profile={profile}"), format!("--package={package}"));
    let arguments = ["build", "--locked", &profile_option, &package];
    workspace::call(&mut workspace::cargo(&arguments))?;
    Ok(workspace::target_folder()?.join(profile))
}

impl Parts {
    fn build() -> Result<Self> {
        println!("building what measures the parts");
        let mut command = workspace::cargo(&["build", "--release", "--locked", "--package=xtask"]);
        command.args(["--example=parts", "--example=allocations"]);
        command.arg("--message-format=json-render-diagnostics");
        let messages = workspace::output_of(&mut command)?;
        let path = |name| workspace::executable(&messages, name);
        Ok(Self { parts: path("parts")?, allocations: path("allocations")? })
    }
}

/// Runs a program that measures a part, on the core of the clients, and reads its figures.
pub(super) fn figures<T: DeserializeOwned>(program: &Path, arguments: &[&str]) -> Result<T> {
    let mut command = pinned(CLIENT_CORE, program);
    command.args(arguments);
    let folder = tempfile::tempdir()?;
    let (_, output) = measure(command, folder.path())?;
    serde_json::from_str(&output).context("the program printed something else than its figures")
}
