//! The proposal as lines of a configuration.

use fluxloop_learn::{Confidence, Outcome, Proposal, yaml};
use serde_json::Value;

/// The key of the configuration that says how answers are read.
pub(super) const KEY: &str = "stream_schema";

/// What the key is to be set to: the lines that stand below it, or what follows it in its own line.
pub(super) enum Setting {
    /// The name of a preset.
    Preset(&'static str),
    /// A schema, and its lines, comments included, without indentation.
    Schema(Value, Vec<String>),
}

/// What to set, if anything is sure enough: a preset before a schema of one's own.
pub(super) fn setting(proposal: &Proposal) -> Option<Setting> {
    let preset = proposal.preset.as_ref().filter(|it| it.confidence > Confidence::Guess);
    if let Some(preset) = preset {
        return Some(Setting::Preset(preset.value));
    }
    let text = proposal.lines.iter().find(|line| line.key == "text")?;
    let is_sure = proposal.outcome == Outcome::Learned && text.confidence > Confidence::Guess;
    let value = proposal.schema().filter(|_| is_sure)?;
    Some(Setting::Schema(value, schema(proposal)))
}

/// The lines of a schema of one's own, each with its reason.
pub(super) fn schema(proposal: &Proposal) -> Vec<String> {
    let mut lines = Vec::new();
    for line in &proposal.lines {
        lines.push(format!("# {}: {}", line.confidence, line.reason));
        lines.push(format!("{}: {}", line.key, yaml(&line.value)));
    }
    lines
}

impl Setting {
    /// The value of the key.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Preset(name) => Value::from(*name),
            Self::Schema(value, _) => value.clone(),
        }
    }

    /// The key with its value, from a column on.
    pub(super) fn lines(&self, indent: usize) -> Vec<String> {
        let space = " ".repeat(indent);
        match self {
            Self::Preset(name) => vec![format!("{space}{KEY}: {name}")],
            Self::Schema(_, lines) => {
                let lines = lines.iter().map(|line| format!("{space}  {line}"));
                std::iter::once(format!("{space}{KEY}:")).chain(lines).collect()
            }
        }
    }
}
