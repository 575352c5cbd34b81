//! A fault or a warning in parts, for machines.

use fluxloop_redact::{Masked, Redactor};

use super::ConfigWarning;
use crate::Origin;

/// A fault or a warning in parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Where it was written; absent where it is about the whole.
    pub origin: Option<Origin>,
    /// The key, from the root; empty where it is about the whole.
    pub key: Masked,
    /// What is wrong.
    pub message: Masked,
    /// What to do about it.
    pub help: Option<Masked>,
}

impl Finding {
    /// Takes a message apart into what is wrong and what to do.
    pub(super) fn new(
        origin: Option<Origin>,
        key: &str,
        message: &str,
        redactor: &Redactor,
    ) -> Self {
        let (what, help) = match message.split_once("; ") {
            Some((what, help)) => (what, Some(help)),
            None => (message, None),
        };
        Self {
            origin,
            key: redactor.mask(key),
            message: redactor.mask(what),
            help: help.map(|help| redactor.mask(help)),
        }
    }
}

impl ConfigWarning {
    /// The warning in parts.
    pub fn finding(&self, redactor: &Redactor) -> Finding {
        Finding::new(self.origin.clone(), &self.key, &self.oddity.to_string(), redactor)
    }
}
