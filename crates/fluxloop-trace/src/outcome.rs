//! How a case ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a case ended. The list is closed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The answer came, whole as far as can be known.
    Succeeded,
    /// No attempt gave an answer; the trace carries the failure.
    Failed,
    /// A guard ended it, as the user asked; the text so far is kept.
    Stopped,
    /// The user ended the run while it was under way.
    Interrupted,
}

impl Outcome {
    /// Every outcome, in the order of reports.
    pub const ALL: [Self; 4] = [Self::Succeeded, Self::Failed, Self::Stopped, Self::Interrupted];

    /// The stable name, as records spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The guard that stopped a case (`runner.guards`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GuardKind {
    /// The case took longer than `max_duration`, all attempts and waits together.
    MaxDuration,
    /// The text grew beyond `output_char_limit` and was cut there.
    OutputCharLimit,
}

impl GuardKind {
    /// Every guard.
    pub const ALL: [Self; 2] = [Self::MaxDuration, Self::OutputCharLimit];

    /// The stable name, which is the key that configures it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MaxDuration => "max_duration",
            Self::OutputCharLimit => "output_char_limit",
        }
    }

    /// Whether a case that this guard stopped counts as a success: who limits the length of the
    /// output asked for that much; who limits the time did not ask for half an answer.
    pub fn counts_as_success(self) -> bool {
        match self {
            Self::MaxDuration => false,
            Self::OutputCharLimit => true,
        }
    }
}

impl fmt::Display for GuardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
