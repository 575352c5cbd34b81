//! Errors, with their places.

use std::fmt;
use std::path::PathBuf;

use fluxloop_redact::{Masked, Redactor};
use thiserror::Error;

use super::{Fault, Finding, message, quoted, without_keys};
use crate::Origin;
use crate::report::Report;

/// How many faults are shown: whoever has more mends the first ones first.
const MAX_SHOWN: usize = 50;

/// Why there is no plan, without the secrets that were known by then: what it says was masked when
/// it was made, because names of files and keys can hold one.
#[derive(Clone)]
pub struct ConfigErrors {
    why: WhyNot,
    shown: Masked,
    findings: Vec<Finding>,
}

/// Why there is no plan, split by what the user can do about it.
#[derive(Clone, Debug, Error)]
pub(crate) enum WhyNot {
    /// There is no configuration where one was looked for.
    #[error("no configuration found; looked for {}{}", paths(looked), mean(near.as_deref()))]
    NotFound {
        /// Where it was looked for.
        looked: Vec<PathBuf>,
        /// What was probably meant, as it is to be typed.
        near: Option<String>,
    },
    /// There is no profile of that name.
    #[error("no profile `{name}` found; {}{}", profiles(there), mean(near.as_deref()))]
    NoSuchProfile {
        /// The name.
        name: String,
        /// The profiles that there are.
        there: Vec<String>,
        /// The one that was probably meant.
        near: Option<String>,
    },
    /// The configuration has faults, in the order of files and lines; the first of them are shown.
    #[error("{}", lines(.0))]
    Faults(Vec<ConfigError>),
    /// The configuration is sound, but says nothing about what to send.
    #[error("{config}: no inputs: neither `inputs_file` nor `base_inputs` is set")]
    NoInputs {
        /// The configuration.
        config: Origin,
    },
}

impl WhyNot {
    /// What is wrong, and what to do about it.
    fn parts(&self) -> (String, String) {
        match self {
            Self::NotFound { looked, near: Some(near) } => {
                let what = format!("no configuration found; looked for {}", paths(looked));
                (what, format!("did you mean `{near}`?"))
            }
            Self::NoSuchProfile { name, there, near } => {
                let what = format!("no profile `{name}` found; {}", profiles(there));
                (
                    what,
                    near.as_ref().map_or_else(
                        || {
                            "write `configs/profiles/NAME.yaml` with the keys that differ"
                                .to_owned()
                        },
                        |near| format!("did you mean `--profile {near}`?"),
                    ),
                )
            }
            _ => (self.to_string(), hint(self).unwrap_or_default().to_owned()),
        }
    }
}

fn hint(why: &WhyNot) -> Option<&'static str> {
    match why {
        WhyNot::NotFound { near: None, .. } => Some(
            "write `configs/simulation.yaml`, or name a file with `--config FILE` or a project \
             with `--project NAME`",
        ),
        WhyNot::Faults(_) | WhyNot::NotFound { .. } | WhyNot::NoSuchProfile { .. } => None,
        WhyNot::NoInputs { .. } => {
            Some("the smallest thing to write is `base_inputs: [\"Hello\"]`")
        }
    }
}

impl ConfigErrors {
    /// What ends the loading, beside what the report has.
    pub(crate) fn new(why: WhyNot, report: &Report, redactor: &Redactor) -> Self {
        let mut findings = report.findings(redactor);
        if !matches!(why, WhyNot::Faults(_)) {
            let (cause, remedy) = why.parts();
            findings.push(Finding::of_whole(&cause, &remedy, redactor));
        }
        // The longer secrets first: a known one may have the form of a key in it.
        let shown = redactor.mask(&why.to_string());
        let shown = redactor.mask(&without_keys(shown.as_str().to_owned()));
        Self { why, shown, findings }
    }

    /// The faults of the report.
    pub(crate) fn of_faults(report: &Report, redactor: &Redactor) -> Self {
        Self::new(WhyNot::Faults(report.faults_in_order()), report, redactor)
    }

    /// What is odd and what is wrong, in the order in which it is to be shown.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What to do about it; the hints of single faults stand with them.
    pub fn hint(&self) -> Option<&'static str> {
        hint(&self.why)
    }

    /// Whether the command line itself cannot be read (`--set` without `=`), so that its user, and
    /// no file, is to blame.
    pub fn is_usage(&self) -> bool {
        let is_usage = |fault: &Fault| matches!(fault, Fault::SetSyntax | Fault::SetEmptyPart);
        matches!(&self.why, WhyNot::Faults(faults) if faults.iter().any(|it| is_usage(&it.fault)))
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown.as_str())
    }
}

impl fmt::Debug for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConfigErrors").field(&self.shown).finish()
    }
}

impl std::error::Error for ConfigErrors {}

/// One fault of a configuration. Shows as `file:line:column: key: what is wrong; what is right`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ConfigError {
    /// Where it was written.
    pub(crate) origin: Origin,
    /// The key, from the root (`runner.http.url`); empty where a file as a whole is at fault.
    pub(crate) key: String,
    /// What is wrong.
    pub(crate) fault: Fault,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&message(Some(&self.origin), &self.key, &self.fault))
    }
}

fn paths(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    shown.join(", ")
}

fn mean(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn profiles(there: &[String]) -> String {
    match quoted(there, ", ") {
        names if names.is_empty() => "there are no profiles".to_owned(),
        names => format!("there are {names}"),
    }
}

fn lines(errors: &[ConfigError]) -> String {
    let mut shown: Vec<String> =
        errors.iter().take(MAX_SHOWN).map(ConfigError::to_string).collect();
    if let more @ 1.. = errors.len().saturating_sub(MAX_SHOWN) {
        shown.push(format!("and {more} more"));
    }
    shown.join("\n")
}
