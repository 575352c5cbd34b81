//! The merged configuration.

use std::path::PathBuf;

use fluxloop_redact::Redactor;
use serde_json::Value;

use super::as_written::{Places, as_written};
use super::to_yaml::to_yaml;
use crate::Origin;
use crate::fingerprint::Fingerprint;
use crate::yaml::Node;

/// Keys that decide what results are called, where they go and how fast they come, but not what they
/// are.
const INCIDENTAL: [&str; 4] = ["name", "output_directory", "simulation", "run_delay_seconds"];

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
        places: &Places<'_>,
        name: &str,
        redactor: &Redactor,
    ) -> Self {
        let as_written = as_written(&root, places, name, redactor);
        let mut essential = as_written.clone();
        if let Some(members) = essential.as_object_mut() {
            members.retain(|key, _| !INCIDENTAL.contains(&key.as_str()));
        }
        essential.sort_all_objects();
        let hash = Fingerprint::of(essential.to_string().as_bytes()).to_string();
        Self { root, files, as_written, hash }
    }

    /// The configuration as a value. Placeholders are kept as they are, but in the name, which is
    /// the resolved one; a secret that stood there literally is `***`.
    pub fn as_written(&self) -> &Value {
        &self.as_written
    }

    /// The configuration as YAML that means the same when it is loaded again, from whatever folder.
    /// `.env` is looked for beside the new file, unless `--env-file` names it; a literal secret has
    /// to be given anew.
    pub fn to_yaml(&self) -> String {
        to_yaml(&self.as_written)
    }

    /// A hash of what decides the results: of [`as_written`](Self::as_written) without the name, the
    /// folder of the results, the parallelism, the rate and the pauses.
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
