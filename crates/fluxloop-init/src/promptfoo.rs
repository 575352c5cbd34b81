//! A project from a promptfoo configuration.

use crate::InitError;
use crate::proposal::{Options, Proposal};

/// Proposes a project.
pub fn from_promptfoo(_text: &str, _options: &Options) -> Result<Proposal, InitError> {
    Err(InitError::Promptfoo("not yet".to_owned()))
}
