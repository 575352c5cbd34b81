//! Says why an answer has no text.

use std::collections::{BTreeMap, BTreeSet};

use fluxloop_frames::Frame;
use fluxloop_jsonpath::{Found, JsonPath};
use serde_json::Value;

use crate::compile::{Compiled, Place, is_plain};
use crate::excerpt::excerpt;
use crate::known::{
    DONE_DATA, ERROR_TYPES, NEVER_TEXT, NOT_THE_ANSWER, OTHER_SPEAKERS, REASONS_WITHOUT_TEXT,
    TEXT_PLACES,
};
use crate::samples::{Sample, Samples};
use crate::types::{self, TypeTable};

/// What was seen instead of text. Everything in it is raw: mask it before it is shown.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NoText {
    /// The types that the framing names, with their counts.
    pub by_type: BTreeMap<String, u64>,
    /// The types that the data names, with their counts.
    pub by_data_type: BTreeMap<String, u64>,
    /// How many frames passed the filter.
    pub passed: u64,
    /// In how many of them the path found something: null, an object, an empty text.
    pub matched: u64,
    /// The beginning of a frame's data, cut at 4 KiB.
    pub sample: Option<String>,
    /// What came instead, where that was all.
    pub only: Option<Only>,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// Where text would have been found.
    pub text_at: Option<TextAt>,
    /// Whether the frame in [`sample`](Self::sample) explains why the text is missing.
    pub tells_why: bool,
    /// The members of a body that is one frame, where its path finds nothing.
    pub members: Option<Vec<String>>,
}

/// What came instead of text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Only {
    /// Calls of tools.
    ToolCalls,
    /// Reasoning.
    Reasoning,
    /// A refusal.
    Refusal,
}

/// A place of text where the rules do not look.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one place")]
pub struct TextAt {
    /// The path that finds it; `None` where the whole data is the text.
    pub path: Option<String>,
    /// Where the rules look instead.
    pub rules_look: RulesLook,
    /// The type of the frame that carries it.
    pub event_type: String,
    /// Whether that type was surely not cut.
    pub event_type_is_whole: bool,
    /// Whether such frames pass the filter.
    pub passes: bool,
    /// Whether frames of other types have text at the path, too.
    pub is_shared: bool,
    /// Whether the text is JSON that was encoded twice.
    pub is_encoded_twice: bool,
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
    /// Looks for text in the remembered frames.
    pub(crate) fn explain(samples: &Samples, types: &TypeTable, rules: &Compiled) -> Self {
        let kept = samples.kept();
        let documents: Vec<Document<'_>> = kept
            .iter()
            .filter_map(|sample| {
                let value = value_to_explain(&sample.data)?;
                Some(Document { value, name: types.name(sample.event_type), sample })
            })
            .collect();
        let own = rules.text_paths.first();
        let is_error = |sample: &&Sample| names_error(types.name(sample.event_type));
        let found = best_place(&documents, own)
            .or_else(|| find_plain_text(kept.iter().filter(|sample| !is_error(sample))));
        let telling = kept
            .iter()
            .find(is_error)
            .or_else(|| documents.iter().find(|it| it.tells_why()).map(|document| document.sample));
        let telling = telling.filter(|_| found.is_none());
        let shown = telling.or(kept.iter().find(|sample| sample.passed)).or(kept.first());
        Self {
            sample: shown.map(|sample| excerpt(&sample.data)),
            tells_why: telling.is_some(),
            text_at: found.map(|found| found.at(types.name(found.sample.event_type), own)),
            ..Self::default()
        }
    }

    /// Looks for text in a body that is one frame and in which the path found nothing.
    pub(crate) fn explain_body(self, body: &str) -> Self {
        let value = value_to_explain(body);
        // A name that is cut is not shown: a secret that is cut can be masked only where nothing
        // follows.
        let is_short = |name: &&String| name.len() <= MAX_MEMBER;
        let members = value.as_ref().map(|value| {
            let members = value.as_object().into_iter().flatten();
            members.map(|(name, _)| name).filter(is_short).cloned().collect()
        });
        let path = value.as_ref().and_then(path_to_text);
        let text_at = self.text_at.or_else(|| path.map(TextAt::in_any_frame));
        let sample = (!body.trim().is_empty()).then(|| excerpt(body));
        Self { sample, text_at, members, ..self }
    }
}

impl TextAt {
    /// A place where the rules do not look, in frames that they take.
    pub(crate) fn in_any_frame(path: String) -> Self {
        Self {
            path: Some(path),
            rules_look: RulesLook::Elsewhere,
            event_type: Frame::MESSAGE.to_owned(),
            event_type_is_whole: true,
            passes: true,
            is_shared: false,
            is_encoded_twice: false,
        }
    }
}

/// The longest name of a body's member that is shown, in bytes.
const MAX_MEMBER: usize = 256;

/// A remembered frame that is JSON.
struct Document<'s> {
    value: Value,
    name: &'s str,
    sample: &'s Sample,
}

/// Where text is.
struct FoundText<'s> {
    sample: &'s Sample,
    path: Option<String>,
    is_shared: bool,
    is_encoded_twice: bool,
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
            event_type_is_whole: types::is_whole(event_type),
            passes: self.sample.passed,
            is_shared: self.is_shared && event_type != Frame::MESSAGE,
            is_encoded_twice: self.is_encoded_twice,
        }
    }
}

/// A place where strings stand in frames of one type.
struct Candidate<'d, 's> {
    texts: Vec<&'d str>,
    document: &'d Document<'s>,
    /// Whether the rules look there.
    is_own: bool,
}

/// The best place of text: where the rules look, if only the filter were another; then the one whose
/// texts grow over the most frames; of those alike, where others put it, then what reads like text.
fn best_place<'s>(documents: &[Document<'s>], own: Option<&JsonPath>) -> Option<FoundText<'s>> {
    let mut candidates: BTreeMap<(&str, String), Candidate<'_, 's>> = BTreeMap::new();
    for document in documents.iter().filter(|document| !document.is_beside_the_answer()) {
        let mut note = |path: &str, text, is_own| {
            let key = (document.kind(), path.to_owned());
            let new = || Candidate { texts: Vec::new(), document, is_own };
            candidates.entry(key).or_insert_with(new).texts.push(text);
        };
        let own_texts =
            own.into_iter().flat_map(|own| own.select(&document.value).unwrap_or_default());
        let own_texts = own_texts.filter_map(Value::as_str).filter(|text| !text.is_empty());
        own_texts.for_each(|text| note(own.map_or("", JsonPath::as_str), text, true));
        strings(&document.value, &mut String::new(), &mut |path, text| {
            if own.is_none_or(|own| own.as_str() != path) {
                note(path, text, false);
            }
        });
    }
    let ((_, path), best) = candidates.iter().filter(|(_, it)| it.may_be_text()).max_by_key(
        |((_, path), candidate)| {
            let known = TEXT_PLACES.iter().rev().position(|place| place == path);
            let characters: usize = candidate.texts.iter().map(|text| text.len()).sum();
            let reads_well = candidate.texts.iter().any(|text| reads_like_text(text));
            (candidate.is_own, candidate.texts.len(), known, reads_well, characters)
        },
    )?;
    let mut texts = best.texts.iter().filter(|text| text.trim_ascii() != DONE_DATA);
    let is_encoded_twice = texts
        .all(|text| text.trim_start().starts_with(['{', '[']) && value_to_explain(text).is_some());
    let path = every_element(path, &best.document.value);
    let parsed = JsonPath::parse(&path).ok();
    let is_shared = parsed.is_some_and(|path| {
        let others = documents.iter().filter(|document| document.name != best.document.name);
        others.into_iter().any(|document| has_text(&document.value, &path))
    });
    Some(FoundText { sample: best.document.sample, path: Some(path), is_shared, is_encoded_twice })
}

/// The path to the text of each element, where a document is a list of several; the way to the
/// document itself has no steps, and is written as `$`.
fn every_element(path: &str, document: &Value) -> String {
    let of_element = path.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let of_element = of_element.filter(|(at, _)| at.bytes().all(|byte| byte.is_ascii_digit()));
    let every = of_element.map(|(_, rest)| format!("$[*]{rest}"));
    let texts = |path: &String| {
        let found = JsonPath::parse(path).ok()?.select(document).ok()?;
        found.iter().all(|text| text.is_string()).then_some(found.len())
    };
    let every = every.filter(|every| texts(every).is_some_and(|texts| texts > 1));
    every.unwrap_or_else(|| if path.is_empty() { "$".to_owned() } else { path.to_owned() })
}

impl Candidate<'_, '_> {
    /// A text differs from frame to frame, but for short pieces; an id and a word of a fixed list
    /// do not, or they stand in each frame alike.
    fn may_be_text(&self) -> bool {
        let different: BTreeSet<&str> = self.texts.iter().copied().collect();
        let varies = self.texts.len() == 1 || different.len() > 1;
        self.is_own || (varies && !self.texts.iter().all(|text| is_code(text)))
    }
}

/// Whether a text is a time, an id or a word of a fixed list, as programs write them.
fn is_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_time = bytes.len() >= 10
        && bytes[..10].iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    let is_id =
        bytes.len() >= 8 && bytes.iter().all(is_hex) && bytes.iter().any(u8::is_ascii_digit);
    let is_word = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    is_time || is_id || (text.contains('_') && bytes.iter().all(is_word))
}

fn reads_like_text(text: &str) -> bool {
    text.contains(char::is_whitespace) || !text.is_ascii()
}

/// Calls `visit` for every string that may be text, with its path.
fn strings<'v>(value: &'v Value, path: &mut String, visit: &mut dyn FnMut(&str, &'v str)) {
    let length = path.len();
    match value {
        Value::String(text) if !text.is_empty() => visit(path, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().take(MAX_ITEMS) {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
                strings(item, path, visit);
                path.truncate(length);
            }
        }
        Value::Object(members) => {
            // A part that says of itself what it is about, or who says it.
            let says = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
            let is_answer = length == 0 || !is_not_the_answer(says("type"));
            let is_other = OTHER_SPEAKERS.iter().any(|it| it.eq_ignore_ascii_case(says("role")));
            if !is_answer || is_other {
                return;
            }
            for (name, member) in members.iter().filter(|(name, _)| may_hold_text(name)) {
                path.push_str(&step(name, length == 0));
                strings(member, path, visit);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

/// How many items of a list are looked at.
const MAX_ITEMS: usize = 8;

/// Whether there may be text under a member's name. One that would have to be escaped in a path is
/// not offered: it may hold a secret, which is known by how it is written elsewhere.
fn may_hold_text(name: &str) -> bool {
    let is_plain = !name.contains(['\\', '\'', '"']) && !name.contains(char::is_control);
    let is_id = name.ends_with("id") || name.ends_with("Id") || name.ends_with("ID");
    is_plain && !is_id && !NEVER_TEXT.contains(&name) && !is_not_the_answer(name)
}

fn is_not_the_answer(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NOT_THE_ANSWER.iter().any(|word| name.contains(word))
}

/// The longest JSON text that is looked through for a path, in bytes: a tree of its values takes up
/// to fifty times as much memory as the text, and no answer whose text could be shown has more.
const MAX_EXPLAINED: usize = 1 << 20;

/// The values of a JSON text, where a path to text is looked for; `None` when it is not JSON, or too
/// long for that.
fn value_to_explain(json: &str) -> Option<Value> {
    if json.len() > MAX_EXPLAINED { None } else { serde_json::from_str(json).ok() }
}

/// The best place of text in a body.
fn path_to_text(value: &Value) -> Option<String> {
    let mut known = TEXT_PLACES.iter().filter_map(|path| JsonPath::parse(path).ok());
    if let Some(path) = known.find(|path| has_text(value, path)) {
        return Some(path.as_str().to_owned());
    }
    let (mut best, mut longest) = (None, (false, 0));
    strings(value, &mut String::new(), &mut |path, text| {
        let length = (reads_like_text(text), text.len());
        if length > longest && !is_code(text) {
            longest = length;
            best = Some(path.to_owned());
        }
    });
    best.map(|path| every_element(&path, value))
}

fn has_text(value: &Value, path: &JsonPath) -> bool {
    let found = path.select(value).unwrap_or_default();
    found.into_iter().any(|value| value.as_str().is_some_and(|text| !text.is_empty()))
}

/// A frame whose data is not JSON, and so may be the text itself.
fn find_plain_text<'s>(mut kept: impl Iterator<Item = &'s Sample>) -> Option<FoundText<'s>> {
    kept.find(|sample| !sample.data.trim_start().starts_with(['{', '[', '"']))
        .map(|sample| FoundText { sample, path: None, is_shared: false, is_encoded_twice: false })
}

/// Whether frames of this type report what went wrong, in words of their provider's own:
/// `throttlingException`. What they say is not the answer.
fn names_error(event_type: &str) -> bool {
    let name = event_type.to_ascii_lowercase();
    ERROR_TYPES.iter().any(|word| name.contains(word))
}

impl Document<'_> {
    /// The type that its data names, or else its framing.
    fn kind(&self) -> &str {
        self.value["type"].as_str().unwrap_or(self.name)
    }

    /// Whether the frame explains why the text is missing.
    fn tells_why(&self) -> bool {
        let has = |member: &str| self.value.pointer(member).is_some_and(|it| !it.is_null());
        names_error(self.kind()) || REASONS_WITHOUT_TEXT.iter().any(|member| has(member))
    }

    /// Whether the frame is about an error, thoughts or tools.
    fn is_beside_the_answer(&self) -> bool {
        let names = [self.kind(), self.name];
        names.iter().any(|name| names_error(name) || is_not_the_answer(name))
    }
}

/// A step of a path as it is written.
fn step(name: &str, first: bool) -> String {
    match is_plain(name) {
        true if first => name.to_owned(),
        true => format!(".{name}"),
        false => {
            let start = if first { "$" } else { "" };
            format!("{start}['{name}']")
        }
    }
}

/// The path that finds the text in a list or an object at a place; `None` if it holds no text.
pub(crate) fn path_into_list(found: &Found<'_>, rules: &Compiled, place: &Place) -> Option<String> {
    let (Found::Array(json) | Found::Object(json)) = found else { return None };
    let path = way_to_text(&value_to_explain(json)?, MAX_WAY)?;
    Some(rules.path_of(place.slot) + &path)
}

/// How deep in a list or an object text is looked for.
const MAX_WAY: usize = 4;

/// The members that hold the text of a part.
const PARTS_WITH_TEXT: [&str; 4] = ["text", "content", "value", "parts"];

/// The steps from a value to the text in it.
fn way_to_text(value: &Value, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::String(text) => (!text.is_empty()).then(String::new),
        Value::Array(items) => {
            let is_text = |item: &&Value| item["type"] == "text";
            let typed = items.iter().filter(is_text).find_map(|item| way_to_text(item, depth));
            if let Some(way) = typed {
                return Some(format!("[?@.type == 'text']{way}"));
            }
            let is_answer = |item: &&Value| !item["type"].as_str().is_some_and(is_not_the_answer);
            let way = items.iter().filter(is_answer).find_map(|item| way_to_text(item, depth))?;
            Some(format!("[*]{way}"))
        }
        Value::Object(members) => PARTS_WITH_TEXT.iter().find_map(|name| {
            let way = way_to_text(members.get(*name)?, depth)?;
            Some(format!(".{name}{way}"))
        }),
        _ => None,
    }
}
