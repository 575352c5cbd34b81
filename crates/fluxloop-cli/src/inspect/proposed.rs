//! The proposal as lines of a configuration.

use fluxloop_learn::{Confidence, Line, Outcome, Proposal, yaml};
use fluxloop_redact::Redactor;
use fluxloop_redact::naming::evident;
use serde_json::{Map, Value};

/// The key that says what frames mean.
const SCHEMA: &str = "stream_schema";

/// The keys of a body that is one document.
const STREAM: &str = "stream";
const OUTPUT_PATH: &str = "output_path";

/// All keys that say how answers are read. Those that the proposal does not set are removed: they
/// would contradict it, or be superfluous.
pub(super) const KEYS: [&str; 6] =
    [SCHEMA, STREAM, "stream_event_filter", "stream_output_path", "stream_done", OUTPUT_PATH];

/// What is to be set below `runner.http`.
pub(super) struct Setting {
    /// The keys and their values, as the configuration has them: a `${` in them is escaped.
    pub(super) keys: Vec<(&'static str, Value)>,
    /// The same as lines, comments included, without indentation.
    lines: Vec<String>,
    /// The schema that reads the answer, raw.
    pub(super) schema: Value,
}

/// What to set, if anything is sure enough: a preset before a schema of one's own.
pub(super) fn setting(proposal: &Proposal) -> Option<Setting> {
    let is_document = proposal.is_document();
    let preset = proposal.preset.as_ref().filter(|it| it.confidence > Confidence::Guess);
    if let Some(preset) = preset {
        let mut setting = Setting::new(Value::from(preset.value));
        if is_document {
            setting.add(STREAM, &Value::from("none"), Some("the body is one JSON document"));
        }
        setting.add(SCHEMA, &Value::from(preset.value), None);
        return Some(setting);
    }
    let text = proposal.lines.iter().find(|line| line.key == "text")?;
    let is_sure = proposal.outcome == Outcome::Learned && text.confidence > Confidence::Guess;
    let schema = proposal.schema().filter(|_| is_sure)?;
    let mut setting = Setting::new(schema);
    if is_document {
        setting.add_document(&proposal.lines);
    } else {
        setting.add_schema(&proposal.lines.iter().collect::<Vec<_>>());
    }
    Some(setting)
}

/// The lines of a schema of one's own, each with its reason.
pub(super) fn schema(proposal: &Proposal) -> Vec<String> {
    block(&proposal.lines.iter().collect::<Vec<_>>())
}

fn block(lines: &[&Line]) -> Vec<String> {
    let mut block = Vec::new();
    for line in lines {
        block.push(format!("# {}: {}", line.confidence, line.reason));
        block.push(format!("{}: {}", line.key, yaml(&escaped(&line.value))));
    }
    block
}

/// A value in which no variable is replaced: `${` is written as `$${`.
fn escaped(value: &Value) -> Value {
    match value {
        Value::String(text) => text.replace("${", "$${").into(),
        Value::Array(items) => items.iter().map(escaped).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), escaped(value))).collect()
        }
        value => value.clone(),
    }
}

impl Setting {
    fn new(schema: Value) -> Self {
        Self { keys: Vec::new(), lines: Vec::new(), schema }
    }

    fn add(&mut self, key: &'static str, value: &Value, reason: Option<&str>) {
        let value = escaped(value);
        let comment = reason.map(|reason| format!(" # {reason}")).unwrap_or_default();
        self.lines.push(format!("{key}: {}{comment}", yaml(&value)));
        self.keys.push((key, value));
    }

    fn add_schema(&mut self, lines: &[&Line]) {
        let members = lines.iter().map(|line| (line.key.to_owned(), escaped(&line.value)));
        self.keys.push((SCHEMA, Value::Object(members.collect::<Map<_, _>>())));
        self.lines.push(format!("{SCHEMA}:"));
        self.lines.extend(block(lines).iter().map(|line| format!("  {line}")));
    }

    /// A body that is one document has keys of its own for its framing and its text. A schema says
    /// what else is in it.
    fn add_document(&mut self, lines: &[Line]) {
        let mut rest = Vec::new();
        for line in lines {
            let reason = format!("{}: {}", line.confidence, line.reason);
            match (line.key, &line.value) {
                ("framing", framing) => self.add(STREAM, framing, Some(&reason)),
                ("text", Value::Object(rule)) if rule.len() == 1 && rule.contains_key("path") => {
                    self.add(OUTPUT_PATH, &rule["path"], Some(&reason));
                }
                _ => rest.push(line),
            }
        }
        if !rest.is_empty() {
            self.add_schema(&rest);
        }
    }

    /// The keys with their values, from a column on.
    pub(super) fn lines(&self, indent: usize) -> Vec<String> {
        let space = " ".repeat(indent);
        self.lines.iter().map(|line| format!("{space}{line}")).collect()
    }

    /// The names of the keys.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|(key, _)| *key).collect()
    }

    /// Whether a name that came with the answer holds a secret, or looks like one.
    pub(super) fn holds_secret(&self, redactor: &Redactor) -> bool {
        let is_secret =
            |line: &String| redactor.mask_counted(line).1 > 0 || !evident(line).is_empty();
        self.lines.iter().any(is_secret) || has_short_secret(&self.schema, redactor)
    }
}

/// Whether a text in a value is a secret as a whole, however short.
fn has_short_secret(value: &Value, redactor: &Redactor) -> bool {
    match value {
        Value::String(text) => redactor.is_short_secret(text),
        Value::Array(items) => items.iter().any(|item| has_short_secret(item, redactor)),
        Value::Object(members) => members.values().any(|item| has_short_secret(item, redactor)),
        _ => false,
    }
}
