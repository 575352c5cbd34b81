//! Collects what is wrong and what is odd, so that all of it can be told at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use fluxloop_redact::Redactor;

use crate::Origin;
use crate::error::{ConfigError, ConfigWarning, Fault, Finding, Oddity};
use crate::quote::{Quotes, Sources};

/// Collects faults and warnings.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The faults of each place.
    faults: BTreeMap<Origin, Vec<ConfigError>>,
    warnings: Vec<ConfigWarning>,
    /// The texts that lines are quoted from.
    sources: Sources,
}

impl Report {
    /// Keeps the text of a file, so that its lines can be quoted.
    pub(crate) fn source(&mut self, shown: &Arc<Path>, text: String) {
        self.sources.insert(Arc::clone(shown), text);
    }

    /// Adds a fault.
    pub(crate) fn fault(
        &mut self,
        origin: &Origin,
        key: impl Into<String>,
        fault: impl Into<Fault>,
    ) {
        let error = ConfigError { origin: origin.clone(), key: key.into(), fault: fault.into() };
        let faults = self.faults.entry(origin.clone()).or_default();
        if !faults.contains(&error) {
            faults.push(error);
        }
    }

    /// Adds a warning about a place.
    pub(crate) fn warn(&mut self, origin: &Origin, key: impl Into<String>, oddity: Oddity) {
        self.add(ConfigWarning { origin: Some(origin.clone()), key: key.into(), oddity });
    }

    /// Adds a warning about an argument of the command line, unless it was warned of already.
    pub(crate) fn warn_argument(&mut self, origin: Origin, oddity: Oddity) {
        let is_known =
            |it: &ConfigWarning| it.origin.as_ref() == Some(&origin) && it.oddity == oddity;
        if !self.warnings.iter().any(is_known) {
            let warning = ConfigWarning { origin: Some(origin), key: String::new(), oddity };
            self.warnings.push(warning);
        }
    }

    /// Adds a warning about the whole.
    pub(crate) fn warn_all(&mut self, oddity: Oddity) {
        self.add(ConfigWarning { origin: None, key: String::new(), oddity });
    }

    fn add(&mut self, warning: ConfigWarning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Adds what another report has collected, under the keys that `rename` makes of its keys.
    pub(crate) fn absorb(&mut self, other: Self, rename: impl Fn(&str) -> String) {
        for error in other.faults.into_values().flatten() {
            self.fault(&error.origin, rename(&error.key), error.fault);
        }
        for warning in other.warnings {
            let key = rename(&warning.key);
            self.add(ConfigWarning { key, ..warning });
        }
    }

    /// How many faults there are.
    pub(crate) fn faults(&self) -> usize {
        self.faults.values().map(Vec::len).sum()
    }

    /// Whether there is any fault.
    pub(crate) fn is_faulty(&self) -> bool {
        !self.faults.is_empty()
    }

    /// The warnings and then the faults, ready to be shown.
    pub(crate) fn findings(&self, redactor: &Redactor) -> Vec<Finding> {
        let mut quotes = Quotes::new(&self.sources, redactor);
        let mut findings = Vec::new();
        for warning in &self.warnings {
            findings.push(Finding::of_warning(warning, &mut quotes));
        }
        for error in self.faults.values().flatten() {
            findings.push(Finding::of_error(error, &mut quotes));
        }
        findings
    }

    /// The faults, in the order of files and lines.
    pub(crate) fn faults_in_order(&self) -> Vec<ConfigError> {
        self.faults.values().flatten().cloned().collect()
    }

    /// The faults, in the order of files and lines.
    pub(crate) fn into_faults(self) -> Vec<ConfigError> {
        self.faults.into_values().flatten().collect()
    }

    /// The warnings, in the order in which they were found.
    pub(crate) fn into_warnings(self) -> Vec<ConfigWarning> {
        self.warnings
    }
}
