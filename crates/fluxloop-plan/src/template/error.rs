//! What can be wrong with a template, and what an input can lack.

use std::fmt;

use fluxloop_jsonpath::{PathError, TooManyMatches};
use thiserror::Error;

use super::source::{EXPECTED, KeyStep, NAMES, TemplateScope, Way};
use crate::MAX_URL_BYTES;

/// Where in a string of the template a fault is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TextPosition {
    /// So many characters from the beginning of the string, from 0.
    Character(usize),
    /// In a block scalar that is JSON: the line of the block and the column, both from 1.
    Line {
        /// The line of the block.
        line: usize,
        /// The column of that line, without the block's indentation.
        column: usize,
    },
}

/// Something in a template that cannot be meant; found when the configuration is loaded.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{problem}")]
pub struct TemplateFault {
    /// The keys that lead to the string.
    pub keys: Vec<KeyStep>,
    /// Where in that string.
    pub position: Option<TextPosition>,
    /// What is wrong there.
    pub problem: FaultKind,
}

/// What is wrong with a string of a template.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FaultKind {
    /// A string that begins as a path, or stands in `{{ }}`, is none.
    Path(PathError),
    /// A block scalar that begins with `[` or `{` is no JSON. Holds what the parser says.
    Json(String),
    /// A form body is made of something that is no mapping.
    NoMapping,
    /// A path leads to the expected answer.
    Expected,
    /// A path of an expectation, or of a request to a judge, begins with a name that no record has.
    NotRecorded(String, TemplateScope),
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(error) => write!(f, "is not a valid path: {}", error.fault()),
            Self::Json(message) => write!(f, "begins like JSON, and is none: {message}"),
            Self::NoMapping => f.write_str("a form body needs a mapping of names to values"),
            Self::Expected => f.write_str("would send the expected answer to the agent"),
            Self::NotRecorded(name, scope) => {
                write!(f, "takes `$.{name}`, and the record of a case has ")?;
                backticked(f, scope.names())
            }
        }
    }
}

impl TemplateFault {
    /// What would be right.
    pub fn hint(&self) -> String {
        self.problem.hint()
    }
}

impl FaultKind {
    /// What would be right.
    pub fn hint(&self) -> String {
        let fixed = match self {
            Self::Path(error) => match error.hint() {
                Some(hint) => return hint,
                None => {
                    "a string that begins with `$.` is a path; put a value into a longer text as \
                     `{{ $.input }}`, and begin with `$$.` for a literal `$.`"
                }
            },
            Self::Json(_) => {
                "a block scalar that begins with `[` or `{` is read as JSON; write a text that \
                 begins so in quotes"
            }
            Self::NoMapping => "write `mapping:` with one key for each field of the form",
            Self::Expected => "take `$.expected` out of the request",
            Self::NotRecorded(name, _) => {
                return format!(
                    "the further keys of an input are its metadata: `$.metadata.{name}`; a literal \
                     text begins with `$$.`"
                );
            }
        };
        fixed.to_owned()
    }
}

/// Something in a template that is probably not meant; found when the configuration is loaded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TemplateWarning {
    /// A path stands bare in a longer text, where it stays as it is.
    BarePath {
        /// The keys that lead to the text.
        keys: Vec<KeyStep>,
        /// The path as it begins.
        path: String,
    },
    /// A name in `{{ }}` without `$.`, which stays as it is.
    BareName {
        /// The keys that lead to the text.
        keys: Vec<KeyStep>,
        /// The name, or several of them with dots between.
        name: String,
    },
    /// A path begins with a name that no input has, so that every case will fail.
    UnknownName {
        /// The keys that lead to the path.
        keys: Vec<KeyStep>,
        /// The path.
        path: String,
        /// The name.
        name: String,
    },
}

impl TemplateWarning {
    /// The keys that lead to the place.
    pub fn keys(&self) -> &[KeyStep] {
        match self {
            Self::BarePath { keys, .. }
            | Self::BareName { keys, .. }
            | Self::UnknownName { keys, .. } => keys,
        }
    }

    /// What was probably meant.
    pub fn hint(&self) -> String {
        match self {
            Self::BarePath { path, .. } => {
                format!("write `{{{{ {path} }}}}` to put the value there")
            }
            Self::BareName { name, .. } => {
                let first = name.split('.').next().unwrap_or_default();
                let is_name = NAMES.contains(&first) || name == EXPECTED;
                let parent = if is_name { "" } else { "metadata." };
                format!("write `{{{{ $.{parent}{name} }}}}` to put the value there")
            }
            Self::UnknownName { name, .. } => format!(
                "the further keys of an input are its metadata: `$.metadata.{name}`; a literal \
                 text begins with `$$.`"
            ),
        }
    }
}

impl fmt::Display for TemplateWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BarePath { path, .. } => {
                write!(f, "`{path}` within a longer text is not replaced")
            }
            Self::BareName { name, .. } => {
                write!(f, "`{{{{ {name} }}}}` is not replaced")
            }
            Self::UnknownName { path, .. } => {
                write!(f, "`{path}` finds nothing in any input, which has ")?;
                backticked(f, NAMES)
            }
        }
    }
}

/// Which part of the request a template makes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Part<'t> {
    /// `url`.
    Url,
    /// `query`, the parameter of this name.
    Query(&'t str),
    /// `headers`, the header of this name.
    Header(&'t str),
    /// `body_template.mapping`.
    Body,
}

/// A path that could not be followed, on its way up to the part of the request that it belongs to.
#[derive(Debug)]
pub(crate) struct Unrendered {
    /// The keys that lead to the string, innermost first.
    pub(crate) keys: Vec<KeyStep>,
    /// The path.
    pub(crate) path: String,
    /// Whether it found too much instead.
    pub(crate) too_many: Option<TooManyMatches>,
}

impl Unrendered {
    /// The same fault, seen from one level further up.
    pub(crate) fn within(mut self, step: impl FnOnce() -> KeyStep) -> Self {
        self.keys.push(step());
        self
    }
}

/// A template could not be filled in from a document.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("`{path}` finds {}", if *.too_many { "more values than are of any use" } else { "nothing" })]
pub struct NotFilled {
    /// The path.
    pub path: String,
    /// Whether it found too much, and not too little.
    pub too_many: bool,
}

impl From<Unrendered> for NotFilled {
    fn from(Unrendered { path, too_many, .. }: Unrendered) -> Self {
        Self { path, too_many: too_many.is_some() }
    }
}

/// The request could not be made from this input.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum TemplateError {
    /// A path finds nothing.
    #[error("`{key}`: `{path}` finds nothing in this input, which has {}", Backticked(has))]
    NothingFound {
        /// The key of the configuration, from the root.
        key: String,
        /// The path.
        path: String,
        /// Paths to what the input does have.
        has: Vec<String>,
    },
    /// A path finds more than is of any use.
    #[error("`{key}`: the path finds more values than are of any use")]
    TooManyMatches {
        /// The key of the configuration, from the root.
        key: String,
        /// What the search says.
        source: TooManyMatches,
    },
    /// A whole form body comes from a path that leads to something that is no object.
    #[error("`runner.http.body_template.mapping`: a form body is made of an object")]
    NoForm,
    /// A value would make another header, or none at all.
    #[error("`{key}`: this input brings a {what} into the value, which no header can have")]
    HeaderValue {
        /// The key of the configuration, from the root.
        key: String,
        /// What the value has.
        what: &'static str,
    },
    /// A value would lead to another path.
    #[error("`runner.http.url`: this input makes a part of the path `.` or `..`")]
    DotSegment,
    /// The URL with its parameters is too long.
    #[error("`runner.http.query`: makes a URL of more than {MAX_URL_BYTES} bytes of this input")]
    LongUrl,
}

impl TemplateError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        let fixed = match self {
            Self::NothingFound { .. } => {
                "take a path that every input has, or add what is missing to the input"
            }
            Self::TooManyMatches { .. } => "write the way to the value without repeating `..`",
            Self::NoForm => "write a mapping with one key for each field of the form",
            Self::HeaderValue { .. } => "take the text out of the header, or out of the input",
            Self::DotSegment => "take a value for the path that is a name of its own",
            Self::LongUrl => "send long inputs in the body, with `method: POST`",
        };
        fixed.to_owned()
    }

    /// The error of a path in the part of the request; `has` lists paths to what the input has.
    pub(crate) fn at(
        part: &Part<'_>,
        mut fault: Unrendered,
        has: impl FnOnce() -> Vec<String>,
    ) -> Self {
        fault.keys.reverse();
        let key = key_of(part, &fault.keys);
        match fault.too_many {
            Some(source) => Self::TooManyMatches { key, source },
            None => Self::NothingFound { key, path: fault.path, has: has() },
        }
    }
}

/// The key of the configuration, from the root, as messages show it.
pub(crate) fn key_of(part: &Part<'_>, keys: &[KeyStep]) -> String {
    let named = |section: &str, name: &str| {
        let name = [KeyStep::Key(name.to_owned())];
        format!("runner.http.{section}{}{}", Way(&name), Way(keys))
    };
    match part {
        Part::Url => "runner.http.url".to_owned(),
        Part::Query(name) => named("query", name),
        Part::Header(name) => named("headers", name),
        Part::Body => format!("runner.http.body_template.mapping{}", Way(keys)),
    }
}

/// Shows names as `` `a`, `b` ``.
struct Backticked<'a>(&'a [String]);

impl fmt::Display for Backticked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        backticked(f, self.0)
    }
}

/// Writes names as `` `a`, `b` ``.
fn backticked(f: &mut fmt::Formatter<'_>, names: &[impl AsRef<str>]) -> fmt::Result {
    for (index, name) in names.iter().enumerate() {
        write!(f, "{}`{}`", if index == 0 { "" } else { ", " }, name.as_ref())?;
    }
    Ok(())
}
