//! A path after parsing: what RFC 9535 means by it, in the forms that are evaluated.

use std::fmt;

use serde_json::Number;

/// One step of a path of names and indices.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The member with this name.
    Name(String),
    /// The element at this index, from 0; a negative index counts from the end, from -1.
    Index(i64),
}

impl fmt::Display for Step {
    /// As RFC 9535 writes it in a normalized path (section 2.7).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => {
                write!(f, "['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
            }
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// A step that may find several values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Segment {
    /// Whether the selectors apply to every descendant as well (`..`).
    pub(crate) descends: bool,
    /// At least one; if there are several, they never select the same child.
    pub(crate) selectors: Vec<Selector>,
}

impl Segment {
    /// The segment of a singular path that is this step.
    pub(crate) fn of_step(step: &Step) -> Self {
        let selector = match step {
            Step::Name(name) => Selector::Name(name.clone()),
            Step::Index(index) => Selector::Index(*index),
        };
        Self { descends: false, selectors: vec![selector] }
    }

    /// The step, if this segment is one of a singular path.
    pub(crate) fn as_step(&self) -> Option<Step> {
        match self.selectors.as_slice() {
            [only] if !self.descends => only.as_step(),
            _ => None,
        }
    }
}

/// What a segment selects among a value's children (RFC 9535, section 2.3).
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Selector {
    Name(String),
    Index(i64),
    Wildcard,
    Slice(Slice),
    Filter(Filter),
}

impl Selector {
    /// The step, if this is a name or an index.
    pub(crate) fn as_step(&self) -> Option<Step> {
        match self {
            Self::Name(name) => Some(Step::Name(name.clone())),
            Self::Index(index) => Some(Step::Index(*index)),
            Self::Wildcard | Self::Slice(_) | Self::Filter(_) => None,
        }
    }
}

/// `[start:end:step]`; the step is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
    pub(crate) step: i64,
}

/// A condition on a child.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    /// At least one of them holds.
    Any(Vec<Self>),
    /// All of them hold.
    All(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// The steps lead to a value, whatever it is.
    Exists(Vec<Step>),
    /// The value that the steps lead to, if any, compares so with the literal.
    Compare(Vec<Step>, Operator, Literal),
}

/// How a value, on the left, compares with a literal, on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// The operator that says the same with its sides exchanged.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Equal | Self::NotEqual => self,
        }
    }
}

/// A literal of a filter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
}
