//! What would be written.

use std::collections::HashSet;

use fluxloop_redact::{Redactor, Secret};

use crate::vault::Vault;
use crate::{InitError, files};

/// The configuration in a project.
pub const CONFIGURATION: &str = "configs/simulation.yaml";
/// The JSON Schema of the configuration, for editors.
pub const SCHEMA_FILE: &str = "configs/fluxloop.schema.json";
/// What git has to ignore in a project.
pub const IGNORED: [&str; 2] = [".env", "experiments/"];

/// What the caller says about the project.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The name of the experiment.
    pub name: String,
    /// Whether [`SCHEMA_FILE`] is there, so that editors can use it.
    pub has_schema_file: bool,
    /// The folder that relative paths of a command line start from, if it is not the project.
    pub folder: Option<String>,
}

impl Options {
    /// Options for a project of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), has_schema_file: false, folder: None }
    }
}

/// A project that can be written.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Proposal {
    /// The files; the first is the configuration.
    pub files: Vec<ProposedFile>,
    /// What goes to `.env`, and nowhere else.
    pub secrets: Vec<StoredSecret>,
    /// Variables that the configuration uses and that [`secrets`](Self::secrets) does not have.
    pub missing: Vec<String>,
    /// The schema that reads the answers.
    pub schema: String,
    /// Why it was chosen.
    pub reason: String,
    /// Where in the request the input goes, if it was found there.
    pub input: Option<String>,
    /// What was not carried over, and what to check.
    pub remarks: Vec<Remark>,
}

impl Proposal {
    /// Adds the secrets and the names of the variables, and searches all that would be seen for
    /// secrets.
    pub(crate) fn sealed(mut self, vault: Vault, finder: &Redactor) -> Result<Self, InitError> {
        let variables = files::variables(&self.files[0].content);
        let names: Vec<String> = variables.iter().map(|it| it.name.clone()).collect();
        self.secrets = vault.into_secrets(&names);
        let stored: HashSet<&str> = self.secrets.iter().map(|it| it.name.as_str()).collect();
        let missing = variables.into_iter().filter(|it| !it.has_default).map(|it| it.name);
        self.missing = missing.filter(|name| !stored.contains(name.as_str())).collect();
        self.files.push(files::env_example(&names));
        if let Some(file) = self.files.iter().find(|it| !finder.places(&it.content).is_empty()) {
            return Err(InitError::Secret { file: file.path });
        }
        let masked = |text: &String| finder.mask(text).to_string();
        self.input = self.input.as_ref().map(masked);
        for remark in &mut self.remarks {
            *remark = Remark { what: masked(&remark.what), why: masked(&remark.why) };
        }
        Ok(self)
    }
}

/// A file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProposedFile {
    /// Its path in the project.
    pub path: &'static str,
    /// Its content.
    pub content: String,
}

/// A value for `.env`.
#[derive(Debug)]
pub struct StoredSecret {
    /// The name of the variable.
    pub name: String,
    /// Its value.
    pub value: Secret,
}

/// Something to know about a proposal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remark {
    /// The option or the part that it is about.
    pub what: String,
    /// What holds.
    pub why: String,
}

impl Remark {
    pub(crate) fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into() }
    }
}
