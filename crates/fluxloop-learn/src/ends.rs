//! What ends an answer, and why the model stopped.

use fluxloop_frames::FrameKind;
use serde_json::{Value, json};

use crate::place::{Leaf, Place};
use crate::proposal::{Confidence, Line};
use crate::strand::{Strand, is_marker};
use crate::table::{Row, Table};
use crate::types::{Types, is_type};

/// A condition and why it is one.
type Found = (Value, Confidence, String);

/// What ends the answer; `None` where its last frame is like others.
pub(crate) fn end(table: &Table<'_>, types: &Types, text: &Strand) -> Option<Line> {
    let (last, before) = table.rows.split_last()?;
    let (when, confidence, reason) = marker(last, before)
        .or_else(|| last_type(last, before, types, text))
        .or_else(|| flag(last, before))
        .or_else(|| state(last, before))
        .or_else(|| only_member(last, before, table, text))?;
    Some(Line {
        key: "end",
        value: json!([{ "when": when, "as": "succeeded" }]),
        confidence,
        reason,
    })
}

/// Data that is the same for every answer: it is no document, and came once.
fn marker(last: &Row<'_>, before: &[Row<'_>]) -> Option<Found> {
    let data = last.frame.data.trim();
    let is_word = match &last.value {
        None => last.frame.kind == FrameKind::Data && data.len() <= 64,
        Some(Value::String(text)) => is_marker(text),
        Some(_) => false,
    };
    let is_only_one = before.iter().all(|row| row.frame.data.trim() != data);
    let is_other = is_marker(data)
        || before.iter().all(|row| row.value.is_some() || row.frame.data.is_empty());
    (is_word && is_only_one && is_other && !data.is_empty()).then(|| {
        let reason = "the last frame is this marker, and no other frame is".to_owned();
        (json!({ "data": data }), Confidence::Certain, reason)
    })
}

fn last_type(last: &Row<'_>, before: &[Row<'_>], types: &Types, text: &Strand) -> Option<Found> {
    let named = types.of_row(last).filter(|name| is_type(name));
    let name = last.event().or(named)?;
    let has_name = |row: &Row<'_>| types.of_row(row) == Some(name) || row.event() == Some(name);
    let is_text = text.when.as_deref() == Some(name) || text.last() == before.len();
    (!before.iter().any(has_name) && !is_text).then(|| {
        let reason = "the last frame has this type, and no other frame has".to_owned();
        (json!(name), Confidence::Likely, reason)
    })
}

/// A member that is `true` in the last frame, and `false` in others.
fn flag(last: &Row<'_>, before: &[Row<'_>]) -> Option<Found> {
    let is_flag = |leaf: &&Leaf| {
        let mut others = before.iter().filter_map(|row| row.at(&leaf.place)).peekable();
        leaf.value == Value::Bool(true)
            && leaf.place.lists() == 0
            && others.peek().is_some()
            && others.all(|value| *value == Value::Bool(false))
    };
    let leaf = last.leaves.iter().find(is_flag)?;
    let reason = "it is `true` in the last frame, and `false` in those before".to_owned();
    Some((json!({ "path": leaf.place.first(), "equals": true }), Confidence::Certain, reason))
}

/// A state that changes in the last frame for the first time to what no frame had before.
fn state(last: &Row<'_>, before: &[Row<'_>]) -> Option<Found> {
    let is_state = |leaf: &&Leaf| {
        let name = leaf.value.as_str().filter(|name| is_type(name) && !has_digits(name));
        let others = before.iter().filter_map(|row| row.at(&leaf.place)?.as_str());
        let others: Vec<&str> = others.filter(|other| !is_nothing(other)).collect();
        name.is_some_and(|name| others.iter().all(|other| *other != name))
            && others.len() > 1
            && others.iter().all(|other| is_type(other) && !has_digits(other))
            && leaf.place.lists() == 0
            && others.windows(2).filter(|pair| pair[0] != pair[1]).count() < 3
    };
    let leaf = last.leaves.iter().find(is_state)?;
    let reason = "it has this value in the last frame alone, and other values before".to_owned();
    Some((json!({ "path": leaf.place.first(), "equals": leaf.value }), Confidence::Likely, reason))
}

/// A member that only the last frame has.
fn only_member(
    last: &Row<'_>,
    before: &[Row<'_>],
    table: &Table<'_>,
    text: &Strand,
) -> Option<Found> {
    let is_text_row = text.place.as_ref().is_none_or(|place| last.at(place).is_some());
    let Some(Value::Object(members)) = &last.value else { return None };
    if is_text_row || table.rows.len() < 3 {
        return None;
    }
    let is_new = |name: &&String| {
        before
            .iter()
            .all(|row| row.value.as_ref().is_none_or(|value| value.get(name.as_str()).is_none()))
    };
    let name = members.keys().find(is_new)?;
    let place = Place(vec![crate::place::Step::Name(name.clone())]);
    let reason = "the last frame has this member, and no other frame has".to_owned();
    Some((json!({ "path": place.first(), "exists": true }), Confidence::Guess, reason))
}

/// Why the model stopped: a word that comes once, in frame `from` or after it. Where the answer has
/// an end of its own, only a surer finding counts than a word that comes last.
pub(crate) fn finish_reason(
    table: &Table<'_>,
    types: &Types,
    text: &Strand,
    from: usize,
    has_end: bool,
) -> Option<Line> {
    let late = &table.rows[from..];
    let early = &table.rows[..from];
    let mut found: Vec<(&Leaf, bool)> = Vec::new();
    for leaf in late.iter().flat_map(|row| &row.leaves) {
        let is_word =
            leaf.value.as_str().is_some_and(|it| is_type(it) && !has_digits(it) && !is_nothing(it));
        let is_type_place = matches!(types, Types::At(at) if *at == leaf.place);
        if !is_word
            || is_type_place
            || Some(&leaf.place) == text.place.as_ref()
            || leaf.place.lists() > 1
        {
            continue;
        }
        let was = |row: &Row<'_>| row.at(&leaf.place).cloned();
        let before: Vec<Value> = early.iter().filter_map(was).collect();
        let was_nothing = |value: &Value| value.is_null() || value.as_str().is_some_and(is_nothing);
        let is_new =
            early.iter().all(|row| row.leaves.iter().all(|other| other.value != leaf.value));
        if before.iter().all(was_nothing) && is_new {
            found.push((leaf, !before.is_empty()));
        }
    }
    let line = |leaf: &Leaf, confidence, reason: &str| {
        let value = json!(leaf.place.first());
        Some(Line { key: "finish_reason", value, confidence, reason: reason.to_owned() })
    };
    match found.as_slice() {
        [] => None,
        all => {
            let of_name = all.iter().find(|(leaf, _)| is_finish(leaf));
            let of_nothing = all.iter().find(|(_, was_nothing)| *was_nothing);
            if let Some((leaf, was_nothing)) = of_name {
                let confidence =
                    if *was_nothing { Confidence::Certain } else { Confidence::Likely };
                return line(
                    leaf,
                    confidence,
                    "a word that comes with the last frames, and the name fits",
                );
            }
            if let Some((leaf, _)) = of_nothing {
                return line(
                    leaf,
                    Confidence::Likely,
                    "it is empty until the last text, then a word",
                );
            }
            let [(leaf, _)] = all else { return None };
            if has_end {
                return None;
            }
            line(leaf, Confidence::Guess, "the only word that comes with the last frames alone")
        }
    }
}

/// Why the model stopped, as a body that is one document says: a word under a name that fits.
pub(crate) fn named_finish_reason(table: &Table<'_>) -> Option<Line> {
    let row = table.rows.first()?;
    let is_word =
        |leaf: &&Leaf| leaf.value.as_str().is_some_and(|it| is_type(it) && !is_nothing(it));
    let mut words = row.leaves.iter().filter(is_word).filter(|leaf| leaf.place.lists() <= 1);
    let leaf = words.find(|leaf| is_finish(leaf))?;
    Some(Line {
        key: "finish_reason",
        value: json!(leaf.place.first()),
        confidence: Confidence::Likely,
        reason: "it is a word, and the name fits".to_owned(),
    })
}

/// Whether the name of a value speaks for a finish reason.
fn is_finish(leaf: &Leaf) -> bool {
    let name = leaf.place.name().to_ascii_lowercase();
    ["finish", "stop", "reason"].iter().any(|word| name.contains(word))
        && !["sequence", "reasoning"].iter().any(|word| name.contains(word))
}

fn has_digits(name: &str) -> bool {
    name.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether a text stands for nothing.
fn is_nothing(text: &str) -> bool {
    ["", "null", "none"].iter().any(|nothing| text.eq_ignore_ascii_case(nothing))
}
