//! A project to run, in a folder that is gone afterwards.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;
use tempfile::TempDir;

/// Everything is on: a filter, a path, secrets to mask. A failure is to show, not to be retried. The
/// page for browsers is made after the run, from its records: it is not what is measured.
const CONFIGURATION: &str = "\
name: bench
report: off
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

/// How many secrets a run masks. The request is the same in any case.
#[derive(Clone, Copy, Debug)]
pub(super) enum Secrets {
    /// None: the variable with the key is declared harmless.
    None,
    /// The key of the request.
    One,
    /// Two more that no request uses.
    Three,
}

impl Secrets {
    /// What the configuration says about them.
    fn configuration(self) -> &'static str {
        match self {
            Self::None => "security:\n  unmask: [BENCH_API_KEY]\n",
            Self::One | Self::Three => "",
        }
    }

    /// The `.env` file.
    fn variables(self) -> String {
        let others = match self {
            Self::None | Self::One => "",
            Self::Three => {
                "SECOND_API_KEY=sk-bench-91e4d7b20c6f8a35\nDATABASE_PASSWORD=correct+horse/battery\n"
            }
        };
        format!("BENCH_API_KEY=sk-bench-5f0c1a9e7d3b2468\n{others}")
    }
}

/// A project with a configuration, secrets and inputs.
pub(super) struct Project(TempDir);

impl Project {
    /// Writes a project that sends so many inputs to the server at `url`.
    pub(super) fn new(url: &str, inputs: u64, secrets: Secrets) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("configs"))?;
        let configuration = CONFIGURATION.replace("URL", url) + secrets.configuration();
        fs::write(folder.path().join("configs/simulation.yaml"), configuration)?;
        fs::write(folder.path().join(".env"), secrets.variables())?;
        let mut file = BufWriter::new(File::create(folder.path().join("inputs.jsonl"))?);
        for number in 0..inputs {
            writeln!(file, r#"{{"input":"Question {number}: why is the sky blue at noon?"}}"#)?;
        }
        file.flush()?;
        Ok(Self(folder))
    }

    /// Replaces what the configuration says about its inputs.
    pub(super) fn set_inputs(&self, inputs: &str) -> Result<()> {
        let path = self.folder().join("configs/simulation.yaml");
        let configuration = fs::read_to_string(&path)?;
        Ok(fs::write(path, configuration.replace("inputs_file: inputs.jsonl", inputs))?)
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        self.0.path()
    }
}

#[cfg(test)]
mod tests {
    use fluxloop_config::LoadOptions;

    use super::*;

    /// Whether a run masks each of the three values.
    #[track_caller]
    fn check(secrets: Secrets, masked: [bool; 3]) {
        let project = Project::new("http://127.0.0.1:1", 1, secrets).expect("there is room");
        let current_dir = project.folder().to_owned();
        let options = LoadOptions { current_dir, ..LoadOptions::default() };
        let loaded = fluxloop_config::load(&options).expect("it is valid");
        let values =
            ["sk-bench-5f0c1a9e7d3b2468", "sk-bench-91e4d7b20c6f8a35", "correct+horse/battery"];
        assert_eq!(values.map(|value| loaded.plan.redactor.mask(value).as_str() != value), masked);
    }

    #[test]
    fn a_run_masks_as_many_secrets_as_it_says() {
        check(Secrets::None, [false, false, false]);
        check(Secrets::One, [true, false, false]);
        check(Secrets::Three, [true, true, true]);
    }
}
