//! Why a run could not be done.

use std::error::Error;

use fluxloop_explain::of_build;
use fluxloop_http::BuildError;

use crate::SinkError;

/// Why a run could not be done. What happened to single cases is in their traces.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The HTTP client cannot be made from the plan: certificates, proxies.
    #[error("the HTTP client could not be set up")]
    Transport(#[from] BuildError),
    /// The thread of the sinks could not be started.
    #[error("a thread could not be started")]
    Thread(#[source] std::io::Error),
    /// The records of the cases that are closed already could not be read.
    #[error("the records of the run could not be read")]
    Past(#[source] Box<dyn Error + Send + Sync>),
    /// The inputs could not be read to their end.
    #[error("the inputs could not be read")]
    Inputs(#[source] Box<dyn Error + Send + Sync>),
    /// The results could not be stored or shown.
    #[error(transparent)]
    Sink(SinkError),
    /// What stores or shows the results panicked: a fault of the program.
    #[error("what keeps the results ended in a panic")]
    SinkPanicked,
}

impl RunError {
    /// Whether the configuration is at fault, and not this machine.
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::Transport(error) if *error != BuildError::Tls)
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Transport(error) => Some(of_build(*error)),
            Self::Inputs(_) => Some("what was sent so far is recorded"),
            Self::Sink(_) => Some("no new cases were started, and those under way were finished"),
            Self::Past(_) => Some("nothing was sent"),
            Self::SinkPanicked => Some("please report it; what was kept by then can be read"),
            Self::Thread(_) => None,
        }
    }
}
