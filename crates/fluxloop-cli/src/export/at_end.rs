//! The exports that a configuration asks for (`export`), when the run ends.

use std::path::Path;

use fluxloop_config::Environment;
use fluxloop_export::Options;
use fluxloop_trace::ExportKind;

use super::collector::Collector;
use super::{Export, Target, job_summary, open};
use crate::errors::Ended;
use crate::exit::Exit;

/// Exports that are made when the run ends.
#[derive(Debug)]
pub(crate) struct AtEnd {
    kinds: Vec<ExportKind>,
    environment: Environment,
}

impl AtEnd {
    /// Checks that they can be made, before anything is sent.
    pub(crate) fn new(kinds: Vec<ExportKind>) -> Result<Self, Ended> {
        let environment = Environment::from_process();
        if kinds.contains(&ExportKind::Otlp) {
            Collector::new(None, &environment)?;
        }
        Ok(Self { kinds, environment })
    }

    /// Exports the run in this folder. An export that fails does not keep the others from being made;
    /// the first error is returned.
    pub(crate) async fn export(self, folder: &Path) -> Result<(), Ended> {
        if self.kinds.is_empty() {
            return Ok(());
        }
        let folder = folder.to_owned();
        let exported = tokio::task::spawn_blocking(move || self.all(&folder)).await;
        exported.unwrap_or_else(|error| Err(Ended::new(Exit::Failure, &error)))
    }

    fn all(&self, folder: &Path) -> Result<(), Ended> {
        let export = Export { run: open(folder)?, options: Options::default() };
        let results: Vec<_> = self
            .kinds
            .iter()
            .map(|kind| self.target(*kind, folder).and_then(|target| export.to(&target)))
            .collect();
        results.into_iter().collect()
    }

    fn target(&self, kind: ExportKind, folder: &Path) -> Result<Target, Ended> {
        Ok(match (kind, kind.file_name()) {
            (ExportKind::Otlp, _) => Target::Collector(Collector::new(None, &self.environment)?),
            (ExportKind::Github, _) => Target::Github(job_summary(&self.environment)),
            (_, Some(file)) => Target::File(kind, folder.join(file)),
            (_, None) => Target::Printed(kind),
        })
    }
}
