//! Why there is no proposal.

use fluxloop_curl::CurlError;
use thiserror::Error;

/// Why there is no proposal.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InitError {
    /// No preset has this name.
    #[error("there is no preset `{0}`")]
    NoPreset(String),
    /// The command line cannot be read, or asks for something that has no counterpart.
    #[error(transparent)]
    Curl(#[from] CurlError),
    /// A part of a request that this program does not send.
    #[error("`{what}` cannot be carried over: {why}")]
    Unsupported {
        /// The part.
        what: String,
        /// Why not.
        why: &'static str,
    },
    /// A secret stands in a part of a file in which nothing is replaced.
    #[error("a secret of the source would stand in `{file}`, where no variable can stand for it")]
    Secret {
        /// The file.
        file: &'static str,
    },
    /// A promptfoo file that cannot be read.
    #[error("the file is not a promptfoo configuration: {0}")]
    Promptfoo(String),
}

impl InitError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoPreset(name) => {
                let near = fluxloop_schema::nearest(name, crate::preset_names());
                near.map(|near| format!("did you mean `{near}`?"))
            }
            Self::Curl(error) => error.hint().map(str::to_owned),
            Self::Secret { .. } => Some(
                "the secret is in a name, a number or a host: write another text in its place"
                    .to_owned(),
            ),
            Self::Unsupported { .. } | Self::Promptfoo(_) => None,
        }
    }

    pub(crate) fn unsupported(what: impl Into<String>, why: &'static str) -> Self {
        Self::Unsupported { what: what.into(), why }
    }
}
