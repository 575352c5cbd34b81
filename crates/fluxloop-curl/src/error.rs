//! What is wrong with a command line.

use thiserror::Error;

/// Why a command line cannot be read, or cannot be written as a request.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CurlError {
    /// It does not start with `curl`.
    #[error("the line does not start with `curl`")]
    NotCurl,
    /// It is a command of PowerShell.
    #[error("`Invoke-WebRequest` and its short names are not curl")]
    InvokeWebRequest,
    /// A quote is not closed.
    #[error("a quote (`{0}`) is not closed")]
    OpenQuote(char),
    /// The shell would run a command to know the text.
    #[error("`$(…)` or backquotes: the shell would run a command here")]
    Substitution,
    /// An expansion of the shell other than a plain variable.
    #[error("`${{…}}` with more than a name and a default is not read")]
    Expansion,
    /// Bytes that are not UTF-8, or characters for private use.
    #[error("the text has bytes or characters that are not text")]
    NotText,
    /// The end of a here-document is missing.
    #[error("the end of the here-document is missing")]
    HereDocument,
    /// curl has no such option.
    #[error("curl has no option `{0}`")]
    UnknownOption(String),
    /// The beginning of several options.
    #[error("`{0}` is the beginning of several options")]
    AmbiguousOption(String),
    /// The value of an option is missing.
    #[error("the value of `{0}` is missing")]
    NoValue(String),
    /// There is no URL.
    #[error("the line has no URL")]
    NoUrl,
    /// The value of an option is not of its kind.
    #[error("the value of `{option}` is not {expected}")]
    Value {
        /// The option as written.
        option: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// A file that the line names cannot be read.
    #[error("`{option}` names the file `{path}`: {why}")]
    File {
        /// The option.
        option: String,
        /// The file.
        path: String,
        /// Why it cannot be read.
        why: String,
    },
    /// Something decides what is sent, and has no counterpart.
    #[error("`{what}` cannot be carried over: {why}")]
    Unsupported {
        /// The option or the part of the line.
        what: String,
        /// Why not.
        why: &'static str,
    },
}

impl CurlError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotCurl => Some("copy the whole command, from `curl` on"),
            Self::InvokeWebRequest => {
                Some("in the browser, copy the request as cURL instead of as PowerShell")
            }
            Self::OpenQuote(_) => Some(
                "copy the whole command; from a terminal, pass it on standard input: \
                 `--from-curl - < request.txt`",
            ),
            Self::Substitution => {
                Some("write what the command prints in its place, or a variable: `$NAME`")
            }
            Self::Expansion => Some("write `${NAME}` or `${NAME:-default}`"),
            Self::UnknownOption(_) => Some("curl writes values after a blank: `--data VALUE`"),
            _ => None,
        }
    }
}
