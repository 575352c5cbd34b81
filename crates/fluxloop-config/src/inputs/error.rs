//! What can be wrong with inputs.

use std::{fmt, io};

use thiserror::Error;

use crate::Origin;

/// An input that cannot be had. Shows as `file:line:column: what is wrong`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InputError {
    /// Where it is.
    pub origin: Origin,
    /// What is wrong.
    pub fault: InputFault,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.fault)
    }
}

impl std::error::Error for InputError {}

/// What is wrong with an input. No message holds its text.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum InputFault {
    /// The file cannot be read.
    #[error("the inputs cannot be read: {}", crate::error::io_message(*.0))]
    Unreadable(io::ErrorKind),
    /// The file has another extension than those that are known.
    #[error("the extension does not say what kind of file it is")]
    Extension,
    /// A line or record is too long.
    #[error("is longer than {mebibytes} MiB")]
    RecordTooLong {
        /// The limit.
        mebibytes: u64,
    },
    /// The text is not UTF-8.
    #[error("is not UTF-8 text")]
    NotUtf8,
    /// Bad JSON.
    #[error("is not valid JSON: {0}")]
    Json(&'static str),
    /// Bad CSV.
    #[error("has another number of fields than the first line")]
    CsvFields,
    /// A quote that takes in the rest of the file.
    #[error("a quote that is opened here is never closed")]
    CsvQuote,
    /// A CSV file without the column of the texts.
    #[error("the first line names no column `input`")]
    NoInputColumn,
    /// A file without a list in it.
    #[error("is neither a list nor a mapping with `inputs:`")]
    NoList,
    /// An entry that is neither text nor a mapping.
    #[error("an input must be text or a mapping with `input`, not {0}")]
    NotAnEntry(&'static str),
    /// An entry without its text.
    #[error("`input` is missing")]
    NoInput,
    /// A part of an entry has the wrong shape.
    #[error("`{key}` must be {expected}")]
    WrongType {
        /// The key.
        key: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// Two inputs with the same id.
    #[error("has the same id as the input {first}")]
    DuplicateId {
        /// Where the first one is.
        first: String,
    },
    /// A persona that no input has.
    #[error("no input has the persona `{name}`")]
    NoSuchPersona {
        /// The persona.
        name: String,
        /// The personas that inputs have.
        known: Vec<String>,
    },
    /// There is nothing in the file.
    #[error("holds no inputs")]
    Empty {
        /// The smallest file of its kind that does.
        smallest: &'static str,
    },
    /// There is more wrong than is worth telling.
    #[error("and more inputs are wrong")]
    More,
    /// The file changed after it was checked.
    #[error("the inputs changed while the run was under way")]
    Changed,
}

impl InputFault {
    /// What would be right.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoSuchPersona { known, .. } if known.is_empty() => "no input names a persona",
            Self::NoSuchPersona { known, .. } => {
                let quoted: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                return Some(format!("the inputs have {}", quoted.join(", ")));
            }
            Self::Extension => "use `.yaml`, `.yml`, `.json`, `.jsonl`, `.ndjson` or `.csv`",
            Self::NotUtf8 => "save it as UTF-8",
            Self::NoInputColumn => "write `input` above the column of the texts",
            Self::NotAnEntry(_) => "put it in quotes, or write `{input: …}`",
            Self::NoInput => "write `{input: …}`",
            Self::DuplicateId { .. } => "give it another `id`, or leave `id` out",
            Self::Empty { smallest } => {
                return Some(format!("the smallest thing to write is {smallest}"));
            }
            Self::CsvQuote => "close it, or double every quote that belongs to the text",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
