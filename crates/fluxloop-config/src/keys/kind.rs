//! What may be written behind a key.

use std::fmt;

use crate::error::quoted;

/// What may be written behind a key.
#[derive(Clone, Copy, Debug)]
pub enum KeyKind {
    /// Text.
    Text,
    /// `true` or `false`.
    Bool,
    /// `auto`, `true` or `false`.
    AutoBool,
    /// A whole number in a range.
    Integer {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// A duration that may be zero.
    Pause,
    /// A duration longer than zero.
    Duration,
    /// A number of bytes.
    Size,
    /// One of a few names.
    OneOf(&'static [&'static str]),
    /// An http or https URL.
    Url,
    /// The URL of a proxy.
    Proxy,
    /// A JSONPath.
    Path,
    /// The path of a file or folder, relative to the project.
    File,
    /// The path or pattern of files, or a list of them, relative to the project; `-` is standard
    /// input.
    Files,
    /// One text, or a list of them.
    TextOrList,
    /// A list of texts.
    TextList,
    /// A list of HTTP statuses.
    StatusCodes,
    /// A share: `20%`.
    Percent,
    /// A whole number from 1, or `off`.
    CountOrOff,
    /// A whole number from 1, a share (`5%`), or `off`.
    CountOrShare,
    /// A duration longer than zero, or `off`.
    DurationOrOff,
    /// Starts in a time: `50/s`.
    Rate,
    /// Headers by name.
    Headers,
    /// Templates by name.
    Parameters,
    /// A template.
    Template,
    /// When an answer is complete.
    Done,
    /// What the frames of an answer mean.
    Schema,
    /// What holds of a value.
    Condition,
    /// What is expected of answers.
    Expectations,
    /// What the figures of a run have to reach.
    Thresholds,
    /// What each case of a run has to keep.
    Objectives,
    /// Which reply of a judge passes an answer.
    PassWhen,
    /// A map of the keys that stand below another one.
    Like(&'static str),
    /// A list of inputs.
    Inputs,
    /// A list of personas.
    Personas,
    /// Anything.
    Any,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().1)
    }
}

impl KeyKind {
    /// What it is called in a sentence: `a duration (…)`.
    pub(crate) fn in_sentence(self) -> String {
        match self {
            Self::Done => "`auto` or one of its three forms".to_owned(),
            _ => self.words().0.to_owned() + &self.words().1,
        }
    }

    /// An article, and the name.
    fn words(self) -> (&'static str, String) {
        let (article, name) = match self {
            Self::Like(section) => return ("a ", format!("map of keys, as below `{section}`")),
            Self::Integer { min, max: u64::MAX } => {
                return ("a ", format!("whole number from {min}"));
            }
            Self::Integer { min, max } => {
                return ("a ", format!("whole number from {min} to {max}"));
            }
            Self::OneOf(names) => return ("", quoted(names, " or ")),
            Self::Text => ("", "text"),
            Self::Bool => ("", "`true` or `false`"),
            Self::AutoBool => ("", "`auto`, `true` or `false`"),
            Self::Pause | Self::Duration => {
                ("a ", "duration (`250ms`, `60s`, `1h30m`, or seconds)")
            }
            Self::Size => ("a ", "size (`64KiB`, `1MiB`, or bytes)"),
            Self::Url => ("an ", "http or https URL"),
            Self::Proxy => ("", "`none`, or the URL of an HTTP or SOCKS proxy"),
            Self::Path => ("a ", "JSONPath"),
            Self::File => ("a ", "path, relative to the project"),
            Self::Files => {
                ("a ", "path or pattern, relative to the project, a list of them, or `-`")
            }
            Self::TextOrList => ("", "text, or a list of texts"),
            Self::TextList => ("a ", "list of texts"),
            Self::StatusCodes => ("a ", "list of HTTP statuses"),
            Self::Percent => ("a ", "share such as `20%`, or `off`"),
            Self::CountOrOff => ("a ", "whole number from 1, or `off`"),
            Self::CountOrShare => ("a ", "whole number from 1, a share such as `5%`, or `off`"),
            Self::DurationOrOff => {
                ("a ", "duration longer than zero (`250ms`, `60s`, `1h30m`, or seconds), or `off`")
            }
            Self::Rate => ("a ", "rate such as `50/s`, `600/min` or `3600/h`"),
            Self::Headers => ("a ", "map of names to values"),
            Self::Parameters => ("a ", "map of names to templates"),
            Self::Template => ("", "any YAML, a template"),
            Self::Done => {
                ("", "`auto`, or one of `{event: …}`, `{data: …}`, `{path: …, equals: …}`")
            }
            Self::Schema => {
                ("", "the name of a preset, the path of a file (`./mine.yaml`), or a map")
            }
            Self::Condition => ("a ", "map with `path` and a test"),
            Self::Expectations => ("a ", "list of expectations such as `contains: \"42\"`"),
            Self::Thresholds => ("a ", "map of metrics to limits"),
            Self::Objectives => ("a ", "map of quantities to limits"),
            Self::PassWhen => ("a ", "map with `path` and `equals`, `in`, `at_least` or `at_most`"),
            Self::Inputs => ("a ", "list of texts, or of maps with `input`"),
            Self::Personas => ("a ", "list of names, or of maps with `name`"),
            Self::Any => ("", "any YAML"),
        };
        (article, name.to_owned())
    }
}
