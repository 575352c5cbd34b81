//! What can be wrong with expectations, thresholds and objectives.

use std::fmt;

use fluxloop_jsonpath::{PathFault, Step};
use fluxloop_plan::NotFilled;
use fluxloop_trace::ExpectationKind;
use serde_json::Value;
use thiserror::Error;

use crate::item::kinds;

/// Something that cannot be meant, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExpectFault {
    /// The way from the root of what was read.
    pub at: Vec<Step>,
    /// What is wrong there.
    pub kind: ExpectFaultKind,
}

/// What is wrong, and after a semicolon what would be right. No message holds a value: it may be a
/// secret.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ExpectFaultKind {
    /// No expectation has this name.
    #[error("unknown expectation{}", mean(nearest.as_deref(), expectations))]
    UnknownKind {
        /// The name that was probably meant.
        nearest: Option<String>,
    },
    /// No option of an expectation has this name.
    #[error("unknown key{}", mean(nearest.as_deref(), || options.join("`, `")))]
    UnknownKey {
        /// The name that was probably meant.
        nearest: Option<String>,
        /// The names that there are.
        options: &'static [&'static str],
    },
    /// No figure of a run, and no quantity of a case, has this name.
    #[error("unknown {what}{}", mean(nearest.as_deref(), || names.join("`, `")))]
    UnknownName {
        /// What was looked for.
        what: &'static str,
        /// The name that was probably meant.
        nearest: Option<String>,
        /// Some of the names that there are.
        names: Vec<String>,
    },
    /// An entry in the form of another program.
    #[error("is an assertion of promptfoo; {0}")]
    Promptfoo(String),
    /// An entry that says nothing.
    #[error("names no expectation; write for example `contains: \"42\"`")]
    NoKind,
    /// An entry that says two things.
    #[error("names two expectations, `{0}` and `{1}`; write each as an entry of its own")]
    SeveralKinds(ExpectationKind, ExpectationKind),
    /// A value of the wrong shape.
    #[error("must be {expected}, not {found}")]
    Shape {
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A value that says nothing.
    #[error("is empty; {right}")]
    Empty {
        /// What to write.
        right: &'static str,
    },
    /// An option that this kind gives no meaning.
    #[error("has no meaning with `{0}`; take it out")]
    NoMeaning(ExpectationKind),
    /// An option that another one excludes.
    #[error("cannot be used together with `{0}`; keep one of them")]
    Excludes(&'static str),
    /// A bound above another one.
    #[error("is below `at_least`; exchange them")]
    Bounds,
    /// A text that is not a duration.
    #[error("is not a duration longer than zero; write for example `500ms` or `2s`")]
    Duration,
    /// A text that is not a share.
    #[error("is not a share; write for example `95%`")]
    Share,
    /// A number that cannot be meant.
    #[error("must be {0}")]
    Number(&'static str),
    /// A regular expression that cannot be compiled.
    #[error(
        "is not a valid regular expression: {why}; write `\\` before a character such as `(` that \
         means itself"
    )]
    Regex {
        /// What is wrong with it, without the expression.
        why: String,
    },
    /// A JSON Schema that cannot be used.
    #[error(
        "is not a JSON Schema that can be used{}; check its keywords, and let each `$ref` lead to a \
         place in it",
        place(pointer)
    )]
    Schema {
        /// Where, as a JSON Pointer; empty where that is not known.
        pointer: String,
    },
    /// A path that cannot be parsed.
    #[error("is not a valid path: {}{}", .fault, hint(.fault.hint().as_deref()))]
    Path {
        /// What is wrong with it.
        fault: PathFault,
        /// Where in the text, in characters.
        character: usize,
    },
    /// A channel that no answer has.
    #[error("no channel has this name{}", mean(nearest.as_deref(), || channels.join("`, `")))]
    UnknownChannel {
        /// The name that was probably meant.
        nearest: Option<String>,
        /// The channels that there are.
        channels: Vec<String>,
    },
    /// A value of the case that an input lacks.
    #[error(
        "{0} in this input; add it to the input, or write the expectation in the inputs that have it"
    )]
    NotFilled(NotFilled),
}

impl ExpectFault {
    pub(crate) fn new(at: &[Step], kind: ExpectFaultKind) -> Self {
        Self { at: at.to_vec(), kind }
    }

    /// The same fault, seen from further up.
    pub(crate) fn within(mut self, above: &[Step]) -> Self {
        self.at.splice(0..0, above.iter().cloned());
        self
    }
}

impl ExpectFaultKind {
    /// Whether it is about the name of a key, and not about its value.
    pub fn is_of_key(&self) -> bool {
        matches!(
            self,
            Self::UnknownKind { .. }
                | Self::UnknownKey { .. }
                | Self::UnknownName { .. }
                | Self::Promptfoo(_)
                | Self::SeveralKinds(..)
                | Self::NoMeaning(_)
        )
    }

    /// A value that has another shape than it must have.
    pub(crate) fn shape(expected: &'static str, found: &Value) -> Self {
        let found = match found {
            Value::Null => "nothing",
            Value::Bool(_) => "`true` or `false`",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        };
        Self::Shape { expected, found }
    }
}

impl fmt::Display for ExpectFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

/// What was probably meant, or else what there is.
fn mean(nearest: Option<&str>, names: impl Fn() -> String) -> String {
    match nearest {
        Some(name) => format!("; did you mean `{name}`?"),
        None => format!("; there are `{}`", names()),
    }
}

fn expectations() -> String {
    let names: Vec<_> = kinds().map(ExpectationKind::name).collect();
    names.join("`, `")
}

fn place(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!(" (at `{pointer}`)") }
}

fn hint(right: Option<&str>) -> String {
    right.map(|right| format!("; {right}")).unwrap_or_default()
}
