//! What is odd about a configuration that can be run all the same.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use fluxloop_redact::{MIN_ANYWHERE_CHARS, Masked};

use super::one_line;
use crate::Origin;

/// Something odd. Shows as `file:line:column: key: what is odd`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfigWarning {
    /// Where it was written; absent where it is about the whole.
    pub origin: Option<Origin>,
    /// The key, from the root; empty where it is about the whole.
    pub key: String,
    /// What is odd.
    pub oddity: Oddity,
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        if let Some(origin) = &self.origin {
            write!(line, "{origin}: ")?;
        }
        if !self.key.is_empty() && !self.origin.as_ref().is_some_and(|it| it.names(&self.key)) {
            write!(line, "{}: ", self.key)?;
        }
        write!(line, "{}", self.oddity)?;
        f.write_str(&one_line(&line))
    }
}

/// What is odd. Like a fault, it never shows a value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Oddity {
    /// Keys of FluxLoop that do not concern an HTTP run.
    NoEffect(Vec<String>),
    /// An old and a new name of a key are both set.
    OldName {
        /// The old name, which loses.
        old: &'static str,
    },
    /// Variables without a value became `<NAME>`, because nothing real is sent.
    FilledIn(Vec<String>),
    /// `$NAME` where `${NAME}` was probably meant.
    BareVariable(String),
    /// A secret as it is, in a file.
    LiteralSecret,
    /// A secret as it is, on the command line.
    SecretArgument,
    /// A secret as it is, in a flag that takes no placeholders.
    SecretInFlag,
    /// A secret, under the name of its variable or key, that is too short to be found in text.
    ShortSecret(String),
    /// `security.mask` or `security.unmask` names a variable that is not defined.
    UnknownVariable(String),
    /// A secret travels unencrypted.
    SecretInClear {
        /// The host, of which a variable may be a part.
        host: Masked,
    },
    /// Certificates are not checked.
    Insecure,
    /// Git does not ignore `.env`.
    DotenvNotIgnored(PathBuf),
    /// No part of the request depends on the input.
    InputUnused {
        /// Whether there is a body to put it into.
        has_body: bool,
    },
    /// A key that the kind of answer gives no meaning.
    NoMeaning(&'static str),
    /// A template's warning: what it says, and its hint.
    Template(String, String),
    /// `input_template` leaves the input out.
    TemplateWithoutInput,
    /// Personas that inputs name, and that `personas` does not know.
    UnknownPersonas(Vec<String>),
    /// Two sources of inputs; the second one loses.
    InputsTwice,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEffect(keys) => {
                write!(f, "these keys have no effect on an HTTP run: {}", names(keys))
            }
            Self::OldName { old } => write!(f, "`{old}` is the older name of this key, and loses"),
            Self::FilledIn(variables) => {
                write!(
                    f,
                    "not defined, so their names in `<>` stand for them: {}",
                    names(variables)
                )
            }
            Self::BareVariable(name) => {
                write!(f, "`${name}` is literal text; write `${{{name}}}` for the variable")
            }
            Self::LiteralSecret => f.write_str(
                "a secret stands here as it is; put it into `.env` and write `${NAME}` here",
            ),
            Self::SecretArgument => f.write_str(
                "a secret on the command line stands in the list of processes and in the shell's \
                 history; put it into `.env` and write `${NAME}` here, in single quotes",
            ),
            Self::SecretInFlag => f.write_str(
                "a secret on the command line stands in the list of processes and in the shell's \
                 history; use a value without it",
            ),
            Self::ShortSecret(name) => write!(
                f,
                "`{name}` is a secret of fewer than {MIN_ANYWHERE_CHARS} characters, which is not \
                 masked where it occurs in other text"
            ),
            Self::UnknownVariable(name) => write!(f, "variable `{name}` is not defined"),
            Self::SecretInClear { host } => {
                write!(f, "a secret goes to `{host}` without encryption; use https")
            }
            Self::Insecure => {
                f.write_str("certificates are not checked: anybody in between can read the traffic")
            }
            Self::DotenvNotIgnored(path) => {
                write!(f, "git does not ignore `{}`; add it to `.gitignore`", path.display())
            }
            Self::InputUnused { has_body } => write!(
                f,
                "nothing of the input is in the request, so that all requests are the same; use \
                 `$.input` in {}",
                if *has_body { "`body_template.mapping` or in `query`" } else { "`query`" }
            ),
            Self::NoMeaning(condition) => write!(f, "has a meaning only {condition}"),
            Self::Template(what, hint) => write!(f, "{what}; {hint}"),
            Self::TemplateWithoutInput => {
                f.write_str("has no `{input}` in it, so that all inputs become the same")
            }
            Self::UnknownPersonas(personas) => {
                write!(f, "inputs name personas that are not listed here: {}", names(personas))
            }
            Self::InputsTwice => f.write_str("is not used, because `inputs_file` is set"),
        }
    }
}

fn names(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
