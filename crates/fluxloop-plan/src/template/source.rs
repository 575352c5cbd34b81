//! A template as it was written, and the way to a value in it.

use std::fmt;

use serde_json::{Number, Value};

/// A value of `mapping` or `query` as it was written, before anything was replaced in it.
///
/// Keys keep their order, and a string remembers whether it was a block scalar (`|` or `>`),
/// because only such a one can be JSON.
#[derive(Clone, PartialEq)]
pub enum TemplateSource {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String {
        /// Its text.
        text: String,
        /// Whether it was written as a block scalar.
        block: bool,
    },
    /// A sequence.
    List(Vec<Self>),
    /// A mapping, in the order of its keys.
    Map(Vec<(String, Self)>),
}

/// Keys, and none of the values: a secret can stand in any of them.
impl fmt::Debug for TemplateSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(items) => f.debug_list().entries(items).finish(),
            Self::Map(members) => {
                f.debug_map().entries(members.iter().map(|(key, value)| (key, value))).finish()
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String { .. } => f.write_str("…"),
        }
    }
}

/// JSON has no block scalars: its strings are plain ones.
impl From<Value> for TemplateSource {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::String { text, block: false },
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(members) => {
                Self::Map(members.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
        }
    }
}

/// The template as JSON, in which a block scalar is a string like any other.
impl From<TemplateSource> for Value {
    fn from(source: TemplateSource) -> Self {
        match source {
            TemplateSource::Null => Self::Null,
            TemplateSource::Bool(value) => Self::Bool(value),
            TemplateSource::Number(number) => Self::Number(number),
            TemplateSource::String { text, .. } => Self::String(text),
            TemplateSource::List(items) => items.into_iter().map(Self::from).collect(),
            TemplateSource::Map(members) => {
                Self::Object(members.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
        }
    }
}

/// The names that the paths of a template can begin with.
pub(crate) const NAMES: &[&str] =
    &["input", "messages", "persona", "iteration", "context", "metadata", "vars", "body", "id"];

/// The expected answer, which an agent must never see.
pub(crate) const EXPECTED: &str = "expected";

/// The names of what a record has, which the paths of an expectation can begin with.
const RECORDED: &[&str] = &["expected", "input", "persona", "iteration", "metadata", "vars", "id"];

/// The names that the paths of a request to a judge can begin with.
const JUDGED: &[&str] =
    &["output", "expected", "input", "persona", "iteration", "metadata", "vars", "id"];

/// The answer, which only a judge sees.
pub(crate) const OUTPUT: &str = "output";

/// What a template is filled in from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TemplateScope {
    /// The case, to make its request. The expected answer is out of reach.
    Request,
    /// The record of the case, to judge its answer.
    Record,
    /// The record of the case, to make the request to its judge.
    Judge,
}

impl TemplateScope {
    /// The names that a path can begin with.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Request => NAMES,
            Self::Record => RECORDED,
            Self::Judge => JUDGED,
        }
    }
}

/// A stretch of literal text in a template.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LiteralText<'t> {
    /// The keys that lead to the string.
    pub keys: &'t [KeyStep],
    /// The stretch.
    pub text: &'t str,
    /// Where it begins, in characters from the beginning of the string. `None` in a string of a block
    /// scalar that is JSON: it was not written as a string of its own.
    pub start: Option<usize>,
}

/// One step on the way from the root of a template to a value in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyStep {
    /// Into the member of a mapping.
    Key(String),
    /// Into the item of a sequence, counted from 0.
    Index(usize),
}

/// Writes a way as messages show it: `.messages[0].content`.
pub(crate) struct Way<'a>(pub(crate) &'a [KeyStep]);

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| match step {
            KeyStep::Key(name) if is_plain(name) => write!(f, ".{name}"),
            KeyStep::Key(name) => write!(f, "[{name:?}]"),
            KeyStep::Index(index) => write!(f, "[{index}]"),
        })
    }
}

/// Whether a key can stand behind a dot without being misread.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}
