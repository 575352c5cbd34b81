//! Says why an answer has no text.

use std::collections::BTreeMap;

use fluxloop_frames::Frame;
use fluxloop_jsonpath::JsonPath;
use serde_json::Value;

use crate::excerpt::excerpt;
use crate::facts::Facts;
use crate::known::{
    BESIDE_THE_TEXT, ERROR_TYPES, NEVER_TEXT, REASONS_WITHOUT_TEXT, TEXT_PLACES, TOOL_CALL_TYPES,
    TOOL_CALL_WORD, TOOL_CALLS,
};
use crate::reader::{Compiled, TextRule};
use crate::samples::{Sample, Samples};
use crate::tally::{self, TypeTally};

/// What was seen instead of text. Everything in it is raw: mask it before it is shown.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NoText {
    /// Event types with their counts.
    pub by_type: BTreeMap<String, u64>,
    /// How many events passed the filter.
    pub passed: u64,
    /// In how many of them the path found something: null, an object, an empty text.
    pub matched: u64,
    /// The beginning of an event's data, cut at 4 KiB.
    pub sample: Option<String>,
    /// Whether the model called tools, which is an answer without text.
    pub tool_calls: bool,
    /// Where text would have been found.
    pub text_at: Option<TextAt>,
    /// Whether the event in [`sample`](Self::sample) says why there is no text.
    pub tells_why: bool,
}

/// A place of text where the rules do not look.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TextAt {
    /// The path that finds it; `None` where the whole data is the text.
    pub path: Option<String>,
    /// Where the rules look instead.
    pub rules_look: RulesLook,
    /// The type of the event that carries it.
    pub event_type: String,
    /// Whether that type was surely not cut.
    pub event_type_is_whole: bool,
    /// Whether such events pass the filter.
    pub passes: bool,
}

/// Where the rules look for text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RulesLook {
    /// At the very path that finds text, in frames that do not pass the filter.
    AtThatPath,
    /// At another path.
    Elsewhere,
    /// At no path: the whole data is the text.
    AtTheData,
}

impl NoText {
    /// Looks for text in the remembered events.
    pub(crate) fn explain(
        samples: &Samples,
        types: &TypeTally,
        rules: &Compiled,
        facts: &Facts,
    ) -> Self {
        let kept = samples.kept();
        let documents: Vec<Document<'_>> = kept
            .iter()
            .filter_map(|sample| {
                let value = value_to_explain(&sample.data)?;
                Some(Document { value, name: types.name(sample.event_type), sample })
            })
            .collect();
        let own = rules.text().path();
        let is_error = |sample: &&Sample| names_error(types.name(sample.event_type));
        let found = find_text(&documents, own)
            .or_else(|| find_plain_text(kept.iter().filter(|sample| !is_error(sample))));
        let telling = kept
            .iter()
            .find(is_error)
            .or_else(|| documents.iter().find(|it| it.tells_why()).map(|document| document.sample));
        let telling = telling.filter(|_| found.is_none());
        let shown = telling.or(kept.iter().find(|sample| sample.passed)).or(kept.first());
        let tool_calls = facts.stopped_for_tool() || documents.iter().any(Document::calls_tool);
        Self {
            sample: shown.map(|sample| excerpt(&sample.data)),
            tool_calls,
            tells_why: telling.is_some(),
            text_at: found.map(|found| found.at(types.name(found.sample.event_type), own)),
            ..Self::default()
        }
    }
}

impl TextAt {
    /// A place in a body that is one frame.
    pub(crate) fn in_body(path: String) -> Self {
        Self {
            path: Some(path),
            rules_look: RulesLook::Elsewhere,
            event_type: Frame::MESSAGE.to_owned(),
            event_type_is_whole: true,
            passes: true,
        }
    }
}

/// A remembered event that is JSON.
struct Document<'s> {
    value: Value,
    name: &'s str,
    sample: &'s Sample,
}

/// Where text is.
struct FoundText<'s> {
    sample: &'s Sample,
    path: Option<String>,
}

impl FoundText<'_> {
    /// The place, held against the rules.
    fn at(&self, event_type: &str, own: Option<&JsonPath>) -> TextAt {
        TextAt {
            rules_look: match own {
                None => RulesLook::AtTheData,
                Some(own) if self.path.as_deref() == Some(own.as_str()) => RulesLook::AtThatPath,
                Some(_) => RulesLook::Elsewhere,
            },
            path: self.path.clone(),
            event_type: event_type.to_owned(),
            event_type_is_whole: tally::is_whole(event_type),
            passes: self.sample.passed,
        }
    }
}

/// The best place of text: where the rules look, if only the filter were another; then where
/// others put it; then any string.
fn find_text<'s>(documents: &[Document<'s>], own: Option<&JsonPath>) -> Option<FoundText<'s>> {
    let mut documents: Vec<&Document<'s>> =
        documents.iter().filter(|document| !document.is_error()).collect();
    // Thoughts and calls of tools are strings at the same places as the answer.
    documents.sort_by_key(|document| document.is_beside_the_point());
    let at = |document: &Document<'s>, path: &str| FoundText {
        sample: document.sample,
        path: Some(path.to_owned()),
    };
    for path in own.cloned().into_iter().chain(well_known()) {
        if let Some(document) = documents.iter().find(|document| has_text(&document.value, &path)) {
            return Some(at(document, path.as_str()));
        }
    }
    // What a tool is called with is a string as well, at places nobody knows.
    if documents.iter().any(|document| document.calls_tool()) {
        return None;
    }
    documents.into_iter().find_map(|document| Some(at(document, &any_path(&document.value)?)))
}

/// The longest JSON text that is looked through for a path, in bytes: a tree of its values takes up
/// to fifty times as much memory as the text, and no answer whose text could be shown has more.
const MAX_EXPLAINED: usize = 1 << 20;

/// The values of a JSON text, where a path to text is looked for; `None` when it is none, or too
/// long for that.
pub(crate) fn value_to_explain(json: &str) -> Option<Value> {
    if json.len() > MAX_EXPLAINED { None } else { serde_json::from_str(json).ok() }
}

/// The best place of text in a body.
pub(crate) fn path_to_text(value: &Value) -> Option<String> {
    let known = well_known().find(|path| has_text(value, path));
    let path = known.map(|path| path.as_str().to_owned()).or_else(|| any_path(value))?;
    // The way to the document itself has no steps, and is written as `$`.
    Some(if path.is_empty() { "$".to_owned() } else { path })
}

fn well_known() -> impl Iterator<Item = JsonPath> {
    TEXT_PLACES.iter().filter_map(|path| JsonPath::parse(path).ok())
}

fn has_text(value: &Value, path: &JsonPath) -> bool {
    let found = path.select(value).unwrap_or_default();
    found.into_iter().any(|value| value.as_str().is_some_and(|text| !text.is_empty()))
}

/// An event whose data is no JSON, and so may be the text itself.
fn find_plain_text<'s>(mut kept: impl Iterator<Item = &'s Sample>) -> Option<FoundText<'s>> {
    kept.find(|sample| !sample.data.trim_start().starts_with(['{', '[']))
        .map(|sample| FoundText { sample, path: None })
}

/// Whether events of this type report what went wrong, in words of their provider's own:
/// `throttlingException`. What they say is not the answer.
fn names_error(event_type: &str) -> bool {
    let name = event_type.to_ascii_lowercase();
    ERROR_TYPES.iter().any(|word| name.contains(word))
}

impl Document<'_> {
    /// Whether the event reports what went wrong.
    fn is_error(&self) -> bool {
        names_error(self.name) || self.value["type"].as_str().is_some_and(names_error)
    }

    /// Whether the event says why there is no text.
    fn tells_why(&self) -> bool {
        self.is_error() || REASONS_WITHOUT_TEXT.iter().any(|member| self.has(member))
    }

    /// Whether a member, as a JSON pointer, is there and not null.
    fn has(&self, member: &str) -> bool {
        self.value.pointer(member).is_some_and(|value| !value.is_null())
    }

    /// Whether the event is about thoughts or tools.
    fn is_beside_the_point(&self) -> bool {
        let kind = self.value["type"].as_str().unwrap_or(self.name);
        BESIDE_THE_TEXT.iter().any(|word| kind.contains(word) || self.name.contains(word))
    }

    /// Whether the model calls a tool here.
    fn calls_tool(&self) -> bool {
        let is = |&(member, wanted): &(&str, &str)| {
            self.value.pointer(member).is_some_and(|value| value == wanted)
        };
        TOOL_CALLS.iter().any(|member| self.has(member))
            || TOOL_CALL_TYPES.iter().any(is)
            || self.value["type"].as_str().is_some_and(|kind| kind.contains(TOOL_CALL_WORD))
    }
}

/// The path to a string that may be text: rather one whose name says so.
fn any_path(value: &Value) -> Option<String> {
    let likely = |name: &str| TEXT_PLACES.contains(&name) || name == "value";
    any_string(value, &likely, false, &mut String::new())
        .or_else(|| any_string(value, &|_| true, true, &mut String::new()))
}

/// The path to the first string, in the order of the document, whose member or whose array's
/// member has a wanted name.
fn any_string(
    value: &Value,
    wanted: &dyn Fn(&str) -> bool,
    is_wanted: bool,
    path: &mut String,
) -> Option<String> {
    let length = path.len();
    let mut inside = |step: String, value: &Value, is_wanted: bool| {
        path.push_str(&step);
        let found = any_string(value, wanted, is_wanted, path);
        path.truncate(length);
        found
    };
    match value {
        Value::String(text) if is_wanted && !text.is_empty() => Some(path.clone()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| inside(format!("[{index}]"), item, is_wanted)),
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !NEVER_TEXT.contains(&name.as_str()) && is_plain(name))
            .find_map(|(name, member)| inside(step(name, length == 0), member, wanted(name))),
        _ => None,
    }
}

/// Whether a name stands in a path as it is. One that would have to be escaped there is not offered:
/// it may hold a secret, which is known by how it is written elsewhere.
fn is_plain(name: &str) -> bool {
    !name.contains(['\\', '\'', '"']) && !name.contains(char::is_control)
}

/// A step of a path as it is written.
fn step(name: &str, first: bool) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    match plain {
        true if first => name.to_owned(),
        true => format!(".{name}"),
        false => {
            let start = if first { "$" } else { "" };
            format!("{start}['{name}']")
        }
    }
}

impl TextRule {
    fn path(&self) -> Option<&JsonPath> {
        match self {
            Self::Data => None,
            Self::Key(_, path) | Self::Path(path) => Some(path),
        }
    }
}
