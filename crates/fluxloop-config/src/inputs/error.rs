//! What can be wrong with inputs.

use std::{fmt, io};

use thiserror::Error;

use crate::Origin;
use crate::error::quoted;

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

/// What is wrong with an input, and after a semicolon what would be right. No message holds its text.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum InputFault {
    /// The file cannot be read.
    #[error("the inputs cannot be read: {}", crate::error::io_message(*.0))]
    Unreadable(io::ErrorKind),
    /// The file has another extension than those that are known.
    #[error(
        "the extension does not say what kind of file it is; use `.yaml`, `.yml`, `.json`, \
         `.jsonl`, `.ndjson` or `.csv`"
    )]
    Extension,
    /// A line or record is too long.
    #[error("is longer than {mebibytes} MiB")]
    RecordTooLong {
        /// The limit.
        mebibytes: u64,
    },
    /// The text is not UTF-8.
    #[error("is not UTF-8 text; save it as UTF-8")]
    NotUtf8,
    /// Bad JSON.
    #[error("is not valid JSON: {0}")]
    Json(&'static str),
    /// Bad CSV.
    #[error("has another number of fields than the first line")]
    CsvFields,
    /// A quote that takes in the rest of the file.
    #[error(
        "a quote that is opened here is never closed; close it, or double every quote that \
         belongs to the text"
    )]
    CsvQuote,
    /// A CSV file without the column of the texts.
    #[error("the first line names no column `input`; write `input` above the column of the texts")]
    NoInputColumn,
    /// A file without a list in it.
    #[error("is neither a list nor a mapping with `inputs:`")]
    NoList,
    /// An entry that is neither text nor a mapping.
    #[error(
        "an input must be text or a mapping with `input`, not {0}; put it in quotes, or write \
         `{{input: …}}`"
    )]
    NotAnEntry(&'static str),
    /// An entry without its text.
    #[error("`input` is missing; write `{{input: …}}`")]
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
    #[error("has the same id as the input {first}; give it another `id`, or leave `id` out")]
    DuplicateId {
        /// Where the first one is.
        first: String,
    },
    /// A persona that no input has.
    #[error("no input has the persona `{name}`; {}", known_personas(known))]
    NoSuchPersona {
        /// The persona.
        name: String,
        /// The personas that inputs have.
        known: Vec<String>,
    },
    /// There is nothing in the file.
    #[error("holds no inputs; the smallest thing to write is {smallest}")]
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

fn known_personas(known: &[String]) -> String {
    match quoted(known, ", ") {
        names if names.is_empty() => "no input names a persona".to_owned(),
        names => format!("the inputs have {names}"),
    }
}
