//! What can be wrong with a schema.

use std::fmt;

use fluxloop_jsonpath::{PathFault, Step};
use thiserror::Error;

/// What is wrong with a schema, and where. Shows as `text[0].when: what is wrong; what is right`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SchemaFault {
    /// The schema that has it: a preset, a file, or the name that [`load`](crate::load) was given.
    pub schema: String,
    /// The keys and indices that lead to it from that schema's root.
    pub at: Vec<Step>,
    /// What is wrong there.
    pub kind: SchemaFaultKind,
}

impl fmt::Display for SchemaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at.as_slice() {
            [] => write!(f, "{}", self.kind),
            at => write!(f, "{}: {}", key(at), self.kind),
        }
    }
}

/// The key at a place, as messages show it: `text[0].when`.
pub fn key(at: &[Step]) -> String {
    let mut key = String::new();
    for step in at {
        match step {
            Step::Name(name) if key.is_empty() => key.push_str(name),
            Step::Name(name) => key.extend([".", name]),
            Step::Index(index) => key.extend(["[", &index.to_string(), "]"]),
        }
    }
    key
}

/// What can be wrong at one place of a schema, and after a semicolon what would be right.
///
/// No message holds a value that was written there, because it may be a secret.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SchemaFaultKind {
    /// The schema language has no such key.
    #[error("unknown key{}", did_you_mean(*.nearest))]
    UnknownKey {
        /// The known key that is most like it.
        nearest: Option<&'static str>,
    },
    /// A condition has no such test.
    #[error("unknown test; write {}", quoted(.tests))]
    UnknownTest {
        /// The tests, the most similar one first.
        tests: Vec<&'static str>,
    },
    /// A value of the wrong shape.
    #[error("must be {expected}, not {found}")]
    WrongShape {
        /// What belongs there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A text that is not in a closed list.
    #[error("must be {}{}", quoted(.names), did_you_mean(*.nearest))]
    NotOneOf {
        /// The list.
        names: &'static [&'static str],
        /// The text of the list that is most like it.
        nearest: Option<&'static str>,
    },
    /// The path cannot be parsed.
    #[error("is not a valid path: {fault}{}", hint(.fault))]
    Path {
        /// What is wrong with it.
        fault: PathFault,
        /// Where, in characters of the text as written, counted from 0.
        character: usize,
    },
    /// A path that can find several values.
    #[error(
        "must find a single value: names and indices only; `*`, filters, slices and `..` belong in \
         `path` of a text rule, `message` or `each`"
    )]
    WidePath,
    /// The regular expression cannot be compiled.
    #[error("is not a valid regular expression: {why}; write for example `matches: '^agent'`")]
    Regex {
        /// What is wrong with it.
        why: String,
    },
    /// Nothing stands where something has to.
    #[error("is empty; {right}")]
    Empty {
        /// What would be right.
        right: &'static str,
    },
    /// A key that this rule needs is missing.
    #[error("needs {0}")]
    Needs(&'static str),
    /// Two keys that exclude each other.
    #[error("cannot be used together with `{0}`; keep one of them")]
    Excludes(&'static str),
    /// A channel with the name of one that every answer has.
    #[error("is a channel that every answer has; write its rules under `{0}`, next to `channels`")]
    KnownChannel(&'static str),
    /// A key that means nothing without another one.
    #[error("has a meaning only with {0}")]
    OnlyWith(&'static str),
    /// `join: list` where the text is one text.
    #[error("`join: list` belongs in `channels`; use `append` or `replace`")]
    ListOutsideChannels,
    /// `join: list` in some rules of a channel only.
    #[error(
        "has `join: list` in some rules only; write it in every rule of the channel, or in no rule"
    )]
    SomeAreLists,
    /// An earlier rule takes every frame that this rule would take.
    #[error(
        "can never be reached, because `[{earlier}]` takes the same frames; write it before \
         `[{earlier}]`, or remove it"
    )]
    Unreachable {
        /// The index of the earlier rule.
        earlier: usize,
    },
    /// Neither a preset nor the path of a file.
    #[error(
        "is not a preset; {}`fluxloop schema list` prints the presets, and the path of a file \
         begins with `./`",
        .nearest.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default()
    )]
    UnknownPreset {
        /// The preset whose name is most like it.
        nearest: Option<&'static str>,
    },
    /// The caller could not supply the file.
    #[error("the file cannot be read")]
    Unreadable,
    /// A schema that extends itself, directly or through others.
    #[error("leads back to this schema; extend another one, or write `extends: none`")]
    Cycle,
    /// Too many schemas that extend each other.
    #[error("leads through more than {0} schemas; write their keys into one of them")]
    LongChain(usize),
    /// More rules, paths and types than are read.
    #[error("a schema has at most {0} rules, paths and types; remove some")]
    TooManyParts(usize),
    /// More channels than are kept apart.
    #[error("has more than {0} channels; remove some")]
    TooManyChannels(usize),
    /// Conditions inside conditions inside conditions.
    #[error("conditions are nested more than {0} deep; combine them in one list")]
    TooDeep(usize),
}

/// Something odd about a schema that can be used all the same.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SchemaWarning {
    /// The schema that has it.
    pub schema: String,
    /// The keys and indices that lead to it from that schema's root.
    pub at: Vec<Step>,
    /// The known type that is almost the type written there.
    pub nearest: String,
}

impl fmt::Display for SchemaWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: is almost the known type `{}`; check the spelling",
            key(&self.at),
            self.nearest
        )
    }
}

fn hint(fault: &PathFault) -> String {
    fault.hint().map(|hint| format!("; {hint}")).unwrap_or_default()
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default()
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
