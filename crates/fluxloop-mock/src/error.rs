//! What can go wrong before a mock serves.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

/// Why a mock could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MockError {
    /// The address cannot be listened on. What helps is another address.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address as it was asked for.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A script does not say what a script can say. What helps is mending the script.
    #[error("{place}: {problem}")]
    Script {
        /// Where in the script, as a path from its root: `answers[1].steps[0].pause`.
        place: String,
        /// What is wrong there.
        problem: String,
    },
    /// A fault or a rule that cannot be read. What helps is mending its text.
    #[error("the fault `{text}`: {problem}")]
    Fault {
        /// The text as it was written.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The dialect has no such thing. What helps is another dialect.
    #[error("`{dialect}` has no {what} that the mock can play")]
    Lacking {
        /// The dialect's name.
        dialect: &'static str,
        /// Reasoning, or tool calls.
        what: &'static str,
    },
}

impl MockError {
    /// What would mend it, if that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Listen { source, .. } => match source.kind() {
                io::ErrorKind::AddrInUse => Some("port 0 takes any free port"),
                io::ErrorKind::PermissionDenied => Some("ports below 1024 need privileges"),
                _ => None,
            },
            Self::Script { .. } | Self::Fault { .. } => None,
            Self::Lacking { .. } => Some("`openai-chat` and `anthropic` have both"),
        }
    }
}
