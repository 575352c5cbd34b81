//! What the command line says about loading.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use fluxloop_redact::Secret;

use crate::{Environment, Waiting};

/// What the command line says about loading, and the surroundings that it was typed in.
///
/// The default reads `configs/simulation.yaml` below the current folder, with an empty
/// environment.
#[derive(Clone, Default)]
pub struct LoadOptions {
    /// `--config`: a file in place of `configs/simulation.yaml`.
    pub config: Option<PathBuf>,
    /// `--root`: the folder that holds projects; `fluxloop` when absent.
    pub root: Option<PathBuf>,
    /// `--project`: the name of a folder below [`root`](Self::root).
    pub project: Option<String>,
    /// `--profile`: the name of a file below `configs/profiles`, laid over the other files.
    pub profile: Option<String>,
    /// `--env-file`: a file in place of the search for `.env`.
    pub env_file: Option<PathBuf>,
    /// `--set`, each as typed: `key=value`.
    pub set: Vec<String>,
    /// `--iterations`.
    pub iterations: Option<u32>,
    /// `--parallelism`.
    pub parallelism: Option<u32>,
    /// `--output`, relative to the current folder.
    pub output: Option<PathBuf>,
    /// `--personas`: only inputs of these personas; all when empty.
    pub personas: Vec<String>,
    /// `--input`: these texts are the inputs, and nothing else is.
    pub inputs: Vec<String>,
    /// `--only`: only inputs with these ids, or with ids that fit these patterns; all when empty.
    pub only: Vec<String>,
    /// `--limit`: how many inputs are sent at most.
    pub limit: Option<u64>,
    /// `--failed-of`: only inputs with these ids, masked as the records of that run have them.
    pub ids: Option<BTreeSet<String>>,
    /// What a run that is resumed has kept of its standard input.
    pub saved_input: Option<PathBuf>,
    /// `--mock`: nothing secret is sent, so an undefined variable becomes `<NAME>`.
    pub mock: bool,
    /// The cases are records of an earlier run, in place of inputs: nothing is asked of an input.
    pub recorded: bool,
    /// `--dry-run`: nothing is sent at all; undefined variables as with [`mock`](Self::mock).
    pub dry_run: bool,
    /// `fluxloop judge`: nothing is sent but to the judge. Undefined variables become `<NAME>` as with
    /// [`mock`](Self::mock), but for those that the judge uses.
    pub judge_only: bool,
    /// Files as they would be, by their paths: each is read in place of what is on disk. That can be
    /// the main file, which [`config`](Self::config) has to name, `.env`, and a YAML file of inputs.
    pub proposed: BTreeMap<PathBuf, Secret>,
    /// The folder that relative paths of the command line start from; the process's own when
    /// empty.
    pub current_dir: PathBuf,
    /// The environment.
    pub environment: Environment,
    /// Who gets a message when loading waits for a pipe.
    pub waiting: Option<Waiting>,
}

impl LoadOptions {
    /// Options without any flag, in the surroundings of this process.
    ///
    /// # Errors
    ///
    /// If the current folder is gone or may not be read.
    pub fn from_process() -> io::Result<Self> {
        Ok(Self {
            current_dir: std::env::current_dir()?,
            environment: Environment::from_process(),
            ..Self::default()
        })
    }

    /// The options with the folder that relative paths start from.
    pub(crate) fn with_current_dir(&self) -> Self {
        let mut options = self.clone();
        if options.current_dir.as_os_str().is_empty() {
            options.current_dir = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        }
        options
    }

    /// What a file would be, if that is said.
    pub(crate) fn proposed(&self, path: &Path) -> Option<&str> {
        let text = self.proposed.get(path)?.expose();
        Some(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// Whether undefined variables are filled in instead of refused.
    pub(crate) fn fills_undefined(&self) -> bool {
        self.mock || self.dry_run || self.judge_only
    }
}
