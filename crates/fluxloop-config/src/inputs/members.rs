//! Where the parts of an entry are, and how an input is made of them.

use std::collections::BTreeSet;
use std::fmt;

use fluxloop_jsonpath::{JsonPath, PathError, Step};
use fluxloop_plan::Input;
use serde_json::{Map, Value};

use super::error::NotFound;
use super::foreign::{Draft, Preset};
use super::format::Format;
use super::{InputFault, line};

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
    /// Values at places that the user named, and why they do not count.
    pub(super) unfit: Vec<Unfit>,
    /// Members that mean something to the program that the file was written for, and nothing here.
    pub(super) unapplied: Vec<&'static str>,
}

/// A value at a place that the user named, which does not count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unfit {
    pub(super) part: usize,
    /// Which of the places of the part.
    pick: usize,
    why: &'static str,
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) => f.write_str(name),
            Self::Path(path) => f.write_str(path.as_str()),
        }
    }
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
            let mut unfit = None;
            let found = picks.iter().enumerate().find_map(|(at, pick)| {
                pick.find(&value).into_iter().find_map(|value| match why_not(part, value) {
                    None => Some((pick, value.clone())),
                    Some(why) => {
                        unfit.get_or_insert(Unfit { part, pick: at, why });
                        None
                    }
                })
            });
            match found {
                Some((pick, value)) => {
                    draft.parts[part] = Some(value);
                    used.push((part, pick));
                }
                None => draft.unfit.extend(unfit),
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
        let shape = Shape { names, format, members: self };
        finish(draft, &shape).map(|entry| Entry { guessed, found, ..entry })
    }

    /// Where a part is looked for, as the user named it.
    pub(super) fn places(&self, part: usize) -> Vec<String> {
        self.picks[part].iter().map(ToString::to_string).collect()
    }

    /// Why a value does not count, in words.
    pub(super) fn unfit(&self, unfit: Unfit) -> String {
        format!("`{}` {}", self.picks[unfit.part][unfit.pick], unfit.why)
    }

    /// What is wrong with the columns of a file, as far as they show it.
    pub(super) fn check_columns(&self, columns: &[&str], format: Format) -> Result<(), InputFault> {
        let cells = columns.iter().map(|name| ((*name).to_owned(), Value::from("x")));
        match self.entry(Value::Object(cells.collect()), format) {
            Err(fault @ (InputFault::NoInput(_) | InputFault::SeveralTexts(_))) => Err(fault),
            _ => Ok(()),
        }
    }
}

/// What of an entry its messages need.
struct Shape<'m> {
    names: Vec<String>,
    format: Format,
    members: &'m Members,
}

/// Why a value cannot be this part; `None` where it can.
pub(super) fn why_not(part: usize, value: &Value) -> Option<&'static str> {
    match (part, value) {
        (_, Value::Null) => Some("is null"),
        (INPUT, Value::Bool(_)) => Some("is `true` or `false`, not text"),
        (INPUT, Value::Number(_)) => Some("is a number, not text"),
        (INPUT, Value::Object(_)) => Some("is a mapping, not text"),
        (INPUT, Value::Array(_)) if text_of(value).is_none() => Some("is a list without any text"),
        (ID, Value::String(_)) if is_empty_text(value) => Some("is empty"),
        _ => None,
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
            let value = draft.rest.shift_remove(*name);
            if [INPUT, MESSAGES].contains(&part) && value == Some(Value::Null) {
                draft.unusable.push((*name, "is null"));
            }
            draft.parts[part] = value.filter(|value| !value.is_null());
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
    let is_text = |name: &&str| members.get(*name).is_some_and(|it| why_not(INPUT, it).is_none());
    let names: Vec<&'static str> = TEXTS.into_iter().filter(is_text).collect();
    match names.as_slice() {
        [] => Ok(None),
        ["input", ..] => Ok(Some("input")),
        [name] => Ok(Some(name)),
        _ => Err(InputFault::SeveralTexts(names.iter().map(ToString::to_string).collect())),
    }
}

/// Makes the input of its parts.
fn finish(mut draft: Draft, shape: &Shape<'_>) -> Result<Entry, InputFault> {
    let [input, messages, id, persona, context, expected, expect] =
        std::mem::take(&mut draft.parts);
    let mut messages = structured(messages);
    if messages.as_ref().is_some_and(is_empty_text) {
        messages = None;
        draft.unusable.push((PARTS[MESSAGES], "is empty"));
    }
    if let Some(messages) = messages.as_ref().filter(|messages| !messages.is_array()) {
        return Err(wrong("messages", "a list", messages));
    }
    let input = match (input, &messages) {
        (Some(input), _) => text_of(&input).ok_or_else(|| wrong("input", "text", &input))?,
        (None, Some(messages)) => last_user_text(messages).ok_or_else(|| no_user(messages))?,
        (None, None) => return Err(no_input(shape, &draft)),
    };
    let Draft { rest, body, unapplied, unfit, .. } = draft;
    let id = match id {
        None => None,
        Some(Value::String(id)) => Some(id).filter(|id| !id.trim().is_empty()),
        Some(Value::Number(id)) => Some(id.to_string()),
        Some(other) => return Err(wrong("id", "text or a number", &other)),
    };
    let mut persona = match persona {
        None => None,
        Some(Value::String(persona)) => Some(persona).filter(|persona| !persona.is_empty()),
        Some(other) => return Err(wrong("persona", "text", &other)),
    };
    let mut rest = rest;
    let own = structured(rest.shift_remove("metadata").filter(|it| !it.is_null()));
    let mut metadata = match own {
        None => Map::new(),
        Some(value) if is_empty_text(&value) => Map::new(),
        Some(Value::Object(metadata)) => metadata,
        Some(other) => return Err(wrong("metadata", "a mapping", &other)),
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
        answer: None,
    };
    Ok(Entry { id, input, unfit, unapplied, ..Entry::default() })
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
        Value::String(text) if text.starts_with(FILE) => file_reference(text),
        value => InputFault::NotAnEntry(shape_name(value)),
    }
}

/// How promptfoo begins the name of a file whose content stands for a value.
pub(super) const FILE: &str = "file://";

/// A text that begins with [`FILE`].
pub(super) fn file_reference(text: &str) -> InputFault {
    let path = text.strip_prefix(FILE).unwrap_or(text);
    InputFault::FileReference { line: line::of_file(path, Preset::Promptfoo.name()) }
}

/// What to call a value in a message.
fn shape_name(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "a list",
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Object(_) => "a mapping",
    }
}

fn wrong(key: &'static str, expected: &'static str, value: &Value) -> InputFault {
    InputFault::WrongType { key, expected, found: shape_name(value) }
}

fn no_user(messages: &Value) -> InputFault {
    let messages = messages.as_array().map(Vec::as_slice).unwrap_or_default();
    let roles = messages.iter().filter_map(|message| message["role"].as_str().map(str::to_owned));
    let roles: BTreeSet<String> = roles.collect();
    InputFault::NoUserMessage { roles: some(roles.iter()) }
}

/// Says where the text was looked for, why what stands there does not count, what the entry has, and
/// what to write.
fn no_input(shape: &Shape<'_>, draft: &Draft) -> InputFault {
    let members = shape.members;
    let has = |names: &[&str]| names.iter().all(|name| shape.names.iter().any(|it| it == name));
    let needs_input = members.picks[INPUT].is_empty();
    let usual = TEXTS.iter().filter(|_| needs_input).map(ToString::to_string);
    let mut looked: Vec<String> = members.places(INPUT).into_iter().chain(usual).collect();
    looked.extend(match members.places(MESSAGES) {
        places if places.is_empty() => vec![PARTS[MESSAGES].to_owned()],
        places => places,
    });
    let of_text = draft.unfit.iter().filter(|it| [INPUT, MESSAGES].contains(&it.part));
    let mut unfit: Vec<(String, &str)> = of_text
        .map(|it| (members.picks[it.part][it.pick].to_string(), it.why))
        .chain(draft.unusable.iter().map(|(name, why)| ((*name).to_owned(), *why)))
        .collect();
    let usual = TEXTS.iter().filter(|_| needs_input);
    unfit
        .extend(usual.filter_map(|name| {
            Some(((*name).to_owned(), why_not(INPUT, draft.rest.get(*name)?)?))
        }));
    let has_unfit = |signs: &[&str]| unfit.iter().any(|(place, _)| signs.contains(&&**place));
    let mut presets = Preset::ALL.into_iter().filter(|preset| has(preset.signs()));
    let preset = presets.find(|preset| !has_unfit(preset.signs()));
    let alike = shape
        .names
        .iter()
        .find(|name| TEXTS.iter().any(|text| text.eq_ignore_ascii_case(name.trim())));
    let is_other = |name: &&String| !PARTS.contains(&name.as_str()) && **name != "metadata";
    let others: Vec<&String> = shape.names.iter().filter(is_other).collect();
    let right = match (preset, alike, others.as_slice()) {
        (Some(preset), ..) => format!("set `preset: {}` below `inputs`", preset.name()),
        _ if !unfit.is_empty() => of_unfit(&unfit[0]),
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
    let unfit = unfit.into_iter().map(|(place, why)| format!("`{place}` {why}")).collect();
    let has = some(shape.names.iter());
    InputFault::NoInput(Box::new(NotFound { looked, unfit, has, right }))
}

/// What to do about a value that does not count as a text.
fn of_unfit((place, why): &(String, &str)) -> String {
    match *why {
        "is null" | "is empty" => {
            "write a text there, or name another place below `inputs`, for example `input: prompt`"
                .to_owned()
        }
        why if why.ends_with(", not text") && !why.starts_with("is a mapping") => {
            "put it in quotes".to_owned()
        }
        _ => {
            let path = place.strip_prefix("$.").unwrap_or(place);
            format!("name the text in it below `inputs`, for example `input: $.{path}.text`")
        }
    }
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
