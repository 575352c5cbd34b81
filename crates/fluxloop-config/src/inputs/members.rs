//! Where the parts of an entry are, and how an input is made of them.

use fluxloop_jsonpath::{JsonPath, PathError, Step};
use fluxloop_plan::Input;
use serde_json::{Map, Value};

use super::InputFault;
use super::foreign::{Draft, Preset};
use super::format::Format;

/// The parts of an entry, which are keys of `inputs` too.
pub(super) const PARTS: [&str; 7] =
    ["input", "messages", "id", "persona", "context", "expected", "expect"];

/// Their places in [`PARTS`].
pub(super) const INPUT: usize = 0;
pub(super) const MESSAGES: usize = 1;
pub(super) const ID: usize = 2;
pub(super) const EXPECTED: usize = 5;
pub(super) const EXPECT: usize = 6;

/// What a text to send is called, the usual name first. One of the others counts where it is alone.
pub(crate) const TEXTS: [&str; 7] =
    ["input", "prompt", "question", "query", "text", "instruction", "message"];

/// Where the parts of an entry are.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// What the file has been written for.
    pub(super) preset: Option<Preset>,
    /// For each of [`PARTS`], the places that the user named, the first that has it counts.
    pub(super) picks: [Vec<Pick>; PARTS.len()],
}

/// A place in an entry.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pick {
    /// A member or column of this name.
    Member(String),
    /// Where a path leads.
    Path(JsonPath),
}

/// An entry, checked.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// The id, where the user gave one.
    pub(super) id: Option<String>,
    /// The rest; its id is still empty.
    pub(super) input: Input,
    /// The name of the member that was taken for the text although nobody named it.
    pub(super) guessed: Option<&'static str>,
    /// For each of [`PARTS`], whether a place that the user named has it.
    pub(super) found: [bool; PARTS.len()],
    /// Members that mean something to the program that the file was written for, and nothing here.
    pub(super) unapplied: Vec<&'static str>,
}

impl Pick {
    /// A text that begins with `$` is a path.
    pub(super) fn parse(text: &str) -> Result<Self, PathError> {
        if !text.starts_with('$') {
            return Ok(Self::Member(text.to_owned()));
        }
        let path = JsonPath::parse(text)?;
        Ok(match path.steps() {
            Some([Step::Name(name)]) => Self::Member(name.clone()),
            _ => Self::Path(path),
        })
    }

    fn find<'v>(&self, entry: &'v Value) -> Vec<&'v Value> {
        match self {
            Self::Member(name) => entry.get(name).into_iter().collect(),
            Self::Path(path) => path.select(entry).unwrap_or_default(),
        }
    }
}

impl Members {
    /// Makes an input of an entry.
    pub(super) fn entry(&self, value: Value, format: Format) -> Result<Entry, InputFault> {
        if self.preset.is_none()
            && let Value::String(input) = value
        {
            let input = Input { input, ..Input::default() };
            return Ok(Entry { input, ..Entry::default() });
        }
        let mut draft = Draft::default();
        let mut used = Vec::new();
        for (part, picks) in self.picks.iter().enumerate() {
            let found = picks.iter().find_map(|pick| {
                let value = pick.find(&value).into_iter().find(|value| is_part(part, value))?;
                Some((pick, value.clone()))
            });
            if let Some((pick, value)) = found {
                draft.parts[part] = Some(value);
                used.push((part, pick));
            }
        }
        let found = draft.parts.each_ref().map(Option::is_some);
        draft.rest = match value {
            Value::Object(members) => members,
            _ if found[INPUT] || found[MESSAGES] => Map::new(),
            other => return Err(not_an_entry(&other)),
        };
        let names: Vec<String> = draft.rest.keys().cloned().collect();
        for (part, pick) in used {
            take_out(&mut draft.rest, part, pick);
        }
        if let Some(preset) = self.preset {
            preset.convert(&mut draft)?;
        }
        let needs_input = self.picks[INPUT].is_empty();
        let guessed = complete(&mut draft, needs_input)?;
        let shape = Shape { names, format, needs_input };
        finish(draft, &shape).map(|entry| Entry { guessed, found, ..entry })
    }

    /// What is wrong with the columns of a file, as far as they show it.
    pub(super) fn check_columns(&self, columns: &[&str], format: Format) -> Result<(), InputFault> {
        let cells = columns.iter().map(|name| ((*name).to_owned(), Value::from("x")));
        match self.entry(Value::Object(cells.collect()), format) {
            Err(fault @ (InputFault::NoInput { .. } | InputFault::SeveralTexts(_))) => Err(fault),
            _ => Ok(()),
        }
    }
}

/// What of an entry its messages need.
struct Shape {
    names: Vec<String>,
    format: Format,
    needs_input: bool,
}

/// Whether a value can be this part.
fn is_part(part: usize, value: &Value) -> bool {
    match part {
        INPUT => text_of(value).is_some(),
        ID => !value.is_null() && !is_empty_text(value),
        _ => !value.is_null(),
    }
}

/// A part that is a member is not metadata too. What is expected is taken out wherever it stands, so
/// that no path of a request finds it.
fn take_out(members: &mut Map<String, Value>, part: usize, pick: &Pick) {
    match pick {
        Pick::Member(name) => {
            members.shift_remove(name);
        }
        Pick::Path(path) if [EXPECTED, EXPECT].contains(&part) => {
            if let Some([Step::Name(first), steps @ ..]) = path.steps()
                && let Some(value) = members.get_mut(first)
                && let Some(value) = at_mut(value, steps)
            {
                *value = Value::Null;
            }
        }
        Pick::Path(_) => {}
    }
}

fn at_mut<'v>(value: &'v mut Value, steps: &[Step]) -> Option<&'v mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Name(name) => value.get_mut(name),
        Step::Index(index) => {
            let items = value.as_array_mut()?;
            let from_end = usize::try_from(index.unsigned_abs()).ok()?;
            let index = if *index < 0 { items.len().checked_sub(from_end)? } else { from_end };
            items.get_mut(index)
        }
    })
}

/// Takes what is still missing from the members of the usual names. Gives the name of the text, if
/// it is not the usual one.
fn complete(draft: &mut Draft, needs_input: bool) -> Result<Option<&'static str>, InputFault> {
    for (part, name) in PARTS.iter().enumerate() {
        if draft.parts[part].is_none() && (part != INPUT || needs_input) {
            draft.parts[part] = draft.rest.shift_remove(*name).filter(|value| !value.is_null());
        }
    }
    if draft.parts[INPUT].is_some() || draft.parts[MESSAGES].is_some() || !needs_input {
        return Ok(None);
    }
    let Some(name) = only_text(&draft.rest)? else { return Ok(None) };
    draft.parts[INPUT] = draft.rest.shift_remove(name);
    Ok(Some(name))
}

/// The name of the only member that is called as texts are called.
pub(super) fn only_text(members: &Map<String, Value>) -> Result<Option<&'static str>, InputFault> {
    let is_text = |name: &&str| members.get(*name).is_some_and(|it| is_part(INPUT, it));
    let names: Vec<&'static str> = TEXTS.into_iter().filter(is_text).collect();
    match names.as_slice() {
        [] => Ok(None),
        ["input", ..] => Ok(Some("input")),
        [name] => Ok(Some(name)),
        _ => Err(InputFault::SeveralTexts(names.iter().map(ToString::to_string).collect())),
    }
}

/// Makes the input of its parts.
fn finish(draft: Draft, shape: &Shape) -> Result<Entry, InputFault> {
    let Draft { parts, rest, body, unapplied } = draft;
    let [input, messages, id, persona, context, expected, expect] = parts;
    let messages = structured(messages).filter(|value| !is_empty_text(value));
    if messages.as_ref().is_some_and(|messages| !messages.is_array()) {
        return Err(wrong("messages", "a list"));
    }
    let input = match (input, &messages) {
        (Some(input), _) => text_of(&input).ok_or_else(|| wrong("input", "text"))?,
        (None, Some(messages)) => last_user_text(messages).ok_or(InputFault::NoUserMessage)?,
        (None, None) => return Err(no_input(shape, &rest)),
    };
    let id = match id {
        None => None,
        Some(Value::String(id)) => Some(id).filter(|id| !id.trim().is_empty()),
        Some(Value::Number(id)) => Some(id.to_string()),
        Some(_) => return Err(wrong("id", "text or a number")),
    };
    let mut persona = match persona {
        None => None,
        Some(Value::String(persona)) => Some(persona).filter(|persona| !persona.is_empty()),
        Some(_) => return Err(wrong("persona", "text")),
    };
    let mut rest = rest;
    let own = structured(rest.shift_remove("metadata").filter(|it| !it.is_null()));
    let mut metadata = match own {
        None => Map::new(),
        Some(value) if is_empty_text(&value) => Map::new(),
        Some(Value::Object(metadata)) => metadata,
        Some(_) => return Err(wrong("metadata", "a mapping")),
    };
    // FluxLoop's generator writes the persona there.
    if persona.is_none() {
        persona = metadata.get("persona").and_then(Value::as_str).map(str::to_owned);
    }
    for (key, value) in rest {
        metadata.entry(key).or_insert(value);
    }
    let context = structured(context);
    let expect = structured(expect).filter(|value| !is_empty_text(value));
    let input = Input {
        id: String::new(),
        input,
        persona,
        messages,
        context,
        metadata,
        body,
        expected,
        expect,
    };
    Ok(Entry { id, input, unapplied, ..Entry::default() })
}

/// A value, or the one that a text holds as JSON, as a cell of CSV must.
fn structured(value: Option<Value>) -> Option<Value> {
    match value {
        Some(Value::String(text)) if text.trim_ascii_start().starts_with(['[', '{']) => {
            Some(serde_json::from_str(&text).unwrap_or(Value::String(text)))
        }
        value => value,
    }
}

fn is_empty_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// The text of a value: a string, or the text parts of a message's content.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let texts = parts.iter().map(|part| part.get("text").and_then(Value::as_str));
            let texts: Vec<&str> = texts.flatten().collect();
            (!texts.is_empty()).then(|| texts.concat())
        }
        _ => None,
    }
}

/// The text of the last message of the user; empty where it has none, but an image for example.
pub(super) fn last_user_text(messages: &Value) -> Option<String> {
    let messages = messages.as_array()?.iter().rev();
    let last =
        messages.filter(|message| message["role"] == "user").map(|message| &message["content"]);
    last.map(|content| text_of(content).unwrap_or_default()).next()
}

fn not_an_entry(value: &Value) -> InputFault {
    match value {
        Value::Array(items) if items.first().is_some_and(|item| item.get("role").is_some()) => {
            InputFault::BareMessages
        }
        Value::Array(_) => InputFault::NotAnEntry("a list"),
        Value::Null => InputFault::NotAnEntry("nothing"),
        Value::Bool(_) => InputFault::NotAnEntry("`true` or `false`"),
        Value::Number(_) => InputFault::NotAnEntry("a number"),
        Value::String(_) => InputFault::NotAnEntry("text"),
        Value::Object(_) => InputFault::NotAnEntry("a mapping"),
    }
}

fn wrong(key: &'static str, expected: &'static str) -> InputFault {
    InputFault::WrongType { key, expected }
}

/// Says what an entry without a text has, and what to write.
fn no_input(shape: &Shape, rest: &Map<String, Value>) -> InputFault {
    let has = |names: &[&str]| names.iter().all(|name| shape.names.iter().any(|it| it == name));
    let preset = Preset::ALL.into_iter().find(|preset| has(preset.signs()));
    let other_text = TEXTS.iter().any(|name| rest.get(*name).is_some_and(|it| !it.is_null()));
    let alike = shape
        .names
        .iter()
        .find(|name| TEXTS.iter().any(|text| text.eq_ignore_ascii_case(name.trim())));
    let is_other = |name: &&String| !PARTS.contains(&name.as_str()) && **name != "metadata";
    let others: Vec<&String> = shape.names.iter().filter(is_other).collect();
    let right = match (preset, alike, others.as_slice()) {
        (Some(preset), ..) => format!("set `preset: {}` below `inputs`", preset.name()),
        (None, Some(_), _) if other_text && shape.needs_input => return wrong("input", "text"),
        (None, Some(name), _) => format!("set `input: {name}` below `inputs`"),
        (None, None, [name]) if shape.format.has_cells() => separator(name),
        (None, None, [_]) if shape.format == Format::Yaml => {
            "put a text that has `: ` in it in quotes, or name the text `input`".to_owned()
        }
        (None, None, []) => "write `{input: …}`".to_owned(),
        (None, None, [name, ..]) => {
            format!("name the text below `inputs`, for example `input: {name}`")
        }
    };
    InputFault::NoInput { has: some(shape.names.iter()), right }
}

/// The first of many names, for a message.
pub(super) fn some<'n>(names: impl Iterator<Item = &'n String>) -> Vec<String> {
    names.take(12).map(|name| name.chars().take(40).collect()).collect()
}

/// What to do about a file that seems to have one column.
fn separator(name: &str) -> String {
    match name.chars().find(|c| ",;\t|".contains(*c)) {
        Some('\t') => "the columns are separated by tabs: set `delimiter: \"\\t\"`, or leave \
                       `delimiter` out"
            .to_owned(),
        Some('|') => {
            "the columns are separated by `|`: set `delimiter: \"|\"` below `inputs`".to_owned()
        }
        Some(c) => {
            format!("the columns are separated by `{c}`: set `delimiter: \"{c}\"`, or leave it out")
        }
        None => format!("set `input: {name}` below `inputs`, if that is the text"),
    }
}
