//! A project to run, in a folder that is gone afterwards.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;
use tempfile::TempDir;

/// Everything is on: a filter, a path, a secret to mask. A failure is to show, not to be retried.
const CONFIGURATION: &str = "\
name: bench
inputs_file: inputs.jsonl
runner:
  http:
    url: URL/v1/chat/completions
    headers:
      Authorization: Bearer ${BENCH_API_KEY}
    timeout: 5m
    connect_timeout: 1m
    stream: sse
    stream_event_filter: message
    stream_output_path: choices[0].delta.content
    body_template:
      type: json
      mapping:
        model: gpt-4o-mini
        messages:
          - role: user
            content: $.input
        stream: true
    retry:
      attempts: 0
";

/// A project with a configuration, a secret and inputs.
pub(super) struct Project(TempDir);

impl Project {
    /// Writes a project that sends so many inputs to the server at `url`.
    pub(super) fn new(url: &str, inputs: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("configs"))?;
        let configuration = CONFIGURATION.replace("URL", url);
        fs::write(folder.path().join("configs/simulation.yaml"), configuration)?;
        fs::write(folder.path().join(".env"), "BENCH_API_KEY=sk-bench-5f0c1a9e7d3b2468\n")?;
        let mut file = BufWriter::new(File::create(folder.path().join("inputs.jsonl"))?);
        for number in 0..inputs {
            writeln!(file, r#"{{"input":"Question {number}: why is the sky blue at noon?"}}"#)?;
        }
        file.flush()?;
        Ok(Self(folder))
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        self.0.path()
    }
}
