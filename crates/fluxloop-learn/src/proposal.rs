//! What was learned: a preset, or a schema line by line, each with a reason.

use std::fmt::{self, Write as _};

use fluxloop_frames::Framing;
use serde_json::{Map, Value};

/// How sure a finding is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Confidence {
    /// It may be so.
    Guess,
    /// It is so unless the server does something unusual.
    Likely,
    /// The frames show it.
    Certain,
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Guess => "guess",
            Self::Likely => "likely",
            Self::Certain => "certain",
        })
    }
}

/// What was learned from an answer. Everything in it is raw: mask it before it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What separates the frames, and why it is this framing.
    pub framing: Finding<Option<Framing>>,
    /// The preset that reads the answer, if one does.
    pub preset: Option<Finding<&'static str>>,
    /// The frame that reports a failure, if one does. What follows from it teaches nothing: neither
    /// it nor a frame after it is read for the other findings.
    pub failure: Option<Failure>,
    /// How much was learned about the text.
    pub outcome: Outcome,
    /// The lines of a schema of one's own, in the order in which they are written.
    pub lines: Vec<Line>,
    /// Other texts that came, and the candidates where the outcome is undecided.
    pub others: Vec<Candidate>,
    /// Whether the answer shows its end, by the preset or by the schema.
    pub has_end: bool,
    /// Whether counts of tokens came.
    pub has_usage: bool,
    /// Whether the types of frames are in their data.
    pub has_types_in_data: bool,
}

/// A finding with its reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding<T> {
    /// What was found.
    pub value: T,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why, in words.
    pub reason: String,
}

/// A frame that reports the failure of the answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// The number of the frame, from 0.
    pub frame: usize,
    /// What it says, raw.
    pub message: String,
}

/// How much was learned about the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Where it is.
    Learned,
    /// Only reasoning came.
    OnlyReasoning,
    /// No text came in three frames or more, or in a body that is one document.
    TooLittle,
    /// The answer reports a failure before there is enough text.
    Failed,
    /// Two places or more are equally good.
    Undecided,
}

/// A line of a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The key of the schema.
    pub key: &'static str,
    /// What it is set to.
    pub value: Value,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why, in words.
    pub reason: String,
}

/// A text that may be the answer's, or another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The rule that would read it.
    pub rule: Value,
    /// In how many frames it came.
    pub frames: usize,
    /// How many characters it has.
    pub characters: usize,
    /// Its beginning.
    pub sample: String,
    /// What it may be, in words.
    pub note: &'static str,
}

impl Proposal {
    /// The lines as one schema; `None` where no text was found.
    pub fn schema(&self) -> Option<Value> {
        let is_learned = self.outcome == Outcome::Learned;
        let members = self.lines.iter().map(|line| (line.key.to_owned(), line.value.clone()));
        is_learned.then(|| Value::Object(members.collect::<Map<_, _>>()))
    }

    /// Whether the body is one JSON document.
    pub fn is_document(&self) -> bool {
        self.framing.value == Some(Framing::Whole)
    }

    /// Takes back that the text is certain: something else speaks against it.
    pub(crate) fn doubt(&mut self) {
        for line in self.lines.iter_mut().filter(|line| line.key == "text") {
            line.confidence = line.confidence.min(Confidence::Likely);
        }
    }
}

/// A value as YAML in one line.
pub fn yaml(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("{name}: {}", yaml(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(yaml).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::String(text) if is_plain(text) => text.clone(),
        // JSON is YAML, but for characters that YAML wants escaped.
        Value::String(text) => escaped(text),
        value => value.to_string(),
    }
}

/// Whether YAML reads a text as it is, in any place.
fn is_plain(text: &str) -> bool {
    let word = |part: &str| {
        part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    let is_other = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.split('.').all(word) && !is_other.contains(&text.to_ascii_lowercase().as_str())
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 2);
    escaped.push('"');
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                write!(escaped, "\\U{:08X}", u32::from(c)).expect("memory takes everything");
            }
            c => escaped.push(c),
        }
    }
    escaped.push('"');
    escaped
}
