//! The merged configuration.

use std::path::{Path, PathBuf};

use fluxloop_redact::Redactor;
use serde_json::Value;

use super::as_written::as_written;
use crate::Origin;
use crate::fingerprint::Fingerprint;
use crate::yaml::Node;

/// Keys that decide where results go and how fast they come, but not what they are.
const INCIDENTAL: [&str; 3] = ["output_directory", "simulation", "run_delay_seconds"];

/// The configuration as it was written: all layers merged, defaults included, placeholders kept.
#[derive(Debug)]
pub struct Settings {
    root: Node,
    files: Vec<PathBuf>,
    as_written: Value,
    hash: String,
}

impl Settings {
    pub(crate) fn new(
        root: Node,
        files: Vec<PathBuf>,
        project: &Path,
        redactor: &Redactor,
    ) -> Self {
        let as_written = as_written(&root, project, redactor);
        let mut essential = as_written.clone();
        if let Some(members) = essential.as_object_mut() {
            members.retain(|key, _| !INCIDENTAL.contains(&key.as_str()));
        }
        essential.sort_all_objects();
        let hash = Fingerprint::of(essential.to_string().as_bytes()).to_string();
        Self { root, files, as_written, hash }
    }

    /// The configuration as a value that can be written to a file and loaded again. Placeholders
    /// are kept as they are; a secret that stood there literally is `***`.
    pub fn as_written(&self) -> &Value {
        &self.as_written
    }

    /// A hash of what decides the results: of [`as_written`](Self::as_written) without the folder
    /// of the results, the parallelism and the pauses.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Where the value behind a key (`runner.http.url`) was written. A dot within a key cannot be
    /// asked for.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        let keys: Vec<&str> = key.split('.').collect();
        self.root.at(&keys).map(|node| &node.origin)
    }

    /// The files that were read, `.env` among them, the strongest last.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}
